# SPDX-License-Identifier: Apache-2.0
"""POST /oauth/token, /token: RFC 6749 to the letter for the grants password and refresh_token; revocation and introspection below /oauth/."""
import base64
import re
import threading
import time
from urllib.parse import quote_plus

import jwt
import pytest
from people import Account, coming_back
from server import PASSWORD, QUICK, SECRET_KEY, Server
from wire import Connection, ask, request_bytes

CLIENT, SECRET = "web app", "s3cret+of/the=client"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 §5.2


def basic(client=CLIENT, secret=SECRET):
    return [("Authorization", "Basic " + base64.b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode())]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("oauth"), QUICK | {"KEYHOLD_CLIENTS": f"{CLIENT}:{SECRET}"})
    Account(started.port, "ann")
    yield started
    started.stop()


PATHS = pytest.mark.parametrize("path", ["/oauth/token", "/token"])
ANN = {"grant_type": "password", "username": "ann", "password": PASSWORD}


def token(server, form=None, fields=(), path="/oauth/token"):
    return ask(server.port, "POST", path, fields=fields, form=ANN if form is None else form)


def refresh(server, refresh_token, **more):
    return token(server, {"grant_type": "refresh_token", "refresh_token": refresh_token} | more)


def check_granted(answer):
    """RFC 6749 §5.1."""
    assert answer.status == 200, answer.body
    assert answer.header("content-type") == "application/json"
    assert answer.header("cache-control") == "no-store" and answer.header("pragma") == "no-cache"
    body = answer.json()
    assert body["token_type"] == "Bearer" and isinstance(body["expires_in"], int) and body["expires_in"] > 0
    assert isinstance(body["access_token"], str) and isinstance(body["refresh_token"], str)
    return body


def check_refused(answer, error, description=None, status=400):
    """RFC 6749 §5.2."""
    assert answer.status == status, (answer.status, answer.body)
    assert answer.header("content-type") == "application/json"
    assert answer.header("cache-control") == "no-store" and answer.header("pragma") == "no-cache"
    assert (answer.header("www-authenticate") == 'Basic realm="keyhold"') == (status == 401)
    body = answer.json()
    assert body.keys() == {"error", "error_description"} and body["error"] == error, body
    assert DESCRIPTION.fullmatch(body["error_description"]), body
    if description is not None:
        assert description in body["error_description"], body
    return body


@PATHS
def test_a_password_brings_tokens_and_a_refresh_token_the_next_ones(server, path):
    first = check_granted(token(server, path=path))
    assert ask(server.port, "GET", "/protected", token=first["access_token"]).json() == {"message": "Welcome ann"}
    second = check_granted(token(server, {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}, path=path))
    assert second["refresh_token"] != first["refresh_token"]
    sessions = [jwt.decode(body["access_token"], SECRET_KEY, algorithms=["HS256"])["sid"] for body in (first, second)]
    assert sessions[0] == sessions[1], "it is one session"


def test_tokens_of_log_in_and_of_the_token_endpoint_are_the_same_kind(server):
    credentials = {"username": "ann", "password": PASSWORD}
    of_log_in = ask(server.port, "POST", "/login", json=credentials).json()
    here = check_granted(refresh(server, of_log_in["refresh_token"]))
    there = ask(server.port, "POST", "/refresh", json={"refresh_token": here["refresh_token"]})
    assert there.status == 200 and there.json()["token_type"] == "bearer"


