# SPDX-License-Identifier: Apache-2.0
"""Kinds of public applications that were accepted and wrong, refused though they fit, or refused without a way out."""
import hashlib
import hmac
import json
import sqlite3
import uuid

import bcrypt
import pytest
from old_databases import KINDS
from passlib.hash import argon2
from reader import read
from server import PASSWORD, run
from shapes import ENV_FILE, SECRET
from test_decisions import NAMES, application_of, register
from test_shapes import CONFIGURATION, DONE, ENV, log_in

pytestmark = pytest.mark.sqlite  # it makes databases of all kinds by itself

FLASK_SECURITY = "from flask import Flask\nfrom flask_security import Security, SQLAlchemyUserDatastore\napp = Flask(__name__)\napp.config['SECURITY_PASSWORD_SALT'] = '146585145368132386173505678016728509634'\n"
NODE = {"package.json": '{"dependencies": {"express": "4", "bcrypt": "5", "pg": "8"}}'}


@pytest.mark.parametrize("files, where", [
    ({"app.py": FLASK_SECURITY}, "app.py:2"), ({"app.py": FLASK_SECURITY + "app.config['SECURITY_PASSWORD_SINGLE_HASH'] = True\n"}, None),
    ({"app.py": "from flask_bcrypt import Bcrypt\napp.config['BCRYPT_HANDLE_LONG_PASSWORDS'] = True\n"}, "app.py:2"), ({"app.py": "from flask_bcrypt import Bcrypt\napp.config['BCRYPT_HANDLE_LONG_PASSWORDS'] = False\n"}, None),
    ({".env": "PASSWORD_PEPPER=x\n"}, ".env:1"), ({".env": "PASSWORD_PEPPER=\n"}, None),
    (NODE | {"src/a.js": "x()\nconst h = await bcrypt.hash(password + process.env.SALT, 10)\n"}, "src/a.js:2"), (NODE | {"src/a.ts": "return bcrypt.compare(`${password}${user.salt}`, user.password)\n"}, "src/a.ts:1"),
    (NODE | {"a.js": "bcrypt.hash(crypto.createHash('sha256').update(p).digest('hex'), 10)\n"}, "a.js:1"), (NODE | {"a.js": "argon2.hash(password, { type: argon2.argon2id, secret: pepper })\n"}, "a.js:1"),
    (NODE | {"a.js": "const h = await bcrypt.hash(req.body.password, 10);\nconst ok = await bcrypt.compare(password, user.password);\nargon2.verify(user.hash, `${password}`)\nconst n = a + b\n"}, None),
    (NODE | {"node_modules/x/a.js": "bcrypt.hash(a + b)\n", "a.test.js": "bcrypt.hash(a + b)\n"}, None),
])
def test_what_is_put_around_passwords_is_seen(files, where, tmp_path):
    guesses = [guess for guess in read(tmp_path, files)["guesses"] if guess["what"] == "hashing"]
    assert [guess["where"] for guess in guesses] == ([where] if where else []), guesses


def test_flask_securitys_users_are_not_shared_as_no_password_would_fit(tmp_path):
    """Its hashes look like any other: argon2 of base64(HMAC-SHA512(salt, password)), https://flask-security-too.readthedocs.io/en/stable/configuration.html"""
    def hashed(password):
        import base64
        return argon2.using(rounds=1, memory_cost=1024).hash(base64.b64encode(hmac.digest(b"146585145368132386173505678016728509634", password.encode(), hashlib.sha512)))
    application = application_of(tmp_path, files=ENV_FILE | {"app.py": FLASK_SECURITY}, hash=hashed)
    before = application.database.dump()
    assert "nothing yet: this application cannot be shared" in application.adopt().stdout
    assert "Flask-Security" in application.adopt("--apply", "--yes", check=CONFIGURATION).stderr and application.database.dump() == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_of_salts_beside_hashes_tells_of_passwords_that_are_changed(kind, tmp_path):
    """Whatever language the application is written in."""
    application = application_of(tmp_path, kind, ", password_salt VARCHAR(40) NOT NULL", row=lambda _: {"password_salt": bcrypt.gensalt(4).decode()})
    before = application.database.dump()
    for flags in ((), ("--value", "password_salt=x")):
        assert "password_salt" in application.adopt(*flags, check=CONFIGURATION).stderr
    assert "nothing yet" in application.adopt("--no-registration").stdout
    assert "password_salt" in application.adopt("--no-registration", "--apply", "--yes", check=CONFIGURATION).stderr and application.database.dump() == before


