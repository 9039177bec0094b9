# SPDX-License-Identifier: Apache-2.0
"""Tokens of another application under the same secret: whatever ends sessions ends them too, and what is no access token opens nothing."""
import time

import jwt
import pytest
from expect import problem
from people import Account
from server import PASSWORD, QUICK, SECRET_KEY, run
from tokens import claims_for
from waiting import until
from wire import ask

DONE = 0
NEW = "pa55-another-one"


def theirs(name, **more):
    """As the tutorial's service signs it, in this very second."""
    return jwt.encode(claims_for(name, **more), SECRET_KEY, algorithm="HS256")


def opens(server, token):
    return ask(server.port, "GET", "/protected", token=token).status == 200


def next_second():
    until(int(time.time()) + 1, time.time)


LEVERS = {
    "a new password": lambda ann, token: ask(ann.port, "POST", "/password", token=ann.token, json={"current_password": PASSWORD, "new_password": NEW}),
    "logging out everywhere": lambda ann, token: ask(ann.port, "POST", "/logout/all", token=ann.token),
    "logging out everywhere with it": lambda ann, token: ask(ann.port, "POST", "/logout/all", token=token),
    "logging out with it": lambda ann, token: ask(ann.port, "POST", "/logout", token=token),
}


@pytest.mark.parametrize("iat", [{}, {"iat": lambda now: now}], ids=["without iat", "with iat"])
@pytest.mark.parametrize("lever", LEVERS)
def test_whatever_ends_sessions_ends_them_too(server, fresh_name, lever, iat):
    ann = Account(server.port, fresh_name)
    token = theirs(ann.name, **iat)
    assert opens(server, token)
    answer = LEVERS[lever](ann, token)
    assert answer.status in (200, 204), answer.body
    assert not opens(server, token), "also what was issued in that very second"
    next_second()
    assert not opens(server, token)
    assert opens(server, theirs(ann.name, **iat)), "what the application issues afterwards is good"


def test_the_command_line_ends_them_too(start, fresh_name):
    server = start(QUICK)
    for number, lever in enumerate((["user", "disable"], ["user", "set-password"], ["session", "revoke-all"])):
        ann = Account(server.port, f"{fresh_name}-{number}")
        token = theirs(ann.name)
        assert opens(server, token)
        done = run(*lever, ann.name, folder=server.folder, env=QUICK, stdin=NEW + "\n")
        assert done.returncode == DONE, (lever, done.stderr)
        assert not opens(server, token), lever


def test_after_deleting_and_registering_anew_the_first_owners_token_opens_nothing(server, fresh_name):
    ann = Account(server.port, fresh_name)
    token, dated = theirs(ann.name), theirs(ann.name, iat=lambda now: now)
    assert opens(server, token) and opens(server, dated)
    run("user", "delete", ann.name, folder=server.folder, env=QUICK, check=DONE)
    again = Account(server.port, fresh_name)
    assert not opens(server, token) and not opens(server, dated)
    assert again.greeting().status == 200
    next_second()
    assert opens(server, theirs(again.name))


def test_the_operator_says_what_their_access_tokens_carry_and_until_when_they_are_good(start, fresh_name):
    server = start(QUICK | {"KEYHOLD_OLD_TOKEN_CLAIMS": "role,aud=fastapi-users:auth", "KEYHOLD_OLD_TOKEN_MINUTES": "60"})
    ann = Account(server.port, fresh_name)
    in_an_hour = {"exp": lambda now: now + 3600}
    assert opens(server, theirs(ann.name, aud=["fastapi-users:auth"], role="admin", **in_an_hour))
    assert opens(server, ann.token), "ours carry none of it"
    for claims in ({}, {"aud": ["fastapi-users:reset"]}, {"aud": "fastapi-users:auth", "nbf": lambda now: now}):
        assert not opens(server, theirs(ann.name, **claims, **in_an_hour)), claims
    assert not opens(server, theirs(ann.name, aud="fastapi-users:auth", exp=lambda now: now + 7200))
    shown = run("config", "show", folder=server.folder, env=QUICK | {"KEYHOLD_OLD_TOKENS_UNTIL": "2026-12-31"}, check=DONE).stdout
    assert "2026-12-31T00:00:00Z" in shown
    over = start(QUICK | {"KEYHOLD_OLD_TOKENS_UNTIL": "2020-01-01"})
    bob = Account(over.port, fresh_name + "-b")
    assert not opens(over, theirs(bob.name)) and opens(over, bob.token)


def test_the_log_names_the_claim_and_the_setting_once_and_the_answer_does_not(start, fresh_name):
    server = start(QUICK)
    ann = Account(server.port, fresh_name)
    reset = theirs(ann.name, nbf=lambda now: now)
    for _ in range(3):
        answer = ask(server.port, "GET", "/protected", token=reset)
        problem(answer, 401)
        assert b"nbf" not in answer.body and b"old_token" not in answer.body
    log = server.log()
    assert log.count("old_token_claims") == 1 and "nbf" in log
