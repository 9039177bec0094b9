# SPDX-License-Identifier: Apache-2.0
"""What the table of the users is like that both sides share: how its names are spelled, what its key is, where its addresses stand, and which columns lock out."""
import json
import sqlite3

import pytest
from old_databases import KINDS
from server import PASSWORD, run
from shapes import Shape, plain
from test_decisions import application_of, register
from test_shapes import CONFIGURATION, DONE, ENV, Application, log_in
from wire import ask

pytestmark = pytest.mark.sqlite  # it makes databases of all kinds by itself

EMAIL = ", email VARCHAR(255){}"


def email_of(name):
    return {"email": f"{name}@example.org"}


def look(application, *flags):
    return json.loads(application.adopt("--json", *flags).stdout)


def shared(application, start, *flags):
    application.adopt("--apply", "--yes", *flags)
    return start(ENV)


def application_with(folder, kind, table, names=("ann", "bob", "cat"), by="username", row=plain, addresses=False):
    application = Application(Shape("of a test", table, by=by, row=row, addresses=addresses), kind, folder)
    for name in names:
        application.register(name)
    return application


def register_with(keyhold, name, **more):
    return ask(keyhold.port, "POST", "/register", json={"username": name, "password": PASSWORD, **more})


def user(folder, *words, stdin="", check=DONE):
    return run("user", *words, folder=folder, env=ENV, stdin=stdin, check=check)


# Small letters.

@pytest.mark.parametrize("kind", KINDS)
def test_names_and_addresses_come_in_small_letters_where_all_there_are(kind, tmp_path, start):
    """As an application finds them that asks for func.lower(name), or for email.lower()."""
    application = application_of(tmp_path, kind, EMAIL.format(" NOT NULL"), row=email_of)
    told = look(application)
    assert (told["small_names"], told["small_addresses"], told["names_are_addresses"]) == (True, True, False)
    assert "names and addresses are written in small letters, as all there are" in application.adopt().stdout
    keyhold = shared(application, start)
    assert register_with(keyhold, "Dän", email="Dan@Example.org").json()["username"] == "dän"
    assert application.database.query("SELECT username, email FROM users WHERE password IS NOT NULL ORDER BY id DESC")[0] == ("dän", "dan@example.org")
    assert log_in(keyhold, "DÄN") == log_in(keyhold, "DAN@example.org") == 200
    user(tmp_path, "set-email", "dän", "Other@Example.org")
    assert application.row("dän", "email") == ("other@example.org",)
    assert application.logs_in("dän") and log_in(keyhold, "dän") == 200


@pytest.mark.parametrize("names, flags", [(("ann", "Bob", "cat"), ()), (("ann", "bob"), ()), (("ann", "bob", "cat"), ("--names-as-typed",)), (("1", "2", "3"), ())])
def test_names_stay_as_they_are_typed_where_some_there_are_or_nobody_can_tell(names, flags, tmp_path, start):
    application = application_of(tmp_path, names=names)
    assert not look(application, *flags)["small_names"]
    keyhold = shared(application, start, *flags)
    assert register(keyhold, "Dan").status == 200 and application.logs_in("Dan")


def test_who_is_imported_comes_in_small_letters_too(tmp_path, start):
    application = application_of(tmp_path)
    application.adopt("--apply", "--yes")
    (tmp_path / "people.csv").write_text(f"username,password_hash\nDan,{application.row('ann', 'password')[0]}\n")
    run("import", "csv", "people.csv", "--apply", folder=tmp_path, env=ENV, check=DONE)
    assert application.logs_in("dan") and log_in(start(ENV), "Dan") == 200


# The name as the key.

