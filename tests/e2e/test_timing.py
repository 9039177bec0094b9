# SPDX-License-Identifier: Apache-2.0
"""How long a refusal takes must not tell why it was one."""
import time

import pytest
from expect import problem
from people import Account
from server import SECRET_KEY, run
from wire import ask

pytestmark = pytest.mark.speed
ROUNDS = 9  # ten failures lock a name; most cases have one of their own in each round
CASES = {
    "a wrong password": {"username": "testuser{}", "password": "pa55-wrong"},
    "an unknown name": {"username": "nobody-at-all{}", "password": "pa55-wrong"},
    "a disabled account": {"username": "gone", "password": "pa55-of-the-tests"},
    "a name that cannot be one": {"username": "a\x07b", "password": "pa55-wrong"},
    "an empty name": {"username": "", "password": "pa55-wrong"},
    "an empty password": {"username": "testuser{}", "password": ""},
    "a password with NUL": {"username": "testuser{}", "password": "pa55-\0"},
    "a password that is far too long": {"username": "testuser{}", "password": "pa55-" + "x" * 20000},
    "a password over 72 bytes": {"username": "testuser{}", "password": "pa55-" + "x" * 80},
}


def test_every_refused_log_in_takes_as_long_as_a_wrong_password(start):
    server = start({"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "10"})
    Account(server.port, "gone")
    run("user", "disable", "gone", folder=server.folder, env=server.env, check=0)
    taken = {what: [] for what in CASES}
    for number in range(ROUNDS):  # in turns; the quickest of each is what it costs, the others met what else the machine does
        Account(server.port, f"testuser{number}")
        for what, case in CASES.items():
            credentials = case | {"username": case["username"].format(number)}
            begin = time.perf_counter()
            problem(ask(server.port, "POST", "/login", json=credentials), 401, "invalid_credentials")
            taken[what].append(time.perf_counter() - begin)
    quickest = {what: min(times) for what, times in taken.items()}
    print({what: f"{one * 1000:.0f} ms" for what, one in quickest.items()})
    wrong = quickest["a wrong password"]
    assert all(wrong / 2 < one < wrong * 2 for one in quickest.values()), quickest


def test_who_has_to_wait_is_told_so_at_once_whoever_it_is(start):
    server = start({"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "8"})
    Account(server.port, "ann")
    Account(server.port, "gone")
    run("user", "disable", "gone", folder=server.folder, env=server.env, check=0)
    cases = [("ann", "pa55-wrong"), ("ann", "pa55-of-the-tests"), ("gone", "pa55-of-the-tests"), ("nobody", "pa55-wrong"), ("a\x07b", "pa55-wrong")]
    taken = {case: [] for case in cases}
    for name in dict(cases):
        for _ in range(10):
            problem(ask(server.port, "POST", "/login", json={"username": name, "password": "pa55-wrong"}), 401)
    for _ in range(21):
        for name, password in cases:
            begin = time.perf_counter()
            problem(ask(server.port, "POST", "/login", json={"username": name, "password": password}), 429)
            taken[name, password].append(time.perf_counter() - begin)
    quickest = {case: min(times) for case, times in taken.items()}
    print({case: f"{one * 1000:.2f} ms" for case, one in quickest.items()})
    assert max(quickest.values()) < 2 * min(quickest.values()) + 0.002, quickest
