# SPDX-License-Identifier: Apache-2.0
"""keyhold adopt: an application and Keyhold on one table, each seeing what the other does; on SQLite, PostgreSQL and MariaDB."""
import hashlib
import itertools
import json
import os

import bcrypt
import databases
import pytest
from expect import problem
from fastapi_service import APPLICATIONS, FastapiService, copy_service, use_database
from old_databases import KINDS
from people import Account
from server import PASSWORD, Server, run
from tokens import make
from waiting import eventually
from wire import ask

pytestmark = pytest.mark.sqlite  # it makes databases of all kinds by itself

DONE, CONFIGURATION, PROBLEMS = 0, 7, 8
SECRET = "end-to-end-tests-sign-with-these-characters"
# As an operator has it: the settings are those that adopt wrote, but for the cost.
ENV = {"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_LOG_FORMAT": "json"}
USERS = 200
# Ours on each kind of database, and others where they are at hand.
BOTH = [*itertools.product(["our application"], KINDS), *((name, "sqlite") for name in APPLICATIONS if name != "our application")]


def hashed(password, cost=4):
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()


def hash_of(name):
    return hashed(f"{PASSWORD}-{name}")


def log_in(port, name, password):
    return ask(port, "POST", "/login", json={"username": name, "password": password})


def register(port, name, password=PASSWORD):
    return ask(port, "POST", "/register", json={"username": name, "password": password})


def greeting(port, token):
    return ask(port, "GET", "/protected", token=token)


def soon(condition):
    """What the old application did reaches tokens within a tenth of a second on an idle machine."""
    eventually(condition, what="not seen in time")


@pytest.fixture(scope="module", params=BOTH, ids=", ".join)
def both(request, tmp_path_factory):
    """An application with 200 users, adopted while it runs; and Keyhold beside it."""
    application, kind = request.param
    service = copy_service(tmp_path_factory.mktemp("adopt"), SECRET, APPLICATIONS[application])
    database = KINDS[kind](service)
    if kind != "sqlite":
        use_database(service, database.url)
    database.make_users([f"user{i}" for i in range(USERS - 3)], hash_of)
    old = FastapiService(service)
    for i in range(3):
        assert register(old.port, f"real{i}").status == 200
    old_tokens = {name: log_in(old.port, name, password).json()["access_token"]
                  for name, password in [("user7", f"{PASSWORD}-user7"), ("real0", PASSWORD)]}
    done = run("adopt", ".", "--apply", "--yes", folder=service, check=DONE)
    assert SECRET not in done.stdout + done.stderr and databases.PASSWORD_IN_URL not in done.stdout + done.stderr
    keyhold = Server(service, ENV)
    keyhold.old, keyhold.old_tokens, keyhold.database = old, old_tokens, database
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
    assert both.database.query("SELECT substr(password, 1, 4) FROM users WHERE username = ?", fresh_name + "-k") == [("$2b$",)]


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
    both.database.query("UPDATE users SET password = ? WHERE username = ?", hashed("pa55-another-one"), fresh_name)
    assert (log_in(both.port, fresh_name, PASSWORD).status, log_in(both.port, fresh_name, "pa55-another-one").status) == (401, 200)
    soon(lambda: ann.greeting().status == 401)


def test_who_is_deleted_at_either_is_gone_from_both(both, fresh_name):
    ann, bob = Account(both.port, fresh_name + "-a"), Account(both.port, fresh_name + "-b")
    both.database.query("DELETE FROM users WHERE username = ?", ann.name)
    soon(lambda: ann.greeting().status == 401)
    problem(log_in(both.port, ann.name, PASSWORD), 401)
    run("user", "delete", bob.name, folder=both.folder, env=ENV, check=DONE)
    assert bob.greeting().status == 401 and greeting(both.old.port, bob.token).status == 401
    assert both.database.query("SELECT COUNT(*) FROM users WHERE username LIKE ?", fresh_name + "-%") == [(0,)]


