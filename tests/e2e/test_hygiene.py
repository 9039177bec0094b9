# SPDX-License-Identifier: Apache-2.0
"""What every answer carries, whatever it answers, and what none does."""
import base64
import re

import pytest
from server import PASSWORD
from wire import Connection, ask

PAGES = ["/docs", "/redoc", "/docs/oauth2-redirect"]
RAW = {"no HTTP": b"garbage\r\n\r\n", "a body too large": b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n",
       "a version too new": b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "a head too large": b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 17000 + b"\r\n\r\n"}


def every_kind_of_answer(port, account):
    etag = ask(port, "GET", "/docs").header("etag")
    answers = {path: ask(port, "GET", path, token=account.token) for path in [*PAGES, "/openapi.json", "/docs/swagger-ui-bundle.js", "/.well-known/jwks.json", "/protected", "/me", "/nope"]}
    answers |= {"405": ask(port, "PUT", "/login"), "204": ask(port, "OPTIONS", "/login"), "304": ask(port, "GET", "/docs", [("If-None-Match", etag)]), "307": ask(port, "GET", "/docs/"),
                "401": ask(port, "GET", "/protected"), "422": ask(port, "POST", "/login", json={}), "415": ask(port, "POST", "/login", [("Content-Type", "text/plain")], b"x"),
                "200": ask(port, "POST", "/login", json={"username": account.name, "password": PASSWORD})}
    for name, sent in RAW.items():
        with Connection(port) as connection:
            connection.send(sent)
            answers[name] = connection.read()
    return answers


def test_every_answer_forbids_guessing_its_type_and_names_no_software(server, account):
    for what, answer in every_kind_of_answer(server.port, account).items():
        assert answer.header("x-content-type-options") == "nosniff", what
        for name, value in answer.fields:
            assert name not in ("server", "x-powered-by", "via"), what
            assert not re.search(r"keyhold[ /]?\d|beast|boost|openssl|sqlite", value, re.I), (what, name, value)
        if answer.header("content-type") == "application/problem+json":
            assert not re.search(rb"keyhold/|\.cpp|\.db\b|sqlite|0x[0-9a-f]{6}", answer.body, re.I), (what, answer.body)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_elsewhere_is_framed_by_nobody_and_tells_nobody_where_it_was(server, path):
    answer = ask(server.port, "GET", path)
    policy = dict(rule.split(" ", 1) for rule in answer.header("content-security-policy").split("; "))
    assert policy["default-src"] == "'none'" and policy["frame-ancestors"] == "'none'" and policy["base-uri"] == "'none'" and policy["form-action"] == "'none'"
    for rule, sources in policy.items():
        assert "unsafe" not in sources and "http" not in sources and "*" not in sources, (rule, sources)
    assert answer.header("referrer-policy") == "no-referrer"


def test_what_holds_tokens_or_says_who_somebody_is_is_kept_by_nobody(server, account):
    credentials = {"username": account.name, "password": PASSWORD}
    signed_in = ask(server.port, "POST", "/login", json=credentials)
    refreshed = ask(server.port, "POST", "/refresh", json={"refresh_token": signed_in.json()["refresh_token"]})
    answers = [signed_in, refreshed, *(ask(server.port, "GET", path, token=account.token) for path in ("/protected", "/me", "/sessions")), ask(server.port, "GET", "/protected"),
               ask(server.port, "POST", "/login", json=credentials | {"password": PASSWORD + "x"}), ask(server.port, "POST", "/register", json=credentials)]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 200, 401, 401, 400]
    assert all(answer.header("cache-control") == "no-store" for answer in answers)


@pytest.mark.parametrize("spelling", [lambda token: token.encode(), lambda token: base64.urlsafe_b64decode(token[4:] + "==")[16:48], lambda token: PASSWORD.encode()],
                         ids=["a refresh token", "what is secret in it", "a password"])
def test_a_secret_that_was_stored_would_be_seen(start, spelling):
    server = start()
    ask(server.port, "POST", "/register", json={"username": "ann", "password": PASSWORD})
    token = ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json()["refresh_token"]
    assert server.stored_secrets() == []
    (server.folder / "planted.db").write_bytes(b"before" + spelling(token) + b"behind")
    assert server.stored_secrets()
    (server.folder / "planted.db").unlink()
