# SPDX-License-Identifier: Apache-2.0
"""Behind nginx and HAProxy: what is one request to them is one request to us, whatever was sent. A request that is hidden in
another must not reach us as one of its own, and nobody may get another's answer."""
import itertools
import re
import time

import pytest
from people import Account
from proxies import haproxy, nginx, nginx_1_0, nginx_unbuffered, with_addresses
from server import PASSWORD, QUICK
from test_framing import REFUSED, WELL_FORMED
from wire import SECONDS, Connection, ask

numbers = itertools.count(1)
PATIENCE = 1.5  # seconds; who waits for the rest of a request says nothing
STATUS_LINES = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2}) ")


def test_a_port_that_begins_with_the_port_of_an_example_is_left_alone():
    text = "listen 443 ssl; proxy_pass http://127.0.0.1:3000; auth_request http://127.0.0.1:8000; log 127.0.0.1:30001"
    addresses = {"443 ssl": "127.0.0.1:30006", "127.0.0.1:3000": "127.0.0.1:80001", "127.0.0.1:8000": "127.0.0.1:3000"}
    assert with_addresses(text, addresses) == "listen 127.0.0.1:30006; proxy_pass http://127.0.0.1:80001; auth_request http://127.0.0.1:3000; log 127.0.0.1:30001"


@pytest.fixture(scope="module", params=[nginx, nginx_1_0, nginx_unbuffered, haproxy], ids=lambda start: start.__name__)
def proxy(request, server, tmp_path_factory):
    started = request.param(tmp_path_factory.mktemp("proxy"), server.port)
    yield started
    started.stop()


def exchange(port, sent, enough=2, is_to_come=lambda: True):
    """The statuses of the final answers on one connection, until there are enough, it ends, or nothing more is to come."""
    statuses, received, deadline = [], b"", time.monotonic() + SECONDS
    with Connection(port) as connection:
        connection.socket.settimeout(PATIENCE)
        try:
            connection.send(sent)
            while len(statuses) < enough:
                try:
                    data = connection.socket.recv(65536)
                except TimeoutError:
                    if is_to_come() and time.monotonic() < deadline:
                        continue
                    break
                if not data:
                    break
                received += data
                statuses = [int(status) for status in STATUS_LINES.findall(received) if not status.startswith(b"1")]
        except ConnectionError:
            pass
    return statuses


def is_undisturbed(proxy):
    """A few requests over the proxy's connections to us: each gets its own answer and not what somebody left behind."""
    for _ in range(5):
        mine = f"probe-{next(numbers)}"
        answer = ask(proxy.port, "GET", f"/{mine}", [("X-Request-Id", mine)])
        if answer.status != 404 or answer.header("x-request-id") != mine:
            return False
    return True


@pytest.mark.parametrize("sent", [row[1] for row in REFUSED + WELL_FORMED], ids=[row[0] for row in REFUSED + WELL_FORMED])
def test_nothing_reaches_us_that_the_proxy_did_not_take_for_a_request(server, proxy, sent):
    marker = f"/hidden-{next(numbers)}"
    hidden = f"GET {marker} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
    statuses = exchange(proxy.port, sent + hidden, is_to_come=lambda: marker in server.log())
    # If it came to us as a request of its own, then the proxy took it for one too: there are two answers.
    assert marker not in server.log() or len(statuses) == 2, statuses
    assert len(statuses) <= 2
    assert is_undisturbed(proxy)


@pytest.mark.parametrize("sent", [row[1] for row in WELL_FORMED], ids=[row[0] for row in WELL_FORMED])
def test_what_is_well_formed_means_the_same_behind_a_proxy(server, proxy, sent):
    statuses = exchange(proxy.port, sent, enough=1)
    # A proxy may be stricter than we are, but where it lets a request through, it is the body that was sent.
    assert statuses in ([422], [400], [501], [405]), statuses


def test_the_tutorials_walk_works_behind_a_proxy(proxy, fresh_name):
    account = Account(proxy.port, fresh_name)
    answer = account.greeting()
    assert (answer.status, answer.json()["message"]) == (200, f"Welcome {fresh_name}")
    assert ask(proxy.port, "POST", "/login", json={"username": fresh_name, "password": PASSWORD + "x"}).status == 401


@pytest.mark.parametrize("make", [nginx, haproxy])
def test_a_page_of_ours_at_another_port_than_443_is_known_behind_a_proxy(server, tmp_path, make):
    """Browsers without Sec-Fetch-Site, as over plain HTTP, are known by Origin alone, which has the port: so has the Host that the proxy hands on."""
    front = make(tmp_path, server.port)
    try:
        for host, status in ((f"auth.example.com:{front.port}", 401), ("auth.example.com:1", 403)):
            body = b"username=nobody&password=wrong"
            with Connection(front.port) as connection:
                connection.send(f"POST /login HTTP/1.1\r\nHost: auth.example.com:{front.port}\r\nOrigin: http://{host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                                f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                assert connection.read().status == status, host
    finally:
        front.stop()


def test_a_thousand_requests_behind_a_proxy_are_all_answered(proxy, testuser):
    with Connection(proxy.port) as connection:
        for _ in range(1000):
            connection.send(f"GET /protected HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {testuser.token}\r\n\r\n".encode())
            assert connection.read().status == 200


def test_nginx_calls_over_a_unix_socket_as_the_document_shows(start, tmp_path):
    """And is believed about its clients where Unix sockets are trusted."""
    path = tmp_path / "keyhold.sock"
    server = start(QUICK | {"KEYHOLD_TRUSTED_PROXIES": "unix"}, arguments=("dev", "--bind", f"127.0.0.1:0,unix:{path}"))
    front = nginx(tmp_path, path)
    try:
        account = Account(front.port, "ann")
        assert account.greeting().status == 200
        [session] = ask(front.port, "GET", "/sessions", token=account.token).json()["sessions"]
        assert session["address"] == "127.0.0.1"
        invented = [("X-Forwarded-For", "198.51.100.7")]
        assert ask(front.port, "GET", "/protected", invented, token=account.token).status == 200
        assert is_undisturbed(front)
        assert "198.51.100.7" not in server.log()
        server.stop()
        assert ask(front.port, "GET", "/protected", token=account.token).status == 502
    finally:
        front.stop()


def test_a_proxy_that_nobody_has_named_is_named_in_the_log_once(start):
    """Without `trusted_proxies` all who come through it are one address, and nobody would notice before they all have to wait."""
    unnamed = start(QUICK)
    for _ in range(20):
        assert ask(unnamed.port, "GET", "/nope", [("X-Forwarded-For", "198.51.100.7, pa55-in-a-field")]).status == 404
    [line] = [line for line in unnamed.log().splitlines() if "trusted_proxies" in line]
    assert '"warning"' in line and r'trusted_proxies = \"127.0.0.1\"' in line and "198.51.100.7" not in line


def test_a_proxy_that_is_named_is_not_complained_of_and_neither_is_a_plain_client(start):
    named = start(QUICK | {"KEYHOLD_TRUSTED_PROXIES": "127.0.0.1"})
    assert ask(named.port, "GET", "/nope", [("X-Forwarded-For", "198.51.100.7")]).status == 404
    plain = start(QUICK)
    assert ask(plain.port, "GET", "/nope").status == 404
    assert "trusted_proxies" not in named.log() + plain.log()