# What is sent, and what §5.2 has for it.
REFUSED = [
    ({}, "invalid_request", "grant_type: Field required"),
    ({"grant_type": ""}, "invalid_request", "grant_type: Field required"),
    ({"grant_type": "password"}, "invalid_request", "username: Field required"),
    (ANN | {"password": ""}, "invalid_request", "password: Field required"),
    (ANN | {"username": ""}, "invalid_request", "username: Field required"),
    ({"grant_type": "refresh_token"}, "invalid_request", "refresh_token: Field required"),
    ({"grant_type": "refresh_token", "refresh_token": ""}, "invalid_request", "refresh_token: Field required"),
    # §3.2: "The authorization server MUST ignore unrecognized request parameters. Request and response parameters MUST NOT be included more than once."
    ("grant_type=password&username=ann&password=x&password=x", "invalid_request", "password: "),
    ("grant_type=password&grant_type=password&username=ann&password=x", "invalid_request", "grant_type: "),
    ("grant_type=password&username=ann&password=x&client_id=a&client_id=a", "invalid_request", "client_id: "),
    ("grant_type=password&username=ann&password=x&client_secret=&client_secret=x", "invalid_request", "client_secret: "),
    ("grant_type=password&username=ann&password=x&other=1&other=2", "invalid_grant", "Invalid credentials"),
    (f"grant_type=password&username=ann&password={PASSWORD}&other=1&other=2&client_id=web+app", "invalid_client", None),
    ("grant_type=password&username=%zz&password=x", "invalid_request", "two hex digits"),
    ('{"grant_type":"password"}', "invalid_request", "name=value"),
    ({"grant_type": "client_credentials"}, "invalid_client", None),
    ({"grant_type": "authorization_code", "code": "x"}, "invalid_client", None),
    ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}, "unsupported_grant_type", "not understood"),
    (ANN | {"grant_type": "PASSWORD"}, "unsupported_grant_type", "not understood"),
    (ANN | {"grant_type": "\"<\\"}, "unsupported_grant_type", "not understood"),
    (ANN | {"password": PASSWORD + "x"}, "invalid_grant", "Invalid credentials"),
    (ANN | {"username": "nobody"}, "invalid_grant", "Invalid credentials"),
    (ANN | {"username": "no\x00body"}, "invalid_grant", "Invalid credentials"),
    ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant", "refresh token"),
    ({"grant_type": "refresh_token", "refresh_token": "khr_" + "A" * 86}, "invalid_grant", "refresh token"),
    (ANN | {"client_id": CLIENT}, "invalid_client", None),
    (ANN | {"client_id": CLIENT, "client_secret": "wrong"}, "invalid_client", None),
    (ANN | {"client_id": "nobody", "client_secret": SECRET}, "invalid_client", None),
    (ANN | {"client_secret": SECRET}, "invalid_client", None),
]


@PATHS
@pytest.mark.parametrize(("form", "error", "description"), REFUSED, ids=[f"{number} {row[1]}" for number, row in enumerate(REFUSED)])
def test_each_error_is_the_standards(server, path, form, error, description):
    check_refused(token(server, form, path=path), error, description)


def test_wrong_password_and_unknown_user_are_the_same_bytes(server):
    wrong, unknown = token(server, ANN | {"password": "pa55-no"}), token(server, ANN | {"username": "nobody at all"})
    assert wrong.body == unknown.body
    assert [field for field in wrong.fields if field[0] not in ("date", "x-request-id")] == [field for field in unknown.fields if field[0] not in ("date", "x-request-id")]


def test_clients_prove_who_they_are_in_one_way(server):
    for fields, more in ((basic(), {}), (basic(), {"client_id": CLIENT}), ([], {"client_id": CLIENT, "client_secret": SECRET}), ([], {"client_id": "public"}),
                         (basic("public", ""), {}), ([("Authorization", "Basic Og==")], {}), ([], {"client_id": "public", "client_secret": ""})):
        check_granted(token(server, ANN | more, fields))
    for fields in (basic(secret="wrong"), basic("nobody"), basic(secret=""), [("Authorization", "Basic x")], [("Authorization", "Bearer x")], basic() * 2):
        check_refused(token(server, fields=fields), "invalid_client", status=401)
    check_refused(token(server, ANN | {"client_id": CLIENT, "client_secret": SECRET}, basic()), "invalid_request", "two ways")
    check_refused(token(server, ANN | {"client_id": "another"}, basic()), "invalid_request", "client_id")


def test_a_client_that_proved_itself_and_may_not_is_unauthorized_and_not_unknown(server):
    for grant in ("client_credentials", "authorization_code", "urn:ietf:params:oauth:grant-type:device_code"):
        check_refused(token(server, {"grant_type": grant}, basic()), "unauthorized_client", "not registered")
        check_refused(token(server, {"grant_type": grant, "client_id": CLIENT, "client_secret": SECRET}), "unauthorized_client", "not registered")


def test_a_client_that_shows_a_secret_at_login_shows_the_right_one(server):
    person, in_body = {"username": "ann", "password": PASSWORD}, {"client_id": CLIENT, "client_secret": SECRET}
    nothing_shown = [("Authorization", "Basic Og==")], [("Authorization", "Bearer x")], []

    def log_in(status, fields=(), **how):
        answer = ask(server.port, "POST", "/login", fields=fields, **how)
        assert answer.status == status, (fields, how, answer.body)
        return answer.json()
    for notation in ("form", "json"):
        for fields in (*nothing_shown, basic()):
            assert "access_token" in log_in(200, fields, **{notation: person})
        for more in (in_body, {"client_id": "public"}, {"client_id": "", "client_secret": ""}):
            assert "access_token" in log_in(200, **{notation: person | more})
        for fields in (basic(secret="wrong"), basic("nobody"), [("Authorization", "Basic x")]):
            assert log_in(401, fields, **{notation: person})["code"] == "invalid_client"
        assert log_in(401, **{notation: person | in_body | {"client_secret": "wrong"}})["code"] == "invalid_client"


