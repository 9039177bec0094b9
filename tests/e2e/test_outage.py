# SPDX-License-Identifier: Apache-2.0
"""A database in trouble: 503 with Retry-After, never a 401 that is not true, nothing acknowledged that is not stored, and all is well
without a restart when the trouble is over."""
import contextlib
import itertools
import json
import resource
import select
import shutil
import sqlite3
import subprocess
import time

import pytest
from expect import problem
from page_reader import Browser
from people import Account
from queues import wait_until_read
from server import PASSWORD, QUICK, Server
from waiting import eventually
from wire import Connection, ask, request_bytes

pytestmark = pytest.mark.sqlite

names = itertools.count(1)


def credentials(name):
    return {"username": name, "password": PASSWORD}


def register(port, name):
    return ask(port, "POST", "/register", json=credentials(name))


def log_in(port, name):
    return ask(port, "POST", "/login", json=credentials(name))


class Witness:
    """Somebody who was there before the trouble, with an open session and one that the server has not looked at yet."""
    def __init__(self, port):
        self.port = port
        self.account = Account(port, f"witness{next(names)}")
        assert self.account.greeting().status == 200
        self.fresh = log_in(port, self.account.name).json()

    def every_request(self):
        """What reads and what writes; of each the status and whether it is a refusal that says to come back."""
        return {"register": register(self.port, f"nobody{next(names)}"), "log in": log_in(self.port, self.account.name),
                "wrong password": ask(self.port, "POST", "/login", json=credentials(self.account.name) | {"password": PASSWORD + "x"}),
                "log in as nobody": log_in(self.port, "nobody-at-all"), "refresh": ask(self.port, "POST", "/refresh", json={"refresh_token": self.fresh["refresh_token"]}),
                "log out": ask(self.port, "POST", "/logout", token=self.fresh["access_token"]), "sessions": ask(self.port, "GET", "/sessions", token=self.account.token)}

    def is_well(self):
        """All of it works, by an open session too."""
        new = f"new{next(names)}"
        assert self.account.greeting().status == 200
        assert register(self.port, new).status == 200
        assert log_in(self.port, new).status == 200
        assert log_in(self.port, self.account.name).status == 200
        assert ask(self.port, "POST", "/login", json=credentials(new) | {"password": PASSWORD + "x"}).status == 401
        return True


def unavailable(answer):
    problem(answer, 503, "store_unavailable")
    assert int(answer.header("retry-after")) >= 1


def all_unavailable(witness):
    for what, answer in witness.every_request().items():
        assert answer.status == 503, f"{what}: {answer.status} {answer.body!r}"
        unavailable(answer)
    # Who was let in before may be let in still, from memory; nobody is told that a token is no good.
    assert witness.account.greeting().status in (200, 503)


@contextlib.contextmanager
def out_of_the_way(server):
    """The files of the database, moved elsewhere; what stands there meanwhile is removed."""
    away = server.folder / "away"
    away.mkdir(exist_ok=True)
    files = [path for path in server.folder.glob("keyhold.db*")]
    for path in files:
        path.rename(away / path.name)
    yield away
    for path in server.folder.glob("keyhold.db*"):
        path.unlink()
    for path in files:
        (away / path.name).rename(path)


def test_a_database_that_is_gone(start):
    server = start()
    witness = Witness(server.port)
    with out_of_the_way(server):
        all_unavailable(witness)
        assert not list(server.folder.glob("keyhold.db"))  # no empty one in its place
    assert witness.is_well()


def test_the_forms_to_get_in_are_shown_again_with_what_was_typed(start):
    """A visitor who was not signed in, and one whose session nobody can look up at the moment."""
    server = start()
    stranger, other = Browser(server.port), Browser(server.port)
    other.get("/sign-up")
    other.send("/sign-up", username="zoe", password=PASSWORD)
    for browser, path in ((stranger, "/sign-in"), (stranger, "/sign-up"), (other, "/sign-in")):
        browser.get(path + "?again=1&return_to=/account/sessions")
        with out_of_the_way(server):
            answer = browser.send(path, username="yva <y>", password=PASSWORD)
            assert answer.status == 503 and int(answer.header("retry-after")) >= 1 and browser.title().startswith("Error:")
            assert 'role="alert"' in browser.page and "database" in browser.page and PASSWORD not in browser.page
            assert 'value="yva &lt;y&gt;"' in browser.page and 'name="return_to" value="/account/sessions"' in browser.page
            assert browser.send(path, username="yva", password=PASSWORD).status == 503, "and again"
        if path == "/sign-up":
            browser.send(path, username="yva", password=PASSWORD)
        else:
            browser.send(path, username="zoe", password=PASSWORD)
        assert browser.last == "/account/sessions", "the form that was shown meanwhile is good"
        if browser is stranger:
            browser.cookies.clear()


