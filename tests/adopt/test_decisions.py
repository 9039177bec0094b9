# SPDX-License-Identifier: Apache-2.0
"""Where `keyhold adopt` could let in or keep out the wrong people: which tokens count, who is locked out, what new users get. Whatever is not understood for certain is said, and somebody decides."""
import json
import sqlite3
import time

import pytest
from old_databases import KINDS
from server import PASSWORD, run
from shapes import ENV_FILE, SECRET, TUTORIAL, Shape, bcrypt_text, plain
from test_shapes import CONFIGURATION, DONE, ENV, TYPES, Application, log_in
from wire import ask

pytestmark = pytest.mark.sqlite  # it makes databases of all kinds by itself

NAMES = ("ann", "bob", "cat")


def application_of(folder, kind="sqlite", columns="", row=plain, names=NAMES, **more):
    """An application with a table like the tutorial's and these columns behind it."""
    application = Application(Shape("of a test", TUTORIAL[:-1] + columns + ")", row=row, **more), kind, folder)
    for name in names:
        application.register(name)
    return application


def register(keyhold, name):
    return ask(keyhold.port, "POST", "/register", json={"username": name, "password": PASSWORD})


# Which tokens count.

ONE_FUNCTION = ("import os\nSECRET_KEY = os.environ['SECRET_KEY']\n\n\ndef create_token(user, {0}, minutes):\n    return jwt.encode({{'sub': user.username, '{0}': {0}, 'exp': later(minutes)}}, SECRET_KEY, algorithm='HS256')\n")
CALLED = "\n\ndef forgot(user):\n    return create_token(user, 'reset', 15)\n\n\ndef login(user):\n    return create_token(user, 'access', 30)\n\n\ndef verify(user):\n    return create_token(user, 'verify', 15)\n"


@pytest.mark.parametrize("mark", ["type", "purpose"])
@pytest.mark.parametrize("callers", [CALLED, ""], ids=["called with constants", "called from elsewhere"])
def test_of_all_kinds_of_tokens_that_one_function_makes_the_access_tokens_alone_open_keyhold(mark, callers, tmp_path, start):
    """RFC 8725 §3.12: links for a new password are signed with the same key."""
    application = application_of(tmp_path, files=ENV_FILE | {"auth.py": ONE_FUNCTION.format(mark) + callers})
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    opened = {kind: ask(keyhold.port, "GET", "/protected", token=application.token("ann", **{mark: kind})).status for kind in ("access", "reset", "verify", "refresh")}
    assert opened == {"access": 200, "reset": 401, "verify": 401, "refresh": 401}


def test_an_application_that_signs_with_a_pair_of_keys_shares_none(tmp_path):
    application = application_of(tmp_path, files=ENV_FILE | {"auth.py": "PRIVATE = open('p.pem').read()\n\n\ndef login(user):\n    return jwt.encode({'sub': user.username}, PRIVATE, algorithm='RS256')\n"})
    told = json.loads(application.adopt("--json").stdout)
    assert told["secret_from"] == "" and any("RS256" in reason for reason in told["not_found"])
    application.adopt("--apply", "--yes")
    written = (tmp_path / "keyhold.toml").read_text()
    assert "secret_key" not in written and "algorithm" not in written


@pytest.mark.parametrize("sub, columns, said", [("user.public_id", ", public_id VARCHAR(36)", "public_id"), ("str(user.uuid)", ", uuid VARCHAR(36)", "uuid")])
def test_a_column_that_is_no_name_of_keyholds_is_not_taken_for_one(sub, columns, said, tmp_path):
    application = application_of(tmp_path, columns=columns, files=ENV_FILE | {"auth.py": f"def login(user):\n    return create_access_token({{'sub': {sub}}})\n"})
    told = json.loads(application.adopt("--json").stdout)
    assert told["token_sub"] == "username" and told["token_sub_from"] == ""
    assert [reason for reason in told["not_found"] if said in reason and "auth.py:2" in reason]
    assert not [guess for guess in told["guesses"] if "no code says it" in guess]


