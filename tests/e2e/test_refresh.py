# SPDX-License-Identifier: Apache-2.0
"""POST /refresh: used once, the same successor until that one is used and for the grace after it, the end of the family then."""
import json
import os
import sqlite3
import threading
import time
from contextlib import closing

import pytest
from people import Account, coming_back
from server import PASSWORD, QUICK
from waiting import eventually, until
from wire import Connection, ask, request_bytes

ROUNDS = 200 if os.environ.get("KEYHOLD_TEST_LONG") else 20


def log_in(port, name):
    return ask(port, "POST", "/login", json={"username": name, "password": PASSWORD}).json()


def refresh(port, token, **kwargs):
    return ask(port, "POST", "/refresh", **(kwargs or {"json": {"refresh_token": token}}))


def protected(port, token):
    return ask(port, "GET", "/protected", token=token)


def grace_passes(seconds):
    """The server counts in whole seconds, by the clock of this machine."""
    until(time.time() + seconds + 1.1, time.time)


@pytest.fixture
def tokens(server, account):
    return log_in(server.port, account.name)


@pytest.mark.parametrize("grant", [{}, {"grant_type": "refresh_token"}])
@pytest.mark.parametrize("notation", ["json", "form"])
def test_a_refresh_gives_the_next_tokens(server, tokens, notation, grant):
    answer = refresh(server.port, None, **{notation: {"refresh_token": tokens["refresh_token"]} | grant})
    assert answer.status == 200 and answer.header("cache-control") == "no-store"
    fresh = answer.json()
    assert fresh["token_type"] == "bearer" and fresh["expires_in"] == 1800
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert protected(server.port, fresh["access_token"]).status == 200
    assert protected(server.port, tokens["access_token"]).status == 200, "the old access token belongs to the same session"


def test_what_is_no_good_refresh_token_is_refused_alike(server, tokens, account):
    good = tokens["refresh_token"]
    other = "A" if good[-3] != "A" else "B"
    middle = len(good) // 2
    for bad in ("", "x", "khr_", good[4:], good[:-1], good + "A", good.upper(), tokens["access_token"],
                good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1:], good[:-3] + other + good[-2:]):
        answer = refresh(server.port, bad)
        assert (answer.status, answer.json()["code"], answer.json()["error"]) == (401, "refresh_token_invalid", "invalid_grant"), bad
        assert answer.header("www-authenticate") == "Bearer"
    assert refresh(server.port, None, json={}).status == 422
    assert refresh(server.port, None, json={"refresh_token": 7}).status == 422
    wrong_grant = refresh(server.port, None, json={"refresh_token": good, "grant_type": "password"})
    assert wrong_grant.status == 400 and "'refresh_token'" in wrong_grant.json()["detail"]
    assert ask(server.port, "POST", "/refresh?refresh_token=" + good).status == 422
    assert refresh(server.port, good).status == 200, "none of that has used it up"


def test_two_tabs_get_the_same_successor(server, tokens):
    first = refresh(server.port, tokens["refresh_token"]).json()["refresh_token"]
    assert refresh(server.port, tokens["refresh_token"]).json()["refresh_token"] == first
    second = refresh(server.port, first).json()["refresh_token"]
    assert second != first
    assert refresh(server.port, tokens["refresh_token"]).json()["refresh_token"] == first
    assert refresh(server.port, second).status == 200


def test_after_the_grace_a_used_token_ends_the_family_and_is_logged(start):
    server = start(QUICK | {"KEYHOLD_REFRESH_TOKEN_GRACE": "1"})
    Account(server.port, "ann")
    tokens = log_in(server.port, "ann")
    fresh = refresh(server.port, tokens["refresh_token"]).json()
    assert protected(server.port, fresh["access_token"]).status == 200
    grace_passes(1)
    assert refresh(server.port, tokens["refresh_token"]).json()["refresh_token"] == fresh["refresh_token"], "its answer may have been lost"
    newest = refresh(server.port, fresh["refresh_token"]).json()["refresh_token"]
    grace_passes(1)
    assert refresh(server.port, tokens["refresh_token"]).status == 401
    assert refresh(server.port, newest).status == 401
    refused = protected(server.port, fresh["access_token"])
    assert refused.status == 401 and refused.json()["code"] == "token_not_live"
    assert "was used twice" in server.log() and '"warning"' in server.log()
    assert not any(token[8:] in server.log() for token in (tokens["refresh_token"], fresh["refresh_token"], newest))


