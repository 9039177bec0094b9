"""Guessing passwords: how often, by which ways, and who has to wait (docs/decisions/0015-throttle.md)."""
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Account
from expect import problem
from server import PASSWORD, QUICK, Server, run
from wire import ask

WRONG = "pa55-wrong"
OURS = [("Sec-Fetch-Site", "same-origin")]


def login(port, name, password=WRONG, fields=(), **more):
    return ask(port, "POST", "/login", fields=fields, json={"username": name, "password": password, **more})


def fail(port, name, times=10):
    assert [login(port, name).status for _ in range(times)] == [401] * times


def waits(answer, policy="account"):
    """Checks that it is the refusal to look at an attempt; the seconds to wait."""
    body = problem(answer, 429, "too_many_attempts", "Too many failed log-ins; try again later")
    assert "www-authenticate" not in dict(answer.fields) and body.get("errors") is None
    seconds = int(answer.header("retry-after"))
    assert answer.header("ratelimit") == f'"{policy}";r=0;t={seconds}'
    assert re.fullmatch(f'"{policy}";q=\\d+;w=\\d+', answer.header("ratelimit-policy"))
    assert 0 < seconds <= 900
    return seconds


def test_ten_failures_are_free_and_then_the_right_password_waits_too(start):
    server = start()
    Account(server.port, "ann")
    fail(server.port, "ann", 9)
    assert login(server.port, "ann", PASSWORD).status == 200, "and it makes up for the nine"
    fail(server.port, "ann")
    assert waits(login(server.port, "ann")) <= 30
    right = login(server.port, "ann", PASSWORD)
    assert waits(right) <= 30
    assert right.header("ratelimit-policy") == '"account";q=10;w=86400'


def test_nobody_learns_which_names_exist(start):
    server = start()
    Account(server.port, "ann")
    Account(server.port, "gone")
    run("user", "disable", "gone", folder=server.folder, env=server.env, check=0)
    told = []
    for name in ("ann", "gone", "nobody", "a\x07b", ""):
        fail(server.port, name)
        answer = login(server.port, name, PASSWORD)
        waits(answer)
        told.append({name: value for name, value in answer.fields if name not in ("date", "x-request-id")}
                    | {"body": {**answer.json(), "request_id": ""}})
        for one in told:
            one["retry-after"] = one["ratelimit"] = ""
    assert all(one == told[0] for one in told)


def test_every_way_and_every_spelling_is_one_counter(start):
    server = start()
    ann = Account(server.port, "Zoë")
    form = lambda name: ask(server.port, "POST", "/login", form={"username": name, "password": WRONG, "grant_type": "password"})  # noqa: E731
    assert [login(server.port, name).status for name in ("zoë", "ZOË", "Zoe\u0308", "\uff3aoë")] == [401] * 4
    assert [form(name).status for name in ("Zoë", "ZOE\u0308")] == [401] * 2
    assert [login(server.port, "zoë", fields=OURS, mode="cookie").status for _ in range(2)] == [401] * 2
    change = {"current_password": WRONG, "new_password": PASSWORD + "-new"}
    assert [ask(server.port, "POST", "/password", json=change, token=ann.token).status for _ in range(2)] == [403] * 2
    for answer in (login(server.port, "Zoë", PASSWORD), form("zoë"), login(server.port, "ZOË", PASSWORD, fields=OURS, mode="cookie")):
        waits(answer)


def test_two_hundred_at_once_learn_no_more_than_two_hundred_in_a_row(start):
    server = start(QUICK | {"KEYHOLD_HASHING_QUEUE": "1000"})
    Account(server.port, "ann")
    with ThreadPoolExecutor(200) as pool:
        guesses = list(pool.map(lambda _: login(server.port, "ann").status, range(200)))
        assert (guesses.count(401), guesses.count(429)) == (10, 190)
        among = list(pool.map(lambda i: login(server.port, "ben", PASSWORD if i == 199 else WRONG).status, range(200)))
    assert (among.count(401), among.count(429)) == (10, 190)
    assert sorted(login(server.port, "eve").status for _ in range(200)) == [401] * 10 + [429] * 190


def test_two_hundred_right_log_ins_at_once_all_succeed(start):
    server = start(QUICK | {"KEYHOLD_HASHING_QUEUE": "1000"})
    Account(server.port, "ann")
    fail(server.port, "ann", 9)
    with ThreadPoolExecutor(200) as pool:
        assert set(pool.map(lambda _: login(server.port, "ann", PASSWORD).status, range(200))) == {200}


def test_a_restart_gives_nobody_new_guesses(start, tmp_path):
    server = Server(tmp_path, QUICK)
    Account(server.port, "ann")
    fail(server.port, "ann", 10)
    fail(server.port, "nobody", 9)
    server.kill()
    again = start()
    waits(login(again.port, "ann", PASSWORD))
    fail(again.port, "nobody", 1)
    waits(login(again.port, "nobody"))
    server.process.returncode = 0  # it did not end by itself


def test_an_operator_sees_it_and_unlocks(start):
    server = start()
    Account(server.port, "ann")
    cli = lambda *words, check=0: run("user", *words, folder=server.folder, env=server.env, check=check)  # noqa: E731
    assert json.loads(cli("show", "ann", "--json").stdout)["failed_logins"] == 0
    fail(server.port, "ann")
    shown = json.loads(cli("show", "ann", "--json").stdout)
    assert shown["failed_logins"] == 10 and shown["locked_until"].endswith("Z")
    assert "locked until " in cli("show", "ann").stdout
    waits(login(server.port, "ann", PASSWORD))
    cli("unlock", "ANN")
    assert login(server.port, "ann", PASSWORD).status == 200
    assert "locked_until" not in json.loads(cli("show", "ann", "--json").stdout)
    cli("unlock", "nobody", check=3)


def test_the_log_has_one_line_for_a_lock_and_no_name_in_it(start):
    server = start()
    Account(server.port, "ann")
    for name in ("ann", "pa55-typed-into-the-wrong-field", "x\n{}\x1b[31m"):
        fail(server.port, name)
        waits(login(server.port, name))
    lines = [json.loads(line)["message"] for line in server.log().splitlines() if "is locked" in line]
    assert len(lines) == 3 and all(line.endswith("is locked for 30 s after 10 failed log-ins, the last from 127.0.0.1") for line in lines)
    assert [line.split()[0] for line in lines] == ["account", "a", "a"] and "ann" not in lines[0]
    assert "pa55-" not in (server.folder / "keyhold.db").read_bytes().decode("latin-1")


@pytest.mark.parametrize("command", [["user", "add", "ann"], ["user", "set-password", "ann"]], ids=" ".join)
def test_the_command_line_is_not_counted(start, command):
    server = start()
    if command[1] == "set-password":
        Account(server.port, "ann")
    fail(server.port, "ann")
    run(*command, folder=server.folder, env=server.env, stdin=PASSWORD + "\n", check=0)
    waits(login(server.port, "ann", PASSWORD))