@pytest.mark.parametrize("kind", KINDS)
def test_a_table_whose_key_is_the_name_is_shared(kind, tmp_path, start):
    """Its column ignores case, as MariaDB's do, and as citext and NOCASE."""
    exact = {"sqlite": "VARCHAR(100) COLLATE NOCASE", "postgresql": "VARCHAR(100)", "mariadb": "VARCHAR(100)"}[kind]
    application = application_with(tmp_path, kind, f"CREATE TABLE users (email {exact} NOT NULL PRIMARY KEY, password VARCHAR(100) NOT NULL, is_active {{bool}} NOT NULL)", by="email",
                                   row=lambda _: {"is_active": True}, addresses=True)
    keyhold = shared(application, start)
    rows = lambda: sorted(name for (name,) in application.database.query("SELECT email FROM users"))  # noqa: E731
    assert log_in(keyhold, "ann@example.org") == 200
    # Who comes, is locked out and is renamed here.
    assert register(keyhold, "dan@example.org").status == 200 and application.logs_in("dan")
    user(tmp_path, "disable", "dan@example.org")
    assert application.row("dan", "is_active") in ((0,), (False,))
    user(tmp_path, "enable", "dan@example.org")
    user(tmp_path, "set-email", "dan@example.org", "eve@example.org")
    assert rows() == ["ann@example.org", "bob@example.org", "cat@example.org", "eve@example.org"]
    assert log_in(keyhold, "eve@example.org") == 200 and log_in(keyhold, "dan@example.org") == 401
    user(tmp_path, "set-password", "eve@example.org", stdin="pa55-another-one\n")
    assert application.logs_in("eve", "pa55-another-one")
    # Who is renamed there, also in case alone, and goes.
    application.set("bob", "email", "bea@example.org")
    assert log_in(keyhold, "bea@example.org") == 200 and log_in(keyhold, "bob@example.org") == 401
    application.database.query("UPDATE users SET email = 'Cat@example.org' WHERE email = 'cat@example.org'")
    assert log_in(keyhold, "cat@example.org") == 200
    application.database.query("DELETE FROM users WHERE email = 'Cat@example.org'")
    assert log_in(keyhold, "cat@example.org") == 401
    # Who goes here.
    user(tmp_path, "delete", "--yes", "eve@example.org")
    user(tmp_path, "delete", "--yes", "bea@example.org")
    assert rows() == ["ann@example.org"]
    assert application.database.query("SELECT old_id FROM keyhold_adopted") == [("ann@example.org",)]


# Names that are addresses.

@pytest.mark.parametrize("column, names", [("email", ()), ("username", ("ann", "bob", "cat"))])
def test_where_people_are_called_by_addresses_nobody_comes_with_another_name(column, names, tmp_path, start):
    application = application_with(tmp_path, "sqlite", f"CREATE TABLE users (id INTEGER PRIMARY KEY, {column} VARCHAR(100) NOT NULL UNIQUE, password VARCHAR(100) NOT NULL)", names, column, addresses=True)
    assert look(application)["names_are_addresses"]
    keyhold = shared(application, start)
    answer = register(keyhold, "anna")
    assert answer.status == 422 and [(one["loc"], one["msg"]) for one in answer.json()["errors"]] == [(["body", "username"], "Whoever registers here is called by an e-mail address")]
    assert "e-mail address" in user(tmp_path, "add", "anna", stdin=PASSWORD + "\n", check=None).stderr
    (tmp_path / "people.csv").write_text(f"username,password_hash\nanna,{application.shape.hash(PASSWORD)}\n")
    assert "e-mail address" in run("import", "csv", "people.csv", "--apply", folder=tmp_path, env=ENV, check=None).stderr
    assert not application.database.query(f"SELECT 1 FROM users WHERE {column} = 'anna'")
    assert register(keyhold, "anna@example.org").status == 200 and application.logs_in("anna")


def test_where_some_names_are_no_addresses_any_name_is_taken(tmp_path, start):
    application = application_of(tmp_path, names=("ann@example.org", "bob@example.org", "cat@example.org", "root"))
    assert not look(application)["names_are_addresses"]
    assert register(shared(application, start), "anna").status == 200


# Addresses that need not be there.