def test_what_the_reader_guessed_is_asked_about(tmp_path):
    application = application_of(tmp_path, files=ENV_FILE | {"auth.py": "def login(user):\n    return create_access_token({'sub': user.username})\n\n\ndef make(p):\n    return pwd_context.hash(p + PEPPER)\n"})
    assert any("p + PEPPER" in guess for guess in json.loads(application.adopt("--json").stdout)["guesses"])
    (tmp_path / "auth.py").write_text("def login(user):\n    return create_access_token({'sub': user.username})\n")
    assert json.loads(application.adopt("--json").stdout)["guesses"] == []


def test_passwords_that_are_changed_before_they_are_hashed_are_a_decision_of_their_own(tmp_path):
    application = application_of(tmp_path, files=ENV_FILE | {"auth.py": "def login(user):\n    return create_access_token({'sub': user.username})\n\n\ndef make(p):\n    return pwd_context.hash(p + PEPPER)\n"})
    before = application.database.dump()
    said = application.adopt("--apply", "--yes", check=CONFIGURATION).stderr
    assert "no old password would work" in said and "--old-passwords-stop-working" in said
    assert application.database.dump() == before and not (tmp_path / "keyhold.toml").exists()
    application.adopt("--apply", "--yes", "--old-passwords-stop-working")


# Which table has the users.

