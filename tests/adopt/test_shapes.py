# SPDX-License-Identifier: Apache-2.0
"""Each shape of an application: the dry run, both sides' users, passwords, tokens and lock-outs, and the way back while it runs."""
import json
import re
import time
from contextlib import closing
from urllib.parse import unquote, urlsplit

import jwt
import pytest
from old_databases import KINDS
from server import PASSWORD, ROOT, run
from shapes import SECRET, SHAPES
from tokens import make
from waiting import eventually
from wire import ask

pytestmark = pytest.mark.sqlite  # it makes databases of all kinds by itself

DONE, CONFIGURATION = 0, 7
ENV = {"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_LOG_FORMAT": "json"}
TYPES = {
    "sqlite": {"serial": "INTEGER", "bool": "BOOLEAN", "uuid": "CHAR(36)", "bytes": "BLOB", "key_bytes": "BLOB", "scheme": "sqlite"},
    "postgresql": {"serial": "SERIAL", "bool": "BOOLEAN", "uuid": "UUID", "bytes": "BYTEA", "key_bytes": "BYTEA", "scheme": "postgresql"},
    "mariadb": {"serial": "INTEGER AUTO_INCREMENT", "bool": "BOOLEAN", "uuid": "CHAR(36)", "bytes": "VARBINARY(255)", "key_bytes": "BINARY(16)", "scheme": "mysql"},
}
SIGNS = re.compile(r"jwt\.encode\(|sign\(|JWTStrategy\(|create_access_token\(|SIMPLE_JWT")
CASES = [pytest.param(shape, kind, id=f"{shape.name}, {kind}") for shape in SHAPES for kind in shape.kinds]


class Application:
    """What the application does to its own database, by its own libraries."""
    def __init__(self, shape, kind, folder):
        self.shape, self.kind, self.folder = shape, kind, folder
        self.database = KINDS[kind](folder)
        self.users = shape.users.replace('"', "`") if kind == "mariadb" else shape.users
        for statement in (*shape.tables_before, shape.table):
            self.database.query(statement.replace('"', "`" if kind == "mariadb" else '"').format(**TYPES[kind]))
        for statement in shape.rows_before:
            self.database.query(statement)
        place = urlsplit(self.database.url)
        files = shape.files
        if not any(SIGNS.search(text) for text in files.values()) and "--token-sub" not in shape.flags:
            files = files | {"login.py": f"def login(user):\n    return create_access_token({{{{'sub': user.{shape.by}}}}})\n"}
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            parts = {"url": self.database.url, "scheme": TYPES[kind]["scheme"], "host": place.hostname, "port": place.port, "user": place.username,
                     "password": unquote(place.password or ""), "database": place.path[1:]}
            path.write_text(re.sub(r"\{(url|scheme|host|port|user|password|database)\}", lambda found: str(parts[found[1]]), text).replace("{{", "{").replace("}}", "}"))

    def name(self, word):
        return f"{word}@example.org" if self.shape.addresses else word

    def register(self, word, password=PASSWORD, **more):
        columns = {self.shape.by: self.name(word), self.shape.password: self.shape.hash(password), **self.shape.row(self.name(word)), **more}
        self.database.query(f"INSERT INTO {self.users} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", *columns.values())

    def row(self, word, *columns):
        found = self.database.query(f"SELECT {', '.join(columns)} FROM {self.users} WHERE {self.shape.by} = ?", self.name(word))
        return found[0] if found else None

    def logs_in(self, word, password=PASSWORD):
        row = self.row(word, self.shape.password, *([self.shape.lock[0]] if self.shape.lock else []))
        may = not self.shape.lock or (row and self.says_may(row[1]))
        return bool(row and may and self.shape.verify(password, row[0]))

    def says_may(self, value):
        may = self.shape.lock[1]
        return bool(value) == may if isinstance(may, bool) else value == may if may is not None else value is None

    def set(self, word, column, value):
        self.database.query(f"UPDATE {self.users} SET {column} = ? WHERE {self.shape.by} = ?", value, self.name(word))

    def lists_its_users(self):
        for column in self.shape.needs:
            assert self.database.query(f"SELECT COUNT(*) FROM {self.users} WHERE {column} IS NULL OR CAST({column} AS CHAR(40)) = ''") == [(0,)], column

    def token(self, word, **more):
        return make(self.claims(word) | {"exp": int(time.time()) + 1800} | more, key=SECRET)

    def claims(self, word):
        if not self.shape.claims:
            return {"sub": self.name(word)}
        columns = [column for column in ("id", "email") if re.search(rf"\b{column} ", self.shape.table)]
        return self.shape.claims(dict(zip(columns, map(str, self.row(word, *columns)))))

    def adopt(self, *arguments, check=DONE):
        return run("adopt", ".", *arguments, folder=self.folder, env=ENV, check=check)


