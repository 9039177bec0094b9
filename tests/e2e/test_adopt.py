"""keyhold adopt: the tutorial's own service and Keyhold on one table, each seeing what the other does."""
import hashlib
import json
import os
import sqlite3
import time

import bcrypt
import pytest
from conftest import Account
from expect import problem
from fastapi_service import FastapiService, copy_service
from server import PASSWORD, Server, run
from wire import ask

pytestmark = pytest.mark.sqlite

DONE, CONFIGURATION, PROBLEMS = 0, 7, 8
SECRET = "end-to-end-tests-sign-with-these-characters"
# As an operator has it: the settings are those that adopt wrote, but for the cost.
ENV = {"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_LOG_FORMAT": "json"}
USERS = 200
SOON = 10  # seconds; what the old application did reaches tokens within a tenth of a second on an idle machine


def hashed(password, cost=4):
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()


def make_users(path, names, password=PASSWORD):
    """The tutorial's table, as SQLAlchemy makes it (mkdb.py), with a password for each."""
    with sqlite3.connect(path) as db:
        db.executescript("""CREATE TABLE users (id INTEGER NOT NULL, username VARCHAR, password VARCHAR, PRIMARY KEY (id));
CREATE UNIQUE INDEX ix_users_username ON users (username); CREATE INDEX ix_users_id ON users (id);""")
        db.executemany("INSERT INTO users (username, password) VALUES (?, ?)", [(name, hashed(f"{password}-{name}")) for name in names])
    db.close()


def query(path, sql, *values):
    with sqlite3.connect(path) as db:
        found = db.execute(sql, values).fetchall()
    db.close()
    return found


def log_in(port, name, password):
    return ask(port, "POST", "/login", json={"username": name, "password": password})


def register(port, name, password=PASSWORD):
    return ask(port, "POST", "/register", json={"username": name, "password": password})


def greeting(port, token):
    return ask(port, "GET", "/protected", token=token)


def soon(condition):
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "not seen in time"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The tutorial's service with 200 users, adopted while it runs; and Keyhold beside it."""
    service = copy_service(tmp_path_factory.mktemp("adopt"), SECRET)
    make_users(service / "test.db", [f"user{i}" for i in range(USERS - 3)])
    old = FastapiService(service)
    for i in range(3):
        assert register(old.port, f"real{i}").status == 200
    old_tokens = {name: log_in(old.port, name, password).json()["access_token"]
                  for name, password in [("user7", f"{PASSWORD}-user7"), ("real0", PASSWORD)]}
    done = run("adopt", ".", "--apply", folder=service, check=DONE)
    assert SECRET not in done.stdout + done.stderr
    keyhold = Server(service, ENV)
    keyhold.old, keyhold.old_tokens, keyhold.database = old, old_tokens, service / "test.db"
    yield keyhold
    keyhold.stop()
    old.stop()


def test_every_user_logs_in_with_the_old_password(both):
    for i in range(USERS - 3):
        answer = log_in(both.port, f"user{i}", f"{PASSWORD}-user{i}")
        assert answer.status == 200, (i, answer.body)
        assert greeting(both.port, answer.json()["access_token"]).json() == {"message": f"Welcome user{i}"}
    for i in range(3):
        assert log_in(both.port, f"real{i}", PASSWORD).status == 200
    problem(log_in(both.port, "user1", f"{PASSWORD}-user2"), 401)


def test_tokens_of_the_application_open_keyhold_and_the_other_way_round(both):
    for name, token in both.old_tokens.items():
        assert greeting(both.port, token).json() == {"message": f"Welcome {name}"}
    ours = log_in(both.port, "user8", f"{PASSWORD}-user8").json()["access_token"]
    assert greeting(both.old.port, ours).json() == {"message": "Welcome user8"}


def test_who_registers_at_either_logs_in_at_both(both, fresh_name):
    for first, second in [(both, both.old), (both.old, both)]:
        name = fresh_name + ("-k" if first is both else "-f")
        assert register(first.port, name).status == 200
        for server in (first, second):
            answer = log_in(server.port, name, PASSWORD)
            assert answer.status == 200, (name, answer.body)
            assert greeting(first.port, answer.json()["access_token"]).status == 200
            assert greeting(second.port, answer.json()["access_token"]).status == 200
    assert query(both.database, "SELECT substr(password, 1, 4) FROM users WHERE username = ?", fresh_name + "-k") == [("$2b$",)]


def test_a_name_that_is_taken_at_either_is_taken_at_both(both, fresh_name):
    assert register(both.old.port, fresh_name + "-f").status == 200
    problem(register(both.port, fresh_name + "-f"), 400)
    problem(register(both.port, (fresh_name + "-F").upper()), 400)
    assert register(both.port, fresh_name + "-k").status == 200
    assert register(both.old.port, fresh_name + "-k").status == 400