def test_an_id_that_is_used_again_opens_nothing_of_its_owner_before(both, fresh_name):
    ann = Account(both.port, fresh_name + "-a")
    [(old_id,)] = both.database.query("SELECT id FROM users WHERE username = ?", ann.name)
    both.database.transaction(("DELETE FROM users WHERE id = ?", old_id),  # Keyhold sees neither alone
                              ("INSERT INTO users (id, username, password) VALUES (?, ?, ?)", old_id, ann.name, hashed(PASSWORD)))
    again = Account(both.port, fresh_name + "-b")
    soon(lambda: ann.greeting().status == 401)
    assert log_in(both.port, ann.name, PASSWORD).status == 200 and again.greeting().status == 200


def test_a_password_that_the_application_would_cut_is_refused(both, fresh_name):
    answer = register(both.port, fresh_name, "pa55-" + "x" * 68)
    assert answer.status == 422 and "72 bytes" in answer.body.decode()
    assert register(both.port, fresh_name, "pa55-" + "x" * 67).status == 200
    assert log_in(both.old.port, fresh_name, "pa55-" + "x" * 67).status == 200


@pytest.fixture(params=KINDS)
def application(request, tmp_path):
    """A folder with what adopt reads of an application's Python, and its database of a few users."""
    return make_application(tmp_path, KINDS[request.param](tmp_path))


class Application:
    def __init__(self, folder, database):
        self.folder, self.database = folder, database


def make_application(folder, database):
    database.make_users(["ann", "Bob", "bob", "two ", "", "Zoë"], hash_of, collation="exact")
    (folder / "config.py").write_text('# SECRET_KEY = "no"\nSECRET_KEY: str = os.getenv("SECRET_KEY", "your_secret_key")  # yes\n')
    (folder / "database.py").write_text(f'SQLALCHEMY_DATABASE_URL = "{database.url}"\n')
    (folder / "login.py").write_text("def login(user):\n    return create_access_token({'sub': user.username})\n")
    return Application(folder, database)


def adopt(application, *arguments, exit_code=DONE):
    return run("adopt", ".", *arguments, folder=application.folder, env=ENV, check=exit_code)


def digest_of(application):
    folder = application.folder
    return application.database.dump(), {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in sorted(os.listdir(folder))}


def test_the_report_says_what_is_there_and_changes_nothing(application):
    application.database.query("UPDATE users SET password = 'plain' WHERE username = 'Zoë'")
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
    adopt(application, "--apply", "--yes")
    keyhold = start(ENV)
    assert log_in(keyhold.port, "bob", f"{PASSWORD}-Bob").status == 200, "any spelling is the first one's"
    problem(log_in(keyhold.port, "bob", f"{PASSWORD}-bob"), 401)
    assert log_in(keyhold.port, "Zoë", f"{PASSWORD}-Zoë").status == 200
    assert (keyhold.folder / "keyhold.toml").stat().st_mode & 0o077 == 0


def test_undoing_leaves_the_database_as_it_was(application):
    before, files = application.database.dump(), sorted(os.listdir(application.folder))
    adopt(application, "--apply", "--yes")
    assert application.database.dump() != before
    adopt(application, "--undo")
    assert application.database.dump() == before and sorted(os.listdir(application.folder)) == files
    adopt(application, "--undo", exit_code=CONFIGURATION)


def test_after_undoing_users_that_came_meanwhile_stay(application):
    adopt(application, "--apply", "--yes")
    run("user", "add", "cat", folder=application.folder, env=ENV, stdin=PASSWORD + "\n", check=DONE)
    adopt(application, "--undo")
    [(stored,)] = application.database.query("SELECT password FROM users WHERE username = 'cat'")
    assert bcrypt.checkpw(PASSWORD.encode(), stored.encode())