def test_a_form_is_the_only_notation(server):
    for media_type in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
        answer = ask(server.port, "POST", "/oauth/token", fields=[("Content-Type", media_type)], body=b'{"grant_type":"password"}')
        check_refused(answer, "invalid_request", "application/x-www-form-urlencoded")
    check_refused(ask(server.port, "POST", "/oauth/token", body=b"grant_type=password"), "invalid_request")


@pytest.mark.parametrize("path", ["/oauth/token", "/token", "/oauth/revoke", "/oauth/introspect"])
def test_what_the_server_itself_refuses_looks_the_same(server, path):
    for method in ("GET", "PUT", "DELETE"):
        answer = ask(server.port, method, path)
        check_refused(answer, "invalid_request", status=405)
        assert answer.header("allow") == "OPTIONS, POST"
    for body, fields in ((b"", [FORM, ("Content-Length", "70000")]), (b"x" * 70000, [FORM])):
        with Connection(server.port) as connection:
            connection.send(request_bytes("POST", path, fields, body))
            check_refused(connection.read("POST"), "invalid_request", "larger")
    check_refused(ask(server.port, "POST", path + "?token=x&grant_type=x", fields=basic(), form={}), "invalid_request", "URL")
    forged = ask(server.port, "POST", path, fields=[("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")], form=ANN)
    check_refused(forged, "invalid_request", status=403)


def test_nothing_below_oauth_is_answered_in_the_same_way_and_elsewhere_as_ever(server):
    check_refused(ask(server.port, "GET", "/oauth/nothing"), "invalid_request", status=404)
    for path in ("/tokens", "/nothing"):
        assert ask(server.port, "GET", path).header("content-type") == "application/problem+json"


def test_who_guesses_waits_here_as_at_the_log_in(start):
    server = start(QUICK)
    Account(server.port, "ann")
    assert [token(server, ANN | {"password": "pa55-no"}).status for _ in range(6)] == [400] * 6
    assert [ask(server.port, "POST", "/login", json={"username": "ann", "password": "pa55-no"}).status for _ in range(4)] == [401] * 4
    answer = token(server)
    check_refused(answer, "temporarily_unavailable", "later", status=429)
    assert 0 < int(answer.header("retry-after")) <= 30 and answer.header("ratelimit").startswith('"account";r=0;t=')
    assert ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).status == 429
    unknown = [token(server, ANN | {"username": "nobody"}) for _ in range(11)]
    assert [answer.status for answer in unknown] == [400] * 10 + [429]
    assert unknown[-1].body == answer.body, "a name that nobody has is locked alike"


def test_guesses_at_a_clients_secret_are_counted_with_those_at_introspection(start):
    server = start(QUICK | {"KEYHOLD_CLIENTS": f"{CLIENT}:{SECRET}"})
    Account(server.port, "ann")
    assert [token(server, fields=basic(secret=f"guess {n}")).status for n in range(6)] == [401] * 6
    assert [ask(server.port, "POST", "/introspect", fields=basic(secret=f"guess {n}"), form={"token": "x"}).status for n in range(4)] == [401] * 4
    check_refused(token(server, fields=basic()), "temporarily_unavailable", status=429)
    check_granted(token(server))


def test_a_known_device_is_known_here_too(start):
    server = start(QUICK)
    Account(server.port, "ann")
    device = check_granted(token(server))["device_token"]
    assert [token(server, ANN | {"password": "pa55-no"}).status for _ in range(11)] == [400] * 10 + [429]
    assert check_granted(token(server, ANN | {"device_token": device}))["device_token"] == device


def test_a_scope_without_a_word_is_said_nowhere(server):
    """RFC 6749 §3.3: scope = scope-token *( SP scope-token )."""
    for more in ({}, {"scope": ""}, {"scope": " "}):
        body = check_granted(token(server, ANN | more))
        told = ask(server.port, "POST", "/oauth/introspect", fields=basic(), form={"token": body["access_token"]}).json()
        assert told["active"] and not any("scope" in said for said in (body, told, jwt.decode(body["access_token"], SECRET_KEY, algorithms=["HS256"])))


def test_what_asks_for_scopes_and_has_none_of_them_is_refused(server):
    """RFC 6749 §5.1: scope is REQUIRED if it is not "identical to the scope requested by the client"."""
    for path in ("/oauth/token", "/token"):
        check_refused(token(server, ANN | {"scope": "read write"}, path=path), "invalid_scope", "none of these scopes")
    check_refused(token(server, ANN | {"scope": "read", "password": "pa55-no"}), "invalid_grant")
    assert ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD, "scope": "read"}).status == 200, "the tutorial's route"
    first = check_granted(token(server))["refresh_token"]
    check_refused(refresh(server, first, scope="read"), "invalid_scope")
    check_granted(refresh(server, first))