def test_no_form_of_another_site_is_shown_again(start):
    server = start()
    browser = Browser(server.port)
    browser.get("/sign-in")
    with out_of_the_way(server):
        fields = [("Accept", "text/html"), ("Sec-Fetch-Site", "cross-site"), ("Cookie", "; ".join(f"{name}={value}" for name, value in browser.cookies.items()))]
        answer = ask(server.port, "POST", "/sign-in", fields=fields, form={"username": "eve-was-here", "password": PASSWORD, "form_token": "x"})
    assert answer.status == 403 and b"eve-was-here" not in answer.body


@pytest.mark.parametrize("content", [b"", b"this is no database" * 1000], ids=["an empty file", "nonsense"])
def test_a_database_in_whose_place_is_something_else(start, content):
    server = start()
    witness = Witness(server.port)
    with out_of_the_way(server):
        (server.folder / "keyhold.db").write_bytes(content)
        all_unavailable(witness)
    assert witness.is_well()


@pytest.fixture
def lock():
    """Holds the database as another program does that is in the middle of writing; paused, it would for hours."""
    held = []

    def hold(server):
        held.append(sqlite3.connect(server.folder / "keyhold.db", isolation_level=None, check_same_thread=False))
        held[-1].execute("BEGIN IMMEDIATE")
        return held[-1]

    yield hold
    for connection in held:
        connection.close()


def test_a_database_that_another_program_holds(start, lock):
    server = start()
    witness = Witness(server.port)
    holder = lock(server)
    assert all(witness.account.greeting().status == 200 for _ in range(20))  # reading goes on
    begin = time.monotonic()
    unavailable(register(server.port, "ben"))
    unavailable(log_in(server.port, witness.account.name))
    unavailable(ask(server.port, "POST", "/logout", token=witness.fresh["access_token"]))
    assert time.monotonic() - begin < 30
    unavailable(log_in(server.port, "nobody-at-all"))  # whoever cannot be counted is not let guess
    holder.execute("ROLLBACK")
    assert witness.is_well()
    assert register(server.port, "ben").status == 200  # it was not there
    assert ask(server.port, "GET", "/protected", token=witness.fresh["access_token"]).status == 200  # it was not logged out


def test_a_database_that_is_slow_makes_writers_wait_and_nobody_else(start, lock):
    server = start()
    witness = Witness(server.port)
    holder = lock(server)
    holder.execute("ROLLBACK")

    def readers_go_on():
        """Before a writer is told, which it is after two seconds: too few where nobody is given his turn. So it is true of one round of many."""
        people = [f"slow{next(names)}" for _ in range(8)]
        holder.execute("BEGIN IMMEDIATE")
        writers = [Connection(server.port) for _ in people]
        for name, writer in zip(people, writers):
            writer.send(request_bytes("POST", "/register", [("Content-Type", "application/json")], json.dumps(credentials(name)).encode()))
        wait_until_read(*writers)
        assert all(witness.account.greeting().status == 200 for _ in range(20))
        told, _, _ = select.select([writer.socket for writer in writers], [], [], 0)
        holder.execute("ROLLBACK")
        statuses = [writer.read("POST").status for writer in writers]
        assert set(statuses) <= {200, 503}
        assert all(log_in(server.port, name).status == (200 if status == 200 else 401) for name, status in zip(people, statuses))
        return not told and statuses == [200] * 8
    eventually(readers_go_on, what="readers wait for the writers")


def until_it_is_full(server):
    """Registers until there is no room; the names that were acknowledged."""
    acknowledged = []
    for n in range(5000):
        answer = register(server.port, f"many{n}")
        if answer.status != 200:
            unavailable(answer)
            return acknowledged
        acknowledged.append(f"many{n}")
    raise AssertionError("it never got full")