def two_tables(folder, kind, second, first_has, second_has):
    """`users`, and another of the same columns, with so many people each."""
    application = application_of(folder, kind, names=NAMES[:first_has], files=ENV_FILE | {"auth.py": "def login(user):\n    return create_access_token({'sub': user.username})\n"})
    application.database.query(TUTORIAL.replace("users", second).format(**TYPES[kind]))
    for number in range(second_has):
        application.database.query(f"INSERT INTO {second} (username, password) VALUES (?, ?)", f"member{number}", bcrypt_text("pa55-word"))
    return application


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("second", ["members", "accounts"])
def test_an_empty_table_of_a_usual_name_is_not_taken_where_another_has_hashes(second, kind, tmp_path):
    told = json.loads(two_tables(tmp_path, kind, second, 0, 4).adopt("--json").stdout)
    assert (told["table"], told["rows"]) == (second, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_table_of_a_usual_name_is_taken_where_no_other_has_hashes(kind, tmp_path):
    told = json.loads(two_tables(tmp_path, kind, "members", 0, 0).adopt("--json").stdout)
    assert told["table"] == "users" and told["guesses"] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("second", ["customers", "accounts"])
def test_another_table_with_as_many_hashes_makes_the_choice_a_guess(second, kind, tmp_path):
    application = two_tables(tmp_path, kind, second, 2, 2)
    told = json.loads(application.adopt("--json").stdout)
    assert told["table"] == "users" and any(f"{second} (2)" in guess and "--table" in guess for guess in told["guesses"])
    assert second in application.adopt("--apply", check=CONFIGURATION).stderr
    assert json.loads(application.adopt("--json", "--table", second).stdout)["guesses"] == []
    application.register("cat")
    assert json.loads(application.adopt("--json").stdout)["guesses"] == [], "two are fewer than three"


# Who is locked out.

@pytest.mark.parametrize("kind", KINDS)
def test_everybody_may_log_in_is_said_of_what_is_not_understood_alone(kind, tmp_path, start):
    application = application_of(tmp_path, kind, ", is_deleted {bool} NOT NULL, blocked_until TIMESTAMP NULL", row=lambda name: {"is_deleted": name == "bob"})
    looked = application.adopt().stdout
    assert "Locked out      1, by is_deleted" in looked and "blocked_until" in looked
    assert "keyhold adopt" not in looked, "no command that is followed to the letter lets anybody in"
    assert "blocked_until" in application.adopt("--apply", check=CONFIGURATION).stderr
    application.adopt("--apply", "--yes", "--everybody-may-log-in")
    keyhold = start(ENV)
    assert [log_in(keyhold, name) for name in NAMES] == [200, 401, 200]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("column, may, opened, sentence", [("is_active", True, 401, "is_active is NULL in 1 row: locked out"), ("is_banned", False, 200, "is_banned is NULL in 1 row: not locked out")])
def test_null_is_read_as_applications_ask_for_it(column, may, opened, sentence, kind, tmp_path, start):
    """`if not user.is_active` refuses NULL, `if user.is_banned` does not."""
    application = application_of(tmp_path, kind, f", {column} {{bool}} NULL", row=lambda name: {column: None if name == "bob" else may}, lock=(column, may, not may))
    assert application.logs_in("ann") and application.logs_in("bob") == (opened == 200), "what the application does itself"
    assert sentence in application.adopt().stdout
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    assert [log_in(keyhold, name) for name in NAMES] == [200, opened, 200]
    # Whoever is disabled and enabled here has it said there too.
    run("user", "disable", "bob", folder=tmp_path, env=ENV)
    run("user", "enable", "bob", folder=tmp_path, env=ENV, check=DONE)
    assert bool(application.row("bob", column)[0]) == may and application.logs_in("bob") and log_in(keyhold, "bob") == 200


@pytest.mark.parametrize(("column", "value", "followed"), [("deleted_at DATETIME", "02/01/2026", False), ("banned_at INTEGER", 17, False), ("banned_at INTEGER", 1700000000, True), ("banned_at INTEGER", 1700000000123, True)])
def test_a_lock_out_at_a_time_in_another_form_is_not_followed_without_a_word(column, value, followed, tmp_path):
    name = column.split()[0]
    application = application_of(tmp_path, columns=", " + column, row=lambda who: {name: value if who == "bob" else None})
    said = application.adopt("--apply", "--yes", check=DONE if followed else CONFIGURATION)
    assert followed or name in said.stderr
    application.adopt(*(["--yes"] if followed else ["--apply", "--yes", "--everybody-may-log-in"]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("column", ["blocked_until TIMESTAMP NULL", "locked_until VARCHAR(30)", "gesperrt_bis DATE", "banned_until INTEGER", "account_expires TIMESTAMP NULL"])
def test_a_lock_out_that_ends_by_itself_is_not_taken_for_one_that_has_begun(kind, column, tmp_path):
    application = application_of(tmp_path, kind, ", " + column)
    name = column.split()[0]
    for flags in ((), ("--apply",)):
        assert "ends by itself" in application.adopt("--disabled-column", name, *flags, check=CONFIGURATION).stderr
    assert f"{name} may lock people out" in application.adopt().stdout


@pytest.mark.parametrize("kind, declared", [("postgresql", "user_status"), ("mariadb", "ENUM('ACTIVE', 'BLOCKED')")])
def test_the_words_of_an_enumeration_are_known_though_nobody_is_blocked_today(kind, declared, tmp_path, start):
    shape = Shape("of a test", TUTORIAL[:-1] + f", status {declared} NOT NULL)", row=lambda name: {"status": "ACTIVE"}, lock=("status", "ACTIVE", "BLOCKED"),
                  tables_before=("CREATE TYPE user_status AS ENUM ('ACTIVE', 'BLOCKED')",) if kind == "postgresql" else ())
    application = Application(shape, kind, tmp_path)
    for name in NAMES:
        application.register(name)
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    run("user", "disable", "ann", folder=tmp_path, env=ENV, check=DONE)
    assert str(application.row("ann", "status")[0]) == "BLOCKED"
    application.set("bob", "status", "BLOCKED")
    assert [log_in(keyhold, name) for name in NAMES] == [401, 401, 200]
    assert register(keyhold, "dan").status == 200 and application.logs_in("dan")


@pytest.mark.parametrize("kind", KINDS)
def test_what_may_lock_newcomers_out_is_never_chosen_for_them(kind, tmp_path, start):
    """An empty text, that one row has, is no for an application that asks `if user.is_active == 'yes'`."""
    values = {"ann": "yes", "bob": "on leave", "cat": ""}
    application = application_of(tmp_path, kind, ", is_active VARCHAR(20) NOT NULL", row=lambda name: {"is_active": values[name]})
    assert "is_active may lock people out" in application.adopt().stdout
    said = application.adopt("--apply", "--yes", "--everybody-may-log-in", check=CONFIGURATION).stderr
    assert "is_active" in said and "--value is_active=" in said
    application.adopt("--apply", "--yes", "--everybody-may-log-in", "--value", "is_active=yes")
    assert register(start(ENV), "dan").status == 200
    assert application.row("dan", "is_active") == ("yes",)


# What new users get.

@pytest.mark.parametrize("kind", KINDS)
def test_a_yes_that_all_have_is_what_new_users_get_and_a_right_is_not(kind, tmp_path, start):
    application = application_of(tmp_path, kind, ", is_live {bool} NOT NULL, is_admin {bool} NOT NULL, is_verified {bool} NOT NULL", row=lambda name: {"is_live": True, "is_admin": True, "is_verified": True})
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    assert register(keyhold, "dan").status == 200
    assert [bool(value) for value in application.row("dan", "is_live", "is_admin", "is_verified")] == [True, False, False]


def test_a_yes_that_too_few_have_is_a_guess(tmp_path):
    application = application_of(tmp_path, columns=", is_live {bool} NOT NULL", row=lambda name: {"is_live": True}, names=("ann",))
    assert any("is_live" in guess and "--value" in guess for guess in json.loads(application.adopt("--json").stdout)["guesses"])


ODD = '{"theme": "dark", "url": "https://cdn.example/x?y=1", "path": "C:\\\\it\'s", "cost": "$1"}'


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", [True, False], ids=["said", "shared by all rows"])
def test_a_value_may_hold_whatever_a_text_holds(kind, given, tmp_path, start):
    application = application_of(tmp_path, kind, ", preferences TEXT NOT NULL", row=lambda name: {"preferences": name if given else ODD})
    application.adopt("--apply", "--yes", *(("--value", f"preferences={ODD}") if given else ()))
    keyhold = start(ENV)
    assert register(keyhold, "dan").status == 200
    assert application.row("dan", "preferences") == (ODD,)


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_that_says_when_somebody_was_last_here_gets_the_time(kind, tmp_path, start):
    begin = time.strftime("%Y", time.gmtime())
    application = application_of(tmp_path, kind, ", last_login TIMESTAMP NOT NULL", row=lambda name: {"last_login": "2026-01-02 03:04:05"})
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    assert register(keyhold, "dan").status == 200
    assert begin <= str(application.row("dan", "last_login")[0])[:4] <= time.strftime("%Y", time.gmtime())


@pytest.mark.parametrize("declared", ["BIGINT", "INT", "BIGINT NOT NULL"])
def test_a_number_that_sqlite_does_not_count_is_named_with_the_way_out(declared, tmp_path):
    """https://www.sqlite.org/lang_createtable.html, section 5: the type has to be INTEGER, word for word."""
    with sqlite3.connect(tmp_path / "app.db") as database:
        database.execute(f"CREATE TABLE users (id {declared} PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(100) NOT NULL)")
        database.execute("INSERT INTO users VALUES (1, 'ann', '$2b$04$' || ?)", ("A" * 53,))
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///./app.db\nSECRET_KEY=" + SECRET + "\n")
    said = run("adopt", ".", folder=tmp_path, env=ENV, check=CONFIGURATION).stderr
    assert "column id" in said and "INTEGER PRIMARY KEY" in said and "--no-registration" in said
    run("adopt", ".", "--no-registration", folder=tmp_path, env=ENV, check=DONE)


def test_one_value_for_a_unique_column_is_refused_and_not_proposed(tmp_path):
    application = application_of(tmp_path, columns=", api_key VARCHAR(40) NOT NULL UNIQUE", row=lambda name: {"api_key": f"key of {name}"})
    said = application.adopt(check=CONFIGURATION).stderr
    assert "api_key" in said and "--value" not in said and "--no-registration" in said
    assert "unique" in application.adopt("--value", "api_key=x", check=CONFIGURATION).stderr
    application.adopt("--no-registration")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("columns, named", [
    (", referral INTEGER NOT NULL DEFAULT 0 UNIQUE", "referral"), (", slug VARCHAR(40) NOT NULL DEFAULT '' UNIQUE", "slug"),
    (", locale VARCHAR(5) NOT NULL DEFAULT 'en', discriminator INTEGER NOT NULL DEFAULT 0, UNIQUE (locale, discriminator)", "locale")], ids=["a number", "a text", "two parts"])
def test_a_table_that_takes_one_newcomer_alone_is_refused(columns, named, kind, tmp_path):
    taken = iter(range(1, 9))

    def row(name):
        return {"slug": name} if named == "slug" else {"discriminator" if named == "locale" else "referral": next(taken)}

    application = application_of(tmp_path, kind, columns, row=row)
    before = application.database.dump()
    for flags in ((), ("--apply", "--yes")):
        said = application.adopt(*flags, check=CONFIGURATION).stderr
        assert named in said and "beside another" in said and "--no-registration" in said
    assert application.database.dump() == before
    application.adopt("--no-registration")


@pytest.mark.parametrize("kind", KINDS)
def test_a_unique_column_that_may_be_empty_takes_every_newcomer(kind, tmp_path, start):
    application = application_of(tmp_path, kind, ", referral INTEGER NULL UNIQUE", row=lambda name: {"referral": None})
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    assert [register(keyhold, name).status for name in ("dan", "eve")] == [200, 200]


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_of_the_table_that_new_users_may_break_is_told_with_the_way_out(kind, tmp_path):
    application = application_of(tmp_path, kind, ", CHECK (CHAR_LENGTH(username) < 5)" if kind != "sqlite" else ", CHECK (length(username) < 5)")
    assert "--no-registration" in application.adopt(check=CONFIGURATION).stderr
    application.adopt("--no-registration")


def test_a_column_that_no_row_has_anything_in_is_nobodys_name(tmp_path):
    with sqlite3.connect(tmp_path / "app.db") as database:
        database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, phone VARCHAR NOT NULL UNIQUE, email VARCHAR UNIQUE, password VARCHAR NOT NULL)")
        database.executemany("INSERT INTO users (phone, password) VALUES (?, '$2b$04$' || ?)", [(f"+43660123{number}", "A" * 53) for number in range(3)])
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///./app.db\nSECRET_KEY=" + SECRET + "\n")
    assert json.loads(run("adopt", ".", "--json", "--no-registration", folder=tmp_path, env=ENV, check=DONE).stdout)["name_column"] == "phone"


def test_tables_of_another_schema_are_named_with_the_way_to_them(tmp_path):
    database = KINDS["postgresql"](tmp_path)
    database.query("CREATE SCHEMA app")
    database.query("CREATE TABLE app.users (id SERIAL PRIMARY KEY, username VARCHAR(50) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL)")
    said = run("adopt", folder=tmp_path, env=ENV | {"DATABASE_URL": database.url}, check=CONFIGURATION).stderr
    assert "app.users" in said and "search_path%3Dapp" in said
    run("adopt", folder=tmp_path, env=ENV | {"DATABASE_URL": database.url + ("&" if "?" in database.url else "?") + "options=-csearch_path%3Dapp"}, check=DONE)


def test_keyhold_does_not_take_the_port_of_the_application(tmp_path):
    application_of(tmp_path).adopt("--apply", "--yes")
    written = (tmp_path / "keyhold.toml").read_text()
    assert 'bind = "127.0.0.1:8010"' in written and "8000\"" not in written


def test_a_keyhold_toml_that_names_another_database_is_refused_before_anything_is_written(tmp_path, start):
    application = application_of(tmp_path)
    before = application.database.dump()
    (tmp_path / "keyhold.toml").write_text('bind = "127.0.0.1:8012"\n')
    said = application.adopt("--apply", "--yes", check=CONFIGURATION).stderr
    assert "keyhold.toml" in said and "database_url" in said and "secret_key" in said
    assert application.database.dump() == before and (tmp_path / "keyhold.toml").read_text() == 'bind = "127.0.0.1:8012"\n'
    (tmp_path / "keyhold.toml").write_text('database_url = "sqlite:///./test.db"\n')
    (tmp_path / "keyhold.toml").chmod(0o600)
    application.adopt("--apply", "--yes")
    assert log_in(start(ENV), "ann") == 200


@pytest.mark.parametrize("edited", [True, False])
def test_undoing_keeps_a_keyhold_toml_that_somebody_has_changed(edited, tmp_path):
    application = application_of(tmp_path)
    application.adopt("--apply", "--yes")
    file = tmp_path / "keyhold.toml"
    application.adopt("--apply", "--yes")  # again, on what it wrote
    if edited:
        file.write_text(file.read_text() + 'issuer = "https://id.example"\n')
    said = application.adopt("--undo").stderr
    assert file.exists() == edited and ("stays" in said and "keyhold.toml" in said) == edited
