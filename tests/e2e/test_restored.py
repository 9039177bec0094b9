# SPDX-License-Identifier: Apache-2.0
"""keyhold backup restored: a PostgreSQL or MariaDB that was set back to an earlier moment, under a node that runs all the while and remembers what the
backup does not know."""
import os
import shutil
import subprocess
import time

import databases
import jwt
import pytest
from cluster_nodes import log_in, told
from expect import problem
from people import Account
from server import QUICK, SECRET_KEY, run
from waiting import eventually
from wire import ask

DONE, CONFIGURATION, UNREACHABLE = 0, 7, 6
OWN_KEYS = {name: value for name, value in QUICK.items() if name != "SECRET_KEY"}


class Backup:
    """The server's files as they are now; put() brings them back, whatever happened since."""
    def __init__(self, server):
        self.server = server
        self.copy = server.folder / "copy"
        server.stop()
        subprocess.run(["cp", "-a", server.data, self.copy], check=True)
        server.start()

    def put(self):
        self.server.stop()
        subprocess.run(["rm", "-rf", self.server.data], check=True)
        self.copy.rename(self.server.data)
        self.server.start()


@pytest.fixture(scope="module", params=databases.SERVERS)
def database(request):
    yield from databases.alone(request.param, "set-back")


@pytest.fixture
def settings(database, fresh_name):
    return QUICK | {"DATABASE_URL": database.create(fresh_name)}


def test_what_a_running_node_remembers_and_the_backup_does_not_know_is_over(database, settings, start, tmp_path):
    node = start(settings)
    ann = Account(node.port, "ann")
    other = log_in(node, "ann").json()["access_token"]
    assert ask(node.port, "POST", "/logout", token=other).status == 200  # the node knows change number 1, as the backup does
    now = int(time.time())
    old = jwt.encode({"sub": "ann", "exp": now + 1800}, SECRET_KEY)  # the tutorial's: it belongs to no session
    backup = Backup(database)
    eventually(lambda: log_in(node, "ann").status == 200)
    later = log_in(node, "ann").json()  # starting a session is no change: it goes with the same number
    assert told(node, later["access_token"]) == told(node, old) == 200
    backup.put()
    eventually(lambda: log_in(node, "ann").status == 200)
    done = run("backup", "restored", folder=tmp_path, env=settings, check=DONE)
    assert "Every session has ended" in done.stderr and databases.PASSWORD not in done.stderr
    for token in (later["access_token"], ann.token, other, old):
        assert told(node, token) == 401
    problem(ask(node.port, "POST", "/refresh", json={"refresh_token": later["refresh_token"]}), 401)
    again = log_in(node, "ann").json()["access_token"]
    assert told(node, again) == 200
    assert told(node, jwt.encode({"sub": "ann", "exp": int(time.time()) + 1 + 1800}, SECRET_KEY)) == 200


def test_the_next_node_finds_no_session_of_the_backup(database, settings, start, tmp_path):
    node = start(settings)
    ann = Account(node.port, "ann")
    backup = Backup(database)
    eventually(lambda: log_in(node, "ann").status == 200)
    assert ask(node.port, "POST", "/logout", token=ann.token).status == 200  # what the backup has forgotten
    later = log_in(node, "ann").json()["access_token"]
    node.stop()
    backup.put()
    run("backup", "restored", folder=tmp_path, env=settings, check=DONE)
    again = start(settings)
    assert told(again, ann.token) == told(again, later) == 401
    assert told(again, log_in(again, "ann").json()["access_token"]) == 200
    assert "restored from a backup" in run("token", "inspect", folder=tmp_path, env=settings, stdin=ann.token + "\n").stdout


