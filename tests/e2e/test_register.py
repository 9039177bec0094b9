# SPDX-License-Identifier: Apache-2.0
"""POST /register: what is taken and what is refused, each refusal beside its success."""
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from expect import invalid, problem
from people import when_there_is_a_place
from server import PASSWORD
from wire import ask

CREATED = "User created successfully"


def register(server, body, **kwargs):
    return ask(server.port, "POST", "/register", json=body, **kwargs)


def both(username, password=PASSWORD):
    return {"username": username, "password": password}


def text(username, password=PASSWORD):
    return json.dumps(both(username, password))


TAKEN = [
    ("as in the tutorial", both("reg-1")),
    ("an extra member is ignored", both("reg-2") | {"email": "a@b.example"}),
    ("a name outside ASCII", both("ünïcödé-用户-😀")),
    ("an SQL text is a name like another", both("'; DROP TABLE users; --")),
    ("a password of eight characters", both("reg-3", "pa55-abc")),
    ("a password of 73 bytes, more than bcrypt takes", both("reg-4", "pa55-" + "x" * 68)),
    ("the longest password", both("reg-5", "pa55-" + "x" * 1019)),
    ("the longest name", both("n" * 256)),
]

# (what, body, the fields that are named and why)
REFUSED = [
    ("no username", {"password": PASSWORD}, [("username", "missing")]),
    ("no password", {"username": "r"}, [("password", "missing")]),
    ("an empty object", {}, [("username", "missing"), ("password", "missing")]),
    ("an array", "[]", [(None, "model_attributes_type")]),
    ("a string", '"abc"', [(None, "model_attributes_type")]),
    ("null", "null", [(None, "model_attributes_type")]),
    ("a number", "5", [(None, "model_attributes_type")]),
    ("username is an integer", both(12345), [("username", "string_type")]),
    ("username is a fraction", both(1.5), [("username", "string_type")]),
    ("username is a boolean", both(True), [("username", "string_type")]),
    ("username is null", both(None), [("username", "string_type")]),
    ("username is a list", both(["a"]), [("username", "string_type")]),
    ("username is an object", both({"a": 1}), [("username", "string_type")]),
    ("password is an integer", both("r", 12345678), [("password", "string_type")]),
    ("both of the wrong type", both([], {}), [("username", "string_type"), ("password", "string_type")]),
    ("a name twice", '{"username":"a","username":"b","password":"' + PASSWORD + '"}', [(None, "json_invalid")]),
    ("a name twice, once with escapes", '{"username":"a","user\\u006eame":"b","password":"' + PASSWORD + '"}', [(None, "json_invalid")]),
    ("a bare word", '{"username": foo}', [(None, "json_invalid")]),
    ("cut off", text("r")[:-1], [(None, "json_invalid")]),
    ("a comma too many", text("r")[:-1] + ",}", [(None, "json_invalid")]),
    ("something behind it", text("r") + " x", [(None, "json_invalid")]),
    ("single quotes", "{'username': 'a'}", [(None, "json_invalid")]),
    ("a comment", text("r") + "//", [(None, "json_invalid")]),
    ("NaN", '{"username":"r","password":"' + PASSWORD + '","x":NaN}', [(None, "json_invalid")]),
    ("a raw line end in a string", '{"username":"a\nb","password":"x"}', [(None, "json_invalid")]),
    ("a lone surrogate", '{"username":"\\ud800","password":"x"}', [(None, "json_invalid")]),
    ("5,000 arrays deep", '{"username":"r","password":"x","x":' + "[" * 5000 + "]" * 5000 + "}", [(None, "json_invalid")]),
    ("bytes that are not UTF-8", b'{"username":"\xff\xfe","password":"x"}', [(None, "json_invalid")]),
    ("an overlong encoding", b'{"username":"\xc0\xaf","password":"x"}', [(None, "json_invalid")]),
    ("a byte order mark", b"\xef\xbb\xbf" + text("r").encode(), [(None, "json_invalid")]),
    ("UTF-16", text("r").encode("utf-16"), [(None, "json_invalid")]),
]

# (what, username, password, which field is named)
UNFIT = [
    ("an empty username", "", PASSWORD, "username"),
    ("a username of 257 bytes", "n" * 257, PASSWORD, "username"),
    ("a username with NUL", "a\0b", PASSWORD, "username"),
    ("a username with a control character", "a\x07b", PASSWORD, "username"),
    ("a username with a line end", "a\nb", PASSWORD, "username"),
    ("a space before the username", " spaced", PASSWORD, "username"),
    ("a space behind the username", "spaced ", PASSWORD, "username"),
    ("an empty password", "r", "", "password"),
    ("a password of seven characters", "r", "pa55-ab", "password"),
    ("a password with NUL", "r", "pa55-\0-after-it", "password"),
    ("a password of 1,025 bytes", "r", "pa55-" + "x" * 1020, "password"),
]


@pytest.mark.parametrize("body", [row[1] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_a_new_account_is_created_from(server, body):
    answer = register(server, body)
    assert answer.status == 200, answer.body
    assert answer.json()["msg"] == CREATED
    assert PASSWORD not in answer.body.decode()


@pytest.mark.parametrize(("body", "errors"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_body_is_refused_that_is(server, body, errors):
    invalid(register(server, body), *errors)


@pytest.mark.parametrize(("username", "password", "field"), [row[1:] for row in UNFIT], ids=[row[0] for row in UNFIT])
def test_unfit_credentials_are_refused_and_the_field_is_named(server, username, password, field):
    body = problem(register(server, both(username, password)), 422, "validation_failed")
    assert [item["loc"] for item in body["errors"]] == [["body", field]], body


def test_both_unfit_fields_are_named_at_once(server):
    body = problem(register(server, both("", "")), 422, "validation_failed")
    assert {item["loc"][1] for item in body["errors"]} == {"username", "password"}


# How one person may spell the name of another: all are taken once the first is.
LOOK_ALIKES = ["Zoë", "Zoe\u0308", "ZOË", "zoë", "\uff3aoë"]


def test_a_name_is_taken_in_every_spelling_of_it(server):
    assert register(server, both(LOOK_ALIKES[0])).status == 200
    for spelling in LOOK_ALIKES:
        problem(register(server, both(spelling)), 400, "username_taken", "Username already exists")
    assert register(server, both("Zoe")).status == 200


def test_a_name_spelt_with_escapes_is_the_same_name(server):
    assert register(server, '{"username":"\\u0065scaped","password":"' + PASSWORD + '"}').status == 200
    problem(register(server, both("escaped", "pa55-another")), 400, "username_taken")


def test_of_eight_registrations_at_once_one_wins(server, fresh_name):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: when_there_is_a_place(lambda: register(server, both(fresh_name))), range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 7
    for answer in answers:
        if answer.status == 400:
            problem(answer, 400, "username_taken", "Username already exists")


def test_a_body_of_more_than_64_kib_is_refused(server):
    small = text("r", "x" * 60000)
    problem(register(server, small), 422)
    problem(register(server, text("r", "x" * 65536)), 413, "body_too_large")
