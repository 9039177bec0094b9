# SPDX-License-Identifier: Apache-2.0
"""keyhold backup: copies made while it serves, and what a restore must not bring back."""
import json
import os
import pwd
import random
import signal
import sqlite3
import stat
import subprocess
import threading
import time

import jwt
import pytest
from expect import problem
from people import Account
from server import BINARY, PASSWORD, QUICK, SECRET_KEY, environment, run
from wire import ask

pytestmark = pytest.mark.sqlite

DONE, NOT_FOUND, CONFLICT, CONFIGURATION, PROBLEMS = 0, 3, 5, 7, 8
OWN_KEYS = {name: value for name, value in QUICK.items() if name != "SECRET_KEY"}


@pytest.fixture
def backup(tmp_path):
    def command(*arguments, exit_code=DONE, env=QUICK):
        return run("backup", *arguments, folder=tmp_path, env=env, check=exit_code)
    return command


@pytest.fixture
def stranger(tmp_path):
    """Runs a command as the user nobody, who may go through all folders above and write to this one."""
    opened = {folder: folder.stat().st_mode for folder in [tmp_path, *tmp_path.parents] if folder.stat().st_uid == os.geteuid()}
    for folder, mode in opened.items():
        folder.chmod(mode | 0o001)
    tmp_path.chmod(0o777)

    def command(*arguments):
        nobody = pwd.getpwnam("nobody")
        return subprocess.run([BINARY, *arguments], cwd=tmp_path, env=environment(tmp_path, QUICK), text=True, capture_output=True, timeout=60,
                              user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    yield command
    for folder, mode in opened.items():
        folder.chmod(mode)


def log_in(server, name, password=PASSWORD):
    return ask(server.port, "POST", "/login", json={"username": name, "password": password})


def test_a_backup_made_under_load_is_whole_and_private(tmp_path, start, backup):
    server = start()
    stop, registered = threading.Event(), []

    def register_people():
        while not stop.is_set():
            name = f"person{len(registered)}"
            if ask(server.port, "POST", "/register", json={"username": name, "password": PASSWORD}).status == 200:
                registered.append(name)

    writer = threading.Thread(target=register_people)
    writer.start()
    try:
        for number in range(3):
            before = len(registered)
            told = json.loads(backup("create", f"copy{number}.db", "--json").stdout)
            assert told["problems"] == [] and before <= told["accounts"] <= len(registered) + 1
            assert stat.S_IMODE((tmp_path / f"copy{number}.db").stat().st_mode) == 0o600
    finally:
        stop.set()
        writer.join()
    assert not [name for name in os.listdir(tmp_path) if name.startswith("copy") and not name.endswith(".db")], "one file each"
    assert "users" in backup("verify", "copy2.db").stdout
    backup("create", "copy2.db", exit_code=CONFIGURATION)  # never over another


def test_a_damaged_backup_is_found_and_not_restored(tmp_path, start, backup):
    server = start()
    Account(server.port, "ann")
    backup("create", "copy.db")
    server.stop()
    whole = (tmp_path / "copy.db").read_bytes()
    (tmp_path / "copy.db").write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
    assert backup("verify", "copy.db", exit_code=PROBLEMS).stdout
    before = (tmp_path / "keyhold.db").read_bytes()
    backup("restore", "copy.db", exit_code=CONFIGURATION)
    assert (tmp_path / "keyhold.db").read_bytes() == before
    (tmp_path / "noise.db").write_bytes(b"noise" * 1000)
    backup("verify", "noise.db", exit_code=PROBLEMS)
    with sqlite3.connect(tmp_path / "foreign.db") as db:
        db.execute("CREATE TABLE t (x)")
    backup("verify", "foreign.db", exit_code=PROBLEMS)
    backup("verify", "missing.db", exit_code=NOT_FOUND)


def with_bit_flipped(content, at):
    changed = bytearray(content)
    changed[at // 8] ^= 1 << (at % 8)
    return bytes(changed)


def test_any_flipped_bit_is_found(tmp_path, start, backup):
    """Also where SQLite's own check finds nothing: in texts, in the header's counters, in pages that are free, in the digest."""
    server = start()
    for name in ("ann", "bob"):
        Account(server.port, name)
    with sqlite3.connect(server.folder / "keyhold.db", isolation_level=None) as db:  # leaves free pages behind
        db.execute("CREATE TABLE gone (x)")
        db.executemany("INSERT INTO gone VALUES (?)", [("x" * 3000,)] * 40)
        db.execute("DROP TABLE gone")
    db.close()
    backup("create", "copy.db")
    whole = (tmp_path / "copy.db").read_bytes()
    with sqlite3.connect(f"file:{tmp_path / 'copy.db'}?mode=ro", uri=True) as db:
        assert db.execute("PRAGMA freelist_count").fetchone()[0] > 10
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",), "other programs read it"
    db.close()
    chance = random.Random(42)
    size = 8 * len(whole)
    places = [chance.randrange(size) for _ in range(60)]  # in all of it
    places += [chance.randrange(8 * 100) for _ in range(15)]  # SQLite's header is of 100 bytes
    places += [size - 1 - chance.randrange(8 * 100) for _ in range(15)]  # the digest
    places += [8 * (whole.index(b"ann") + 1), 0, size - 1]
    for place in places:
        (tmp_path / "bad.db").write_bytes(with_bit_flipped(whole, place))
        assert backup("verify", "bad.db", exit_code=PROBLEMS).stdout, place
    backup("restore", "bad.db", exit_code=CONFIGURATION)
    for cut in (1, 200, 4096, len(whole) // 2 + 1):
        (tmp_path / "bad.db").write_bytes(whole[:-cut])
        backup("verify", "bad.db", exit_code=PROBLEMS)
    assert json.loads(backup("verify", "copy.db", "--json").stdout)["has_digest"] is True


def test_a_backup_without_a_digest_is_restored_and_said_to_have_none(tmp_path, start, backup):
    """Those of older releases end with a page."""
    server = start()
    Account(server.port, "ann")
    backup("create", "copy.db")
    server.stop()
    whole = (tmp_path / "copy.db").read_bytes()
    (tmp_path / "old.db").write_bytes(whole[:len(whole) // 4096 * 4096])
    told = backup("verify", "old.db")
    assert "1 users" in told.stdout and "no digest" in told.stderr
    backup("restore", "old.db")
    assert log_in(start(), "ann").status == 200


def test_a_restore_brings_the_users_back_and_nobodys_session(tmp_path, start, backup):
    server = start()
    ann, bob = Account(server.port, "ann"), Account(server.port, "bob")
    refresh = log_in(server, "ann").json()["refresh_token"]
    backup("create", "copy.db")
    assert ask(server.port, "POST", "/logout", token=bob.token).status in (200, 204)  # revoked after the backup
    Account(server.port, "cat")
    backup("restore", "copy.db", exit_code=CONFLICT)  # a server uses it
    server.stop()

    done = backup("restore", "copy.db")
    assert "Every session has ended" in done.stderr
    again = start()
    for token in (ann.token, bob.token):
        problem(ask(again.port, "GET", "/protected", token=token), 401)
    problem(ask(again.port, "POST", "/refresh", json={"refresh_token": refresh}), 401)
    assert log_in(again, "ann").status == 200 and log_in(again, "bob").status == 200
    problem(log_in(again, "cat"), 401)
    assert greets(again, log_in(again, "ann").json()["access_token"])
    kept = [name for name in os.listdir(tmp_path) if ".before-restore-" in name]
    assert len(kept) == 1
    with sqlite3.connect(tmp_path / kept[0]) as db:
        assert db.execute("SELECT COUNT(*) FROM keyhold_accounts").fetchone() == (3,)


def test_an_invitation_that_was_used_and_a_mail_that_was_sent_after_the_backup_stay_so(tmp_path, start, backup):
    server = start(QUICK | {"KEYHOLD_REGISTRATION": "invite"})
    invitation = json.loads(run("user", "invite", "--json", folder=tmp_path, env=QUICK, check=DONE).stdout)["invitation"]
    run("mail", "test", "ann@example.com", "--outbox", folder=tmp_path, env=QUICK | {"KEYHOLD_MAIL_SERVER": "smtp://127.0.0.1:1", "KEYHOLD_MAIL_FROM": "k@example.org"}, check=DONE)
    backup("create", "copy.db")
    register = {"username": "ann", "password": PASSWORD, "invitation": invitation}
    assert ask(server.port, "POST", "/register", json=register).status == 200
    server.stop()
    backup("restore", "copy.db")
    server = start(QUICK | {"KEYHOLD_REGISTRATION": "invite"})
    problem(ask(server.port, "POST", "/register", json=register), 403, "registration_refused")
    assert log_in(server, "ann").status == 401
    mail, = json.loads(run("outbox", "list", "--json", folder=tmp_path, env=QUICK, check=DONE).stdout)
    assert mail["state"] == "dead" and "restored" in mail["said"]
    server.stop()
    backup("restore", "copy.db", "--keep-mails")
    mail, = json.loads(run("outbox", "list", "--json", folder=tmp_path, env=QUICK, check=DONE).stdout)
    assert mail["state"] == "waiting"


def greets(server, token):
    return ask(server.port, "GET", "/protected", token=token).status == 200


def test_the_tutorials_tokens_from_before_a_restore_are_refused_too(start, backup):
    """They belong to no session; those without `iat` are taken to live for ACCESS_TOKEN_EXPIRE_MINUTES."""
    server = start()
    Account(server.port, "ann")
    now = int(time.time())
    old = jwt.encode({"sub": "ann", "exp": now + 1800}, SECRET_KEY)
    dated = jwt.encode({"sub": "ann", "exp": now + 1800, "iat": now}, SECRET_KEY)
    assert greets(server, old) and greets(server, dated)
    backup("create", "copy.db")
    server.stop()
    backup("restore", "copy.db")
    again = start()
    assert not greets(again, old) and not greets(again, dated)
    later = int(time.time()) + 60
    assert greets(again, jwt.encode({"sub": "ann", "exp": later + 1800}, SECRET_KEY))


def test_signing_keys_of_a_restored_database_are_made_anew(tmp_path, start, backup):
    server = start(OWN_KEYS)
    ann = Account(server.port, "ann")
    [kid] = [key["kid"] for key in ask(server.port, "GET", "/.well-known/jwks.json").json()["keys"]]
    backup("create", "copy.db", env=OWN_KEYS)
    run("key", "drop", kid, folder=tmp_path, env=OWN_KEYS, check=DONE)  # it leaked
    server.stop()
    backup("restore", "copy.db", env=OWN_KEYS)
    again = start(OWN_KEYS)
    assert kid not in [key["kid"] for key in ask(again.port, "GET", "/.well-known/jwks.json").json()["keys"]]
    problem(ask(again.port, "GET", "/protected", token=ann.token), 401)
    assert greets(again, log_in(again, "ann").json()["access_token"])


def test_sessions_and_keys_can_be_kept_by_whoever_asks_for_it(start, backup):
    server = start(OWN_KEYS)
    ann = Account(server.port, "ann")
    backup("create", "copy.db", env=OWN_KEYS)
    server.stop()
    backup("restore", "copy.db", "--keep-sessions", "--keep-keys", env=OWN_KEYS)
    assert greets(start(OWN_KEYS), ann.token)


def test_a_restore_where_nothing_is_and_over_a_ruin(tmp_path, start, backup):
    server = start()
    Account(server.port, "ann")
    backup("create", "copy.db")
    server.stop()
    (tmp_path / "keyhold.db").write_bytes(b"\0" * 4096 + b"ruin")
    backup("restore", "copy.db")
    (tmp_path / "keyhold.db").unlink()
    backup("restore", "copy.db", "--create")
    assert log_in(start(), "ann").status == 200


def test_a_restore_from_another_folder_makes_no_database_there_unless_it_is_told_to(tmp_path, start, backup):
    """Without --config it is that of the working directory; the server's own would stay as it is, and the command would say that all is well."""
    server = start()
    Account(server.port, "ann")
    backup("create", "copy.db")
    server.stop()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    refused = run("backup", "restore", "../copy.db", folder=elsewhere, env=QUICK, check=NOT_FOUND).stderr
    assert f"there is no database at {elsewhere}/keyhold.db" in refused and "--config" in refused and "--create" in refused
    assert list(elsewhere.iterdir()) == []
    made = run("backup", "restore", "../copy.db", "--create", folder=elsewhere, env=QUICK, check=DONE).stderr
    assert f"{elsewhere}/keyhold.db is new, made of ../copy.db" in made
    assert f"{tmp_path}/keyhold.db is replaced by copy.db" in backup("restore", "copy.db").stderr


def owners(folder):
    return {path.stat().st_uid for path in folder.iterdir() if path.name.startswith("keyhold.db")}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_a_restore_by_root_leaves_the_database_to_its_owner(tmp_path, start, backup):
    """A service that runs as a user of its own could not open it otherwise."""
    server = start()
    Account(server.port, "ann")
    backup("create", "copy.db")
    server.stop()
    nobody = pwd.getpwnam("nobody").pw_uid
    (tmp_path / "keyhold.db-epoch").unlink()
    os.chown(tmp_path / "keyhold.db", nobody, -1)
    backup("restore", "copy.db")
    assert owners(tmp_path) == {nobody}
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    os.chown(fresh, nobody, -1)
    run("backup", "restore", "../copy.db", "--create", folder=fresh, env=QUICK, check=DONE)
    assert owners(fresh) == {nobody}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_restore_by_a_stranger_is_refused_with_the_name_of_the_owner(tmp_path, start, backup, stranger):
    server = start()
    Account(server.port, "ann")
    backup("create", "copy.db")
    server.stop()
    before = (tmp_path / "keyhold.db").read_bytes()
    for path in (tmp_path / "keyhold.db", tmp_path / "keyhold.db-epoch", tmp_path / "copy.db"):
        path.chmod(0o666)
    refused = stranger("backup", "restore", "copy.db")
    assert refused.returncode == CONFIGURATION and "belongs to root" in refused.stderr and "sudo -u root" in refused.stderr
    assert (tmp_path / "keyhold.db").read_bytes() == before


def test_whoever_else_has_the_database_open_keeps_a_restore_away(tmp_path, start, backup):
    server = start()
    Account(server.port, "ann")
    backup("create", "copy.db")
    server.stop()
    other = sqlite3.connect(tmp_path / "keyhold.db")  # the adopted application, say
    other.execute("SELECT * FROM keyhold_accounts").fetchall()
    backup("restore", "copy.db", exit_code=CONFLICT)
    other.close()
    backup("restore", "copy.db")


def test_a_database_that_other_tools_set_back_is_treated_alike(start, backup):
    server = start()
    ann = Account(server.port, "ann")
    server.stop()
    backup("restored")
    again = start()
    assert not greets(again, ann.token) and log_in(again, "ann").status == 200


def test_a_session_that_a_restore_ended_says_so(tmp_path, start, backup):
    server = start()
    ann = Account(server.port, "ann")
    server.stop()
    backup("restored")
    said = run("token", "inspect", folder=tmp_path, env=QUICK, stdin=ann.token + "\n").stdout
    assert "restored from a backup" in said


def test_a_server_that_is_killed_leaves_nothing_that_keeps_a_restore_away(start, backup):
    server = start()
    Account(server.port, "ann")
    backup("create", "copy.db")
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    server.process.returncode = 0
    backup("restore", "copy.db")
    assert log_in(start(), "ann").status == 200
