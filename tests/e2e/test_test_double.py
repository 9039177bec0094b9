# SPDX-License-Identifier: Apache-2.0
"""keyhold test: the real server as a test double, by way of the page that Python programs copy, and of that for JavaScript."""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jwt
import pytest
from server import BINARY, DATABASE, ROOT, SECRET_KEY, environment, run
from wire import ask

sys.path.insert(0, str(ROOT / "examples/testing"))
os.environ["KEYHOLD_BINARY"] = str(BINARY)
from keyhold_pytest import Keyhold, keyhold, keyhold_server  # noqa: E402, F401

pytestmark = pytest.mark.skipif(DATABASE != "sqlite", reason="it has a database of its own")
CREDENTIALS = {"username": "alice", "password": "pa55-of-the-tests"}


def port_of(server):
    return int(server.url.rsplit(":", 1)[1])


def greeted(server, token):
    return ask(port_of(server), "GET", "/protected", token=token)


def test_it_is_the_real_server(keyhold):  # noqa: F811
    port = port_of(keyhold)
    assert ask(port, "POST", "/register", json=CREDENTIALS).status == 200
    token = ask(port, "POST", "/login", json=CREDENTIALS).json()["access_token"]
    assert greeted(keyhold, token).json() == {"message": "Welcome alice"}
    assert ask(port, "POST", "/logout", token=token).status == 200
    assert greeted(keyhold, token).json()["code"] == "token_not_live"


def test_a_minted_token_is_one_that_other_verifiers_take(keyhold):  # noqa: F811
    token = keyhold.token("alice", scope="notes:read", jti=None)
    keys = jwt.PyJWKSet.from_dict(ask(port_of(keyhold), "GET", "/.well-known/jwks.json").json())
    claims = jwt.decode(token, keys.keys[0].key, algorithms=["ES256"], audience=keyhold.issuer, issuer=keyhold.issuer)
    assert claims["scope"] == "notes:read" and "jti" not in claims
    wish = ask(port_of(keyhold), "GET", "/openapi.json").json()["components"]["schemas"]["TestTokenWish"]["properties"]
    assert wish["claims"]["type"] == "object", "for clients that are made from the document"
    assert greeted(keyhold, token).json() == {"message": "Welcome alice"}


@pytest.mark.parametrize(("wish", "code"), [({"lifetime": -1}, "token_expired"), ({"fault": "signature"}, "token_signature"), ({"fault": "unknown_key"}, "token_key_unknown"),
                                            ({"fault": "alg_none"}, "token_malformed"), ({"aud": "others"}, "token_claims"), ({"typ": "JWT"}, "token_claims")])
def test_a_token_that_nobody_may_take_is_not_taken(keyhold, wish, code):  # noqa: F811
    refused = greeted(keyhold, keyhold.token("alice", **wish))
    assert refused.status == 401 and refused.json()["code"].startswith("token_"), (code, refused.json())
    assert refused.json()["code"] == code


def test_the_clock_turns_and_goes_on(keyhold):  # noqa: F811
    token = keyhold.token("alice")
    before = ask(port_of(keyhold), "GET", "/test/clock").json()["unix_time"]
    assert abs(before - time.time()) < 5
    keyhold.advance(29 * 60)
    assert greeted(keyhold, token).status == 200
    keyhold.advance(61)
    assert greeted(keyhold, token).json()["code"] == "token_expired"
    assert ask(port_of(keyhold), "POST", "/test/clock", json={"now": "2031-05-06T07:08:09Z"}).json()["now"].startswith("2031-05-06T07:08:")
    assert ask(port_of(keyhold), "POST", "/test/clock", json={"now": "tomorrow"}).status == 422


def test_a_database_that_is_gone_is_503_until_it_is_back(keyhold):  # noqa: F811
    keyhold.fault(database="gone")
    refused = ask(port_of(keyhold), "POST", "/register", json=CREDENTIALS)
    assert refused.status == 503 and refused.json()["code"] == "store_unavailable"
    keyhold.fault(database="none")
    assert ask(port_of(keyhold), "POST", "/register", json=CREDENTIALS).status == 200


# A request may ask the database more than once, never less.
def test_a_database_that_is_slow_is_so_until_it_is_mended_and_what_memory_knows_stays_quick(keyhold):  # noqa: F811
    def seconds(work):
        begin = time.monotonic()
        assert work().status == 200
        return time.monotonic() - begin
    token = keyhold.token("alice")
    greeted(keyhold, token)
    keyhold.fault(database="slow", milliseconds=1500)
    assert seconds(lambda: ask(port_of(keyhold), "POST", "/register", json=CREDENTIALS | {"username": "bobby"})) >= 1.5
    assert seconds(lambda: greeted(keyhold, token)) < 1.5
    keyhold.fault(database="none")
    assert seconds(lambda: ask(port_of(keyhold), "POST", "/register", json=CREDENTIALS | {"username": "carol"})) < 1.5
    keyhold.fault(database="slow", milliseconds=60_000)
    keyhold.reset()
    assert ask(port_of(keyhold), "POST", "/register", json=CREDENTIALS).status == 200
    assert ask(port_of(keyhold), "POST", "/test/faults", json={"milliseconds": 5}).status == 422


@pytest.mark.parametrize(("how", "old_status"), [("rotated", 200), ("dropped", 401)])
def test_another_key_signs_at_once(keyhold, how, old_status):  # noqa: F811
    old = keyhold.token("alice")
    keyhold.fault(keys=how)
    new = keyhold.token("alice")
    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
    assert (greeted(keyhold, old).status, greeted(keyhold, new).status) == (old_status, 200)


