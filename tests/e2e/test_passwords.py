# SPDX-License-Identifier: Apache-2.0
"""What a new password must be: in `serve` hard to guess (NIST SP 800-63B-4, ASVS 5.0 §6.2), in `dev` as in the tutorial."""
import pytest
from expect import problem
from server import PASSWORD, Server, make_database, run
from wire import ask

GOOD_KEY = "a-key-that-nobody-ever-published-0123456789"
ENV = {"SECRET_KEY": GOOD_KEY, "KEYHOLD_BCRYPT_COST": "10", "KEYHOLD_ISSUER": "https://auth.quoxalith.example"}
SERVE = ("serve", "--bind", "127.0.0.1:0")


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("serving"), ENV, SERVE)
    yield started
    started.stop()


def register(server, name, password):
    return ask(server.port, "POST", "/register", json={"username": name, "password": password})


# (what, password, what the reason names)
WEAK = [
    ("the tutorial's", "testpass", "common word"),
    ("the commonest", "password", "common word"),
    ("with a number behind it", "password123", "common word"),
    ("with swapped letters", "P@ssw0rd", "swapped for signs"),
    ("a sequence", "abcdefghijkl", "sequence"),
    ("one letter", "aaaaaaaaaaaaaaaa", "repeats"),
    ("a thousand times one letter", "a" * 1000, "repeats"),
    ("a row of keys", "zxcvbnm,", "neighbouring keys"),
    ("a date", "19850212", "date"),
    ("the username", "testuser1985", "username"),
    ("the service", "keyhold2026", "service"),
    ("the issuer", "Quoxalith1", "service"),
]


@pytest.mark.parametrize(("password", "why"), [row[1:] for row in WEAK], ids=[row[0] for row in WEAK])
def test_serve_refuses_an_easy_password_and_says_why(serving, password, why):
    body = problem(register(serving, "testuser1985", password), 422, "validation_failed")
    (error,) = body["errors"]
    assert (error["type"], error["loc"]) == ("password_too_weak", ["body", "password"])
    assert error["msg"].startswith("This password is easy to guess: it ") and why in error["msg"]
    assert body["detail"] == "password: " + error["msg"], "for a client that reads detail alone"


def test_serve_takes_what_is_hard_to_guess_without_asking_for_kinds_of_characters(serving):
    for i, password in enumerate(["umbrella fjord teaspoon", "pa55-of-the-tests", "kxqvwzjbtlmn", "8472 9911 0365 2741"]):
        assert register(serving, f"hard{i}", password).status == 200, password


def test_length_is_said_before_strength(serving):
    (error,) = problem(register(serving, "ann", "short"), 422)["errors"]
    assert error["msg"] == "A password has at least 8 characters"


def test_a_new_password_is_held_to_the_same(serving):
    assert register(serving, "ben", PASSWORD).status == 200
    token = ask(serving.port, "POST", "/login", json={"username": "ben", "password": PASSWORD}).json()["access_token"]
    change = lambda new: ask(serving.port, "POST", "/password", json={"current_password": PASSWORD, "new_password": new}, token=token)  # noqa: E731
    (error,) = problem(change("password123"), 422)["errors"]
    assert (error["type"], error["loc"]) == ("password_too_weak", ["body", "new_password"])
    assert change(PASSWORD + "-new").status == 200


def test_a_password_opens_in_either_unicode_form(serving):
    composed, decomposed = "pa55-r\u00e9sum\u00e9 of owls", "pa55-re\u0301sume\u0301 of owls"
    assert register(serving, "zoe", decomposed).status == 200
    for password in (composed, decomposed):
        assert ask(serving.port, "POST", "/login", json={"username": "zoe", "password": password}).status == 200
    problem(ask(serving.port, "POST", "/login", json={"username": "zoe", "password": "pa55-resume of owls"}), 401)


def test_the_command_line_is_as_strict_as_serve_unless_it_is_told_not_to_be(tmp_path):
    make_database(tmp_path, ENV)
    add = lambda password, *more, check=0: run("user", "add", "ann", *more, folder=tmp_path, env=ENV, stdin=password + "\n", check=check)  # noqa: E731
    assert "easy to guess" in add("testpass", check=2).stderr
    add("testpass", "--password-min-score", "0")
    change = lambda password, check: run("user", "set-password", "ann", folder=tmp_path, env=ENV, stdin=password + "\n", check=check)  # noqa: E731
    assert "easy to guess" in change("password123", 2).stderr
    change(PASSWORD, 0)


def test_who_has_an_easy_password_keeps_it(start, tmp_path):
    make_database(tmp_path, ENV)
    run("user", "add", "ann", "--password-min-score", "0", folder=tmp_path, env=ENV, stdin="testpass\n", check=0)
    server = start(ENV, arguments=SERVE)
    assert ask(server.port, "POST", "/login", json={"username": "ann", "password": "testpass"}).status == 200


def test_serve_does_not_start_where_any_password_will_do(tmp_path):
    said = run("config", "check", folder=tmp_path, env=ENV | {"KEYHOLD_PASSWORD_MIN_SCORE": "0"}, check=8)
    assert "password_min_score = 0" in said.stdout + said.stderr
    run("config", "check", folder=tmp_path, env=ENV | {"KEYHOLD_PASSWORD_MIN_SCORE": "2"}, check=0)
