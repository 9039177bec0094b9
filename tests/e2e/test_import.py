# SPDX-License-Identifier: Apache-2.0
"""Users from elsewhere: keyhold import and keyhold user export."""
import base64
import csv
import hashlib
import io
import json
import os
import sqlite3
import stat

import argon2
import bcrypt
import pytest
from old_databases import KINDS
from passlib.hash import django_pbkdf2_sha256, pbkdf2_sha256
from server import PASSWORD, QUICK, make_database, run
from wire import ask

DONE, USAGE, CONFIGURATION, PROBLEMS = 0, 2, 7, 8
ENV = QUICK
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


@pytest.fixture
def keyhold(tmp_path):
    def command(*arguments, exit_code=DONE, stdin=""):
        if "--apply" in arguments:
            make_database(tmp_path, ENV)
        done = run(*arguments, folder=tmp_path, env=ENV, stdin=stdin, check=exit_code)
        assert "$2" not in done.stderr and "pa55-" not in done.stdout + done.stderr
        return done
    return command


def logs_in(server, name, password=PASSWORD):
    return ask(server.port, "POST", "/login", json={"username": name, "password": password}).status == 200


def counts(done):
    return json.loads(done.stdout)


def test_a_dry_run_says_what_would_happen_and_writes_nothing(tmp_path, keyhold):
    (tmp_path / "users.csv").write_text(f"username,password_hash\nann,{HASH}\n")
    done = keyhold("import", "csv", "users.csv")
    assert done.stdout == "1 users read: 1 would be added, 0 there already, 0 refused\n" and "--apply" in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["users.csv"], "not even a database"


def test_imported_users_log_in_with_their_old_passwords(tmp_path, keyhold, start):
    hashes = {"ann@example.org": HASH, "bob": pbkdf2_sha256.using(rounds=1000).hash(PASSWORD), "Zoë": django_pbkdf2_sha256.using(rounds=1000).hash(PASSWORD)}
    text = io.StringIO()
    csv.writer(text).writerows([["id", "email", "hashed_password", "is_superuser"], *([i, name, hashed, "false"] for i, (name, hashed) in enumerate(hashes.items()))])
    (tmp_path / "users.csv").write_text(text.getvalue())
    server = start(ENV)
    done = keyhold("import", "csv", "users.csv", "--apply", "--json")
    assert counts(done) == {"applied": True, "added": 3, "present": 0, "refused": 0}
    assert "Not read: is_superuser" in done.stderr
    assert all(logs_in(server, name) for name in hashes), "a running server sees them at once"
    assert not logs_in(server, "bob", "pa55-wrong")


def test_running_it_again_changes_nothing(tmp_path, keyhold):
    (tmp_path / "users.csv").write_text("username,password_hash\n" + "".join(f"user{i},{HASH}\n" for i in range(100)))
    assert counts(keyhold("import", "csv", "users.csv", "--apply", "--json"))["added"] == 100
    before = keyhold("user", "export").stdout
    assert counts(keyhold("import", "csv", "users.csv", "--apply", "--json")) == {"applied": True, "added": 0, "present": 100, "refused": 0}
    assert keyhold("user", "export").stdout == before


def test_what_is_refused_is_listed_by_line_and_the_rest_goes_in(tmp_path, keyhold):
    other = bcrypt.hashpw(b"pa55-other", bcrypt.gensalt(4)).decode()
    (tmp_path / "users.csv").write_text("\n".join([
        "username,password_hash,created_at", f"ann,{HASH},2024-01-02 03:04:05", f"ANN,{other},", f"two words ,{HASH},", f'"b\nc",{HASH},',
        "dan,plaintext,", f"eve,{HASH},tomorrow", "short", f'"fay",{HASH},', f"gil,{HASH},", ""]))
    for apply in [], ["--apply"]:
        done = keyhold("import", "csv", "users.csv", "--json", *apply, exit_code=PROBLEMS)
        assert counts(done) == {"applied": bool(apply), "added": 3, "present": 0, "refused": 6}
        rows = list(csv.reader((tmp_path / "users.csv.errors").open()))
        assert rows[0] == ["line", "reason"] and sorted(line for line, _ in rows[1:]) == ["3", "4", "5", "7", "8", "9"]
        text = (tmp_path / "users.csv.errors").read_text()
        assert "dan" not in text and "plaintext" not in text and "$2" not in text
    names = [json.loads(line)["username"] for line in keyhold("user", "export").stdout.splitlines()]
    assert names == ["ann", "fay", "gil"]


