"""How long a refusal takes must not tell why it was one."""
import statistics
import time

import pytest
from conftest import Account
from expect import problem
from server import SECRET_KEY
from wire import ask

pytestmark = pytest.mark.speed
ROUNDS = 7
CASES = {
    "a wrong password": {"username": "testuser", "password": "pa55-wrong"},
    "an unknown name": {"username": "nobody-at-all", "password": "pa55-wrong"},
    "a name that cannot be one": {"username": "a\x07b", "password": "pa55-wrong"},
    "an empty name": {"username": "", "password": "pa55-wrong"},
    "an empty password": {"username": "testuser", "password": ""},
    "a password with NUL": {"username": "testuser", "password": "pa55-\0"},
    "a password that is far too long": {"username": "testuser", "password": "pa55-" + "x" * 20000},
    "a password over 72 bytes": {"username": "testuser", "password": "pa55-" + "x" * 80},
}


def test_every_refused_log_in_takes_as_long_as_a_wrong_password(start):
    server = start({"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "10"})
    Account(server.port, "testuser")
    taken = {what: [] for what in CASES}
    for _ in range(ROUNDS):  # in turns, so that what else the machine does hits all alike
        for what, credentials in CASES.items():
            begin = time.perf_counter()
            problem(ask(server.port, "POST", "/login", json=credentials), 401, "invalid_credentials")
            taken[what].append(time.perf_counter() - begin)
    medians = {what: statistics.median(times) for what, times in taken.items()}
    print({what: f"{median * 1000:.0f} ms" for what, median in medians.items()})
    wrong = medians["a wrong password"]
    assert all(wrong / 2 < median < wrong * 2 for median in medians.values()), medians