def said_alike(token, claims, names):
    """What the application would read in Keyhold's token: the same as in its own."""
    read = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_aud": False})
    for name in names if names is not None else claims:
        one = claims[name][0] if isinstance(claims[name], list) else claims[name]
        assert read.get(name) == one and type(read[name]) is type(one), (name, one, read)


def log_in(keyhold, name, password=PASSWORD):
    return ask(keyhold.port, "POST", "/login", json={"username": name, "password": password}).status


def soon(condition):
    eventually(condition, what="not seen in time")


def without_settings(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("shape, kind", CASES)
def test_an_application_of_this_shape_and_keyhold_share_their_users(shape, kind, tmp_path, start):
    application = Application(shape, kind, tmp_path)
    for word in ("ann", "bob", "cat"):
        application.register(word)
    if shape.lock:
        application.register("dan", **{shape.lock[0]: shape.lock[2]})
    before, files = application.database.dump(), without_settings(tmp_path)

    if shape.refused:  # with the column's name and a way out; nothing is written
        for arguments in ((), ("--apply",)):
            said = application.adopt(*arguments, check=CONFIGURATION).stderr
            assert shape.refused in said and re.search("--[a-z]|keyhold import|CREATE", said), said
        assert application.database.dump() == before and without_settings(tmp_path) == files
        return

    told = json.loads(application.adopt("--json", *shape.flags).stdout)
    assert application.database.dump() == before and without_settings(tmp_path) == files, "a dry run writes nothing"
    assert (told["name_column"], told["password_column"], told["rows"]) == (shape.by, shape.password, 4 if shape.lock else 3)
    assert told["locked_out"] == (1 if shape.lock else 0) and told["secret_from"]

    # There and back while the application has the database open.
    with closing(application.database.connect()) as held:
        held.cursor().execute("SELECT 1")
        application.adopt("--apply", "--yes", *shape.flags)
        application.adopt("--undo")
    assert application.database.dump() == before and sorted(without_settings(tmp_path)) == sorted(files), "undone"
    assert "nothing to undo" in application.adopt("--undo", check=CONFIGURATION).stderr
    assert application.database.dump() == before

    application.adopt("--apply", "--yes", *shape.flags)
    keyhold = start(ENV)
    assert log_in(keyhold, application.name("ann")) == 200, "the old password"
    assert log_in(keyhold, application.name("ann"), "pa55-wrong") == 401
    if shape.lock:
        assert log_in(keyhold, application.name("dan")) == 401 and not application.logs_in("dan")
    assert ask(keyhold.port, "GET", "/protected", token=application.token("bob")).status == (200 if shape.old_token else 401), "the old token"
    ours = ask(keyhold.port, "POST", "/login", json={"username": application.name("bob"), "password": PASSWORD}).json()["access_token"]
    said_alike(ours, application.claims("bob"), shape.said)
    assert ask(keyhold.port, "GET", "/protected", token=ours).status == 200

    # Who registers there, and here.
    application.register("eve")
    assert log_in(keyhold, application.name("eve")) == 200
    question = {"username": application.name("fay"), "password": PASSWORD}
    if not shape.new_users:
        assert ask(keyhold.port, "POST", "/register", json=question).status == 403 and not application.row("fay", shape.by)
    else:
        if shape.email:
            assert ask(keyhold.port, "POST", "/register", json=question).status == 403 and not application.row("fay", shape.by)
            question["email"] = "fay@example.org"
        answer = ask(keyhold.port, "POST", "/register", json=question)
        assert answer.status == 200, answer.body
        assert application.logs_in("fay") and log_in(keyhold, application.name("fay")) == 200
        assert ask(keyhold.port, "GET", "/protected", token=application.token("fay", iat=int(time.time()))).status == (200 if shape.old_token else 401), "who came here has tokens there"
        application.lists_its_users()

    # New passwords, there and here.
    application.set("bob", shape.password, shape.hash("pa55-another-one"))
    assert (log_in(keyhold, application.name("bob")), log_in(keyhold, application.name("bob"), "pa55-another-one")) == (401, 200)
    run("user", "set-password", application.name("cat"), folder=tmp_path, env=ENV, stdin="pa55-another-one\n", check=DONE)
    assert application.logs_in("cat", "pa55-another-one") and not application.logs_in("cat")

    if shape.lock:
        application.set("eve", shape.lock[0], shape.lock[2])
        assert log_in(keyhold, application.name("eve")) == 401
        run("user", "disable", application.name("ann"), folder=tmp_path, env=ENV, check=DONE)
        assert not application.logs_in("ann")
        run("user", "enable", application.name("ann"), folder=tmp_path, env=ENV, check=DONE)
        assert application.logs_in("ann")

    # Who goes, there and here.
    application.database.query(f"DELETE FROM {application.users} WHERE {shape.by} = ?", application.name("eve"))
    assert log_in(keyhold, application.name("eve")) == 401
    run("user", "delete", "--yes", application.name("bob"), folder=tmp_path, env=ENV, check=DONE)
    assert application.row("bob", shape.by) is None
    keyhold.stop()
    application.adopt("--undo")
    assert application.logs_in("ann") and application.row("cat", shape.by)


def test_the_document_has_a_line_for_each_shape():
    page = (ROOT / "docs/taking-over.md").read_text()
    for shape in SHAPES:
        where = ", ".join({"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}[kind] for kind in shape.kinds) if len(shape.kinds) < 3 else "all"
        assert f"| {shape.name} | {where} | {shape.note} |" in page, shape.name


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_is_another_users_id_is_not_taken_for_it(kind, tmp_path, start):
    """Whoever registers as "1" at an application whose tokens name users by their id must not become the first user, at either."""
    shape = next(one for one in SHAPES if one.name == "sub is the id")
    application = Application(shape, kind, tmp_path)
    for word in ("ann", "bob"):
        application.register(word)
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    anns = str(application.row("ann", "id")[0])
    assert ask(keyhold.port, "POST", "/register", json={"username": anns, "password": PASSWORD}).status == 200
    token = ask(keyhold.port, "POST", "/login", json={"username": anns, "password": PASSWORD}).json()["access_token"]
    assert jwt.decode(token, SECRET, algorithms=["HS256"])["sub"] == str(application.database.query("SELECT id FROM users WHERE username = ?", anns)[0][0]) != anns
    assert ask(keyhold.port, "GET", "/protected", token=application.token("ann")).json()["message"].count("ann"), "the application's token is ann's"
    assert ask(keyhold.port, "GET", "/protected", token=make({"sub": "ann", "exp": int(time.time()) + 1800}, key=SECRET)).status == 401, "no name is taken for an id"
    # Who is deleted there and whose id is used again is another person.
    old = application.token("bob")
    assert ask(keyhold.port, "GET", "/protected", token=old).status == 200
    application.database.query("DELETE FROM users WHERE username = ?", "bob")
    soon(lambda: ask(keyhold.port, "GET", "/protected", token=old).status == 401)


# Shapes that cannot be shared, and one that can: their users are copied by one command all the same.
COPIED = ["a household without an answer", "UUID as bytes", "a name that may be there twice", "Django's own PBKDF2", "account_secret", "username that is not unique"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", COPIED)
def test_whoever_cannot_be_shared_is_imported_with_the_same_detection(name, kind, tmp_path, start):
    shape = next(one for one in SHAPES if one.name == name)
    if kind not in shape.kinds:
        pytest.skip("not on this database")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    application = Application(shape, kind, theirs)
    for word in ("ann", "bob"):
        application.register(word)
    before = application.database.dump()
    keyhold = start(ENV)
    looked = run("import", "app", "theirs", folder=tmp_path, env=ENV, check=DONE)
    assert "2 would be added" in looked.stdout and shape.users.strip('"') in looked.stderr
    assert log_in(keyhold, application.name("ann")) == 401, "a dry run writes nothing"
    run("import", "app", "theirs", "--apply", folder=tmp_path, env=ENV, check=DONE)
    assert log_in(keyhold, application.name("ann")) == 200 and log_in(keyhold, application.name("ann"), "pa55-wrong") == 401
    assert application.database.dump() == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", ["PRIMARY KEY (tenant, number)", "UNIQUE (tenant, number)"])
def test_a_table_without_a_key_of_one_column_is_read_to_its_end(key, kind, tmp_path, start):
    """Over several pages (5,000 rows each), in which the first column of the key is the same again and again."""
    database = KINDS[kind](tmp_path)
    database.query(f"CREATE TABLE users (tenant INTEGER NOT NULL, number INTEGER NOT NULL, username VARCHAR(50) NOT NULL, password VARCHAR(100) NOT NULL, {key})")
    rows = [(i % 3, i, f"user{i}", "$2b$04$" + "A" * 53) for i in range(12_000)]
    for first in range(0, len(rows), 200):
        some = rows[first:first + 200]
        database.query("INSERT INTO users VALUES " + ", ".join(["(?, ?, ?, ?)"] * len(some)), *[value for row in some for value in row])
    url = database.url.replace("sqlite:///.", f"sqlite:///{tmp_path}") if kind == "sqlite" else database.url
    told = json.loads(run("import", "app", "-", "--json", "--database-url", "sqlite:///./own.db", stdin=url, folder=tmp_path, env=ENV, check=DONE).stdout)
    assert told["added"] == len(rows)