@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("column, none", [("", None), (" NOT NULL DEFAULT ''", "")], ids=["NULL", "an empty text"])
def test_an_address_that_need_not_be_there_is_followed_both_ways(column, none, kind, tmp_path, start):
    application = application_of(tmp_path, kind, EMAIL.format(column), row=lambda name: {} if name == "cat" else email_of(name))
    assert (look(application)["email_column"], look(application)["email_required"]) == ("email", False)
    keyhold = shared(application, start)
    assert log_in(keyhold, "ann@example.org") == 200
    assert register(keyhold, "dan").status == 200 and application.row("dan", "email") == (none,)
    assert register_with(keyhold, "eve", email="eve@example.org").status == 200 and application.row("eve", "email") == ("eve@example.org",)
    application.set("bob", "email", "bea@example.org")
    assert (log_in(keyhold, "bob@example.org"), log_in(keyhold, "bea@example.org")) == (401, 200)
    user(tmp_path, "set-email", "cat", "cat@example.org")
    assert application.row("cat", "email") == ("cat@example.org",)
    user(tmp_path, "set-email", "cat", "--none")
    assert application.row("cat", "email") == (none,)
    # What Keyhold cannot have, or another has already, stays as the application wrote it.
    for address in ("no address", "bea@example.org"):
        application.set("eve", "email", address)
        assert log_in(keyhold, "eve") == 200 and application.row("eve", "email") == (address,)


def test_an_address_that_every_user_has_is_asked_of_newcomers(tmp_path, start):
    application = application_of(tmp_path, columns=EMAIL.format(""), row=email_of)
    assert look(application)["email_required"] and "email has one of every user" in application.adopt().stdout
    keyhold = shared(application, start)
    assert register(keyhold, "dan").status == 403 and register_with(keyhold, "dan", email="dan@example.org").status == 200


# Rows in other tables.

PROFILES = "CREATE TABLE profiles (id {serial} PRIMARY KEY, user_id INTEGER NOT NULL{}, FOREIGN KEY (user_id) REFERENCES users (id))"


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_that_every_user_has_in_another_table_is_told(kind, tmp_path):
    application = application_of(tmp_path, kind)
    make = lambda text: application.database.query(text.replace("{serial}", "INTEGER"))  # noqa: E731
    make(PROFILES.replace("{}", " UNIQUE"))
    make(PROFILES.replace("profiles", "orders").replace("{}", ""))
    make("CREATE TABLE settings (user_id INTEGER NOT NULL PRIMARY KEY, FOREIGN KEY (user_id) REFERENCES users (id))")
    for table in ("profiles", "orders", "settings"):
        for name in ("ann", "bob", "cat"):
            id_ = application.row(name, "id")[0]
            values = "(user_id) VALUES (?)" if table == "settings" else "(id, user_id) VALUES (?, ?)"
            application.database.query(f"INSERT INTO {table} {values}", *([id_] if table == "settings" else [id_, id_]))
    told = [guess for guess in look(application)["guesses"] if "has a row in" in guess]
    assert len(told) == 2 and "profiles (user_id)" in " ".join(told) and "settings (user_id)" in " ".join(told)
    assert "profiles (user_id)" in application.adopt("--apply", check=CONFIGURATION).stderr
    assert not [guess for guess in look(application, "--no-registration")["guesses"] if "has a row in" in guess]
    application.database.query("DELETE FROM profiles WHERE user_id = ?", application.row("cat", "id")[0])
    assert not [guess for guess in look(application)["guesses"] if "profiles" in guess]


# The trial.

@pytest.mark.parametrize("kind", KINDS)
def test_the_trials_user_fits_into_short_columns(kind, tmp_path):
    table = "CREATE TABLE users (id {serial} PRIMARY KEY, username VARCHAR(8) NOT NULL UNIQUE CHECK (LENGTH(username) <= 8), email VARCHAR(20) NOT NULL UNIQUE CHECK (LENGTH(email) <= 20), password VARCHAR(100) NOT NULL)"
    application_with(tmp_path, kind, table, row=lambda name: {"email": f"{name}@a.example"}).adopt("--apply", "--yes")


# Who is locked out.