@pytest.mark.parametrize("damage", ["UPDATE keyhold_adoption SET complete = 0", "DROP TRIGGER {note_trigger}"])
def test_an_adoption_that_was_broken_off_is_not_served_and_can_be_finished(application, damage):
    adopt(application, "--apply", "--yes")
    application.database.query(damage.format(note_trigger=application.database.note_trigger))
    application.database.query("INSERT INTO users (username, password) VALUES ('dan', ?)", hashed(PASSWORD))
    assert "adopt --apply" in run("user", "list", folder=application.folder, env=ENV, check=CONFIGURATION).stderr
    (application.folder / "keyhold.toml").unlink()
    adopt(application, "--apply", "--yes")
    assert "dan" in run("user", "list", folder=application.folder, env=ENV, check=DONE).stdout


@pytest.mark.parametrize("kind", ["mariadb"])
def test_undoing_that_was_broken_off_is_finished_by_the_next(kind, tmp_path):
    """MariaDB drops each table and trigger for good, whatever comes after."""
    application = make_application(tmp_path, KINDS[kind](tmp_path))
    before = application.database.dump()
    adopt(application, "--apply", "--yes")
    for done in ("TRIGGER keyhold_adopted_insert", "TRIGGER keyhold_adopted_note_delete", "TABLE keyhold_accounts", "TABLE keyhold_adopted", "TABLE keyhold_sessions"):
        application.database.query(f"DROP {done}")
    adopt(application, "--undo")
    assert application.database.dump() == before