def test_a_new_password_at_keyhold_counts_at_the_application(both, fresh_name):
    ann = Account(both.port, fresh_name)
    changed = ask(both.port, "POST", "/password", token=ann.token, json={"current_password": PASSWORD, "new_password": "pa55-another-one"})
    assert changed.status in (200, 204), changed.body
    for port in (both.port, both.old.port):
        assert (log_in(port, fresh_name, PASSWORD).status, log_in(port, fresh_name, "pa55-another-one").status) == (401, 200)


def test_a_new_password_at_the_application_counts_at_keyhold_and_ends_its_sessions(both, fresh_name):
    ann = Account(both.port, fresh_name)
    query(both.database, "UPDATE users SET password = ? WHERE username = ?", hashed("pa55-another-one"), fresh_name)
    assert (log_in(both.port, fresh_name, PASSWORD).status, log_in(both.port, fresh_name, "pa55-another-one").status) == (401, 200)
    soon(lambda: ann.greeting().status == 401)


def test_who_is_deleted_at_either_is_gone_from_both(both, fresh_name):
    ann, bob = Account(both.port, fresh_name + "-a"), Account(both.port, fresh_name + "-b")
    query(both.database, "DELETE FROM users WHERE username = ?", ann.name)
    soon(lambda: ann.greeting().status == 401)
    problem(log_in(both.port, ann.name, PASSWORD), 401)
    run("user", "delete", bob.name, folder=both.folder, env=ENV, check=DONE)
    assert bob.greeting().status == 401 and greeting(both.old.port, bob.token).status == 401
    assert query(both.database, "SELECT COUNT(*) FROM users WHERE username LIKE ?", fresh_name + "-%") == [(0,)]


def test_an_id_that_is_used_again_opens_nothing_of_its_owner_before(both, fresh_name):
    ann = Account(both.port, fresh_name + "-a")
    [(old_id,)] = query(both.database, "SELECT id FROM users WHERE username = ?", ann.name)
    with sqlite3.connect(both.database) as db:  # in one transaction: Keyhold sees neither alone
        db.execute("DELETE FROM users WHERE id = ?", (old_id,))
        db.execute("INSERT INTO users (id, username, password) VALUES (?, ?, ?)", (old_id, ann.name, hashed(PASSWORD)))
    db.close()
    again = Account(both.port, fresh_name + "-b")
    soon(lambda: ann.greeting().status == 401)
    assert log_in(both.port, ann.name, PASSWORD).status == 200 and again.greeting().status == 200


def test_a_password_that_the_application_would_cut_is_refused(both, fresh_name):
    answer = register(both.port, fresh_name, "pa55-" + "x" * 68)
    assert answer.status == 422 and "72 bytes" in answer.body.decode()
    assert register(both.port, fresh_name, "pa55-" + "x" * 67).status == 200
    assert log_in(both.old.port, fresh_name, "pa55-" + "x" * 67).status == 200


@pytest.fixture
def application(tmp_path):
    """A folder with a database of a few users and what adopt reads of an application's Python."""
    make_users(tmp_path / "app.db", ["ann", "Bob", "bob", "two ", "", "Zoë"])
    (tmp_path / "config.py").write_text('# SECRET_KEY = "no"\nSECRET_KEY: str = os.getenv("SECRET_KEY", "your_secret_key")  # yes\n')
    (tmp_path / "database.py").write_text('SQLALCHEMY_DATABASE_URL = "sqlite:///./app.db"\n')
    return tmp_path


def adopt(folder, *arguments, exit_code=DONE):
    return run("adopt", ".", *arguments, folder=folder, env=ENV, check=exit_code)


def digest_of(folder):
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in sorted(os.listdir(folder))}


def test_the_report_says_what_is_there_and_changes_nothing(application):
    query(application / "app.db", "UPDATE users SET password = 'plain' WHERE username = 'Zoë'")
    before = digest_of(application)
    done = adopt(application)
    assert digest_of(application) == before
    for text in ("config.py:2", "database.py:1", "published", "6 in the table users: id, username, password", "5 bcrypt, cost 4",
                 "1 of no format", "Bob (2), bob (3)", "id 4: A username cannot begin or end with white space", "id 5:", "--apply"):
        assert text in done.stdout + done.stderr, text
    assert "$2" not in done.stdout and "plain" not in done.stdout
    told = json.loads(adopt(application, "--json").stdout)
    assert (told["rows"], told["clashing"], told["odd"], told["hashes"]["bcrypt, cost 4"]) == (6, 1, 2, 5)


def test_of_names_that_clash_the_first_comes_to_keyhold_and_opens_nothing_of_the_other(application, start):
    adopt(application, "--apply")
    keyhold = start(ENV)
    assert log_in(keyhold.port, "bob", f"{PASSWORD}-Bob").status == 200, "any spelling is the first one's"
    problem(log_in(keyhold.port, "bob", f"{PASSWORD}-bob"), 401)
    assert log_in(keyhold.port, "Zoë", f"{PASSWORD}-Zoë").status == 200
    assert (keyhold.folder / "keyhold.toml").stat().st_mode & 0o077 == 0


