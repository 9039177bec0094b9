# SPDX-License-Identifier: Apache-2.0
"""Who is locked out by the adopted application is locked out by Keyhold, and the other way round."""
import json
import time

import pytest
from expect import problem
from old_databases import KINDS
from people import Account
from tokens import make
from server import PASSWORD, run
from test_adopt import CONFIGURATION, DONE, ENV, SECRET, adopt, greeting, hash_of, hashed, log_in, soon

pytestmark = pytest.mark.sqlite  # it makes databases of all kinds by itself

# A column that locks out, its type by kind of database, what it holds for who may and who may not log in.
LOCKS = [
    ("disabled", "BOOLEAN NOT NULL", False, True), ("is_deleted", "BOOLEAN", None, True), ("is_banned", "INTEGER NOT NULL DEFAULT 0", 0, 1), ("gesperrt", "SMALLINT", 0, 1),
    ("deleted_at", "TIMESTAMP NULL", None, "2026-01-01 00:00:00"), ("is_active", "BOOLEAN", True, False),
]


def locking_table(database, column, declared):
    database.query(f"CREATE TABLE users (id {database.counting} NOT NULL, username VARCHAR(255), password VARCHAR(255), {column} {declared}, PRIMARY KEY (id))")
    database.query("CREATE UNIQUE INDEX ix_users_username ON users (username)")