def survives_a_full_disk(server, database, make_room):
    witness = Witness(server.port)
    acknowledged = until_it_is_full(server)
    for _ in range(3):
        for answer in (register(server.port, f"nobody{next(names)}"), log_in(server.port, witness.account.name)):
            if answer.status != 200:  # a smaller row may fit where a larger one did not
                unavailable(answer)
        assert witness.account.greeting().status == 200
    make_room()
    assert witness.is_well()
    assert all(log_in(server.port, name).status == 200 for name in acknowledged[-50:])
    server.kill()
    with contextlib.closing(sqlite3.connect(database)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        stored = {name for [name] in opened.execute("SELECT username FROM keyhold_accounts")}
    assert set(acknowledged) <= stored


@pytest.fixture
def start_mortal(tmp_path):
    """Starts a server that the test kills."""
    started = []

    def start_one(env=QUICK):
        started.append(Server(tmp_path, env))
        return started[-1]

    yield start_one
    for one in started:
        one.kill()


def test_a_file_that_may_not_grow(start_mortal):
    """RLIMIT_FSIZE: what systemd's LimitFSIZE= and a quota look like."""
    server = start_mortal()
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    largest = max(path.stat().st_size for path in server.folder.glob("keyhold.db*"))  # the log of what made the tables
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (largest + 300_000, hard))
    survives_a_full_disk(server, server.folder / "keyhold.db",
                         lambda: resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (soft, hard)))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1.5 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1536k,mode=0700", "keyhold-test", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"may not mount here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_is_full(start_mortal, small_disk):
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 500_000)
    server = start_mortal(QUICK | {"DATABASE_URL": f"sqlite:///{small_disk}/keyhold.db"})
    survives_a_full_disk(server, small_disk / "keyhold.db", filler.unlink)


def test_readyz_says_that_the_disk_is_full(start_mortal, small_disk):
    server = start_mortal(QUICK | {"DATABASE_URL": f"sqlite:///{small_disk}/keyhold.db", "KEYHOLD_ADMIN_BIND": "127.0.0.1:0"})
    eventually(lambda: ask(server.admin_port, "GET", "/readyz").status == 200)
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 10 * 4096))
    answer = ask(server.admin_port, "GET", "/readyz")
    assert answer.status == 503 and b"is full" in answer.body
    filler.unlink()
    eventually(lambda: ask(server.admin_port, "GET", "/readyz").status == 200)


class Disk:
    """An ext4 of its own in a file, which turns read-only as one does when its disk fails."""
    def __init__(self, folder):
        self.image, self.folder = folder / "image", folder / "disk"
        self.folder.mkdir()
        subprocess.run(["truncate", "-s", "16M", self.image], check=True)
        subprocess.run(["mkfs.ext4", "-q", self.image], check=True)

    def mount(self, *options):
        return subprocess.run(["mount", *options, self.image, self.folder], capture_output=True, text=True)

    def turn_read_only(self):
        subprocess.run(["mount", "-o", "remount,abort", self.folder], capture_output=True)  # says no and does it
        with pytest.raises(OSError):
            (self.folder / "probe").touch()

    def unmount(self):
        subprocess.run(["umount", "-l", self.folder], check=True)

    def replace(self):
        """By a copy, checked: the kernel has the old one as long as the server has a file of it open."""
        self.unmount()
        self.image = shutil.copy(self.image, self.image.with_name("copy"))
        assert subprocess.run(["e2fsck", "-fy", self.image], capture_output=True).returncode in (0, 1)
        assert self.mount("-o", "loop").returncode == 0


@pytest.fixture
def disk(tmp_path):
    made = Disk(tmp_path)
    done = made.mount("-o", "loop")
    if done.returncode:
        pytest.skip(f"may not mount here: {done.stderr.strip()}")
    yield made
    made.unmount()


def test_a_file_system_that_turns_read_only(start_mortal, disk):
    """Reading goes on; the same server writes again when the disk is replaced."""
    server = start_mortal(QUICK | {"DATABASE_URL": f"sqlite:///{disk.folder}/keyhold.db"})
    witness = Witness(server.port)
    acknowledged = [name for name in (f"early{n}" for n in range(20)) if register(server.port, name).status == 200]
    disk.turn_read_only()
    assert witness.account.greeting().status == 200
    unavailable(register(server.port, "late"))
    unavailable(log_in(server.port, witness.account.name))
    unavailable(log_in(server.port, "nobody-at-all"))
    unavailable(ask(server.port, "POST", "/logout", token=witness.fresh["access_token"]))
    unavailable(ask(server.port, "POST", "/refresh", json={"refresh_token": witness.fresh["refresh_token"]}))
    assert witness.account.greeting().status == 200
    disk.replace()
    assert witness.is_well()
    assert all(log_in(server.port, name).status == 200 for name in acknowledged)
    assert ask(server.port, "GET", "/protected", token=witness.fresh["access_token"]).status == 200  # it was not logged out
    assert register(server.port, "late").status == 200  # it was not there
