# SPDX-License-Identifier: Apache-2.0
"""The time of an answer does not tell whether somebody has an address: whatever is asked, and whether mails are sent, not sent, or the mail server is
not there (docs/recovery.md)."""
import os
import time
from itertools import count

import pytest
from certificates import Authority
from mail_reader import ISSUER, Post
from mail_server import MailServer, settings
from server import PASSWORD, QUICK

# Of pairs that are alike the figure has a standard error of 1/sqrt(6n) (Mann and Whitney): 0.024 of 300 pairs, 0.041 of 100. The bounds are
# three of these for 300, as one set in 400 is out of them by chance; 3.7 for 100, of which one in 4,000 is, as everybody runs them.
PAIRS, BOUND = (300, 0.07) if os.environ.get("KEYHOLD_TEST_LONG") else (100, 0.15)
PEOPLE = 60
NO_LIMITS = {"KEYHOLD_RECOVERY_MAILS_PER_HOUR": "100000", "KEYHOLD_RECOVERY_REQUESTS_PER_CLIENT": "0", "KEYHOLD_ADDRESS_REGISTRATIONS": "0",
             "KEYHOLD_LOCKOUT_THRESHOLD": "0", "KEYHOLD_ADDRESS_FAILURES": "0"}
# Only `serve` sends no mail where nothing is set: `dev` shows it in an inbox. It wants hashes of a cost that users have.
SERVE = ("serve", "--bind", "127.0.0.1:0")
names = count(1)


class NoMails:
    """What a Post without a mail server reads."""
    handler = None


def auc(ones, others):
    """The chance that one of the first took longer than one of the others: 0.5 where nobody can tell."""
    return sum((one > other) + (one == other) / 2 for one in ones for other in others) / len(ones) / len(others)


def forgotten(post, email):
    return post("/password/forgot", email=email)


def registered(post, email):
    return post("/register", username=f"new{next(names):06}", email=email, password=PASSWORD)


def reset_by_code(post, email):
    return post("/password/reset", email=email, code="0000-0000", new_password=PASSWORD + "-2")


def logged_in(post, email):
    return post("/login", username=email, password="pa55-wrong")


@pytest.fixture
def post(start, tmp_path, mail):
    if mail == "off":
        yield Post(lambda env: start(env, arguments=SERVE), NoMails, QUICK | NO_LIMITS | {"KEYHOLD_ISSUER": ISSUER, "KEYHOLD_BCRYPT_COST": "10"})
        return
    authority = Authority(tmp_path)
    with MailServer(authority) as mails:
        broken = {"KEYHOLD_MAIL_SERVER": "smtp://localhost:9"} if mail == "broken" else {}
        yield Post(start, mails, QUICK | settings(mails, authority) | NO_LIMITS | {"KEYHOLD_ISSUER": ISSUER} | broken)


# Without mails nothing is sent for a forgotten password (404 for everybody), and /register says that an address is taken: decision 0090.
CASES = [(mail, asked, status) for mail in ("on", "off", "broken") for asked, status in ((forgotten, 404 if mail == "off" else 200), (registered, 200),
         (reset_by_code, 400), (logged_in, 401)) if (mail, asked) != ("off", registered)]


@pytest.mark.speed
@pytest.mark.parametrize("mail, asked, status", CASES, ids=[f"{asked.__name__}-{mail}" for mail, asked, _ in CASES])
def test_the_time_of_an_answer_does_not_tell_whether_somebody_has_the_address(post, asked, status):
    for number in range(PEOPLE):
        post.person(f"person{number:02}", f"person{number:02}@example.com")
    times = {"person": [], "nobody": []}
    for number in range(PAIRS):
        for who in sorted(times, reverse=number % 2 == 0):
            # Each that is free is registered once, as it is taken then. An address of as many characters costs as much to read.
            of_nobody = asked is registered and who == "nobody"
            email = f"free{number:04}@example.com" if of_nobody else f"{who}{number % PEOPLE:02}@example.com"
            begin = time.perf_counter()
            answer = asked(post, email)
            times[who].append(time.perf_counter() - begin)
            assert answer.status == status, answer.body
    figure = auc(times["person"], times["nobody"])
    print(f"AUC {figure:.3f} over {PAIRS} pairs")
    assert 0.5 - BOUND <= figure <= 0.5 + BOUND