def test_a_column_of_salts_in_which_nobody_has_one_tells_nothing(tmp_path):
    application_of(tmp_path, columns=", salt VARCHAR(40)").adopt("--apply", "--yes")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize(("index", "unique"), [("lower(username)", True), ("username, password", False), ("upper(username)", False), ("lower(password)", False)])
def test_an_index_on_the_name_in_small_letters_makes_it_unique(index, unique, kind, tmp_path, start):
    application = application_of(tmp_path, kind, names=())
    application.database.query("DROP TABLE users")
    application.database.query(f"CREATE TABLE users (id {'SERIAL' if kind == 'postgresql' else 'INTEGER'} PRIMARY KEY, username VARCHAR(50) NOT NULL, password VARCHAR(100) NOT NULL)")
    application.database.query(f"CREATE UNIQUE INDEX users_by_name ON users ({index})")
    application.register("ann")
    if not unique:
        assert "unique index" in application.adopt(check=CONFIGURATION).stderr
        return
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    assert log_in(keyhold, "ann") == 200 and register(keyhold, "dan").status == 200 and application.logs_in("dan")
    assert register(keyhold, "ANN").status in (400, 409)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("column", "value"), [("fs_uniquifier VARCHAR(64) NOT NULL UNIQUE", lambda: uuid.uuid4().hex), ("public_id VARCHAR(50) UNIQUE", lambda: str(uuid.uuid4())), ("uuid {uuid} NOT NULL UNIQUE", lambda: str(uuid.uuid4()))])
def test_an_id_of_its_own_besides_the_key_is_made_as_the_rows_have_it(column, value, kind, tmp_path, start):
    name = column.split()[0]
    application = application_of(tmp_path, kind, ", " + column, row=lambda _: {name: value()})
    assert f"{name} = an id" in application.adopt().stdout
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    assert register(keyhold, "dan").status == 200 and register(keyhold, "eve").status == 200
    made = [str(application.row(who, name)[0]) for who in ("ann", "dan", "eve")]
    assert len(set(made)) == 3 and len({len(one) for one in made}) == 1 and uuid.UUID(made[1])


@pytest.mark.parametrize(("column", "value"), [("api_key VARCHAR(50) NOT NULL UNIQUE", lambda: str(uuid.uuid4())), ("public_id VARCHAR(50) NOT NULL UNIQUE", lambda: "u_" + uuid.uuid4().hex)])
def test_what_is_no_id_of_ours_by_its_name_or_its_form_is_not_made_up(column, value, tmp_path):
    name = column.split()[0]
    assert name in application_of(tmp_path, columns=", " + column, row=lambda _: {name: value()}).adopt(check=CONFIGURATION).stderr


@pytest.mark.parametrize("files, where", [
    ({".env": "MONGODB_URI=mongodb://h/d\n"}, ".env:1"), ({"m.py": "import os\nfrom mongoengine import connect\n"}, "m.py:2"), ({"package.json": '{"dependencies": {\n"mongoose": "8"}}'}, "package.json:2"),
    ({"prisma/schema.prisma": 'datasource db {\n  provider = "mongodb"\n  url = env("DATABASE_URL")\n}\n', ".env": "DATABASE_URL=mongodb+srv://h/d\n"}, "prisma/schema.prisma:2"),
])
def test_a_database_that_cannot_be_shared_is_told_with_what_to_do(files, where, tmp_path):
    assert read(tmp_path, files)["found"]["other_database"] == {"value": "MongoDB", "where": where}
    said = run("adopt", ".", folder=tmp_path, check=CONFIGURATION).stderr
    assert f"MongoDB ({where})" in said and "keyhold import jsonl" in said