def add_user(database, name, **more):
    columns = {"username": name, "password": hashed(PASSWORD)} | more
    database.query(f"INSERT INTO users ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", *columns.values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("column, declared, may, may_not", LOCKS, ids=[row[0] for row in LOCKS])
def test_whoever_is_locked_out_at_either_is_locked_out_at_both(kind, column, declared, may, may_not, tmp_path, start):
    database = KINDS[kind](tmp_path)
    locking_table(database, column, declared)
    for name, value in (("ann", may), ("bob", may_not)):
        add_user(database, name, **{column: value})
    told = run("adopt", "--apply", "--yes", folder=tmp_path, env=ENV | {"DATABASE_URL": database.url}, check=DONE).stdout
    assert f"1, by {column}" in told, told
    keyhold = start(ENV)
    assert log_in(keyhold.port, "ann", PASSWORD).status == 200
    problem(log_in(keyhold.port, "bob", PASSWORD), 401)
    def is_locked(name):
        [(value,)] = database.query(f"SELECT {column} FROM users WHERE username = ?", name)
        return value is not None if column == "deleted_at" else (not value if column == "is_active" else bool(value))
    # There, while Keyhold runs: at the next log-in, and a session's next request soon.
    database.query(f"UPDATE users SET {column} = ? WHERE username = 'bob'", may)
    bob = log_in(keyhold.port, "bob", PASSWORD)
    assert bob.status == 200
    token = bob.json()["access_token"]
    database.query(f"UPDATE users SET {column} = ? WHERE username = 'bob'", may_not)
    problem(log_in(keyhold.port, "bob", PASSWORD), 401)
    soon(lambda: greeting(keyhold.port, token).status == 401)
    # Here: the table says it; and takes it back.
    run("user", "disable", "ann", folder=tmp_path, env=ENV, check=DONE)
    assert is_locked("ann")
    run("user", "enable", "ann", folder=tmp_path, env=ENV, check=DONE)
    assert not is_locked("ann") and log_in(keyhold.port, "ann", PASSWORD).status == 200
    cat = Account(keyhold.port, "cat")
    assert not is_locked(cat.name)
    # A new password locks nobody out and lets nobody in.
    for name in ("ann", "bob"):
        run("user", "set-password", name, folder=tmp_path, env=ENV, stdin="pa55-another-one\n", check=DONE)
    assert (is_locked("ann"), is_locked("bob")) == (False, True)


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_columns_that_lock_out_both_count_and_one_is_written(kind, tmp_path, start):
    database = KINDS[kind](tmp_path)
    locking_table(database, "is_active", "BOOLEAN NOT NULL, deleted_at TIMESTAMP NULL")
    for name, active, deleted in (("ann", True, None), ("bob", False, None), ("cat", True, "2026-01-01 00:00:00")):
        add_user(database, name, is_active=active, deleted_at=deleted)
    run("adopt", "--apply", "--yes", folder=tmp_path, env=ENV | {"DATABASE_URL": database.url}, check=DONE)
    keyhold = start(ENV)
    assert [log_in(keyhold.port, name, PASSWORD).status for name in ("ann", "bob", "cat")] == [200, 401, 401]
    def state():
        return [(bool(active), deleted is not None) for active, deleted in database.query("SELECT is_active, deleted_at FROM users ORDER BY username")]
    assert state() == [(True, False), (False, False), (True, True)], "nothing was written back"
    run("user", "disable", "ann", folder=tmp_path, env=ENV, check=DONE)
    run("user", "enable", "cat", folder=tmp_path, env=ENV, check=DONE)
    assert state() == [(False, False), (False, False), (True, False)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_may_lock_out_and_is_not_understood_wants_a_decision(kind, tmp_path, start):
    database = KINDS[kind](tmp_path)
    locking_table(database, "status", "VARCHAR(20), nicht_mehr_da BOOLEAN, locked_until TIMESTAMP NULL")
    add_user(database, "ann", status="active", nicht_mehr_da=False)
    add_user(database, "bob", status="phase-3", nicht_mehr_da=True)
    def adopt_with(*arguments, check=DONE):
        return run("adopt", *arguments, folder=tmp_path, env=ENV | {"DATABASE_URL": database.url}, check=check)
    told = adopt_with()
    assert "status may lock people out" in told.stdout and "locked_until may lock people out" in told.stdout
    assert json.loads(adopt_with("--json").stdout)["unclear_columns"] == ["status", "locked_until"]
    refused = adopt_with("--apply", check=CONFIGURATION).stderr
    assert "status" in refused and "--disabled-column" in refused and "--everybody-may-log-in" in refused
    assert "yes or no" in adopt_with("--apply", "--active-column", "status", check=CONFIGURATION).stderr
    assert "no column" in adopt_with("--apply", "--disabled-column", "nowhere", check=CONFIGURATION).stderr
    adopt_with("--apply", "--yes", "--disabled-column", "nicht_mehr_da")
    keyhold = start(ENV)
    assert [log_in(keyhold.port, name, PASSWORD).status for name in ("ann", "bob")] == [200, 401]
    keyhold.stop()  # what it knows of the table is from its start
    adopt_with("--apply", "--yes", "--everybody-may-log-in")
    again = start(ENV)
    assert log_in(again.port, "bob", PASSWORD).status == 200


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_of_the_application_ends_with_its_password_and_its_owner(kind, tmp_path, start):
    database = KINDS[kind](tmp_path)
    database.make_users(["ann", "bob"], hash_of)
    run("adopt", "--apply", "--yes", "--token-sub", "username", folder=tmp_path, env=ENV | {"DATABASE_URL": database.url} | {"SECRET_KEY": SECRET}, check=DONE)
    keyhold = start(ENV | {"SECRET_KEY": SECRET})
    theirs = lambda name, **more: make({"sub": name, "exp": int(time.time()) + 1800} | more, key=SECRET)
    ann, bob = theirs("ann"), theirs("bob", iat=int(time.time()))
    assert greeting(keyhold.port, ann).status == greeting(keyhold.port, bob).status == 200
    assert greeting(keyhold.port, theirs("ann", exp=int(time.time()) + 60)).status == 200, "from before Keyhold came"
    database.query("UPDATE users SET password = ? WHERE username = 'ann'", hashed("pa55-another-one"))
    soon(lambda: greeting(keyhold.port, ann).status == 401)
    assert greeting(keyhold.port, bob).status == 200
    soon(lambda: greeting(keyhold.port, theirs("ann")).status == 200)
    database.query("DELETE FROM users WHERE username = 'bob'")
    add_user(database, "bob")
    soon(lambda: greeting(keyhold.port, bob).status == 401)
    soon(lambda: greeting(keyhold.port, theirs("bob")).status == 200)
    assert greeting(keyhold.port, bob).status == 401, "the first owner's"
