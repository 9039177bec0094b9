# SPDX-License-Identifier: Apache-2.0
"""Applications behind proxies that ask Keyhold: real nginx, Caddy and HAProxy as docs/forward-auth.md shows them, and what Traefik and Envoy ask."""
import http.client
import http.server
import json
import re
import shutil
import threading
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import jwt
import pytest
from oidc import ENV, OURS, Browser, Client
from people import Account
from proxies import NGINX, Proxy, program, with_addresses
from server import PASSWORD, ROOT, Server, free_port, run
from wire import Connection, ask, request_bytes

PAGE = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate")]
FIELDS = ("X-Auth-Subject", "X-Auth-User", "X-Auth-Scopes", "X-Auth-Jwt")


class Application(http.server.ThreadingHTTPServer):
    """Answers with what it was sent."""
    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.port, self.seen = self.server_address[1], 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.server.seen += 1
            body = json.dumps({"path": self.path, "fields": [[name.lower(), value] for name, value in self.headers.items()]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_):
            pass


def block(language):
    [found] = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs/forward-auth.md").read_text(), re.S)
    return found


def nginx(folder, keyhold, application, port):
    server = with_addresses(block("nginx"), {"443 ssl": f"127.0.0.1:{port}", "127.0.0.1:8000": f"127.0.0.1:{keyhold}", "127.0.0.1:3000": f"127.0.0.1:{application}"})
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, server=server, more=""))
    return Proxy(folder, [program("nginx"), "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "errors.log"], port)


def caddy(folder, keyhold, application, port):
    site = with_addresses(block("caddy"), {"wiki.example.com {": f"http://:{port} {{", "127.0.0.1:8000": f"127.0.0.1:{keyhold}", "127.0.0.1:3000": f"127.0.0.1:{application}"})
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + site)
    return Proxy(folder, [program("caddy"), "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"], port)


def haproxy(folder, keyhold, application, port):
    (folder / "keyhold.lua").write_text(block("lua").replace("127.0.0.1:8000", f"127.0.0.1:{keyhold}"))
    addresses = {"/etc/haproxy/keyhold.lua": str(folder / "keyhold.lua"), ":443 ssl crt /etc/haproxy/wiki.pem": f"127.0.0.1:{port}", "127.0.0.1:3000": f"127.0.0.1:{application}"}
    (folder / "haproxy.cfg").write_text(with_addresses(block("haproxy"), addresses))
    return Proxy(folder, [program("haproxy"), "-db", "-f", folder / "haproxy.cfg"], port)


class World:
    def __init__(self, folder, start):
        self.application, self.port, port = Application(), free_port(), free_port()
        self.host = f"127.0.0.1:{self.port}"
        rules = [{"host": self.host, "plain_http": "true"}, {"host": self.host, "path": "/admin", "scopes": "wiki:admin"}, {"host": self.host, "path": "/health", "anybody": "true"},
                 {"host": "wiki.example.com"}]
        (folder / "keyhold.toml").write_text('trusted_proxies = "127.0.0.1"\n' + "".join("[[protect]]\n" + "".join(f'{name} = "{value}"\n' for name, value in rule.items()) for rule in rules).replace('"true"', "true"))
        self.keyhold = Server(folder, ENV | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}, arguments=("--config", str(folder / "keyhold.toml"), "dev", "--bind", f"127.0.0.1:{port}"))
        self.proxy = start(folder, self.keyhold.port, self.application.port, self.port) if start else None
        for words in (("role", "add", "editors"), ("role", "grant", "editors", "eva")):
            if words[1] == "grant":
                Account(self.keyhold.port, "eva")
            run(*words, folder=folder, env=ENV, check=0)

    def person(self, name):
        """Signed in at Keyhold, nowhere else."""
        browser = Browser(self.keyhold)
        browser.name = name
        Account(self.keyhold.port, name)
        browser.sign_in()
        return browser

    def ask(self, jar, path, fields=PAGE, method="GET", port=None):
        sent = [("Cookie", "; ".join(f"{name}={value}" for name, value in jar.items()))] if jar else []
        answer = ask(port or self.port, method, path, fields=[*sent, *fields], host=self.host)
        for key, value in answer.fields:
            if key == "set-cookie":
                name, content = value.split("; ")[0].split("=", 1)
                jar[name] = content
        return answer

    def enter(self, browser, path="/", fields=PAGE):
        """The whole way: to the application, to Keyhold, back, in. The cookies of the application's host."""
        jar = {}
        away = self.ask(jar, path, fields)
        assert away.status == 303, (away.status, away.body)
        where = urlsplit(away.header("location"))
        assert where.netloc == f"127.0.0.1:{self.keyhold.port}" and where.path == "/forward-auth/sign-in"
        back = browser.ask("GET", f"{where.path}?{where.query}", fields=PAGE)
        assert back.status == 303, (back.status, back.body)
        home = urlsplit(back.header("location"))
        assert (home.scheme, home.netloc, home.path) == ("http", self.host, "/.keyhold/callback")
        there = self.ask(jar, f"{home.path}?{home.query}", fields)
        assert there.status == 303 and there.header("location") == path, (there.status, there.body)
        return jar

    def stop(self):
        if self.proxy:
            self.proxy.stop()
        self.keyhold.stop()
        self.application.shutdown()