@pytest.mark.parametrize("files, url", [
    ({"package.json": '{"dependencies": {"sequelize": "6", "sqlite3": "5"}}', ".env": "DB_DIALECT=sqlite\nDB_STORAGE=./data.sqlite\n"}, "sqlite:///./data.sqlite"),
    ({"package.json": '{"dependencies": {"sequelize": "6"}}', "config/config.json": json.dumps({"development": {"username": "u", "password": "p@", "database": "d", "host": "h", "dialect": "postgres"}, "production": {"dialect": "mysql", "database": "other"}})}, "postgresql://u:p%40@h/d"),
    ({"package.json": '{"dependencies": {"sequelize": "6"}}', ".env": "NODE_ENV=production\nURL=mysql://u:p@h/d\n", "config/config.json": json.dumps({"development": {"dialect": "sqlite", "storage": "x"}, "production": {"use_env_variable": "URL"}})}, "mysql://u:p@h/d"),
    (NODE | {".env": "DB_HOST=h\nDB_PORT=5433\nDB_USER=u\nDB_PASSWORD=p\nDB_NAME=d\n"}, "postgresql://u:p@h:5433/d"),
    ({"package.json": '{"dependencies": {"pg": "8", "mysql2": "3"}}', ".env": "DB_HOST=h\nDB_USER=u\nDB_PASSWORD=p\nDB_NAME=d\n"}, None),
])
def test_the_database_of_a_node_application_is_found(files, url, tmp_path):
    assert read(tmp_path, files)["found"].get("database_url", {}).get("value") == url


@pytest.mark.parametrize(("text", "minutes"), [("1h", "60"), ("7d", "10080"), ("15m", "15"), ("30 minutes", "30"), ("3600", None), ("90s", "1"), ("soon", None)])
def test_the_life_of_tokens_is_read_as_jsonwebtoken_reads_it(text, minutes, tmp_path):
    assert read(tmp_path, {"package.json": "{}", ".env": f"JWT_EXPIRES_IN={text}\n"})["found"].get("expire_minutes", {}).get("value") == minutes


def test_of_a_lock_out_that_ends_by_itself_the_last_line_says_what_to_decide(tmp_path):
    application = application_of(tmp_path, columns=", locked_until TIMESTAMP")
    assert "Next            the same again with --everybody-may-log-in, if those whom locked_until locks out" in application.adopt().stdout
    assert "Next            keyhold adopt . --everybody-may-log-in --apply" in application.adopt("--everybody-may-log-in").stdout


def test_where_no_table_has_users_those_that_are_there_are_named(tmp_path):
    (tmp_path / ".env").write_text(f"DATABASE_URL=sqlite:///./a.db\nSECRET_KEY={SECRET}\n")
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT)")
    assert "none of hero has" in run("adopt", ".", folder=tmp_path, check=CONFIGURATION).stderr


@pytest.mark.parametrize("kind", KINDS)
def test_of_words_that_are_not_all_understood_the_report_offers_those_that_are(kind, tmp_path, start):
    """The last line is a command that works; whoever is in neither state may not log in."""
    states = {"ann": "active", "bob": "suspended", "cat": "in review"}
    application = application_of(tmp_path, kind, ", status VARCHAR(20) NOT NULL DEFAULT 'active'", row=lambda name: {"status": states.get(name, "active")})
    said = application.adopt().stdout
    assert "in review (1)" in said and "active (1)" in said
    flags = "--active-column status=active --disabled-column status=suspended"
    assert said.splitlines()[-1] == f"Next            keyhold adopt . {flags}"
    looked = application.adopt(*flags.split()).stdout
    assert "they may log in at once at both, and status says so" in looked and looked.splitlines()[-1].endswith("--apply")
    application.adopt(*flags.split(), "--apply", "--yes")
    keyhold = start(ENV)
    assert [log_in(keyhold, name) for name in ("ann", "bob", "cat")] == [200, 401, 401]


def test_numbers_of_a_status_are_shown_and_no_meaning_is_offered(tmp_path):
    application = application_of(tmp_path, columns=", status INTEGER NOT NULL DEFAULT 1", row=lambda name: {"status": int(name != "bob")})
    said = application.adopt().stdout
    assert "it holds 1 (2), 0 (1)" in said and "status=1" not in said and said.splitlines()[-1].startswith("Next            the same again, with what you know")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("column", "locks", "named"), [("is_active {bool} NOT NULL DEFAULT {false}", True, "--active-column"), ("is_active {bool} NOT NULL DEFAULT {true}", False, ""), ("disabled {bool} NOT NULL DEFAULT {true}", True, "--disabled-column"), ("disabled {bool} NOT NULL DEFAULT {false}", False, "")])
def test_who_has_to_be_let_in_first_there_does_not_register_at_keyhold_and_walk_in(column, locks, named, kind, tmp_path):
    name = column.split()[0]
    words = {"bool": "{bool}", "true": "1" if kind == "sqlite" else "TRUE", "false": "0" if kind == "sqlite" else "FALSE"}
    application = application_of(tmp_path, kind, ", " + column.format(**words), row=lambda _: {name: name == "is_active"})
    if not locks:
        application.adopt()
        return
    said = application.adopt(check=CONFIGURATION).stderr
    assert f"by the default of the column {name}" in said and "--no-registration" in said
    application.adopt("--no-registration")
    application.adopt(named, name)