def test_a_running_node_makes_new_signing_keys(database, settings, start, tmp_path):
    env = OWN_KEYS | {"DATABASE_URL": settings["DATABASE_URL"]}
    node = start(env)
    ann = Account(node.port, "ann")
    def kids():
        return {key["kid"] for key in ask(node.port, "GET", "/.well-known/jwks.json").json()["keys"]}
    before = kids()
    run("backup", "restored", folder=tmp_path, env=env, check=DONE)
    assert told(node, ann.token) == 401
    again = log_in(node, "ann").json()["access_token"]
    assert told(node, again) == 200
    assert kids() and not before & kids()


# What docs/operations.md says for each: how a copy is made, and how it is put back.
TOOLS = {"postgresql": ("pg_dump", "pg_restore"), "mariadb": ("mariadb-dump", "mariadb")}


class Dump:
    """A copy by the database's own tools, as docs/operations.md has it."""
    def __init__(self, server, name):
        self.kind, self.name, self.copy = server.kind, name, server.folder / f"{name}.copy"
        self.options = {"postgresql": ["-h", "127.0.0.1", "-p", server.port, "-U", "keyhold"],
                        "mariadb": ["--no-defaults", f"--socket={server.folder}/socket", "-u", "keyhold"]}[self.kind]
        how = {"postgresql": ["-Fc", "-d", name], "mariadb": ["--single-transaction", name]}[self.kind]
        self.copy.write_bytes(self.tool(0, *how))

    def put(self):
        how = {"postgresql": ["--clean", "--single-transaction", "-d", self.name], "mariadb": [self.name]}[self.kind]
        self.tool(1, *how, stdin=self.copy.open("rb"))

    def tool(self, which, *words, **kwargs):
        done = subprocess.run([TOOLS[self.kind][which], *map(str, [*self.options, *words])], capture_output=True,
                              env=os.environ | {"PGPASSWORD": databases.PASSWORD, "MYSQL_PWD": databases.PASSWORD}, **kwargs)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


def test_a_copy_by_the_databases_own_tools_is_put_back_under_a_running_node(database, settings, fresh_name, start, tmp_path):
    for tool in TOOLS[database.kind]:
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    env = OWN_KEYS | {"DATABASE_URL": settings["DATABASE_URL"]}
    node = start(env)
    ann = Account(node.port, "ann")
    run("user", "set-email", "ann", "ann@example.com", folder=tmp_path, env=env, check=DONE)
    dump = Dump(database, fresh_name)
    bob, later = Account(node.port, "bob"), log_in(node, "ann").json()["access_token"]
    run("user", "set-email", "ann", "other@example.com", folder=tmp_path, env=env, check=DONE)
    dump.put()
    assert "Every session has ended" in run("backup", "restored", folder=tmp_path, env=env, check=DONE).stderr
    for token in (ann.token, later, bob.token):
        assert told(node, token) == 401
    assert told(node, log_in(node, "ann").json()["access_token"]) == 200
    assert log_in(node, "bob").status == 401, "nobody of that name was there"
    assert "ann@example.com" in run("user", "show", "ann", folder=tmp_path, env=env, check=DONE).stdout
    run("db", "check", folder=tmp_path, env=env, check=DONE)
    assert Account(node.port, "bob").greeting().status == 200, "its numbers go on"


def test_sessions_can_be_kept_by_whoever_asks_for_it(settings, start, tmp_path):
    node = start(settings)
    ann = Account(node.port, "ann")
    run("backup", "restored", "--keep-sessions", "--keep-keys", folder=tmp_path, env=settings, check=DONE)
    assert told(node, ann.token) == 200


def test_what_is_for_sqlite_alone_and_a_server_that_is_gone_are_refused(database, settings, tmp_path):
    for command in (["create", "copy.db"], ["restore", "copy.db"]):
        assert "pg_dump" in run("backup", *command, folder=tmp_path, env=settings, check=CONFIGURATION).stderr
    gone = QUICK | {"DATABASE_URL": database.url.replace(str(database.port), "1").replace("{}", "app")}
    assert databases.PASSWORD not in run("backup", "restored", folder=tmp_path, env=gone, check=UNREACHABLE).stderr
