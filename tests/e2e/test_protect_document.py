# SPDX-License-Identifier: Apache-2.0
"""What docs/protect-your-routes.md shows for other languages, run against a Keyhold: good tokens pass, bad ones do not, and a log-out makes the difference that it says."""
import json
import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from oidc import Browser, Provider
from people import Account
from proxies import NGINX, Proxy, program, with_addresses
from server import DATABASE, ROOT, free_port
from token_kinds import Issuer, Kinds
from wire import ask

pytestmark = pytest.mark.skipif(DATABASE != "sqlite", reason="the same on every database")
CLIENT, SECRET = "notes", "a-secret-of-this-client-k3v9q"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "docs/protect-your-routes.md").read_text(), re.M | re.S)


def recipe(language, word):
    """The only one in this language that has this word."""
    [found] = [block for block in blocks(language) if word in block]
    return found


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    """A server whose URL is its issuer, with a client that may introspect."""
    started = Provider(tmp_path_factory.mktemp("issuer"), {"KEYHOLD_CLIENTS": f"{CLIENT}:{SECRET}"})
    yield started
    started.stop()


@pytest.fixture(scope="module")
def other_kinds(issuer):
    """Tokens of the same issuer that open nothing: ID tokens under keys of both algorithms, and a refresh token."""
    browser = Browser(issuer, "bea")
    of_client = {algorithm: issuer.client(f"of-{algorithm}", "--first-party", "--id-token-algorithm", algorithm).tokens(browser) for algorithm in ("ES256", "RS256")}
    return [*(tokens["id_token"] for tokens in of_client.values()), of_client["ES256"]["refresh_token"]]


@pytest.fixture(scope="module")
def kinds():
    """Of an issuer that makes wrong tokens, too: for verifiers by keys."""
    issuer, other = Issuer(), Issuer()
    yield Kinds(issuer, other)
    issuer.stop()
    other.stop()


def open_nothing(kinds):
    return [*kinds.bad.values(), *kinds.of_no_access_token.values()]


@pytest.fixture
def account(issuer, fresh_name):
    return Account(issuer.port, fresh_name)


def environment_of(issuer):
    return {"ISSUER": issuer.url, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET}


def python(number, issuer, monkeypatch):
    for name, value in environment_of(issuer).items():
        monkeypatch.setenv(name, value)
    names = {}
    exec(compile(blocks("python")[number], "docs/protect-your-routes.md", "exec"), names)  # noqa: S102
    return names


def id_of(issuer, account):
    return ask(issuer.port, "GET", "/me", token=account.token).json()["id"]


def broken(token):
    return token[:-10] + token[-10:].swapcase()


def log_out(issuer, account):
    assert ask(issuer.port, "POST", "/logout", token=account.token).status == 200


def test_python_with_keys(kinds, fresh_name, monkeypatch):
    claims_of = python(0, kinds.issuer, monkeypatch)["claims_of"]
    account = Account(kinds.issuer.port, fresh_name)
    assert claims_of(f"Bearer {account.token}")["sub"] == id_of(kinds.issuer, account)
    assert {claims_of(f"bearer {token}")["sub"] for token in kinds.good.values()} == {kinds.subject}
    assert "notes:write" in claims_of(f"Bearer {kinds.writer}")["scope"].split()
    for field in ("", "Bearer", "Bearer a.b.c", f"Basic {account.token}", f"Bearer {broken(account.token)}", *(f"Bearer {token}" for token in open_nothing(kinds))):
        assert claims_of(field) is None, field
    log_out(kinds.issuer, account)
    assert claims_of(f"Bearer {account.token}") is not None, "the document says that it is good until exp"


def test_python_with_introspection(issuer, account, other_kinds, monkeypatch):
    live_claims_of = python(1, issuer, monkeypatch)["live_claims_of"]
    assert live_claims_of(account.token)["sub"] == id_of(issuer, account)
    for token in (broken(account.token), *other_kinds):
        assert live_claims_of(token) is None, token[:40]
    log_out(issuer, account)
    assert live_claims_of(account.token) is None, "the document says that it is refused at once"