@pytest.fixture(scope="module", params=[nginx, caddy, haproxy], ids=lambda start: start.__name__)
def world(request, tmp_path_factory):
    if request.param is caddy and not shutil.which("caddy"):
        pytest.skip("Debian's caddy is missing")
    started = World(tmp_path_factory.mktemp(request.param.__name__), request.param)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Keyhold as Traefik and Envoy ask it."""
    started = World(tmp_path_factory.mktemp("alone"), None)
    yield started
    started.stop()


def fields_at_the_application(answer):
    assert answer.status == 200, (answer.status, answer.body)
    return [(name, value) for name, value in answer.json()["fields"] if name.startswith("x-auth")]


def test_a_person_is_sent_to_sign_in_and_comes_back_as_themselves(world):
    ann = world.person("ann")
    jar = world.enter(ann, "/page?x=1&y=%20")
    told = dict(fields_at_the_application(world.ask(jar, "/page")))
    assert told["x-auth-user"] == "ann" and len(told["x-auth-subject"]) == 36
    keys = ask(world.keyhold.port, "GET", "/.well-known/jwks.json").json()["keys"]
    header = jwt.get_unverified_header(told["x-auth-jwt"])
    assert header["typ"] == "proxy+jwt" and header["alg"] == "ES256"
    claims = jwt.decode(told["x-auth-jwt"], jwt.PyJWK(next(key for key in keys if key["kid"] == header["kid"])).key, algorithms=["ES256"], audience=f"https://{world.host}", issuer=world.keyhold.url)
    assert claims["sub"] == told["x-auth-subject"] and claims["exp"] - claims["iat"] == 60
    ann.sign_out()
    assert world.ask(jar, "/page").status == 303, "the log-out counts at once"


def test_what_a_client_sends_under_our_names_never_arrives(world):
    bob = world.person("bob")
    jar = world.enter(bob)
    for spelling in ("X-Auth-Subject", "x-auth-subject", "X-AUTH-SUBJECT"):
        told = fields_at_the_application(world.ask(jar, "/", [*PAGE, (spelling, "spoofed"), ("X-Auth-User", "root"), ("X-Auth-Scopes", "all"), ("X-Auth-Jwt", "x")]))
        assert "spoofed" not in str(told) and dict(told)["x-auth-user"] == "bob" and "root" not in str(told)
    told = fields_at_the_application(world.ask({}, "/health", [("X-Auth-Subject", "spoofed"), ("X-Auth-User", "root")]))
    assert "spoofed" not in str(told) and "root" not in str(told), "where anybody may, nobody is somebody"


def test_programs_are_told_401_and_whoever_may_not_is_told_403(world):
    seen = world.application.seen
    for fields in ([("Accept", "application/json")], [("Accept", "text/html"), ("Sec-Fetch-Mode", "cors")], [("Accept", "text/html"), ("X-Requested-With", "x")], [("Authorization", "Basic eDp5"), ("Accept", "*/*")]):
        refused = world.ask({}, "/", fields)
        assert refused.status == 401 and refused.header("location") is None
    assert world.ask({}, "/", method="POST").status == 401
    cid = world.person("cid")
    jar = world.enter(cid)
    assert world.ask(jar, "/admin").status == 403 and world.ask(jar, "/admin/x").status == 403
    assert world.ask({}, "/admin").status == 303
    assert world.application.seen == seen, "nothing arrived"
    assert world.ask(jar, "/administration").status == 200, "that is another path"
    basic = world.ask(jar, "/", [*PAGE, ("Authorization", "Basic eDp5")])
    assert ["authorization", "Basic eDp5"] in basic.json()["fields"], "it is the application's own"


def test_an_access_token_of_ours_opens_what_the_cookie_opens(world):
    token = Account(world.keyhold.port, "dee").token
    told = dict(fields_at_the_application(world.ask({}, "/", [("Authorization", f"Bearer {token}")])))
    assert told["x-auth-user"] == "dee"
    assert world.ask({}, "/", [("Authorization", "Bearer a.b.c")]).status == 401


ODD = ["/..", "/a/../admin", "/a/%2e%2e/admin", "/a%2f..%2fadmin", "/a/%c0%ae%c0%ae/admin", "/a%c0%afadmin", "/a%e0%80%afadmin", "/a/%ed%a0%80", "/a/%ff", "/%2e%2e/", "//admin", "/a//b", "/a%5c..%5cadmin", "/a%00b", "/%zz", "/a;x=1/..", "/%252e%252e/admin", "/admin%2f"]


@pytest.mark.parametrize("path", ODD)
def test_a_path_that_can_be_read_in_two_ways_does_not_pass(world, path):
    if not hasattr(world, "odd"):
        world.odd = world.enter(world.person("odd"))
    seen = world.application.seen
    cookies = "; ".join(f"{name}={value}" for name, value in world.odd.items())
    with Connection(world.port) as connection:  # what a proxy refuses by itself may have no length
        connection.send(request_bytes("GET", path, [("Cookie", cookies), *PAGE], b"", world.host))
        status = int(connection.socket.recv(65536).split()[1])
    assert not 200 <= status < 300 and world.application.seen == seen, status


@pytest.mark.parametrize("path", ["/Admin", "/ADMIN/users", "/admin.", "/admin%20", "/admin./users"])
def test_a_path_that_an_application_could_take_for_a_protected_one_is_protected(world, path):
    if not hasattr(world, "loose"):
        world.loose = world.enter(world.person("loose"))
    assert world.ask(world.loose, "/").status == 200
    assert world.ask(world.loose, path).status == 403


@pytest.mark.parametrize("path", ["/Health", "/HEALTH", "/health."])
def test_only_the_path_itself_is_open_to_anybody(world, path):
    assert world.ask({}, "/health").status == 200 and world.ask({}, path).status == 303


def test_nobody_signs_a_browser_in_by_a_link_and_a_code_is_good_once(world):
    eve = world.person("eve")
    jar = {}
    where = urlsplit(world.ask(jar, "/").header("location"))
    home = urlsplit(eve.ask("GET", f"{where.path}?{where.query}", fields=PAGE).header("location"))
    link = f"{home.path}?{home.query}"
    for other in ({}, {"__Host-keyhold-way": "x" * 43}):
        assert world.ask(dict(other), link).status == 403, "another browser than the one that began"
    assert world.ask(dict(jar), link.replace("to=", "to=%2Fx%3F%0D%0ASet-Cookie%3A%20a%3Db", 1)).status == 403, "a line break, and the code is not used up by it"
    assert world.ask(dict(jar), link).status == 303
    assert world.ask(dict(jar), link).status == 403


@pytest.mark.parametrize("first", [0, 1])
def test_two_tabs_that_are_sent_to_sign_in_both_come_in(world, first):
    zoe, jar = world.person(f"zoe-{first}"), {}
    links = []
    for path in ("/one", "/two"):
        where = urlsplit(world.ask(jar, path).header("location"))
        home = urlsplit(zoe.ask("GET", f"{where.path}?{where.query}", fields=PAGE).header("location"))
        links.append((path, f"{home.path}?{home.query}"))
    stranger = dict(jar)
    for path, link in (links[first], links[1 - first]):
        there = world.ask(jar, link)
        assert there.status == 303 and there.header("location") == path, (path, there.status, there.body)
        jar = {name: value for name, value in jar.items() if value}
        assert world.ask(jar, path).status == 200
    without_way = {name: value for name, value in stranger.items() if name != "__Host-keyhold-way"}
    assert world.ask(without_way, links[first][1]).status == 403, "the address alone signs nobody in"


def test_the_cookie_of_one_host_is_none_of_another_and_none_of_keyhold(alone):
    fay = alone.person("fay")

    def traefik(jar, host, uri, **more):
        return alone.ask(jar, "/forward-auth/traefik", [*PAGE, ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", host), ("X-Forwarded-Uri", uri), ("X-Forwarded-Method", "GET")], port=alone.keyhold.port, **more)

    jar = {}
    where = urlsplit(traefik(jar, "wiki.example.com", "/x").header("location"))
    home = urlsplit(fay.ask("GET", f"{where.path}?{where.query}", fields=PAGE).header("location"))
    assert home.scheme == "https" and home.netloc == "wiki.example.com"
    assert traefik(jar, "wiki.example.com", f"{home.path}?{home.query}").status == 303
    passed = traefik(jar, "wiki.example.com", "/x")
    assert passed.status == 200 and all(passed.header(name.lower()) is not None for name in FIELDS) and passed.header("x-auth-user") == "fay"
    assert traefik(jar, alone.host, "/x").status == 303
    assert traefik(jar, "other.example.com", "/x").status == 403, "no rule names it"
    token = jar["__Host-keyhold-proxy"]
    stolen = Browser(alone.keyhold)
    for cookie in ("__Host-keyhold", "__Host-keyhold-refresh"):
        stolen.cookies = {cookie: token}
        assert stolen.ask("GET", "/account", fields=PAGE).status == 303
    assert ask(alone.keyhold.port, "POST", "/refresh", json={"refresh_token": token}).status == 401
    for client in ("proxy/wiki.example.com", "x"):
        assert ask(alone.keyhold.port, "POST", "/oauth/token", form={"grant_type": "refresh_token", "refresh_token": token, "client_id": client}).status == 400
    assert ask(alone.keyhold.port, "GET", "/me", token=passed.header("x-auth-jwt")).status == 401


def test_envoy_asks_by_the_path_and_the_method_of_the_request(alone):
    def envoy(jar, target, method="GET", fields=PAGE):
        sent = [("Cookie", "; ".join(f"{name}={value}" for name, value in jar.items()))] if jar else []
        return ask(alone.keyhold.port, method, "/forward-auth/envoy?original=" + target, fields=[*sent, *fields], host="wiki.example.com")

    away = envoy({}, "/page?x=1")
    assert away.status == 303 and parse_qs(urlsplit(away.header("location")).query)["to"] == ["/page?x=1"]
    assert envoy({}, "/page", "POST").status == 401 and envoy({}, "/page", "DELETE").status == 401
    assert envoy({}, "//page").status == 403 and envoy({}, "").status == 403


def test_only_a_proxy_that_was_named_is_told_who_may_pass(alone):
    """Whoever reaches Keyhold could name any host, path and method."""
    said = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "wiki.example.com"), ("X-Forwarded-Uri", "/page"), ("X-Forwarded-Method", "GET")]

    def told(peer, path, host=None):
        connection = http.client.HTTPConnection("127.0.0.1", alone.keyhold.port, source_address=(peer, 0), timeout=10)
        connection.request("GET", path, headers=dict([*PAGE, *said]) | ({"Host": host} if host else {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    for path, host in (("nginx", None), ("traefik", None), ("caddy", None), ("envoy?original=/page", "wiki.example.com")):
        assert told("127.0.0.1", "/forward-auth/" + path, host)[0] in (303, 401)
        assert told("127.0.0.2", "/forward-auth/" + path, host) == (403, "Proxies ask here, and 127.0.0.2 is not in the setting trusted_proxies\n")


def test_a_server_that_no_proxy_may_ask_does_not_start(tmp_path):
    (tmp_path / "keyhold.toml").write_text('[[protect]]\nhost = "wiki.example.com"\n')
    for words in (("config", "check"), ("dev", "--bind", f"127.0.0.1:{free_port()}")):
        refused = run("--config", str(tmp_path / "keyhold.toml"), *words, folder=tmp_path, env=ENV)
        assert refused.returncode != 0 and "[[protect]] needs trusted_proxies" in refused.stdout + refused.stderr, (words, refused)


def test_a_client_does_not_say_from_where_it_comes(world):
    ian = world.person("ian")
    world.enter(ian, fields=[*PAGE, ("X-Forwarded-For", "198.51.100.7")])
    assert {one["address"] for one in ian.ask("GET", "/sessions").json()["sessions"]} == {"127.0.0.1"}


def test_nobody_passes_while_keyhold_does_not_answer(tmp_path):
    """Least of all by a script that somebody wrote."""
    application, port = Application(), free_port()
    proxy = haproxy(tmp_path, free_port(), application.port, port)
    answer = ask(port, "GET", "/", fields=[*PAGE, ("X-Auth-Subject", "spoofed")])
    assert answer.status == 503 and application.seen == 0
    proxy.stop()
    application.shutdown()


def as_traefik(alone, path, fields=(), scheme="https", host=None):
    return ask(alone.keyhold.port, "GET", "/forward-auth/traefik", fields=[*fields, *PAGE, ("X-Forwarded-Proto", scheme), ("X-Forwarded-Host", host or alone.host), ("X-Forwarded-Uri", path), ("X-Forwarded-Method", "GET")])


def test_a_token_opens_what_its_own_scopes_say(alone):
    def run_here(*words):
        run(*words, folder=alone.keyhold.folder, env=ENV, check=0)

    def passes(token, path):
        return as_traefik(alone, path, [("Authorization", f"Bearer {token}")])

    run_here("role", "add", "keepers", "wiki:admin", "notes:read")
    kim = Account(alone.keyhold.port, "kim")
    run_here("role", "grant", "keepers", "kim")
    tokens = ask(alone.keyhold.port, "POST", "/login", json={"username": "kim", "password": kim.password}).json()
    there = passes(tokens["access_token"], "/admin")
    assert there.status == 200 and there.header("x-auth-scopes") == "wiki:admin"
    less = ask(alone.keyhold.port, "POST", "/refresh", json={"refresh_token": tokens["refresh_token"], "scope": "notes:read"}).json()["access_token"]
    assert passes(less, "/admin").status == 403 and passes(less, "/").status == 200


def test_a_token_that_an_oauth_client_was_given_opens_no_web_site(alone):
    """Also with the scope for what people do to their own account: that is for Keyhold's own routes."""
    made = run("--json", "client", "add", "console", "--first-party", "--scope", "openid", "--scope", "keyhold:account", "--redirect-uri", "https://app.example.com/cb", folder=alone.keyhold.folder, env=ENV, check=0)
    pam = alone.person("pam")
    token = Client(alone.keyhold, json.loads(made.stdout)).tokens(pam, scope="openid keyhold:account")["access_token"]
    assert ask(alone.keyhold.port, "GET", "/sessions", token=token).status == 200
    assert as_traefik(alone, "/", [("Authorization", f"Bearer {token}")]).status == 303
    own = ask(alone.keyhold.port, "POST", "/login", json={"username": "pam", "password": PASSWORD}).json()["access_token"]
    assert as_traefik(alone, "/", [("Authorization", f"Bearer {own}")]).status == 200


def test_nothing_is_sent_by_http_to_a_host_that_is_not_said_to_be_plain(alone):
    assert as_traefik(alone, "/x", scheme="http", host="wiki.example.com").status == 403
    assert as_traefik(alone, "/.keyhold/callback?code=x&state=y&to=/", scheme="http", host="wiki.example.com").status == 403
    assert as_traefik(alone, "/x", scheme="http").status == 303, "a rule says that this one is"


def test_only_hosts_of_the_operator_are_sent_a_code(alone):
    gil = alone.person("gil")
    for wrong in ({"host": "evil.tv"}, {"host": "wiki.example.com@evil.tv"}, {"host": "wiki.example.com:444"}, {"scheme": "javascript"}, {"scheme": "http"}, {"to": "//evil.tv"}, {"to": "https://evil.tv/"}, {"to": "/a?x\r\nSet-Cookie: a=b"}):
        query = urlencode({"scheme": "https", "host": "wiki.example.com", "to": "/", "state": "s"} | wrong, quote_via=quote)
        answer = gil.ask("GET", f"/forward-auth/sign-in?{query}", fields=PAGE)
        assert answer.status in (400, 422) and answer.header("location") is None