def test_fifty_at_once_get_one_successor_and_it_works(server):
    for _ in range(5):
        first = check_granted(token(server))["refresh_token"]
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(coming_back(lambda: refresh(server, first)))) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        successors = {check_granted(answer)["refresh_token"] for answer in answers}
        assert len(answers) == 50 and len(successors) == 1
        check_granted(refresh(server, successors.pop()))


def test_a_stolen_refresh_token_ends_the_session_here_too(start):
    server = start(QUICK | {"KEYHOLD_REFRESH_TOKEN_GRACE": "0"})
    Account(server.port, "ann")
    first = check_granted(token(server))
    second = check_granted(refresh(server, first["refresh_token"]))
    third = check_granted(refresh(server, second["refresh_token"]))
    deadline = time.monotonic() + 30
    while refresh(server, first["refresh_token"]).status == 200:  # until the grace of 0 s is over, by the server's whole seconds
        assert time.monotonic() < deadline
    check_refused(refresh(server, third["refresh_token"]), "invalid_grant")
    assert ask(server.port, "GET", "/protected", token=third["access_token"]).status == 401
    assert "was used twice" in server.log()


@pytest.mark.parametrize("path", ["/oauth/revoke", "/revoke"])
@pytest.mark.parametrize("client", [{"client_id": "public"}, {}, {"client_id": CLIENT, "client_secret": SECRET}], ids=["a public client", "nobody", "with a secret"])
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_whoever_has_a_token_may_revoke_it(server, path, client, which):
    tokens = check_granted(token(server))
    assert ask(server.port, "POST", path, form={"token": tokens[which], "token_type_hint": which} | client).status == 200
    assert ask(server.port, "GET", "/protected", token=tokens["access_token"]).status == 401
    check_refused(refresh(server, tokens["refresh_token"]), "invalid_grant")
    assert ask(server.port, "POST", path, form={"token": tokens[which]} | client).status == 200, "RFC 7009 §2.2"


def test_revocation_and_introspection_refuse_as_the_standards_say(server):
    live = check_granted(token(server))["access_token"]
    for path in ("/oauth/revoke", "/oauth/introspect"):
        check_refused(ask(server.port, "POST", path, fields=basic(), form={}), "invalid_request", "token: Field required")
        check_refused(ask(server.port, "POST", path, fields=basic(), form="token=a&token=b"), "invalid_request", "token: ")
        check_refused(ask(server.port, "POST", path, form="token=a&client_id=a&client_id=b"), "invalid_request", "client_id: ")
        check_refused(ask(server.port, "POST", path, fields=basic(), json={"token": "x"}), "invalid_request")
        check_refused(ask(server.port, "POST", path, fields=basic(secret="wrong"), form={"token": live}), "invalid_client", status=401)
    wrong = {"token": live, "client_id": CLIENT, "client_secret": "wrong"}
    check_refused(ask(server.port, "POST", "/oauth/revoke", form=wrong), "invalid_client")
    check_refused(ask(server.port, "POST", "/oauth/revoke", form={"token": live, "client_id": CLIENT}), "invalid_client")
    for form in (wrong, {"token": live}, {"token": live, "client_id": "public"}):  # RFC 7662 §2.3
        check_refused(ask(server.port, "POST", "/oauth/introspect", form=form), "invalid_client", status=401)
    said = ask(server.port, "POST", "/oauth/introspect", fields=basic(), form={"token": live})
    assert said.status == 200 and said.json() == ask(server.port, "POST", "/introspect", fields=basic(), form={"token": live}).json()
    assert said.json()["active"] and ask(server.port, "GET", "/protected", token=live).status == 200


@pytest.mark.parametrize(("typ", "good"), [("at+jwt", 1), ("JWT", 2)])
def test_the_type_of_access_tokens_is_a_setting_and_jwt_takes_both(start, typ, good):
    """RFC 9068 §2.1, §4; RFC 8725 §3.11."""
    own = {"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_ISSUER": "https://auth.example", "KEYHOLD_LOG_FORMAT": "json"}
    issued = []
    for one in ("JWT", "at+jwt") if typ == "at+jwt" else ("at+jwt", "JWT"):
        server = start(own | {"KEYHOLD_ACCESS_TOKEN_TYP": one})
        if not issued:
            Account(server.port, "ann")
        issued.append(check_granted(token(server))["access_token"])
        assert jwt.get_unverified_header(issued[-1])["typ"] == one
        statuses = [ask(server.port, "GET", "/protected", token=each).status for each in issued]
        server.stop()
    assert statuses.count(200) == good and statuses[-1] == 200


def test_under_a_secret_the_type_stays_the_tutorials(start):
    server = start(QUICK | {"KEYHOLD_ACCESS_TOKEN_TYP": "at+jwt"})
    assert jwt.get_unverified_header(Account(server.port, "ann").token)["typ"] == "JWT"