def test_fifty_at_once_get_one_successor_and_it_works(server, account):
    for _ in range(ROUNDS):
        tokens = log_in(server.port, account.name)
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(coming_back(lambda: refresh(server.port, tokens["refresh_token"])))) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [answer.status for answer in answers] == [200] * 50
        successors = {answer.json()["refresh_token"] for answer in answers}
        assert len(successors) == 1
        assert refresh(server.port, successors.pop()).status == 200


def test_what_was_answered_survives_a_kill(start):
    """Killed between use and answer, or after it: what the client holds is good, or gets its successor, or is refused; never two."""
    server = start(QUICK)
    Account(server.port, "ann")
    for attempt in range(ROUNDS // 4):
        held = [log_in(server.port, "ann")["refresh_token"]]

        def refresh_on():
            while True:
                try:
                    answer = refresh(server.port, held[-1])
                except (OSError, AssertionError):
                    return
                assert answer.status == 200
                held.append(answer.json()["refresh_token"])
        client = threading.Thread(target=refresh_on)
        client.start()
        eventually(lambda: len(held) > 1, every=0.001)  # noqa: B023
        until(time.monotonic() + 0.007 * attempt)  # at another point in each attempt
        server.kill()
        client.join()
        server.__init__(server.folder, server.env)
        last = refresh(server.port, held[-1])
        assert last.status == 200, "what was acknowledged is on disk"
        assert refresh(server.port, held[-1]).json()["refresh_token"] == last.json()["refresh_token"]
        assert len(held) > 1, "it was killed in the midst of them"


def digest_of(server):
    """Of the one refresh token that is good, as another process reads it."""
    with closing(sqlite3.connect(f"file:{server.folder / 'keyhold.db'}?mode=ro", uri=True)) as database:
        [[digest]] = database.execute("SELECT refresh_digest FROM keyhold_sessions WHERE ended_at = 0").fetchall()
        return digest


def use_and_kill(server, token):
    """The use is on disk, and nobody ever reads the answer."""
    before = digest_of(server)
    with Connection(server.port) as connection:
        connection.send(request_bytes("POST", "/refresh", [("Content-Type", "application/json")], json.dumps({"refresh_token": token}).encode()))
        deadline = time.monotonic() + 20
        while digest_of(server) == before:
            assert time.monotonic() < deadline
        server.kill()
    after = digest_of(server)
    server.__init__(server.folder, server.env)
    assert digest_of(server) == after != before


@pytest.mark.sqlite
def test_who_never_got_the_answer_gets_the_same_successor_after_a_kill(start):
    server = start(QUICK)
    Account(server.port, "ann")
    ask(server.port, "POST", "/logout/all", token=log_in(server.port, "ann")["access_token"])
    held = log_in(server.port, "ann")["refresh_token"]
    for _ in range(ROUNDS // 4):
        use_and_kill(server, held)
        good = digest_of(server)
        successors = {refresh(server.port, held).json()["refresh_token"] for _ in range(3)}
        assert len(successors) == 1 and digest_of(server) == good, "no second one was made"
        held = successors.pop()
    assert refresh(server.port, held).status == 200


@pytest.mark.sqlite
def test_after_the_grace_a_replay_is_refused_after_a_kill_too(start):
    server = start(QUICK | {"KEYHOLD_REFRESH_TOKEN_GRACE": "0"})
    Account(server.port, "ann")
    ask(server.port, "POST", "/logout/all", token=log_in(server.port, "ann")["access_token"])
    tokens = log_in(server.port, "ann")
    use_and_kill(server, tokens["refresh_token"])
    grace_passes(0)
    successor = refresh(server.port, tokens["refresh_token"])
    assert successor.status == 200, "nobody has it yet"
    use_and_kill(server, successor.json()["refresh_token"])
    grace_passes(0)
    assert refresh(server.port, tokens["refresh_token"]).status == 401
    assert protected(server.port, tokens["access_token"]).status == 401, "and nobody is left with a good one"


def test_an_access_token_does_not_outlive_the_idle_life_of_its_session(start):
    server = start(QUICK | {"ACCESS_TOKEN_EXPIRE_MINUTES": "525600", "KEYHOLD_REFRESH_TOKEN_IDLE_DAYS": "1"})
    Account(server.port, "ann")
    tokens = log_in(server.port, "ann")
    fresh = refresh(server.port, tokens["refresh_token"]).json()
    for answer in (tokens, fresh):  # a second may end between the session and what is said of it
        assert 86390 <= answer["expires_in"] <= 86400 and 86390 <= answer["refresh_expires_in"] <= 86400
