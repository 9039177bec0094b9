# SPDX-License-Identifier: Apache-2.0
"""GET /protected: which Authorization headers and which tokens open it."""
import time

import pytest
from expect import problem
from server import PASSWORD
from tokens import base64url, claims_for, make, segment, sign, swap_last_character
from wire import ask

NOW = int(time.time())
HS256 = {"alg": "HS256", "typ": "JWT"}

# (what, the Authorization field for a good token)
READ = [
    ("as printed", "Bearer {}"),
    ("the scheme in lower case", "bearer {}"),
    ("the scheme in capitals", "BEARER {}"),
    ("two spaces", "Bearer  {}"),       # RFC 9110 §11.4: 1*SP
    ("a space behind it", "Bearer {} "),  # is no part of the field's value (RFC 9112 §5.1)
]
NOT_AUTHENTICATED = [
    ("an empty field", ""),
    ("another scheme", "Basic dXNlcjpwYXNz"),
    ("an invented scheme", "Token {}"),
    ("no scheme", "{}"),
    ("a tab for a space", "Bearer\t{}"),
]
# Signed with the right key: what else the claims and the header may hold.
ACCEPTED = [
    ("what the tutorial writes", {}, HS256),
    ("an exp with a fraction", {"exp": lambda now: now + 1800.5}, HS256),
    ("an exp soon, and an iat", {"exp": lambda now: now + 60, "iat": lambda now: now}, HS256),
    ("an iss, as none is asked for", {"iss": "somebody"}, HS256),
    ("a type that says access", {"type": "access"}, HS256),
    ("what flask-jwt-extended writes", {"type": "access", "fresh": False, "jti": "x", "nbf": lambda now: now, "iat": lambda now: now, "csrf": "y"}, HS256),
    ("a typ of RFC 9068", {}, {"alg": "HS256", "typ": "at+jwt"}),
    ("no typ", {}, {"alg": "HS256"}),
]
REFUSED_CLAIMS = [
    ("an exp far away", {"exp": 253402300799}), ("a life of a week", {"iat": lambda now: now, "exp": lambda now: now + 7 * 86400}),
    ("an iat before the account", {"iat": NOW - 86400, "exp": NOW - 86400 + 1800}), ("no iat, and issued before the account by its exp", {"exp": lambda now: now + 60}),
    ("a claim that we do not know", {"role": ["admin", {"x": None}]}), ("the full-stack template's link for a new password", {"nbf": lambda now: now}),
    ("a type that says refresh", {"type": "refresh"}), ("a token_type that says refresh", {"token_type": "refresh"}), ("a token_use of an id token", {"token_use": "id"}),
    ("a purpose", {"purpose": "reset_password"}), ("a use", {"use": "email"}), ("a scope of another kind", {"scope": "email_confirmation"}), ("scopes", {"scopes": ["reset"]}),
    ("the audience of fastapi-users' reset", {"aud": ["fastapi-users:reset"]}), ("a confirmation by a flag", {"email_verification": True}),
    ("expired", {"exp": NOW - 60}), ("no exp", {"exp": ...}), ("an exp of null", {"exp": None}), ("an exp in quotes", {"exp": str(NOW + 600)}),
    ("an exp below zero", {"exp": -1}), ("an exp that is true", {"exp": True}), ("an exp beyond all numbers", '{"sub":"testuser","exp":1e999}'),
    ("an nbf in the future", {"nbf": NOW + 86400}), ("an nbf in quotes", {"nbf": "1"}), ("an iat in the future", {"iat": NOW + 86400}),
    ("an iat in quotes", {"iat": "1"}), ("an aud, as it is for somebody else", {"aud": "x"}), ("an aud in a list", {"aud": ["x"]}),
    ("a jti that is a number", {"jti": 5}), ("an iss that is a list", {"iss": ["x"]}), ("no sub", {"sub": ...}), ("a sub of null", {"sub": None}),
    ("an empty sub", {"sub": ""}), ("a sub that is a number", {"sub": 5}), ("a sub that is a list", {"sub": ["testuser"]}),
    ("an unknown sub", {"sub": "nobody"}), ("a sub in capitals", {"sub": "TESTUSER"}), ("a sub with NUL", {"sub": "testuser\0"}), ("a uid of another account", {"uid": "00000000-0000-7000-8000-000000000000"}),
    ("a payload that is a list", "[]"), ("a payload that is no JSON", "{"), ("a sub twice", '{"sub":"nobody","sub":"testuser","exp":%d}' % (NOW + 600)),
    ("a payload that is not UTF-8", b'{"sub":"testuser","exp":%d,"x":"\xff"}' % (NOW + 600)),
]
REFUSED_HEADERS = [
    ("a typ of another kind", {"alg": "HS256", "typ": "refresh+jwt"}),
    ("alg none", {"alg": "none"}), ("alg None", {"alg": "None"}), ("alg in lower case", {"alg": "hs256"}), ("no alg", {"typ": "JWT"}),
    ("alg of null", {"alg": None}), ("alg in a list", {"alg": ["HS256"]}), ("alg RS256 over an HMAC", {"alg": "RS256"}),
    ("a crit that nobody knows", HS256 | {"crit": ["x"], "x": 1}), ("an empty crit", HS256 | {"crit": []}),
    ("b64 false", HS256 | {"crit": ["b64"], "b64": False}), ("alg twice", '{"alg":"none","alg":"HS256"}'), ("a header that is a list", "[]"),
    ("a header that is no JSON", "{"), ("a typ that is a number", {"alg": "HS256", "typ": 5}), ("a kid that is a number", HS256 | {"kid": 5}),
]