def test_a_required_address_that_is_called_user_email_is_asked_for(tmp_path):
    application = application_of(tmp_path, columns=", user_email VARCHAR(100) NOT NULL", row=lambda name: {"user_email": f"{name}@example.org"})
    assert "as the column user_email asks for one" in application.adopt().stdout


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("column", "no", "yes"), [
    ("is_pending BOOLEAN NOT NULL", False, True), ("expired BOOLEAN NOT NULL", False, True), ("has_left BOOLEAN", False, True), ("banned_permanently BOOLEAN NOT NULL", False, True),
    ("not_active BOOLEAN NOT NULL", False, True), ("status CHAR(1) NOT NULL", "0", "1"), ("state VARCHAR(5)", "n", "y"), ("notifications_disabled BOOLEAN NOT NULL", True, False)])
def test_a_yes_or_no_whose_name_does_not_say_whom_it_lets_in_is_asked_about(column, no, yes, kind, tmp_path, start):
    """Taken for a yes that lets in, it let in those alone who are locked out there."""
    name = column.split()[0]
    application = application_of(tmp_path, kind, ", " + column, row=lambda of: {name: yes if of == "cat" else no})
    before = application.database.dump()
    needs_a_word = "CHAR(1) NOT NULL" in column
    if not needs_a_word:
        assert name in json.loads(application.adopt("--json").stdout)["unclear_columns"]
    said = application.adopt("--apply", "--yes", check=CONFIGURATION)
    assert f"column {name}" in said.stderr and "--active-column" in said.stderr and application.database.dump() == before
    said = f"{name}={no}" if isinstance(no, str) else None
    application.adopt("--apply", "--yes", *(("--active-column", said, "--disabled-column", f"{name}={yes}") if said else ("--disabled-column", name)))
    keyhold = start(ENV)
    assert [log_in(keyhold, word) for word in NAMES] == ([401, 401, 200] if name == "notifications_disabled" else [200, 200, 401])


@pytest.mark.parametrize(("columns", "row"), [(", totp_secret VARCHAR(40)", {"totp_secret": "JBSWY3DPEHPK3PXP"}), (", mfa_enabled BOOLEAN NOT NULL DEFAULT FALSE", {"mfa_enabled": True})])
def test_people_with_a_second_factor_are_somebodys_decision(columns, row, tmp_path):
    application = application_of(tmp_path, columns=columns, row=lambda of: row if of == "ann" else {})
    assert "second factor" in application.adopt("--apply", check=CONFIGURATION).stderr
    assert any(next(iter(row)) in guess for guess in json.loads(application.adopt("--json").stdout)["guesses"])
    taken = run("import", "app", ".", folder=tmp_path, env=ENV)
    assert "second factor" in taken.stdout + taken.stderr


def test_a_second_factor_that_nobody_has_asks_nothing(tmp_path):
    application_of(tmp_path, columns=", totp_secret VARCHAR(40), mfa_enabled BOOLEAN NOT NULL DEFAULT FALSE").adopt("--apply", "--yes")
    assert "second factor" not in (tmp_path / "keyhold.toml").read_text()


@pytest.mark.parametrize("column", ["user_type", "account_type", "rol", "rolle", "perfil", "cargo", "authorities", "clearance", "can_manage", "is_root", "is_manager", "is_moderator", "tipo_usuario", "papel", "position", "is_editor", "is_premium"])
def test_what_may_be_a_right_is_given_to_nobody_because_all_have_it(column, tmp_path):
    is_word = not column.startswith(("is_", "can_"))
    application = application_of(tmp_path, columns=f", {column} {'VARCHAR(20)' if is_word else 'BOOLEAN'} NOT NULL", row=lambda _: {column: "admin" if is_word else True})
    told = application.adopt(check=CONFIGURATION if is_word else DONE)
    assert (f"--value {column}=" if is_word else f"{column} = no") in told.stdout + told.stderr
    application.adopt("--apply", "--yes", "--value", f"{column}={'user' if is_word else 0}")


