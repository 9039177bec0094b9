# SPDX-License-Identifier: Apache-2.0
"""POST /introspect (RFC 7662) and POST /revoke (RFC 7009), for clients with a secret."""
import base64
import time

import jwt
import pytest
from people import Account
from server import PASSWORD, QUICK, SECRET_KEY, run
from wire import ask

CLIENT, SECRET = "rs", "0123456789abcdef0123"


def basic(user, password):
    return [("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from server import Server
    started = Server(tmp_path_factory.mktemp("clients"), QUICK | {"KEYHOLD_CLIENTS": f"{CLIENT}:{SECRET},other:{SECRET}x"})
    yield started
    started.stop()


def introspect(server, token, fields=None, **more):
    return ask(server.port, "POST", "/introspect", fields=basic(CLIENT, SECRET) if fields is None else fields, form={"token": token} | more)


def revoke(server, token):
    return ask(server.port, "POST", "/revoke", fields=basic(CLIENT, SECRET), form={"token": token})


@pytest.fixture
def tokens(server, fresh_name):
    Account(server.port, fresh_name)
    return ask(server.port, "POST", "/login", json={"username": fresh_name, "password": PASSWORD}).json() | {"name": fresh_name}


def test_a_live_token_is_shown_with_its_claims(server, tokens):
    said = introspect(server, tokens["access_token"]).json()
    claims = jwt.decode(tokens["access_token"], SECRET_KEY, algorithms=["HS256"])
    assert said == claims | {"active": True, "token_type": "Bearer", "username": tokens["name"]}
    of_refresh = introspect(server, tokens["refresh_token"]).json()
    assert of_refresh["active"] and of_refresh["sid"] == claims["sid"] and of_refresh["username"] == tokens["name"]


def test_what_is_not_live_is_inactive_and_nothing_else_is_said(server, tokens):
    used = tokens["refresh_token"]
    fresh = ask(server.port, "POST", "/refresh", json={"refresh_token": used}).json()
    now = int(time.time())
    expired = jwt.encode({"sub": tokens["name"], "exp": now - 1}, SECRET_KEY, algorithm="HS256")
    forged = jwt.encode({"sub": tokens["name"], "exp": now + 60}, "another key of thirty-two characters", algorithm="HS256")
    for dead in ("", "x", "a.b.c", used, expired, forged, fresh["access_token"][:-2], "khr_x"):
        assert introspect(server, dead).json() == {"active": False}, dead
    run("user", "disable", tokens["name"], folder=server.folder, env=server.env, check=0)
    for dead in (fresh["access_token"], fresh["refresh_token"]):
        assert introspect(server, dead).json() == {"active": False}


def test_only_clients_may_ask(server, tokens):
    token = tokens["access_token"]
    refused = [introspect(server, token, fields=fields) for fields in (
        [], basic(CLIENT, "wrong"), basic("nobody", SECRET), basic(CLIENT, ""), basic("other", SECRET), [("Authorization", "Basic x")],
        [("Authorization", f"Bearer {token}")], basic(CLIENT, SECRET) * 2)]
    refused.append(introspect(server, token, fields=[], client_id=CLIENT, client_secret="wrong"))
    for answer in refused:
        assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
        assert answer.header("www-authenticate").startswith("Basic")
    two_ways = introspect(server, token, client_id=CLIENT, client_secret=SECRET)
    assert (two_ways.status, two_ways.json()["error"]) == (422, "invalid_request")  # RFC 6749 §5.2
    assert introspect(server, token, fields=[], client_id=CLIENT, client_secret=SECRET).json()["active"]
    assert introspect(server, token, fields=basic("other", SECRET + "x")).json()["active"]


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_a_revoked_token_takes_its_session_along(server, tokens, which):
    answer = revoke(server, tokens[which])
    assert answer.status == 200
    assert ask(server.port, "GET", "/protected", token=tokens["access_token"]).status == 401
    assert ask(server.port, "POST", "/refresh", json={"refresh_token": tokens["refresh_token"]}).status == 401
    assert revoke(server, tokens[which]).status == 200, "what is gone is gone: no error (RFC 7009 §2.2)"


def test_a_token_of_the_tutorial_is_taken_back_and_sessions_stay(server, tokens):
    theirs = jwt.encode({"sub": tokens["name"], "exp": int(time.time()) + 1800}, SECRET_KEY, algorithm="HS256")
    assert ask(server.port, "GET", "/protected", token=theirs).status == 200
    assert revoke(server, theirs).status == 200
    assert ask(server.port, "GET", "/protected", token=theirs).status == 401
    assert introspect(server, theirs).json() == {"active": False}
    assert ask(server.port, "GET", "/protected", token=tokens["access_token"]).status == 200


def test_garbage_is_no_error(server):
    assert revoke(server, "x").status == 200
    assert ask(server.port, "POST", "/revoke", form={"token": "x"}).status == 200, "public clients may (RFC 7009 §2.1)"
    assert ask(server.port, "POST", "/revoke", form={"token": "x", "client_id": CLIENT}).status == 401, "this one has a secret"
    assert ask(server.port, "POST", "/revoke", fields=basic(CLIENT, SECRET), form={}).status == 422


def test_weak_or_doubtful_clients_are_refused_at_the_start(tmp_path):
    for clients in ("rs", ":0123456789abcdef", "rs:short", f"rs:{SECRET},rs:{SECRET}"):
        done = run("config", "check", folder=tmp_path, env=QUICK | {"KEYHOLD_CLIENTS": clients})
        assert done.returncode != 0 and "clients" in done.stdout + done.stderr, clients
        assert SECRET not in done.stdout + done.stderr


def test_guesses_at_a_clients_secret_are_counted_as_those_at_passwords(start):
    server = start(QUICK | {"KEYHOLD_CLIENTS": f"{CLIENT}:{SECRET}"})
    for path, times in (("/introspect", 6), ("/revoke", 4)):
        assert [ask(server.port, "POST", path, fields=basic(CLIENT, f"guess {i}"), form={"token": "x"}).status for i in range(times)] == [401] * times
    for path in ("/introspect", "/revoke"):
        for fields, more in ((basic(CLIENT, SECRET), {}), ([], {"client_id": CLIENT, "client_secret": SECRET})):
            answer = ask(server.port, "POST", path, fields=fields, form={"token": "x"} | more)
            assert (answer.status, answer.json()["detail"]) == (429, "Too many failed log-ins; try again later") and 0 < int(answer.header("retry-after")) <= 30
    assert server.log().count(f"client {CLIENT} is locked for 30 s after 10 failed log-ins") == 1 and SECRET not in server.log()


def test_an_address_that_has_proved_the_secret_is_not_locked_out_by_others(start):
    server = start(QUICK | {"KEYHOLD_CLIENTS": f"{CLIENT}:{SECRET}", "KEYHOLD_TRUSTED_PROXIES": "127.0.0.1"})
    def status(secret, address):
        return ask(server.port, "POST", "/introspect", fields=[*basic(CLIENT, secret), ("X-Forwarded-For", address)], form={"token": "x"}).status
    assert status(SECRET, "192.0.2.1") == 200
    assert [status("guess", "198.51.100.7") for _ in range(11)] == [401] * 10 + [429]
    assert (status(SECRET, "198.51.100.7"), status(SECRET, "192.0.2.1")) == (429, 200)
