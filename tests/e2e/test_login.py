# SPDX-License-Identifier: Apache-2.0
"""POST /login: from JSON and from the form that Swagger UI's Authorize sends (RFC 6749 §4.3)."""
import json

import pytest
from expect import invalid, problem
from server import PASSWORD
from wire import ask

ODD_NAME, ODD_PASSWORD = "a b+c&d=é", "pa55- +&=%é"


@pytest.fixture(scope="module")
def odd_user(server):
    assert ask(server.port, "POST", "/register", json={"username": ODD_NAME, "password": ODD_PASSWORD}).status == 200


def login(server, **kwargs):
    return ask(server.port, "POST", "/login", **kwargs)


def check_token(answer):
    assert answer.status == 200, answer.body
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 30 * 60
    assert body["access_token"].count(".") == 2
    assert answer.header("cache-control") == "no-store"
    return body["access_token"]


FORM = [("Content-Type", "application/x-www-form-urlencoded")]
GOOD = {"username": "testuser", "password": PASSWORD}
ACCEPTED = [
    ("JSON", {"json": GOOD}),
    ("JSON with a charset", {"body": json.dumps(GOOD).encode(), "fields": [("Content-Type", 'application/json; charset="UTF-8"')]}),
    ("JSON without a Content-Type", {"body": json.dumps(GOOD).encode()}),
    ("a form", {"form": GOOD}),
    ("a form with grant_type", {"form": {"grant_type": "password", **GOOD}}),
    ("a form with grant_type, scope and an empty client", {"form": {"grant_type": "password", "scope": "", "client_id": "", "client_secret": "", **GOOD}}),
    ("a form with Swagger UI's empty Basic header", {"form": {"grant_type": "password", **GOOD}, "fields": [("Authorization", "Basic Og==")]}),
    ("a form with the password first", {"form": {"password": PASSWORD, "username": "testuser"}}),
    ("a name in capitals", {"json": {"username": "TESTUSER", "password": PASSWORD}}),
]

INVALID = "Invalid credentials"
REFUSED = [
    ("a wrong password", {"json": GOOD | {"password": "pa55-wrong"}}),
    ("an unknown name", {"json": GOOD | {"username": "nobody"}}),
    ("an empty password", {"json": GOOD | {"password": ""}}),
    ("an empty name", {"json": GOOD | {"username": ""}}),
    ("a NUL behind the right password", {"json": GOOD | {"password": PASSWORD + "\0"}}),
    ("a NUL behind the right name", {"json": GOOD | {"username": "testuser\0"}}),
    ("a space behind the right name", {"json": GOOD | {"username": "testuser "}}),
    ("a password of 4,097 bytes", {"json": GOOD | {"password": "x" * 4097}}),
    ("a name of 4,097 bytes", {"json": GOOD | {"username": "x" * 4097}}),
    ("a password in capitals", {"json": GOOD | {"password": PASSWORD.upper()}}),
    ("a wrong password in a form", {"form": GOOD | {"password": "pa55-wrong"}}),
    ("an empty form value", {"form": GOOD | {"password": ""}}),
]

UNREADABLE = [
    ("no password", {"json": {"username": "testuser"}}, [("password", "missing")]),
    ("a name that is a list", {"json": {"username": ["testuser"], "password": "x"}}, [("username", "string_type")]),
    ("JSON cut off", {"json": "{"}, [(None, "json_invalid")]),
    ("a name twice", {"json": '{"username":"testuser","password":"x","password":"y"}'}, [(None, "json_invalid")]),
    ("an empty body", {"json": ""}, [(None, "missing")]),
    ("no body at all", {}, [(None, "missing")]),
    ("a form without password", {"form": {"username": "testuser"}}, [("password", "missing")]),
    ("form text that is not UTF-8", {"form": "username=%FF%FE&password=" + PASSWORD}, [("username", "string_unicode")]),
    ("an empty form", {"form": ""}, [("username", "missing"), ("password", "missing")]),
    ("a form with a field twice", {"form": "username=testuser&password=x&password=y"}, [(None, "form_invalid")]),
    ("a form with a broken escape", {"form": "username=testuser&password=%4"}, [(None, "form_invalid")]),
    ("a form with 65 fields", {"form": "&".join(f"f{i}=1" for i in range(65))}, [(None, "form_invalid")]),
    ("JSON called a form", {"body": json.dumps(GOOD).encode(), "fields": FORM}, [(None, "form_invalid")]),
]