def test_the_list_of_what_is_refused_follows_no_link_and_harms_nobody(tmp_path, keyhold):
    (tmp_path / "users.csv").write_text(f"username,password_hash\nann,{HASH}\ndan,plaintext\n")
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "users.csv.errors").symlink_to("precious")
    for apply in [], ["--apply"]:
        assert "users.csv.errors is a link" in keyhold("import", "csv", "users.csv", *apply, exit_code=CONFIGURATION).stderr
    assert (tmp_path / "precious").read_text() == "precious" and keyhold("user", "list").stdout == "", "nothing was imported either"
    keyhold("import", "csv", "users.csv", "--apply", "--errors", "elsewhere.csv", exit_code=PROBLEMS)
    assert stat.S_IMODE((tmp_path / "elsewhere.csv").stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.part"))
    keyhold("import", "csv", "users.csv", "--errors", "elsewhere.csv", exit_code=PROBLEMS)  # an older list goes
    for other in "users.csv", "precious":
        before = (tmp_path / other).read_text()
        for apply in [], ["--apply"]:
            assert f"{other} is a file of another kind" in keyhold("import", "csv", "users.csv", *apply, "--errors", other, exit_code=CONFIGURATION).stderr
        assert (tmp_path / other).read_text() == before


def test_export_and_import_lose_nothing(tmp_path, keyhold, start):
    server = start(ENV)
    for name in ("Ann", "bób", "cy \"q\", z"):
        keyhold("user", "add", name, stdin=PASSWORD + "\n")
    keyhold("user", "set-password", "Ann", stdin="pa55-changed-by-an-operator\n")
    keyhold("user", "disable", "bób")
    exported = keyhold("user", "export").stdout
    keyhold("user", "export", "--file", "users.jsonl")
    assert (tmp_path / "users.jsonl").read_text() == exported
    assert stat.S_IMODE((tmp_path / "users.jsonl").stat().st_mode) == 0o600
    keyhold("user", "export", "--file", "users.jsonl", exit_code=CONFIGURATION)  # never over an old one

    elsewhere = ENV | {"DATABASE_URL": "sqlite:///./elsewhere.db"}
    make_database(tmp_path, elsewhere)
    run("import", "jsonl", "users.jsonl", "--apply", folder=tmp_path, env=elsewhere, check=DONE)
    assert run("user", "export", folder=tmp_path, env=elsewhere, check=DONE).stdout == exported
    assert len({json.loads(line)["id"] for line in exported.splitlines()}) == 3
    assert logs_in(server, "Ann", "pa55-changed-by-an-operator")


def test_djangos_own_dump_is_read(tmp_path, keyhold, start):
    rows = [{"model": "auth.user", "pk": 1, "fields": {"username": "ann", "password": django_pbkdf2_sha256.using(rounds=1000).hash(PASSWORD), "is_active": True,
                                                       "date_joined": "2024-01-02T03:04:05.678Z", "email": "ann@example.org"}},
            {"model": "auth.user", "pk": 2, "fields": {"username": "bob", "password": "!GxKNd7", "is_active": True}}]
    (tmp_path / "dump.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = keyhold("import", "jsonl", "dump.jsonl", "--apply", "--json", exit_code=PROBLEMS)
    assert counts(done)["added"] == 1 and "unusable" in done.stderr
    assert json.loads(keyhold("user", "export").stdout)["created_at"] == "2024-01-02T03:04:05Z"
    assert logs_in(start(ENV), "ann"), "by the username, which comes before the email"
    again = keyhold("import", "jsonl", "dump.jsonl", "--username-column", "email", "--json", exit_code=PROBLEMS)
    assert counts(again)["refused"] == 2 and "the e-mail address is another account's" in again.stderr, "ann has it already"


def test_standard_input_and_what_cannot_be_read(tmp_path, keyhold):
    assert counts(keyhold("import", "csv", "-", "--json", "--apply", stdin=f"name,hash\r\nann,{HASH}\r\n"))["added"] == 1
    assert "no column is a password hash" in keyhold("import", "csv", "-", stdin="username,is_active\n", exit_code=1).stderr
    assert "twice" in keyhold("import", "csv", "-", stdin="username,username,password\n", exit_code=1).stderr
    keyhold("import", "csv", "missing.csv", exit_code=CONFIGURATION)
    keyhold("import", "csv", exit_code=USAGE)
    assert "not JSON" in keyhold("import", "jsonl", "-", stdin='{"username":\n[]\n', exit_code=PROBLEMS).stderr


def table(path, sql, rows):
    with sqlite3.connect(path) as db:
        db.execute(sql)
        db.executemany(f"INSERT INTO {sql.split()[2]} VALUES ({','.join('?' * len(rows[0]))})", rows)
    db.close()


def test_a_fastapi_application_is_copied_out_of_its_folder(tmp_path, keyhold, start):
    (tmp_path / "app").mkdir()
    (tmp_path / "app/database.py").write_text('SQLALCHEMY_DATABASE_URL = "sqlite:///./app.db"\n')
    table(tmp_path / "app/app.db", "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, hashed_password TEXT, is_active BOOLEAN)",
          [(1, "ann@example.org", HASH, 1), (2, "bob@example.org", HASH, 0), (3, None, HASH, 1)])
    before = (tmp_path / "app/app.db").read_bytes()
    done = keyhold("import", "fastapi", "app", "--apply", "--json", exit_code=PROBLEMS)
    assert counts(done) == {"applied": True, "added": 2, "present": 0, "refused": 1} and "line 3" in done.stderr
    assert (tmp_path / "app/app.db").read_bytes() == before and sorted(os.listdir(tmp_path / "app")) == ["app.db", "database.py"]
    server = start(ENV)
    assert logs_in(server, "ann@example.org") and not logs_in(server, "bob@example.org")
    for source in ("app/app.db", f"sqlite:///{tmp_path}/app/app.db"):
        assert counts(keyhold("import", "fastapi", source, "--json", exit_code=PROBLEMS))["present"] == 2
    keyhold("import", "fastapi", "app", "--table", "nothing", exit_code=CONFIGURATION)


def test_a_django_database_is_read(tmp_path, keyhold, start):
    table(tmp_path / "db.sqlite3", "CREATE TABLE auth_user (id INTEGER PRIMARY KEY, password TEXT, username TEXT, email TEXT, is_active BOOL, date_joined DATETIME)",
          [(1, django_pbkdf2_sha256.using(rounds=1000).hash(PASSWORD), "ann", "", 1, "2024-01-02 03:04:05.678901")])
    assert counts(keyhold("import", "django", "db.sqlite3", "--apply", "--json"))["added"] == 1
    assert json.loads(keyhold("user", "export").stdout)["created_at"] == "2024-01-02T03:04:05Z"
    assert logs_in(start(ENV), "ann")


ON_SERVERS = pytest.mark.parametrize("kind", ["postgresql", "mariadb"])


@ON_SERVERS
def test_a_fastapi_application_on_a_server_is_copied_page_by_page(kind, tmp_path, keyhold, start):
    database = KINDS[kind](tmp_path)
    (tmp_path / "app").mkdir()
    (tmp_path / "app/.env").write_text(f"DATABASE_URL={database.url}\n")
    database.query(f"CREATE TABLE users (id {database.counting} NOT NULL, email VARCHAR(255), hashed_password VARCHAR(255), is_active BOOLEAN, age INTEGER, PRIMARY KEY (id))")
    names = [f"user{i}@example.org" for i in range(11_000)]  # more than two pages
    for begin in range(0, len(names), 1000):
        values = ", ".join(f"('{name}', '{HASH}', TRUE)" for name in names[begin:begin + 1000])
        database.query(f"INSERT INTO users (email, hashed_password, is_active) VALUES {values}")
    for name, active in (("Zoë@example.org", True), ("bob@example.org", False), (None, True)):
        database.query("INSERT INTO users (email, hashed_password, is_active) VALUES (?, ?, ?)", name, HASH, active)
    before = database.dump()
    done = keyhold("import", "fastapi", "app", "--apply", "--json", exit_code=PROBLEMS)
    assert counts(done) == {"applied": True, "added": 11_002, "present": 0, "refused": 1} and "line 11003" in done.stderr and "age" in done.stderr
    assert database.dump() == before
    server = start(ENV)
    assert logs_in(server, "user10999@example.org") and logs_in(server, "Zoë@example.org") and not logs_in(server, "bob@example.org")
    assert counts(keyhold("import", "fastapi", "-", "--json", stdin=database.url + "\n", exit_code=PROBLEMS))["present"] == 11_002
    keyhold("import", "fastapi", "app", "--table", "nothing", exit_code=CONFIGURATION)
    database.query("CREATE TABLE members (username VARCHAR(50), password VARCHAR(255))")  # no primary key to read it by
    database.query("INSERT INTO members VALUES ('ann', ?)", HASH)
    assert counts(keyhold("import", "fastapi", "-", "--table", "members", "--apply", "--json", stdin=database.url))["added"] == 1
    gone = keyhold("import", "fastapi", "-", stdin=database.url.replace("/old_", "/nobodys_"), exit_code=6)
    assert "p%40ss" not in gone.stderr and "p@ss" not in gone.stderr


@pytest.mark.parametrize("kind", ["app", "fastapi", "django"])
def test_a_url_with_a_password_is_read_from_standard_input_and_nowhere_else(kind, keyhold):
    refused = keyhold("import", kind, "postgresql://ann:s3cr3t@127.0.0.1:1/app", exit_code=CONFIGURATION)
    assert "standard input" in refused.stderr and "s3cr3t" not in refused.stderr
    assert "no URL came" in keyhold("import", kind, "-", exit_code=USAGE).stderr
    gone = keyhold("import", kind, "-", stdin="postgresql://ann:s3cr3t@127.0.0.1:1/app\r\n", exit_code=6)
    assert "s3cr3t" not in gone.stderr and "standard input" not in gone.stderr


@ON_SERVERS
def test_a_django_database_on_a_server_is_read(kind, tmp_path, keyhold, start):
    database = KINDS[kind](tmp_path)
    date = {"postgresql": "TIMESTAMP WITH TIME ZONE", "mariadb": "DATETIME(6)"}[kind]
    database.query(f"CREATE TABLE auth_user (id {database.counting} NOT NULL, password VARCHAR(128) NOT NULL, username VARCHAR(150) NOT NULL UNIQUE, "
                   f"email VARCHAR(254) NOT NULL, is_active BOOLEAN NOT NULL, date_joined {date} NOT NULL, PRIMARY KEY (id))")
    zone = {"postgresql": "+00", "mariadb": ""}[kind]
    database.query("INSERT INTO auth_user (password, username, email, is_active, date_joined) VALUES (?, 'ann', '', TRUE, ?)",
                   django_pbkdf2_sha256.using(rounds=1000).hash(PASSWORD), f"2024-01-02 03:04:05.678901{zone}")
    assert counts(keyhold("import", "django", "-", "--apply", "--json", stdin=database.url))["added"] == 1
    assert json.loads(keyhold("user", "export").stdout)["created_at"] == "2024-01-02T03:04:05Z"
    assert logs_in(start(ENV), "ann")


def test_whoever_is_locked_out_there_is_locked_out_here(tmp_path, start, keyhold):
    (tmp_path / "users.csv").write_text("username,password_hash,is_banned,deleted_at,is_active\n" + "".join(
        f"{name},{HASH},{banned},{deleted},{active}\n" for name, banned, deleted, active in
        [("ann", "false", "", "true"), ("bob", "true", "", "true"), ("cat", "0", "2026-01-01 00:00:00", "1"), ("dan", "f", "", "f")]))
    keyhold("import", "csv", "users.csv", "--apply")
    (tmp_path / "users.jsonl").write_text("".join(json.dumps({"username": name, "password": HASH, "geloescht": deleted, "deletedAt": at}) + "\n" for name, deleted, at in
                                                  [("eva", False, None), ("fay", True, None), ("gil", False, "2026-01-01T00:00:00Z")]))
    keyhold("import", "jsonl", "users.jsonl", "--apply")
    server = start(ENV)
    assert [name for name in ("ann", "bob", "cat", "dan", "eva", "fay", "gil") if logs_in(server, name)] == ["ann", "eva"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_that_may_lock_out_and_is_not_understood_wants_a_decision(kind, tmp_path, start, keyhold):
    database = KINDS[kind](tmp_path, *(["old.db"] if kind == "sqlite" else []))
    database.query(f"CREATE TABLE users (id {database.counting} NOT NULL, email VARCHAR(255), hashed_password VARCHAR(255), status VARCHAR(20), weg SMALLINT, PRIMARY KEY (id))")
    database.query("INSERT INTO users (email, hashed_password, status, weg) VALUES ('ann', ?, 'active', 0)", HASH)
    database.query("INSERT INTO users (email, hashed_password, status, weg) VALUES ('bob', ?, 'banned', 1)", HASH)
    source, url = (str(tmp_path / "old.db"), "") if kind == "sqlite" else ("-", database.url)
    assert "status" in keyhold("import", "fastapi", source, stdin=url).stderr
    refused = keyhold("import", "fastapi", source, "--apply", exit_code=CONFIGURATION, stdin=url).stderr
    assert "status" in refused and "--everybody-may-log-in" in refused
    keyhold("import", "fastapi", source, "--apply", "--disabled-column", "weg", stdin=url)
    server = start(ENV)
    assert logs_in(server, "ann") and not logs_in(server, "bob")


def test_a_line_with_a_member_that_is_not_understood_is_refused_until_somebody_decides(tmp_path, keyhold):
    (tmp_path / "users.jsonl").write_text(json.dumps({"username": "ann", "password": HASH, "status": "banned"}) + "\n")
    assert counts(keyhold("import", "jsonl", "users.jsonl", "--apply", "--json", exit_code=PROBLEMS))["refused"] == 1
    assert counts(keyhold("import", "jsonl", "users.jsonl", "--apply", "--json", "--everybody-may-log-in"))["added"] == 1


def test_roles_come_with_their_people_where_somebody_says_so(tmp_path, keyhold, start):
    keyhold("db", "create")
    for name in ("ann", "bob", "cid"):
        keyhold("user", "add", name, stdin=PASSWORD + "\n")
    for role in ("editor", "author"):
        keyhold("role", "add", role, f"notes:{role}")
    for role, name in (("editor", "ann"), ("admin", "ann"), ("author", "bob")):
        keyhold("role", "grant", role, name)
    keyhold("user", "close", "cid", "--yes")
    keyhold("user", "export", "--file", "users.jsonl")
    exported = (tmp_path / "users.jsonl").read_text()
    assert '"roles":"admin editor"' in exported and exported.count('"roles"') == 2 and exported.count('"erase_at"') == 1

    elsewhere = ENV | {"DATABASE_URL": "sqlite:///./elsewhere.db"}
    make_database(tmp_path, elsewhere)

    def there(*arguments, check=DONE):
        return run(*arguments, folder=tmp_path, env=elsewhere, check=check)
    there("role", "add", "editor", "notes:editor")
    done = there("import", "jsonl", "users.jsonl", "--roles-column", "roles", "--apply", "--json", check=PROBLEMS)
    assert json.loads(done.stdout) == {"applied": True, "added": 2, "present": 0, "refused": 1}, "there is no role author"
    assert "users.jsonl.errors" in done.stderr and "no such role" in (tmp_path / "users.jsonl.errors").read_text()
    there("role", "add", "author", "notes:author")
    assert counts(there("import", "jsonl", "users.jsonl", "--roles-column", "roles", "--apply", "--json"))["added"] == 1
    assert there("user", "export").stdout == exported
    granted = json.loads(there("event", "list", "--kind", "role_granted", "--json").stdout)
    assert sorted((event["account"], event["object"]) for event in granted) == [("ann", "admin"), ("ann", "editor"), ("bob", "author")]
    assert "ann" in there("role", "show", "admin").stdout

    nobody = ENV | {"DATABASE_URL": "sqlite:///./nobody.db"}
    make_database(tmp_path, nobody)
    done = run("import", "jsonl", "users.jsonl", "--apply", folder=tmp_path, env=nobody, check=DONE)
    assert "Not read: roles" in done.stderr
    assert '"roles"' not in run("user", "export", folder=tmp_path, env=nobody, check=DONE).stdout


FIREBASE_PARAMETERS = """hash_config {
  algorithm: SCRYPT,
  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}
"""


def test_an_export_of_firebase_is_read_with_the_projects_parameters(tmp_path, keyhold, start):
    """The parameters, the salt and the hash are the example of Firebase's own description of its scrypt."""
    server = start(ENV)
    (tmp_path / "parameters.txt").write_text(FIREBASE_PARAMETERS)
    hashed = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
    user = {"localId": "x1", "email": "ann@example.com", "emailVerified": True, "passwordHash": hashed, "salt": "42xEC+ixf3L2lw==", "createdAt": "1486324170000", "providerUserInfo": []}
    users = [user, {"localId": "x2", "email": "social@example.com", "providerUserInfo": [{"providerId": "google.com"}]}, user | {"email": "off@example.com", "disabled": True},
             user | {"email": "web@example.com", "passwordHash": hashed.replace("/", "_").replace("+", "-"), "salt": "42xEC-ixf3L2lw=="}]
    (tmp_path / "users.json").write_text(json.dumps({"users": users}))
    arguments = ("import", "firebase", "users.json", "--hash-config", "parameters.txt", "--json")
    assert counts(keyhold(*arguments, exit_code=PROBLEMS)) == {"applied": False, "added": 3, "present": 0, "refused": 1}
    done = keyhold(*arguments, "--apply", exit_code=PROBLEMS)
    assert counts(done)["added"] == 3 and "line 2: there is no password hash" in done.stderr
    assert logs_in(server, "ann@example.com", "user1password") and logs_in(server, "web@example.com", "user1password")
    assert not logs_in(server, "ann@example.com", "user2password") and not logs_in(server, "off@example.com", "user1password")
    shown = json.loads(keyhold("user", "show", "ann@example.com", "--json").stdout)
    assert shown["email_verified"] is True and shown["created_at"] == "2017-02-05T19:49:30Z"
    (tmp_path / "parameters.txt").write_text("algorithm: SCRYPT")
    assert "lacks" in keyhold(*arguments, exit_code=CONFIGURATION).stderr
    keyhold("import", "firebase", "users.json", exit_code=USAGE)


def keycloak_user(name, algorithm, iterations, value, salt, parameters=None, **more):
    encoded = {name: base64.b64encode(part).decode() for name, part in (("value", value), ("salt", salt))}
    return {"username": name, "email": f"{name}@example.com", "emailVerified": False, "enabled": True, "createdTimestamp": 1700000000000,
            "credentials": [{"type": "otp", "secretData": "{}"},
                            {"type": "password", "secretData": json.dumps(encoded | {"additionalParameters": {}}),
                             "credentialData": json.dumps({"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": parameters or {}})}]} | more


def test_a_realm_of_keycloak_is_read(tmp_path, keyhold, start):
    """Keycloak asks PBKDF2 for 64 bytes, whatever the digest, and keeps argon2's parameters in lists."""
    server = start(ENV)
    secret, salt = PASSWORD.encode(), b"0123456789abcdef"
    argon = argon2.low_level.hash_secret_raw(secret, salt, 5, 7168, 1, 32, argon2.low_level.Type.ID)
    users = [
        keycloak_user("sha1", "pbkdf2", 2000, hashlib.pbkdf2_hmac("sha1", secret, salt, 2000, 64), salt),
        keycloak_user("sha256", "pbkdf2-sha256", 2750, hashlib.pbkdf2_hmac("sha256", secret, salt, 2750, 64), salt, id="6f9619ff-8b86-4011-b42d-00cf4fc964ff"),
        keycloak_user("sha512", "pbkdf2-sha512", 2100, hashlib.pbkdf2_hmac("sha512", secret, salt, 2100, 64), salt),
        keycloak_user("argon", "argon2", 5, argon, salt, {"hashLength": ["32"], "memory": ["7168"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}),
        keycloak_user("off", "pbkdf2-sha256", 2750, hashlib.pbkdf2_hmac("sha256", secret, salt, 2750, 64), salt, enabled=False),
        keycloak_user("other", "my-own", 1, b"x", b"y"),
        {"username": "service-account", "enabled": True},
    ]
    (tmp_path / "realm.json").write_text(json.dumps({"realm": "notes", "roles": {}, "users": users}))
    done = keyhold("import", "keycloak", "realm.json", "--apply", "--json", exit_code=PROBLEMS)
    assert counts(done) == {"applied": True, "added": 5, "present": 0, "refused": 2}
    assert "'my-own', which is not read" in done.stderr and "line 7: there is no password" in done.stderr
    for name in ("sha1", "sha256", "sha512", "argon"):
        assert logs_in(server, name, PASSWORD) and not logs_in(server, name, PASSWORD + "x"), name
    assert not logs_in(server, "off", PASSWORD)
    assert json.loads(keyhold("user", "show", "sha256", "--json").stdout)["id"] == "6f9619ff-8b86-4011-b42d-00cf4fc964ff"
    (tmp_path / "other.json").write_text('{"realm": "notes"}')
    assert "no list of users" in keyhold("import", "keycloak", "other.json", exit_code=1).stderr


def test_what_auth0_exports_and_takes_is_read(tmp_path, keyhold, start):
    server = start(ENV)
    secret, salt = PASSWORD.encode(), b"0123456789abcdef"
    hashed = bcrypt.hashpw(secret, bcrypt.gensalt(4)).decode()
    lines = [{"_id": {"$oid": "60425dc43519d90068f82973"}, "email_verified": True, "email": "ann@example.com", "passwordHash": hashed, "password_set_date": {"$date": "2021-03-05"}},
             {"email": "blocked@example.com", "passwordHash": hashed, "blocked": True}]
    (tmp_path / "export.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert counts(keyhold("import", "auth0", "export.json", "--apply", "--json"))["added"] == 2
    assert logs_in(server, "ann@example.com", PASSWORD) and not logs_in(server, "blocked@example.com", PASSWORD)

    def spelled(part):
        return base64.b64encode(part).decode().rstrip("=")
    pbkdf2 = f"$pbkdf2-sha256$i=1000,l=32${spelled(salt)}${spelled(hashlib.pbkdf2_hmac('sha256', secret, salt, 1000))}"
    custom = [{"email": f"{name}@example.com", "custom_password_hash": {"algorithm": name, "hash": {"value": value}}}
              for name, value in (("bcrypt", hashed), ("pbkdf2", pbkdf2), ("md5", "d41d8cd98f00b204e9800998ecf8427e"))]
    (tmp_path / "import.json").write_text(json.dumps(custom))
    done = keyhold("import", "auth0", "import.json", "--apply", "--json", exit_code=PROBLEMS)
    assert counts(done)["added"] == 2 and "line 3: its password is hashed by 'md5'" in done.stderr
    assert logs_in(server, "bcrypt@example.com", PASSWORD) and logs_in(server, "pbkdf2@example.com", PASSWORD)