def get(server, *values, target="/protected"):
    return ask(server.port, "GET", target, fields=[("Authorization", value) for value in values])


def refused(server, token):
    answer = ask(server.port, "GET", "/protected", token=token)
    body = problem(answer, 401, detail="Could not validate credentials")
    assert answer.header("www-authenticate").startswith('Bearer error="invalid_token"')
    assert body["error"] == "invalid_token"


def accepted(answer):
    assert (answer.status, answer.body) == (200, b'{"message":"Welcome testuser"}'), answer


@pytest.mark.parametrize("form", [row[1] for row in READ], ids=[row[0] for row in READ])
def test_an_authorization_field_is_read_with(server, testuser, form):
    accepted(get(server, form.format(testuser.token)))


@pytest.mark.parametrize("form", [row[1] for row in NOT_AUTHENTICATED], ids=[row[0] for row in NOT_AUTHENTICATED])
def test_who_sends_no_bearer_token_is_asked_for_one(server, testuser, form):
    answer = get(server, form.format(testuser.token))
    problem(answer, 401, "not_authenticated", "Not authenticated")
    assert answer.header("www-authenticate") == "Bearer"  # RFC 6750 §3.1: no error code for who tried nothing


@pytest.mark.parametrize("field", ["Bearer", "Bearer "])
def test_the_scheme_alone_is_a_token_that_is_no_token(server, field):
    problem(get(server, field), 401, "token_malformed", "Could not validate credentials")


def test_without_the_field_a_token_elsewhere_does_not_count(server, testuser):
    problem(get(server), 401, "not_authenticated", "Not authenticated")
    problem(get(server, target=f"/protected?token={testuser.token}"), 401, "not_authenticated")
    problem(ask(server.port, "GET", "/protected", [("Cookie", f"token={testuser.token}")]), 401, "not_authenticated")


def test_two_authorization_fields_are_refused_in_either_order(server, testuser):
    good, bad = f"Bearer {testuser.token}", "Bearer a.b.c"
    for pair in [(good, bad), (bad, good), (good, good)]:
        assert get(server, *pair).status in (400, 401)


@pytest.mark.parametrize(("claims", "header"), [row[1:] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_a_token_opens_with(server, testuser, claims, header):
    accepted(testuser.greeting(make(claims_for("testuser", **claims), header)))


@pytest.mark.parametrize("claims", [row[1] for row in REFUSED_CLAIMS], ids=[row[0] for row in REFUSED_CLAIMS])
def test_claims_are_refused_that_have(server, testuser, claims):
    refused(server, make(claims_for("testuser", **claims) if isinstance(claims, dict) else claims))


@pytest.mark.parametrize("header", [row[1] for row in REFUSED_HEADERS], ids=[row[0] for row in REFUSED_HEADERS])
def test_a_header_is_refused_that_has(server, testuser, header):
    refused(server, make(claims_for("testuser"), header))


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
def test_the_right_key_with_another_algorithm_is_refused(server, testuser, digest):
    refused(server, make(claims_for("testuser"), {"alg": "HS" + digest[3:]}, digest=digest))


def test_a_token_that_expires_this_second_is_expired(server, testuser):
    refused(server, make(claims_for("testuser", exp=int(time.time()))))


def broken_forms(token):
    header, payload, signature = token.split(".")
    other = make(claims_for("somebody")).split(".")[1]
    yield from {
        "the words of the tutorial": "<your_token>", "garbage": "garbage", "a.b.c": "a.b.c", "two dots": "..", "a dot": ".", "two segments": f"{header}.{payload}",
        "four segments": f"{token}.x", "an empty fourth segment": f"{token}.", "an empty signature": f"{header}.{payload}.", "padding": f"{token}=",
        "a last character with other unused bits": swap_last_character(token), "a wrong signature": f"{header}.{payload}.{swap_last_character(signature, 32)}",
        "a signature cut off": token[:-1], "a signature with a byte more": f"{token}AA", "another payload": f"{header}.{other}.{signature}",
        "none and no signature": f"{segment({'alg': 'none'})}.{payload}.", "another key": make(claims_for("testuser"), key="x" * 40),
        "an empty key": make(claims_for("testuser"), key=""), "base64 for base64url": f"{header}.{payload}.{signature[:-4]}+/+/",
        "8 KiB": make(claims_for("testuser", x="x" * 6200)), "a space within": f"{header}. {payload}.{signature}", "non-ASCII": "é.é.é",
        "a JSON serialisation": '{"payload":"' + payload + '"}', "five segments, like a JWE": "a.b.c.d.e",
        "a signature of the payload alone": f"{header}.{payload}.{sign(payload)}", "a signature in hex": f"{header}.{payload}.{base64url(b'00' * 16)}",
    }.items()


@pytest.mark.parametrize("index", range(26))
def test_a_token_is_refused_that_is(server, testuser, index):
    what, token = list(broken_forms(make(claims_for("testuser"))))[index]
    print(what)
    refused(server, token)


def test_a_token_over_the_size_of_a_head_is_431(server):
    problem(get(server, "Bearer " + "x" * 20000), 431, "head_too_large")


def test_a_name_outside_ascii_is_welcomed_as_it_was_typed(server):
    name = "Ünï用户😀"
    assert ask(server.port, "POST", "/register", json={"username": name, "password": PASSWORD}).status == 200
    answer = ask(server.port, "GET", "/protected", token=make(claims_for(name)))
    assert answer.json() == {"message": f"Welcome {name}"}