OTHER_TYPES = ["text/plain", "multipart/form-data; boundary=x", "application/xml", "application/json; charset=latin-1", "nonsense", ""]


@pytest.mark.parametrize("sent", [row[1] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_the_right_credentials_are_accepted_from(server, testuser, sent):
    token = check_token(login(server, **sent))
    assert testuser.greeting(token).json() == {"message": "Welcome testuser"}


@pytest.mark.parametrize("sent", [row[1] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_the_same_answer_refuses(server, testuser, sent):
    answer = login(server, **sent)
    body = problem(answer, 401, "invalid_credentials", INVALID)
    assert answer.header("www-authenticate") == "Bearer"
    assert body["error"] == "invalid_grant"


@pytest.mark.parametrize(("sent", "errors"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
def test_what_cannot_be_read_is_named(server, sent, errors):
    invalid(login(server, **sent), *errors)


@pytest.mark.parametrize("media_type", OTHER_TYPES)
def test_another_media_type_is_refused(server, media_type):
    problem(login(server, body=json.dumps(GOOD).encode(), fields=[("Content-Type", media_type)]), 415, "unsupported_media_type")


def test_a_json_body_sent_as_a_form_is_told_which_header_is_missing(server):
    body = invalid(login(server, body=json.dumps(GOOD).encode(), fields=FORM), (None, "form_invalid"))
    assert "-H 'Content-Type: application/json'" in body["detail"]


def test_a_form_is_decoded_percent_signs_and_plus_signs(server, odd_user):
    check_token(login(server, json={"username": ODD_NAME, "password": ODD_PASSWORD}))
    check_token(login(server, form={"username": ODD_NAME, "password": ODD_PASSWORD}))
    by_hand = "username=a+b%2Bc%26d%3D%C3%A9&password=pa55-%20%2B%26%3D%25%c3%a9"
    check_token(login(server, form=by_hand))
    problem(login(server, form=by_hand.replace("%2B", "+")), 401, "invalid_credentials")


def test_another_grant_type_is_refused(server, testuser):
    body = problem(login(server, form={"grant_type": "client_credentials", **GOOD}), 400, "unsupported_grant_type")
    assert body["error"] == "unsupported_grant_type"


def test_a_password_over_72_bytes_is_not_cut(server, fresh_name):
    long = "pa55-" + "x" * 68
    assert ask(server.port, "POST", "/register", json={"username": fresh_name, "password": long}).status == 200
    check_token(login(server, json={"username": fresh_name, "password": long}))
    problem(login(server, json={"username": fresh_name, "password": long[:-1] + "y"}), 401)
    problem(login(server, json={"username": fresh_name, "password": long[:72]}), 401)


@pytest.mark.parametrize("path", ["/login", "/register"])
@pytest.mark.parametrize("query", ["username=testuser&password=" + PASSWORD, "username=testuser", "password=" + PASSWORD, "%70assword=x"])
def test_credentials_in_the_query_are_refused_with_the_right_curl(server, path, query):
    answer = ask(server.port, "POST", f"{path}?{query}")
    body = problem(answer, 422, "credentials_in_query")
    assert "curl -X POST" in body["detail"] and f"{path}'" in body["detail"]
    assert "-H 'Content-Type: application/json'" in body["detail"] and '"password"' in body["detail"]
    assert PASSWORD not in answer.body.decode()
    assert PASSWORD not in server.log()


def test_another_query_is_no_matter(server, testuser):
    check_token(ask(server.port, "POST", "/login?debug=1", json=GOOD))
