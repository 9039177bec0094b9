# SPDX-License-Identifier: Apache-2.0
"""Guessing passwords: how often, by which ways, and who has to wait (docs/decisions/0015-throttle.md)."""
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from expect import problem
from people import Account
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


@pytest.mark.sqlite
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


def device_cookie(answer):
    return next(value.split(";")[0] for name, value in answer.fields if name == "set-cookie" and value.startswith("__Host-keyhold-device="))


def test_who_has_logged_in_before_is_not_locked_out_by_strangers(start):
    server = start()
    Account(server.port, "ann")
    phone = login(server.port, "ann", PASSWORD).json()["device_token"]
    browser = [("Cookie", device_cookie(login(server.port, "ann", PASSWORD, fields=OURS, mode="cookie")))]
    session = login(server.port, "ann", PASSWORD).json()
    fail(server.port, "ann")
    waits(login(server.port, "ann", PASSWORD))
    for fields, more in (([], {"device_token": phone}), (browser, {}), ([*browser, *OURS], {"mode": "cookie"})):
        assert login(server.port, "ann", PASSWORD, fields=fields, **more).status == 200
    assert ask(server.port, "POST", "/login", form={"username": "ann", "password": PASSWORD, "device_token": phone}).status == 200
    assert login(server.port, "ann", PASSWORD, device_token=phone).json()["device_token"] == phone, "a good one stays"
    assert ask(server.port, "POST", "/refresh", json={"refresh_token": session["refresh_token"]}).status == 200
    tablet = login(server.port, "ann", PASSWORD, device_token=phone).json()
    change = {"current_password": PASSWORD, "new_password": PASSWORD + "-new", "device_token": phone}
    assert ask(server.port, "POST", "/password", json=change, token=tablet["access_token"]).status == 200
    waits(login(server.port, "ann", PASSWORD + "-new"))
    assert login(server.port, "ann", PASSWORD + "-new", device_token=phone).status == 200, "the device in use outlives the password"
    waits(login(server.port, "ann", PASSWORD + "-new", fields=browser))


def test_a_browser_that_changes_the_password_stays_known(start):
    server = start()
    Account(server.port, "ann")
    cookies = "; ".join(value.split(";")[0] for name, value in login(server.port, "ann", PASSWORD, fields=OURS, mode="cookie").fields if name == "set-cookie")
    change = {"current_password": PASSWORD, "new_password": PASSWORD + "-new"}
    assert ask(server.port, "POST", "/password", json=change, fields=[("Cookie", cookies), *OURS]).status == 200
    fail(server.port, "ann")
    waits(login(server.port, "ann", PASSWORD + "-new"))
    assert login(server.port, "ann", PASSWORD + "-new", fields=[("Cookie", cookies)]).status == 200


def test_an_account_knows_ten_devices_and_none_of_an_old_password(start):
    server = start()
    ann = Account(server.port, "ann")
    devices = [login(server.port, "ann", PASSWORD).json()["device_token"] for _ in range(30)]
    fail(server.port, "ann")
    assert [login(server.port, "ann", device_token=device).status for device in devices] == [429] * 20 + [401] * 10
    change = {"current_password": PASSWORD, "new_password": PASSWORD + "-new"}
    assert ask(server.port, "POST", "/password", json=change, token=ann.token).status == 200
    assert {login(server.port, "ann", PASSWORD + "-new", device_token=device).status for device in devices} == {429}


def test_who_registers_a_name_anew_is_not_who_had_it(start):
    server = start()
    Account(server.port, "ann")
    device = login(server.port, "ann", PASSWORD).json()["device_token"]
    run("user", "delete", "ann", folder=server.folder, env=server.env, check=0)
    assert ask(server.port, "POST", "/register", json={"username": "ann", "password": PASSWORD + "-2"}).status == 200
    fail(server.port, "ann")
    waits(login(server.port, "ann", device_token=device))


def test_a_device_has_ten_failures_of_its_own(start):
    server = start()
    Account(server.port, "ann")
    phone, tablet = (login(server.port, "ann", PASSWORD).json()["device_token"] for _ in range(2))
    assert [login(server.port, "ann", device_token=phone).status for _ in range(10)] == [401] * 10
    waits(login(server.port, "ann", PASSWORD, device_token=phone))
    assert login(server.port, "ann", PASSWORD, device_token=tablet).status == 200


@pytest.mark.sqlite
def test_a_device_token_opens_nothing_and_is_good_for_one_name(start):
    server = start()
    Account(server.port, "ann")
    Account(server.port, "ben")
    ann = login(server.port, "ann", PASSWORD).json()["device_token"]
    fail(server.port, "ben")
    for token in (ann, "khd_x", "", ann[:-1], ann + "A"):
        waits(login(server.port, "ben", PASSWORD, device_token=token))
    assert login(server.port, "ann", device_token=ann).status == 401
    assert ann.encode() not in (server.folder / "keyhold.db").read_bytes()


