# SPDX-License-Identifier: Apache-2.0
"""Sessions: who is logged in from where, and log-outs that take effect at once."""
import os

import pytest
from crowd import Crowd
from people import Account, when_there_is_a_place
from server import PASSWORD, QUICK, run
from wire import Connection, ask, request_bytes

ROUNDS = 10_000 if os.environ.get("KEYHOLD_TEST_LONG") else 200


def log_in(port, name, password=PASSWORD, agent="tests/1"):
    answer = when_there_is_a_place(lambda: ask(port, "POST", "/login", fields=[("User-Agent", agent)], json={"username": name, "password": password}))
    return answer.json()["access_token"] if answer.status == 200 else answer


def post(port, path, token, json=None):
    return ask(port, "POST", path, token=token, json=json)


def status(port, token):
    return ask(port, "GET", "/protected", token=token).status


def sessions(port, token):
    return ask(port, "GET", "/sessions", token=token).json()["sessions"]


def test_a_log_out_ends_this_session_and_no_other(server, account):
    one, two = log_in(server.port, account.name), log_in(server.port, account.name)
    answer = post(server.port, "/logout", one)
    assert answer.status == 200 and answer.json() == {"msg": "Logged out", "ended": 1}
    assert status(server.port, one) == 401 and status(server.port, two) == 200
    assert post(server.port, "/logout", one).status == 401
    assert post(server.port, "/logout", None).status == 401


def test_a_revoked_token_is_refused_by_the_very_next_request_on_another_connection(start):
    server = start(QUICK | {"KEYHOLD_ACCESS_LOG": "false"})
    account = Account(server.port, "ann")
    with Crowd(server.port, 64, account.token), Connection(server.port) as reader:
        for number in range(ROUNDS):
            token = log_in(server.port, "ann")
            assert isinstance(token, str), token
            request = request_bytes("GET", "/protected", [("Authorization", f"Bearer {token}")])
            reader.send(request)
            assert reader.read().status == 200
            assert post(server.port, "/logout", token).status == 200
            reader.send(request)
            assert reader.read().status == 401, number


def test_log_out_everywhere(server, account):
    tokens = [log_in(server.port, account.name) for _ in range(3)]
    answer = post(server.port, "/logout/all", tokens[0])
    assert answer.json()["ended"] == 4  # the fixture logged in too
    assert [status(server.port, token) for token in [*tokens, account.token]] == [401] * 4
    assert status(server.port, log_in(server.port, account.name)) == 200


def test_sessions_are_listed_newest_first_and_this_one_is_marked(server, account):
    token = log_in(server.port, account.name, agent="Firefox/\xe9<b>")
    listed = sessions(server.port, account.token)
    assert len(listed) == 2
    assert {entry["current"]: entry["device"] for entry in listed}[False] == "Firefox/?<b>"
    assert all(entry["address"] == "127.0.0.1" for entry in listed)
    assert [entry["id"] for entry in listed if entry["current"]] != [entry["id"] for entry in sessions(server.port, token) if entry["current"]]


def test_a_long_list_comes_page_by_page(server, account):
    for _ in range(4):
        log_in(server.port, account.name)
    everything = sessions(server.port, account.token)
    seen, cursor = [], ""
    while cursor is not None:
        page = ask(server.port, "GET", f"/sessions?limit=2&cursor={cursor}", token=account.token).json()
        assert len(page["sessions"]) <= 2
        seen += page["sessions"]
        cursor = page.get("next")
    assert seen == everything and len(everything) == 5 and everything == sorted(everything, key=lambda entry: entry["id"], reverse=True)
    for odd in ("limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=1%", "limit=99999999999999999999"):
        assert ask(server.port, "GET", f"/sessions?{odd}", token=account.token).status == 422, odd
    for odd in ("cursor=x", "cursor=%00", "cursor=~", "cursor=%27%20OR%201=1--"):
        assert ask(server.port, "GET", f"/sessions?{odd}", token=account.token).json() == {"sessions": []}, odd


def test_one_ends_ones_own_sessions_and_nobody_elses(server, account):
    other = Account(server.port, account.name + "-other")
    token = log_in(server.port, account.name)
    mine = next(entry["id"] for entry in sessions(server.port, token) if entry["current"])
    end = lambda session, by: ask(server.port, "DELETE", f"/sessions/{session}", token=by).status  # noqa: E731
    assert end(mine, other.token) == 404
    assert status(server.port, token) == 200
    assert end(mine, account.token) == 200
    assert status(server.port, token) == 401
    assert end(mine, account.token) == 404
    for odd in ("x", "%00", mine.upper(), mine + "0", "..%2f..", "%ff"):
        assert end(odd, account.token) == 404, odd
    assert ask(server.port, "GET", f"/sessions/{mine}", token=account.token).status == 405
    assert ask(server.port, "DELETE", f"/sessions/{mine}").status == 401


def test_me(server, account):
    me = ask(server.port, "GET", "/me", token=account.token).json()
    assert me["username"] == account.name and me["id"] and me["created_at"].endswith("Z")
    assert ask(server.port, "GET", "/me").status == 401


def test_a_new_password_ends_all_other_sessions(server, account):
    other = log_in(server.port, account.name)
    change = lambda current, new: post(server.port, "/password", account.token, {"current_password": current, "new_password": new})  # noqa: E731
    wrong = change("pa55-wrong", PASSWORD + "-new")
    assert wrong.status == 403 and wrong.json()["code"] == "wrong_password"
    short = change(PASSWORD, "short")
    assert short.status == 422 and short.json()["errors"][0]["loc"] == ["body", "new_password"]
    assert status(server.port, other) == 200
    assert change(PASSWORD, PASSWORD + "-new").status == 200
    assert status(server.port, other) == 401 and status(server.port, account.token) == 200
    assert log_in(server.port, account.name).status == 401
    assert status(server.port, log_in(server.port, account.name, PASSWORD + "-new")) == 200
    assert post(server.port, "/password", None, {"current_password": PASSWORD, "new_password": PASSWORD}).status == 401


@pytest.mark.parametrize("command", [["user", "delete", "ann"], ["user", "disable", "ann"], ["user", "set-password", "ann"],
                                     ["session", "revoke-all", "ann"]], ids=" ".join)
def test_the_command_line_is_obeyed_by_the_very_next_request(start, command):
    server = start(QUICK)
    ann, bob = Account(server.port, "ann"), Account(server.port, "bob")
    assert status(server.port, ann.token) == 200
    run(*command, folder=server.folder, env=server.env, stdin=PASSWORD + "-new\n", check=0)
    assert status(server.port, ann.token) == 401 and status(server.port, bob.token) == 200


def test_the_command_line_lists_and_ends_sessions(start):
    server = start(QUICK)
    ann = Account(server.port, "ann")
    session = sessions(server.port, ann.token)[0]["id"]
    cli = lambda *words, check: run("session", *words, folder=server.folder, env=server.env, check=check)  # noqa: E731
    assert session in cli("list", "ann", check=0).stdout
    assert f'"id":"{session}"' in cli("list", "ann", "--json", check=0).stdout
    cli("list", "nobody", check=3)
    cli("revoke", "nothing", check=3)
    cli("revoke", session, check=0)
    cli("revoke", session, check=3)
    assert status(server.port, ann.token) == 401
    said = run("token", "inspect", folder=server.folder, env=server.env, stdin=ann.token).stdout
    assert "the session was revoked" in said