@pytest.mark.parametrize("kind, id_type", [("sqlite", "CHAR(32)"), ("postgresql", "UUID"), ("mariadb", "CHAR(32)")])
def test_the_full_stack_templates_table_is_adopted_too(kind, id_type, tmp_path, start):
    """user(id uuid, email, hashed_password, is_active, is_superuser, full_name): what we do not know gets a value."""
    database = KINDS[kind](tmp_path)
    table = "`user`" if kind == "mariadb" else '"user"'
    database.query(f"CREATE TABLE {table} (email VARCHAR(255) NOT NULL, is_active BOOLEAN NOT NULL, is_superuser BOOLEAN NOT NULL, full_name VARCHAR(255), "
                   f"id {id_type} NOT NULL, hashed_password VARCHAR(255) NOT NULL, PRIMARY KEY (id))")
    database.query(f"CREATE UNIQUE INDEX ix_user_email ON {table} (email)")
    for number, (name, active) in enumerate([("ann@example.org", True), ("bob@example.org", False)]):
        database.query(f"INSERT INTO {table} VALUES (?, ?, ?, NULL, ?, ?)", name, active, False, f"{number:032x}", hashed(PASSWORD))
    run("adopt", "--apply", "--yes", folder=tmp_path, env=ENV | {"DATABASE_URL": database.url}, check=DONE)
    keyhold = start(ENV)
    assert log_in(keyhold.port, "ann@example.org", PASSWORD).status == 200
    problem(log_in(keyhold.port, "bob@example.org", PASSWORD), 401)
    database.query(f"UPDATE {table} SET is_active = ? WHERE email LIKE ?", True, "bob%")
    assert log_in(keyhold.port, "bob@example.org", PASSWORD).status == 200
    run("user", "disable", "ann@example.org", folder=tmp_path, env=ENV, check=DONE)
    cat = Account(keyhold.port, "cat@example.org")
    length = 36 if id_type == "UUID" else 32
    as_text = "CAST(id AS TEXT)" if id_type == "UUID" else "id"
    assert database.query(f"SELECT email, is_active, is_superuser, length({as_text}) FROM {table} ORDER BY email") == [
        ("ann@example.org", 0, 0, length), ("bob@example.org", 1, 0, length), (cat.name, 1, 0, length)]
    run("user", "delete", "cat@example.org", folder=tmp_path, env=ENV, check=DONE)
    assert database.query(f"SELECT COUNT(*) FROM {table}") == [(2,)]


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_name_that_their_table_has_no_room_for_is_refused_and_nothing_is_left_of_it(kind, tmp_path, start):
    database = KINDS[kind](tmp_path)
    database.query(f"CREATE TABLE users (id {database.counting} NOT NULL, username VARCHAR(20) UNIQUE, password VARCHAR(60), PRIMARY KEY (id))")
    run("adopt", "--apply", "--yes", folder=tmp_path, env=ENV | {"DATABASE_URL": database.url}, check=DONE)
    keyhold = start(ENV)
    answer = register(keyhold.port, "x" * 21)
    assert answer.status == 422 and "application" in answer.body.decode()
    assert register(keyhold.port, "x" * 20).status == 200
    assert database.query("SELECT username FROM users") == [("x" * 20,)]


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_both_may_write_to_the_same_users_at_the_same_time(kind, tmp_path, start):
    """The application's last password counts in the end, at both, whatever Keyhold was working off meanwhile."""
    database = KINDS[kind](tmp_path)
    database.make_users([f"user{i}" for i in range(20)], hash_of)
    run("adopt", "--apply", "--yes", folder=tmp_path, env=ENV | {"DATABASE_URL": database.url}, check=DONE)
    keyhold = start(ENV)
    last = {}
    connection = database.connect()
    for number in range(200):
        name, last_hash = f"user{number % 20}", hashed(f"pa55-{number}")
        last[name] = (f"pa55-{number}", last_hash)
        cursor = connection.cursor()
        cursor.execute("UPDATE users SET password = %s WHERE username = %s", (last_hash, name))
        connection.commit()
        if number % 3 == 0:
            assert log_in(keyhold.port, name, f"pa55-{number}").status == 200
    connection.close()
    for name, (password, last_hash) in last.items():
        assert log_in(keyhold.port, name, password).status == 200
        assert database.query("SELECT password FROM users WHERE username = ?", name) == [(last_hash,)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_adopted_is_refused_with_the_way_out(kind, tmp_path):
    database = KINDS[kind](tmp_path, *(["app.db"] if kind == "sqlite" else []))
    def refused(*arguments):
        return run("adopt", *arguments, folder=tmp_path, env=ENV | {"DATABASE_URL": database.url}, check=CONFIGURATION).stderr
    if kind == "sqlite":
        assert "no database" in refused()
    database.query("CREATE TABLE people (id INTEGER PRIMARY KEY, nick VARCHAR(100), secret VARCHAR(100))")
    assert "--table" in refused()
    assert "--name-column" in refused("--table", "people")
    assert "--password-column" in refused("--table", "people", "--name-column", "nick")
    chosen = ["--table", "people", "--name-column", "nick", "--password-column", "secret"]
    assert "unique index" in refused(*chosen)
    database.query("CREATE UNIQUE INDEX i ON people (nick)")
    database.query("INSERT INTO people VALUES (1, 'ann', 'plain')")
    if kind != "sqlite":  # where INTEGER PRIMARY KEY counts by itself
        assert "column id" in refused(*chosen) and "default" in refused(*chosen)
        database.query({"postgresql": "ALTER TABLE people ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (START WITH 2)",
                        "mariadb": "ALTER TABLE people MODIFY id INTEGER AUTO_INCREMENT"}[kind])
    assert "keyhold import" in refused(*chosen, "--apply")
    database.query("UPDATE people SET secret = ?", hashed(PASSWORD))
    run("adopt", *chosen, "--apply", "--yes", folder=tmp_path, env=ENV | {"DATABASE_URL": database.url}, check=DONE)
    assert "ann" in run("user", "list", folder=tmp_path, env=ENV, check=DONE).stdout
    adopted_already = refused("--table", "people", "--name-column", "nick", "--password-column", "nick", "--apply", "--yes")
    assert "keyhold import" in adopted_already or "--undo" in adopted_already