FEW = QUICK | {"KEYHOLD_ADDRESS_FAILURES": "5", "KEYHOLD_ADDRESS_FAILURES_PER_MINUTE": "1"}


def test_an_address_has_so_many_failures_whatever_the_names(start):
    server = start(FEW)
    Account(server.port, "ann")
    device = login(server.port, "ann", PASSWORD).json()["device_token"]
    assert [login(server.port, f"nobody{i}").status for i in range(5)] == [401] * 5
    answer = login(server.port, "ann", PASSWORD)
    assert 0 < waits(answer, "address") <= 60
    assert answer.header("ratelimit-policy") == '"address";q=5;w=300'
    assert login(server.port, "ann", PASSWORD, device_token=device).status == 200
    assert server.log().count("5 failed log-ins from 127.0.0.1") == 1


def forwarded(*values):
    return [("X-Forwarded-For", value) for value in values]


# (who is trusted, X-Forwarded-For, the address that counts)
CHAINS = [
    ("", ["192.0.2.1"], "127.0.0.1"),
    ("10.0.0.0/8", ["192.0.2.1"], "127.0.0.1"),
    ("127.0.0.1", ["192.0.2.1"], "192.0.2.1"),
    ("127.0.0.1", ["203.0.113.9, 192.0.2.1"], "192.0.2.1"),
    ("127.0.0.1", ["203.0.113.9", "192.0.2.1"], "192.0.2.1"),
    ("127.0.0.1,10.0.0.0/8", ["203.0.113.9, 192.0.2.1, 10.1.2.3"], "192.0.2.1"),
    ("127.0.0.1,10.0.0.0/8", ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
    ("127.0.0.1", ["2001:DB8::1"], "2001:DB8::1"),
    ("127.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
    ("127.0.0.1", ["192.0.2.1:4711"], "192.0.2.1"),
    ("127.0.0.1", ["192.0.2.1, unknown"], "127.0.0.1"),
    ("127.0.0.1", ["192.0.2.1, "], "192.0.2.1"),
    ("127.0.0.1", ["fe80::1%pa55-zone"], "127.0.0.1"),
    ("127.0.0.1", [""], "127.0.0.1"),
    ("127.0.0.1", [], "127.0.0.1"),
    ("127.0.0.1", [",".join(["127.0.0.1"] * 1200) + ",1.2.3.4.5"], "127.0.0.1"),
    ("127.0.0.1", ["]]]"], "127.0.0.1"),
    ("127.0.0.1", ["[", "[]:", ":", "::::::"], "127.0.0.1"),
]


@pytest.mark.parametrize("trusted", sorted({row[0] for row in CHAINS}), ids=lambda text: text or "nobody")
def test_the_address_is_the_last_one_that_a_trusted_proxy_names(start, trusted):
    server = start(QUICK | {"KEYHOLD_TRUSTED_PROXIES": trusted})
    ann = Account(server.port, "ann")
    for _, values, expected in (row for row in CHAINS if row[0] == trusted):
        fields = forwarded(*values)
        assert login(server.port, "ann", PASSWORD, fields=[*fields, ("X-Request-Id", "find-me")]).status == 200
        newest = ask(server.port, "GET", "/sessions", token=ann.token).json()["sessions"]
        assert expected in [session["address"] for session in newest], values
        logged = [json.loads(line) for line in server.log().splitlines() if '"find-me"' in line]
        assert logged[-1]["remote"] == expected, values


def test_nobody_gets_new_tries_by_inventing_addresses(start):
    server = start(FEW)
    assert [login(server.port, f"nobody{i}", fields=forwarded(f"192.0.2.{i}")).status for i in range(6)] == [401] * 5 + [429]
    behind = start(FEW | {"KEYHOLD_TRUSTED_PROXIES": "127.0.0.1"})
    invented = lambda i, client: forwarded(f"198.51.100.{i}, {client}")  # noqa: E731
    assert [login(behind.port, f"none{i}", fields=invented(i, "192.0.2.1")).status for i in range(6)] == [401] * 5 + [429]
    assert login(behind.port, "none9", fields=invented(9, "192.0.2.2")).status == 401


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "10.0.0.0/33", "::1/x"])
def test_a_proxy_that_is_none_is_refused_at_the_start(tmp_path, text):
    assert "trusted_proxies" in run("config", "check", folder=tmp_path, env=QUICK | {"KEYHOLD_TRUSTED_PROXIES": text}, check=8).stdout