def test_a_name_that_some_have_not_is_not_what_people_log_in_with(tmp_path, start):
    application = application_of(tmp_path, names=())
    application.database.query("DROP TABLE users")
    application.database.query("CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(50) UNIQUE, email VARCHAR(100) NOT NULL UNIQUE, password VARCHAR(100) NOT NULL)")
    for word in NAMES:
        application.database.query("INSERT INTO users (username, email, password) VALUES (?, ?, ?)", word if word == "ann" else None, f"{word}@example.org", application.shape.hash(PASSWORD))
    assert json.loads(application.adopt("--json").stdout)["name_column"] == "email"
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    assert [log_in(keyhold, f"{word}@example.org") for word in NAMES] == [200] * 3


@pytest.mark.parametrize("column", ["unlocked", "is_not_banned"])
def test_a_no_that_may_lock_out_whoever_comes_is_a_guess(column, tmp_path):
    application = application_of(tmp_path, columns=f", {column} BOOLEAN NOT NULL", row=lambda of: {column: of != "cat"})
    for flags, told in ((("--everybody-may-log-in",), True), (("--everybody-may-log-in", "--value", f"{column}=1"), False)):
        assert any(f"--value {column}=1" in guess for guess in json.loads(application.adopt("--json", *flags).stdout)["guesses"]) == told


def test_an_empty_value_that_nobody_has_is_no_guess(tmp_path):
    application = application_of(tmp_path, columns=", first_name VARCHAR(20) NOT NULL", row=lambda name: {"first_name": name})
    assert not any("Nobody there has" in guess for guess in json.loads(application.adopt("--json", "--value", "first_name=").stdout)["guesses"])


def test_a_reference_that_all_have_and_new_users_have_not_is_told(tmp_path):
    application = application_of(tmp_path, columns=", role_id INTEGER REFERENCES roles (id)", names=())
    application.database.query("CREATE TABLE roles (id INTEGER PRIMARY KEY, name VARCHAR(20))")
    application.database.query("INSERT INTO roles VALUES (1, 'user')")
    for word in NAMES:
        application.register(word, role_id=1)
    assert "role_id stays empty" in application.adopt().stdout
    assert json.loads(application.adopt("--json").stdout)["left_empty"] == ["role_id"]


def test_what_says_since_when_somebody_is_a_member_locks_nobody_out(tmp_path, start):
    application = application_of(tmp_path, columns=", member_since TIMESTAMP", row=lambda _: {"member_since": "2026-01-02 03:04:05.000000"})
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    assert log_in(keyhold, "ann") == 200 and register(keyhold, "dan").status == 200
    assert application.row("dan", "member_since")[0]


def test_a_database_that_a_flag_named_is_given_back_without_the_flag(tmp_path):
    application = application_of(tmp_path, files={".env": f"SECRET_KEY={SECRET}\n"})
    before = application.database.dump()
    application.adopt("--apply", "--yes", "--database-url", application.database.url)
    application.adopt("--undo")
    assert application.database.dump() == before and not (tmp_path / "keyhold.toml").exists()
    application.adopt("--undo", check=CONFIGURATION)


@pytest.mark.parametrize(("value", "told"), [("01ARZ3NDEKTSV4RRFFQ69G5FA{}", True), ("usr_{}", True), ("7b1c5d0e-8a54-4c0a-9d57-0f1b2c3d4e5{}", False), ("7b1c5d0e8a544c0a9d570f1b2c3d4e5{}", False)])
def test_ids_of_another_form_than_ours_are_told(value, told, tmp_path):
    application = application_of(tmp_path, names=())
    application.database.query("DROP TABLE users")
    application.database.query("CREATE TABLE users (id VARCHAR(40) NOT NULL PRIMARY KEY, username VARCHAR(50) NOT NULL UNIQUE, password VARCHAR(100) NOT NULL)")
    for number, word in enumerate(NAMES):
        application.register(word, id=value.format(number))
    for flags, says in (((), told), (("--no-registration",), False)):
        assert any("Ids there look like" in guess for guess in json.loads(application.adopt("--json", *flags).stdout)["guesses"]) == says


def test_what_a_column_holds_is_said_where_a_value_is_wanted_and_where_it_is_another(tmp_path):
    application = application_of(tmp_path, columns=", role VARCHAR(10) NOT NULL", row=lambda name: {"role": "ADMIN" if name == "ann" else "USER"})
    assert "--value role=..., where it holds USER (2), ADMIN (1)" in application.adopt(check=CONFIGURATION).stderr
    for value, told in (("user", True), ("USER", False)):
        guesses = json.loads(application.adopt("--json", "--value", f"role={value}").stdout)["guesses"]
        assert ("Nobody there has user in role: it holds USER (2), ADMIN (1)." in guesses) == told