def test_after_a_reset_nobody_is_known(keyhold):  # noqa: F811
    token = keyhold.token("alice")
    assert greeted(keyhold, token).status == 200
    keyhold.advance(3600 * 24)
    keyhold.reset()
    assert greeted(keyhold, token).status == 401
    assert abs(ask(port_of(keyhold), "GET", "/test/clock").json()["unix_time"] - time.time()) < 5
    assert ask(port_of(keyhold), "POST", "/register", json=CREDENTIALS).status == 200, "the name is free again"


def database_of(server):
    """The file that it has open."""
    opened = {os.readlink(link) for link in Path(f"/proc/{server.process.pid}/fd").iterdir() if link.exists()}
    return next(Path(path) for path in opened if path.endswith(".db"))


def contents_of(server):
    """What each table holds, but for what says when it was made."""
    with sqlite3.connect(database_of(server), timeout=20) as db:
        db.row_factory = sqlite3.Row
        tables = [row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        rows = {table: [{name: row[name] for name in row.keys() if name != "created_at"} for row in db.execute(f"SELECT * FROM {table}")] for table in tables}
    db.close()
    return rows


# Keys and node stay, the number of changes leaps, and the time of the first change is noted.
NOT_COMPARED = {"keyhold_keys", "keyhold_id_token_keys", "keyhold_nodes", "keyhold_change_counter", "keyhold_status_lists", "keyhold_changes", "keyhold_events", "keyhold_event_checkpoints", "keyhold_event_chain"}


def test_after_a_reset_the_database_holds_what_a_new_one_does(keyhold):  # noqa: F811
    fresh = Keyhold()
    wanted = contents_of(fresh)
    fresh.stop()
    assert wanted["keyhold_roles"] == [{"name": "admin"}]
    environment = {"DATABASE_URL": f"sqlite:///{database_of(keyhold)}"}

    def make_alice_an_administrator():
        token = keyhold.token("alice")
        run("role", "grant", "admin", "alice", folder=keyhold_folder, env=environment, check=0)
        return token
    with tempfile.TemporaryDirectory() as folder:
        keyhold_folder = Path(folder)
        make_alice_an_administrator()
        keyhold.reset()
        found = contents_of(keyhold)
        assert {table: rows for table, rows in found.items() if table not in NOT_COMPARED} == {table: rows for table, rows in wanted.items() if table not in NOT_COMPARED}
        token = make_alice_an_administrator()
        assert "keyhold:admin" in ask(port_of(keyhold), "GET", "/me", token=keyhold.token("alice")).json()["scopes"], token


REAL = [(["--database-url", "sqlite:////tmp/real.db"], {}), (["--key-file", "/tmp/real.key"], {}), ([], {"DATABASE_URL": "postgresql://db/app"}),
        ([], {"KEYHOLD_STATE_DIR": "/var/lib/keyhold"}), (["--config", "keyhold.toml"], {})]


@pytest.mark.parametrize(("arguments", "env"), REAL, ids=[" ".join([*row[0], *row[1]]) for row in REAL])
def test_it_refuses_what_is_real(tmp_path, arguments, env):
    (tmp_path / "keyhold.toml").write_text('database_url = "sqlite:///./real.db"\n')
    done = run("test", *arguments, folder=tmp_path, env=env)
    assert done.returncode == 7 and f"{(arguments or list(env))[0]} names something real" in done.stderr and done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["keyhold.toml"]


def test_it_leaves_nothing_behind_and_ends_with_0(tmp_path):
    before = {path.name for path in Path("/dev/shm").glob("keyhold-test-*")}
    process = subprocess.Popen([BINARY, "test"], cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said = json.loads(process.stdout.readline())
    assert said["pid"] == process.pid and said["url"] == said["issuer"]
    made = {path.name for path in Path("/dev/shm").glob("keyhold-test-*")} - before
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.stdout.close()
    left = {path.name for path in Path("/dev/shm").glob("keyhold-test-*")}
    assert len(made) >= 1 and not (made <= left) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("dev",), ("serve",)])
def test_no_other_command_has_its_routes(start, command):
    server = start({"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "10"}, arguments=(*command, "--bind", "127.0.0.1:0"))
    for method, path in (("GET", "/test/clock"), ("POST", "/test/clock"), ("POST", "/test/tokens"), ("POST", "/test/faults"), ("POST", "/test/reset")):
        assert ask(server.port, method, path).status == 404


JAVASCRIPT = """import assert from 'node:assert/strict';
import {startKeyhold} from '%s';
const keyhold = await startKeyhold();
const greet = async (token) => (await fetch(`${keyhold.url}/protected`, {headers: {authorization: `Bearer ${token}`}})).status;
const token = await keyhold.token('alice', {claims: {scope: 'notes:read'}});
assert.equal(JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).scope, 'notes:read');
assert.equal(await greet(token), 200);
await keyhold.fault({keys: 'rotated'});
assert.equal(await greet(token), 200);
await keyhold.advance(1801);
assert.equal(await greet(token), 401);
await keyhold.reset();
await assert.rejects(keyhold.token(''), /422/);
await keyhold.stop();
console.log('good');
"""


def test_the_page_for_javascript_does_the_same(tmp_path):
    if not shutil.which("node"):
        pytest.skip("there is no node")
    (tmp_path / "try.mjs").write_text(JAVASCRIPT % (ROOT / "examples/testing/keyhold_vitest.mjs"))
    done = subprocess.run(["node", "try.mjs"], cwd=tmp_path, env=environment(tmp_path) | {"KEYHOLD_BINARY": str(BINARY), "DATABASE_URL": "postgresql://real"},
                          capture_output=True, text=True, timeout=60)
    assert done.stdout == "good\n", done.stderr