def test_javascript(kinds, tmp_path):
    if not shutil.which("node"):
        pytest.skip("there is no node")
    modules = ROOT / "tests/e2e/node"
    if subprocess.run([ROOT / "packaging/npm-install", modules], capture_output=True).returncode:
        pytest.skip("npm reaches no registry")
    (tmp_path / "node_modules").symlink_to(modules / "node_modules")
    (tmp_path / "protect.mjs").write_text(blocks("js")[0])
    (tmp_path / "try.mjs").write_text("import {claimsOf} from './protect.mjs';\n"
                                      "console.log(JSON.stringify(await Promise.all(process.argv.slice(2).map(claimsOf))));\n")
    good = kinds.good["of a client"]
    wrong = ["", "Bearer", f"Basic {good}", *(f"Bearer {token}" for token in open_nothing(kinds))]
    fields = [*(f"Bearer {token}" for token in (kinds.writer, *kinds.good.values())), *wrong]
    done = subprocess.run(["node", "try.mjs", *fields], cwd=tmp_path, env={"PATH": os.environ["PATH"], "ISSUER": kinds.issuer.url}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    opened = said[:-len(wrong)]
    assert {claims["sub"] for claims in opened} == {kinds.subject} and opened[0]["scope"] == "notes:read notes:write"
    assert said[-len(wrong):] == [None] * len(wrong)


GO_TEST = """package protect

import (
	"context"
	"os"
	"strings"
	"testing"
)

func TestClaims(t *testing.T) {
	guard, err := New(context.Background(), os.Getenv("ISSUER"))
	if err != nil {
		t.Fatal(err)
	}
	token := os.Getenv("TOKEN")
	claims, err := guard.Claims("Bearer " + token)
	if err != nil || claims["sub"] != os.Getenv("SUBJECT") {
		t.Fatal(claims, err)
	}
	for _, field := range []string{"", "Bearer", "Bearer a.b.c", "Basic " + token, "Bearer " + strings.ToUpper(token)} {
		if _, err := guard.Claims(field); err == nil {
			t.Error(field)
		}
	}
	for _, other := range strings.Fields(os.Getenv("OPEN_NOTHING")) {
		if _, err := guard.Claims("Bearer " + other); err == nil {
			t.Error(other)
		}
	}
}
"""


def test_go(kinds, tmp_path):
    if not shutil.which("go"):
        pytest.skip("there is no go")
    (tmp_path / "protect.go").write_text(blocks("go")[0])
    (tmp_path / "protect_test.go").write_text(GO_TEST)
    (tmp_path / "go.mod").write_text("module protect\n\ngo 1.21\n\nrequire (\n\tgithub.com/MicahParks/keyfunc/v3 v3.3.5\n\tgithub.com/golang-jwt/jwt/v5 v5.2.1\n)\n")
    if subprocess.run(["go", "mod", "tidy"], cwd=tmp_path, capture_output=True, timeout=120).returncode:
        pytest.skip("go reaches no module proxy")
    env = os.environ | {"ISSUER": kinds.issuer.url, "TOKEN": kinds.good["of a log-in"], "SUBJECT": kinds.subject, "OPEN_NOTHING": " ".join(open_nothing(kinds))}
    done = subprocess.run(["go", "test", "-count=1", "./..."], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_spring_is_configured_as_the_clients_test_runs_it():
    [properties] = blocks("properties")
    assert f"```properties\n{properties}```" in (ROOT / "docs/oauth.md").read_text()
    names = [line.partition("=")[0] for line in properties.splitlines()]
    assert names == re.findall(r'f?"--(spring\.security\.[\w.-]+)=\{issuer\}"', (ROOT / "tests/e2e/test_foreign_resource_servers.py").read_text())
    assert "spring-boot-starter-oauth2-resource-server" in (ROOT / "tests/foreign/spring/pom.xml").read_text()


class Behind(BaseHTTPRequestHandler):
    """The program behind nginx."""
    def do_GET(self):
        body = b"milk"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def behind():
    server = HTTPServer(("127.0.0.1", 0), Behind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_nginx(issuer, account, other_kinds, behind, tmp_path):
    port = free_port()
    [block] = blocks("nginx")
    block = with_addresses(block, {"127.0.0.1:9000": f"127.0.0.1:{behind}", "127.0.0.1:8000": f"127.0.0.1:{issuer.port}"})
    (tmp_path / "nginx.conf").write_text(NGINX.format(folder=tmp_path, more="", server=f"server {{ listen 127.0.0.1:{port};\n{block} }}"))
    nginx = Proxy(tmp_path, [program("nginx"), "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "errors.log"], port)
    try:
        passed = ask(port, "GET", "/notes/1", token=account.token)
        assert (passed.status, passed.body) == (200, b"milk")
        refused = ask(port, "GET", "/notes/1")
        assert refused.status == 401 and refused.header("www-authenticate").startswith("Bearer")
        for token in (broken(account.token), *other_kinds):
            assert ask(port, "GET", "/notes/1", token=token).status == 401, token[:40]
        assert ask(port, "GET", "/_keyhold", token=account.token).status == 404
        log_out(issuer, account)
        assert ask(port, "GET", "/notes/1", token=account.token).status == 401, "at once"
    finally:
        nginx.stop()