LOCKS = ", is_active {bool} NOT NULL, is_banned {bool} NOT NULL, banned_at TIMESTAMP NULL, is_deleted {bool} NOT NULL, deleted_at TIMESTAMP NULL"


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_is_disabled_is_marked_in_each_column_that_locks_out_but_not_as_deleted(kind, tmp_path, start):
    application = application_of(tmp_path, kind, LOCKS, row=lambda _: {"is_active": True, "is_banned": False, "is_deleted": False})
    keyhold = shared(application, start)
    state = lambda name: tuple(bool(one) for one in application.row(name, "is_active", "is_banned", "banned_at", "is_deleted", "deleted_at"))  # noqa: E731
    good, locked = (True, False, False, False, False), (False, True, True, False, False)
    assert register(keyhold, "dan").status == 200 and state("dan") == good
    user(tmp_path, "disable", "ann")
    assert state("ann") == locked and log_in(keyhold, "ann") == 401
    user(tmp_path, "enable", "ann")
    assert state("ann") == good and log_in(keyhold, "ann") == 200
    # What the application has done stays as it is, and enabling undoes that and nothing else.
    application.set("bob", "is_banned", True)
    assert log_in(keyhold, "bob") == 401 and state("bob") == (True, True, False, False, False)
    user(tmp_path, "enable", "bob")
    assert state("bob") == good and log_in(keyhold, "bob") == 200
    application.set("cat", "is_deleted", True)
    assert log_in(keyhold, "cat") == 401 and state("cat") == (True, False, False, True, False)
    user(tmp_path, "enable", "cat")
    assert state("cat") == good and log_in(keyhold, "cat") == 200


@pytest.mark.parametrize("kind", KINDS)
def test_where_no_other_column_locks_out_whoever_is_disabled_is_marked_as_deleted(kind, tmp_path, start):
    application = application_of(tmp_path, kind, ", is_deleted {bool} NOT NULL, deleted_at TIMESTAMP NULL", row=lambda _: {"is_deleted": False})
    keyhold = shared(application, start)
    user(tmp_path, "disable", "ann")
    assert all(application.row("ann", "is_deleted", "deleted_at")) and log_in(keyhold, "ann") == 401
    user(tmp_path, "enable", "ann")
    assert not any(application.row("ann", "is_deleted", "deleted_at")) and log_in(keyhold, "ann") == 200


def test_of_the_words_that_lock_out_deleted_is_not_written_where_there_is_another(tmp_path):
    states = {"ann": "active", "bob": "deleted", "cat": "deleted", "dan": "banned"}
    application = application_of(tmp_path, columns=", status VARCHAR(20) NOT NULL", row=lambda name: {"status": states[name]}, names=states)
    application.adopt("--apply", "--yes")
    user(tmp_path, "disable", "ann")
    assert application.row("ann", "status") == ("banned",)


def test_columns_that_are_checked_against_each_other_change_together(tmp_path, start):
    application = application_of(tmp_path, columns=", is_banned {bool} NOT NULL, banned_at TIMESTAMP NULL, CHECK (is_banned = (banned_at IS NOT NULL))", row=lambda _: {"is_banned": False})
    keyhold = shared(application, start)
    user(tmp_path, "disable", "ann")
    user(tmp_path, "enable", "ann")
    assert log_in(keyhold, "ann") == 200


@pytest.mark.parametrize("value", ["is_active=0", "username=x", "password=x", "email=x"])
def test_no_value_is_taken_for_a_column_that_an_account_fills_in(value, tmp_path):
    application = application_of(tmp_path, columns=", is_active {bool} NOT NULL" + EMAIL.format(" NULL"), row=lambda name: {"is_active": True} | email_of(name))
    column = value.split("=")[0]
    assert f"the column {column}" in application.adopt("--value", value, check=CONFIGURATION).stderr


# What an older version has made.

def test_an_adoption_of_an_older_version_spells_names_as_before(tmp_path, start):
    application = application_of(tmp_path)
    application.adopt("--apply", "--yes")
    with sqlite3.connect(tmp_path / "test.db") as database:
        database.execute("UPDATE keyhold_adoption SET small_names = 0, small_addresses = 0")
    assert register(start(ENV), "Dan").status == 200 and application.logs_in("Dan")
