# SPDX-License-Identifier: Apache-2.0
"""`keyhold proxy check` against real nginx: as docs/forward-auth.md has it, and with the mistakes that are made."""
import json
import socket

import pytest
from conftest import Account
from oidc import ENV
from proxies import NGINX, Proxy, program, with_addresses
from server import DATABASE, Server, free_port, run
from test_forward_auth import block

pytestmark = pytest.mark.skipif(DATABASE != "sqlite", reason="the same on every database")
DONE, UNREACHABLE, PROBLEMS = 0, 6, 8
TRUST = 'proxy_set_header X-Auth-Subject $auth_subject;'


class World:
    """A wiki behind nginx, whose place nobody has taken yet."""
    def __init__(self, folder, change=lambda text: text):
        self.folder, self.application, self.port, port = folder, free_port(), free_port(), free_port()
        host = f"127.0.0.1:{self.port}"
        (folder / "keyhold.toml").write_text(f'trusted_proxies = "127.0.0.1"\n[[protect]]\nhost = "{host}"\nplain_http = true\n[[protect]]\nhost = "{host}"\npath = "/open"\nanybody = true\n')
        self.keyhold = Server(folder, ENV, arguments=("--config", str(folder / "keyhold.toml"), "dev", "--bind", f"127.0.0.1:{port}"))
        self.token = Account(port, "ann").token
        addresses = {"443 ssl": f"127.0.0.1:{self.port}", "127.0.0.1:8000": f"127.0.0.1:{port}", "127.0.0.1:3000": f"127.0.0.1:{self.application}"}
        server = change(with_addresses(block("nginx"), addresses))
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, server=server, more=""))
        self.proxy = Proxy(folder, [program("nginx"), "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "errors.log"], self.port)

    def check(self, exit_code, path="/", *words, token=None):
        words = [*words, "--listen", f"127.0.0.1:{self.application}", *(["--token"] if token else [])]
        done = run("--json", "proxy", "check", f"http://127.0.0.1:{self.port}{path}", *words, folder=self.folder, env=ENV, stdin=(token or "") + "\n", check=exit_code)
        findings = json.loads(done.stdout)["findings"]
        assert "eyJ" not in done.stdout + done.stderr
        return {one["tried"]: (one["verdict"], one["came"]) for one in findings}

    def stop(self):
        self.proxy.stop()
        self.keyhold.stop()


@pytest.fixture
def world(tmp_path):
    made = []

    def make(change=lambda text: text):
        made.append(World(tmp_path, change))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def bad(findings):
    return {tried: came for tried, (verdict, came) in findings.items() if verdict == "bad"}


def test_the_documented_proxy_is_good(world):
    documented = world()
    for path, token in (("/", documented.token), ("/open", None)):
        findings = documented.check(DONE, path, token=token)
        assert bad(findings) == {}
        assert findings["what the application sees as x-auth-subject"] == ("good", "Keyhold's" if token else "nothing")
    assert findings["a browser that nobody has signed in with"][0] == "unknown", "nothing is protected there"
    findings = documented.check(DONE)
    assert findings["a browser that nobody has signed in with"][0] == "good" and "/sign-in" in findings["a browser that nobody has signed in with"][1]
    assert findings["X-Auth-Subject sent by a client"] == ("good", "401, as without it")
    assert findings["a script's call without credentials"] == ("good", "401")
    assert findings["whether the application sees a client's X-Auth-Subject"][0] == "unknown"


def test_a_proxy_that_hands_on_what_the_client_says_is_found(world):
    careless = world(lambda text: text.replace(TRUST, ""))
    assert list(bad(careless.check(PROBLEMS, token=careless.token))) == ["what the application sees as x-auth-subject"]
    assert "what the application sees as x-auth-subject" in bad(careless.check(PROBLEMS, "/open"))


def test_a_proxy_that_adds_its_own_beside_the_clients_is_found(world):
    adding = world(lambda text: text.replace("location / {", "underscores_in_headers on; location / {", 1))
    assert "what the application sees as x-auth-subject" in bad(adding.check(PROBLEMS, token=adding.token))


def test_a_proxy_that_believes_where_the_client_says_it_goes_is_found(world):
    believing = world(lambda text: text.replace("X-Forwarded-Uri $request_uri", "X-Forwarded-Uri $http_x_original_uri"))
    believing.keyhold.stop()
    rules = (believing.folder / "keyhold.toml").read_text().replace("/open", "/health")
    (believing.folder / "keyhold.toml").write_text(rules)
    believing.keyhold = Server(believing.folder, ENV, arguments=believing_arguments(believing))
    assert "X-Original-URI: /health" in bad(believing.check(PROBLEMS))


def believing_arguments(world):
    return ("--config", str(world.folder / "keyhold.toml"), "dev", "--bind", f"127.0.0.1:{world.keyhold.port}")


def test_a_way_that_goes_round_is_found(world):
    """The sign-in is behind the same proxy, and protected."""
    round_ = world(lambda text: text.replace("return 303 $auth_location;", "return 303 /;"))
    assert "goes round" in bad(round_.check(PROBLEMS))["a browser that nobody has signed in with"]


def test_scripts_that_are_redirected_are_found(world):
    sending = world(lambda text: text.replace('if ($auth_location = "") { return 401; }', 'if ($auth_location = "") { return 303 /sign-in; }'))
    assert "is redirected" in bad(sending.check(PROBLEMS))["a script's call without credentials"]


def test_what_cannot_be_asked_is_said(tmp_path):
    nobody = f"http://127.0.0.1:{free_port()}/"
    done = run("proxy", "check", nobody, folder=tmp_path, env=ENV, check=UNREACHABLE)
    assert nobody in done.stderr and done.stderr.count("\n") == 1
    for wrong in ("wiki", "ftp://wiki.example.com/", "http://a:b@c/"):
        run("proxy", "check", wrong, folder=tmp_path, env=ENV, check=2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("proxy", "check", nobody, "--listen", address, folder=tmp_path, env=ENV, check=7)
        assert address in done.stderr