def dump(path):
    with sqlite3.connect(path) as db:
        text = "\n".join(db.iterdump())
        mode = db.execute("PRAGMA journal_mode").fetchone()
    db.close()
    return text, mode


def test_undoing_leaves_the_database_as_it_was(application):
    before, files = dump(application / "app.db"), sorted(os.listdir(application))
    adopt(application, "--apply")
    assert dump(application / "app.db") != before
    adopt(application, "--undo")
    assert dump(application / "app.db") == before and sorted(os.listdir(application)) == files
    adopt(application, "--undo", exit_code=CONFIGURATION)


def test_after_undoing_users_that_came_meanwhile_stay(application):
    adopt(application, "--apply")
    run("user", "add", "cat", folder=application, env=ENV, stdin=PASSWORD + "\n", check=DONE)
    adopt(application, "--undo")
    [(stored,)] = query(application / "app.db", "SELECT password FROM users WHERE username = 'cat'")
    assert bcrypt.checkpw(PASSWORD.encode(), stored.encode())


@pytest.mark.parametrize("damage", ["UPDATE keyhold_adoption SET complete = 0", "DROP TRIGGER keyhold_adopted_note_insert"])
def test_an_adoption_that_was_broken_off_is_not_served_and_can_be_finished(application, damage):
    adopt(application, "--apply")
    query(application / "app.db", damage)
    query(application / "app.db", "INSERT INTO users (username, password) VALUES ('dan', ?)", hashed(PASSWORD))
    assert "adopt --apply" in run("user", "list", folder=application, env=ENV, check=CONFIGURATION).stderr
    (application / "keyhold.toml").unlink()
    adopt(application, "--apply")
    assert "dan" in run("user", "list", folder=application, env=ENV, check=DONE).stdout


def test_the_full_stack_templates_table_is_adopted_too(tmp_path, start):
    """user(id uuid, email, hashed_password, is_active, is_superuser, full_name): what we do not know gets a value."""
    path = tmp_path / "app.db"
    query(path, 'CREATE TABLE "user" (email VARCHAR(255) NOT NULL, is_active BOOLEAN NOT NULL, is_superuser BOOLEAN NOT NULL, full_name VARCHAR(255), '
                "id CHAR(32) NOT NULL, hashed_password VARCHAR NOT NULL, PRIMARY KEY (id))")
    query(path, 'CREATE UNIQUE INDEX ix_user_email ON "user" (email)')
    for number, (name, active) in enumerate([("ann@example.org", 1), ("bob@example.org", 0)]):
        query(path, 'INSERT INTO "user" VALUES (?, ?, 0, NULL, ?, ?)', name, active, f"{number:032x}", hashed(PASSWORD))
    run("adopt", "--database-url", "sqlite:///./app.db", "--apply", folder=tmp_path, env=ENV, check=DONE)
    keyhold = start(ENV)
    assert log_in(keyhold.port, "ann@example.org", PASSWORD).status == 200
    problem(log_in(keyhold.port, "bob@example.org", PASSWORD), 401)
    query(path, 'UPDATE "user" SET is_active = 1 WHERE email LIKE ?', "bob%")
    assert log_in(keyhold.port, "bob@example.org", PASSWORD).status == 200
    run("user", "disable", "ann@example.org", folder=tmp_path, env=ENV, check=DONE)
    cat = Account(keyhold.port, "cat@example.org")
    assert query(path, 'SELECT email, is_active, is_superuser, length(id) FROM "user" ORDER BY email') == [
        ("ann@example.org", 0, 0, 32), ("bob@example.org", 1, 0, 32), (cat.name, 1, 0, 32)]


def test_what_cannot_be_adopted_is_refused_with_the_way_out(tmp_path):
    path = tmp_path / "app.db"
    def refused(*arguments):
        return run("adopt", "--database-url", "sqlite:///./app.db", *arguments, folder=tmp_path, env=ENV, check=CONFIGURATION).stderr
    assert "no database" in refused()
    query(path, "CREATE TABLE people (id INTEGER PRIMARY KEY, nick TEXT, secret TEXT)")
    assert "--table" in refused()
    assert "--name-column" in refused("--table", "people")
    assert "--password-column" in refused("--table", "people", "--name-column", "nick")
    chosen = ["--table", "people", "--name-column", "nick", "--password-column", "secret"]
    assert "unique index" in refused(*chosen)
    query(path, "CREATE UNIQUE INDEX i ON people (nick)")
    query(path, "INSERT INTO people VALUES (1, 'ann', 'plain')")
    assert "keyhold import" in refused(*chosen, "--apply")
    query(path, "UPDATE people SET secret = ?", hashed(PASSWORD))
    run("adopt", "--database-url", "sqlite:///./app.db", *chosen, "--apply", folder=tmp_path, env=ENV, check=DONE)
    assert "ann" in run("user", "list", folder=tmp_path, env=ENV, check=DONE).stdout
