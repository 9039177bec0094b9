# SPDX-License-Identifier: Apache-2.0
"""The authorization endpoint and the code grant: RFC 6749 §4.1, RFC 7636, RFC 9207, RFC 9700, OpenID Connect Core §3.1."""
import hashlib
import threading
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
import pytest
from expect import problem
from oidc import CALLBACK, Browser, base64url, show_password
from people import coming_back
from server import run
from wire import ask


@pytest.fixture(scope="module")
def app(provider):
    return provider.client("app", "--first-party", "--public")


@pytest.fixture(scope="module")
def shop(provider):
    return provider.client("shop", "--first-party")


def error_of(answer, status=400):
    assert answer.status == status, (answer.status, answer.body)
    return answer.json()["error"]


def test_a_code_becomes_tokens(provider, ann, app, shop):
    for client in (app, shop):
        answer = client.redeem(client.code(ann, scope="openid profile other"))
        assert answer.status == 200 and answer.header("cache-control") == "no-store" and answer.header("pragma") == "no-cache"
        body = answer.json()
        assert body["token_type"] == "Bearer" and body["scope"] == "openid profile"
        claims = jwt.decode(body["access_token"], options={"verify_signature": False})
        assert claims["client_id"] == client.id and claims["scope"] == "openid profile" and claims["iss"] == provider.url
        assert ask(provider.port, "GET", "/protected", token=body["access_token"]).json() == {"message": "Welcome ann"}


def test_an_id_token_says_who_signed_in_when_and_how(provider, ann):
    for algorithm in ("RS256", "ES256"):
        client = provider.client(f"of-{algorithm}", "--first-party", "--id-token-algorithm", algorithm)
        body = client.tokens(ann, nonce="a nonce")
        claims = client.id_token(body["id_token"])
        access = jwt.decode(body["access_token"], options={"verify_signature": False})
        assert jwt.get_unverified_header(body["id_token"])["typ"] == "JWT"
        assert claims["sub"] == access["sub"] and claims["sid"] == access["sid"] and claims["nonce"] == "a nonce"
        assert claims["acr"] == "1" and claims["amr"] == ["pwd"] and 0 <= claims["iat"] - claims["auth_time"] < 600
        assert claims["at_hash"] == base64url(hashlib.sha256(body["access_token"].encode()).digest()[:16])
    assert "nonce" not in client.id_token(client.tokens(ann, nonce=None)["id_token"])
    assert "id_token" not in client.tokens(ann, scope="profile")


def test_an_id_token_opens_nothing(provider, ann, app):
    token = app.tokens(ann)["id_token"]
    for path in ("/protected", "/me", "/oauth/userinfo"):
        assert ask(provider.port, "GET", path, token=token).status == 401


def test_userinfo_tells_what_the_scope_allows(provider, ann, app):
    body = app.tokens(ann)
    subject = app.id_token(body["id_token"])["sub"]
    assert ask(provider.port, "GET", "/oauth/userinfo", token=body["access_token"]).json() == {"sub": subject}
    more = app.tokens(ann, scope="openid profile")["access_token"]
    told = {"sub": subject, "name": "ann", "preferred_username": "ann"}
    assert ask(provider.port, "GET", "/oauth/userinfo", token=more).json() == told
    assert ask(provider.port, "POST", "/oauth/userinfo", token=more).json() == told
    assert ask(provider.port, "POST", "/oauth/userinfo", form={"access_token": more}).json() == told
    by_claim = app.tokens(ann, claims='{"userinfo": {"name": {"essential": true}}}')["access_token"]
    assert ask(provider.port, "GET", "/oauth/userinfo", token=by_claim).json()["name"] == "ann"
    for twice in ({"token": more, "form": {"access_token": more}}, {"form": f"access_token={more}&access_token={more}"}):  # RFC 6750 §2, §3.1
        refused = ask(provider.port, "POST", "/oauth/userinfo", **twice)
        assert refused.status == 400 and refused.json()["error"] == "invalid_request", twice
    assert ask(provider.port, "POST", "/oauth/userinfo", form=f"access_token={more}&x=1&x=2").json() == told
    refused = ask(provider.port, "GET", "/oauth/userinfo", token=app.tokens(ann, scope="profile")["access_token"])
    assert refused.status == 403 and refused.header("www-authenticate") == 'Bearer error="insufficient_scope", scope="openid"'
    assert ask(provider.port, "GET", "/oauth/userinfo").header("www-authenticate") == "Bearer"
    for fields in ([("Authorization", "Bearer")], [("Authorization", f"Bearer {more}")] * 2):  # as at /protected
        problem(ask(provider.port, "GET", "/oauth/userinfo", fields=fields), 401, "token_malformed")


def test_a_code_is_good_once_and_the_second_use_ends_what_the_first_began(provider, ann, app):
    code = app.code(ann)
    body = app.redeem(code).json()
    assert ask(provider.port, "GET", "/protected", token=body["access_token"]).status == 200
    assert error_of(app.redeem(code)) == "invalid_grant"
    assert ask(provider.port, "GET", "/protected", token=body["access_token"]).status == 401
    assert error_of(app.refresh(body["refresh_token"])) == "invalid_grant"


def test_of_fifty_who_come_with_a_code_at_once_one_succeeds(provider, ann, app):
    code, statuses, start = app.code(ann), [], threading.Barrier(50)

    def come():
        start.wait()
        statuses.append(coming_back(lambda: app.redeem(code)).status)

    threads = [threading.Thread(target=come) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [400] * 49


# What is wrong with what comes with a good code: after each of them the code is over, right or not.
@pytest.mark.parametrize("wrong", [{"redirect_uri": CALLBACK + "/"}, {"code_verifier": "x" * 43}, {"code_verifier": None}, {"code_verifier": "x"}])
def test_a_code_with_a_wrong_proof_is_over(ann, app, wrong):
    code = app.code(ann)
    assert error_of(app.redeem(code, **wrong)) == "invalid_grant"
    assert error_of(app.redeem(code)) == "invalid_grant"


@pytest.mark.parametrize("verifier", ["x", "x" * 42, "x" * 129, "x" * 42 + "+", "x" * 42 + "\u00e9"], ids=["1", "42", "129", "+", "e"])
def test_what_is_no_verifier_is_none_even_if_the_challenge_is_its_digest(ann, app, verifier):
    """RFC 7636 §4.1: 43 to 128 unreserved characters. A short one can be guessed."""
    code = app.code(ann, code_challenge=base64url(hashlib.sha256(verifier.encode()).digest()))
    assert error_of(app.redeem(code, code_verifier=verifier)) == "invalid_grant"


def test_a_code_is_its_clients_alone(provider, ann, app, shop):
    code = app.code(ann)
    shop.verifier = app.verifier
    assert error_of(shop.redeem(code)) == "invalid_grant"
    assert app.redeem(code).status == 200, "and nobody else uses it up"
    code = shop.code(ann)
    assert error_of(shop.redeem(code, client_secret=None)) == "invalid_client"
    assert error_of(shop.redeem(code, client_secret="khc_wrong")) == "invalid_client"
    assert error_of(shop.redeem(code, client_id="nobody", client_secret=None)) == "invalid_client"
    assert error_of(shop.redeem(code, redirect_uri=None)) == "invalid_request"
    assert shop.redeem(code).status == 200


def test_a_code_ends_with_the_session_in_which_it_was_given(provider, app):
    bob = Browser(provider, "bob")
    code = app.code(bob)
    bob.sign_out()
    assert error_of(app.redeem(code)) == "invalid_grant"


def test_refresh_tokens_are_the_clients_alone_and_rotate(provider, ann, app, shop):
    first = app.tokens(ann, scope="openid profile")
    used = first["refresh_token"]
    assert error_of(shop.refresh(used)) == "invalid_grant"
    assert error_of(app.refresh(used, client_id=None)) == "invalid_grant"
    assert ask(provider.port, "POST", "/refresh", json={"refresh_token": used}).status == 401
    assert error_of(app.refresh(used, scope="openid offline_access")) == "invalid_scope"
    second = app.refresh(used).json()
    assert second["refresh_token"] != used and second["scope"] == "openid profile"
    old, new = app.id_token(first["id_token"]), app.id_token(second["id_token"])
    assert [old[name] for name in ("iss", "sub", "aud", "auth_time", "sid")] == [new[name] for name in ("iss", "sub", "aud", "auth_time", "sid")]
    assert "nonce" not in new
    narrow = app.refresh(second["refresh_token"], scope="openid").json()
    assert narrow["scope"] == "openid"
    assert app.refresh(narrow["refresh_token"]).json()["scope"] == "openid profile", "what was given stays given"


def test_a_clients_session_ends_with_the_persons_unless_it_is_an_offline_one(provider, app):
    cid = Browser(provider, "cid")
    online, offline = app.tokens(cid), app.tokens(cid, scope="openid offline_access")
    cid.sign_out()
    assert error_of(app.refresh(online["refresh_token"])) == "invalid_grant"
    assert ask(provider.port, "GET", "/protected", token=online["access_token"]).status == 401
    assert app.refresh(offline["refresh_token"]).status == 200


def test_a_clients_token_does_not_look_after_the_account(provider, ann, app):
    token = app.tokens(ann)["access_token"]
    for method, path in [("GET", "/sessions"), ("GET", "/me"), ("POST", "/logout/all")]:
        refused = ask(provider.port, method, path, token=token)
        assert refused.status == 403 and refused.json()["code"] == "insufficient_scope", (path, refused.body)
    trusted = provider.client("console", "--first-party", "--scope", "openid", "--scope", "keyhold:account")
    assert ask(provider.port, "GET", "/me", token=trusted.tokens(ann, scope="keyhold:account")["access_token"]).status == 200


def test_a_clients_token_in_a_cookie_gets_no_code_for_another_client(provider, ann, app, shop):
    thief = Browser(provider)
    body = app.tokens(ann)
    for cookie, token in [("__Host-keyhold", body["access_token"]), ("__Host-keyhold-refresh", body["refresh_token"])]:
        thief.cookies = {cookie: token}
        assert shop.answer_of(thief, prompt="none")["error"] == "login_required"


def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back_to_the_same_request(provider, ann, app):
    stranger = Browser(provider)
    asked = app.request(login_hint="ann", other="ignored")
    answer = stranger.ask("GET", asked)
    where = urlsplit(answer.header("location"))
    assert answer.status == 303 and where.path == "../sign-in"
    way = parse_qs(where.query)["return_to"][0]
    assert parse_qs(urlsplit(way).query) == {name: value for name, value in parse_qs(urlsplit(asked).query).items() if name != "other"}
    assert ann.ask("GET", way).header("location").startswith(CALLBACK + "?code=")
    assert app.answer_of(stranger, prompt="none")["error"] == "login_required"


def test_hints_are_looked_at(provider, ann, app, shop):
    eve = Browser(provider, "eve")
    hint = app.tokens(ann)["id_token"]
    assert "code" in app.answer_of(ann, prompt="none", id_token_hint=hint)
    assert app.answer_of(eve, prompt="none", id_token_hint=hint)["error"] == "login_required"
    for wrong in ("x", hint[:-8] + "AAAAAAAA", shop.tokens(ann)["id_token"], app.tokens(ann)["access_token"]):
        assert app.answer_of(ann, prompt="none", id_token_hint=wrong)["error"] == "invalid_request"


def test_whoever_signs_in_as_somebody_else_than_the_hint_says_is_not_sent_round_again(provider, app):
    """OpenID Connect Core §3.1.2.1: "otherwise, it MUST return an error, such as login_required"."""
    fay, gil = Browser(provider, "fay"), Browser(provider, "gil")
    hint = app.tokens(gil)["id_token"]
    asked = app.request(id_token_hint=hint)
    refused = fay.ask("GET", show_password(fay, fay.ask("GET", asked)))
    assert refused.status == 303 and refused.header("location").startswith(CALLBACK + "?error=login_required"), refused.header("location")
    assert gil.ask("GET", asked).header("location").startswith(CALLBACK + "?code=")


# Told to the client, which can be trusted (RFC 6749 §4.1.2.1).
REFUSED = [
    ({"response_type": None}, "invalid_request"), ({"response_type": "token"}, "unsupported_response_type"), ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"), ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"), ({"code_challenge_method": "plain"}, "invalid_request"), ({"code_challenge": "x"}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"), ({"prompt": "create"}, "invalid_request"), ({"max_age": "-1"}, "invalid_request"), ({"max_age": "1e3"}, "invalid_request"),
    ({"scope": "unknown"}, "invalid_scope"), ({"claims": "[]"}, "invalid_request"), ({"claims": "{"}, "invalid_request"),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"), ({"request_uri": "https://evil.tv/"}, "request_uri_not_supported"),
    ({"registration": "{}"}, "registration_not_supported"), ({"login_hint": "x" * 3000}, "invalid_request"),
]


@pytest.mark.parametrize(("more", "error"), REFUSED, ids=[f"{number} {row[1]}" for number, row in enumerate(REFUSED)])
def test_each_error_is_the_standards(ann, app, more, error):
    fields = app.answer_of(ann, **more)
    assert fields["error"] == error and fields["state"] == "st%te &1" and "code" not in fields and fields["error_description"]


def test_a_parameter_that_is_there_twice_is_refused(ann, app):
    for name in ("scope", "nonce", "state", "code_challenge"):
        answer = ann.ask("GET", app.request() + f"&{name}=x")
        assert "error=invalid_request" in answer.header("location")
    assert "&state=" not in ann.ask("GET", app.request() + "&state=x").header("location")


# Told to the person: an answer to there would be one to anybody.
@pytest.mark.parametrize("more", [
    {"client_id": None}, {"client_id": "nobody"}, {"client_id": "a\0b"}, {"redirect_uri": None}, {"redirect_uri": CALLBACK + "/"},
    {"redirect_uri": "https://app.example.com@evil.tv/cb"}, {"redirect_uri": CALLBACK + "/../evil"}, {"redirect_uri": "HTTPS://app.example.com/cb"},
    {"redirect_uri": CALLBACK + "#x"}, {"redirect_uri": "https://evil.tv\\@app.example.com/cb"}, {"redirect_uri": CALLBACK + "\r\nX: y"},
])
def test_nobody_is_sent_where_it_cannot_be_trusted(ann, app, more):
    answer = ann.ask("GET", app.request(**more), fields=[("Accept", "text/html")])
    assert answer.status == 400 and answer.header("location") is None and answer.header("content-type") == "text/html; charset=utf-8"
    assert b"evil" not in answer.body
    for name in ("client_id", "redirect_uri"):
        assert ann.ask("GET", app.request() + f"&{name}=x").status == 400


def test_a_form_becomes_a_link_as_it_came_without_cookies(ann, app):
    query = app.request().split("?")[1]
    answer = ask(ann.provider.port, "POST", "/oauth/authorize", fields=[("Origin", "https://app.example.com"), ("Content-Type", "application/x-www-form-urlencoded")],
                 body=query.encode())
    assert answer.status == 303
    where = urlsplit(answer.header("location"))
    assert where.path == "authorize" and unquote(where.query) == unquote(query)
    assert ann.ask("GET", "/oauth/" + answer.header("location")).header("location").startswith(CALLBACK + "?code=")


def test_a_loopback_redirect_uri_has_any_port_and_a_query_that_was_registered_stays(provider, ann):
    native = provider.client("native", "--first-party", "--public", redirect_uri="http://127.0.0.1/cb?x=1")
    answer = ann.ask("GET", native.request(redirect_uri="http://127.0.0.1:54321/cb?x=1"))
    assert answer.header("location").startswith("http://127.0.0.1:54321/cb?x=1&code=")
    code = parse_qs(urlsplit(answer.header("location")).query)["code"][0]
    assert native.redeem(code, redirect_uri="http://127.0.0.1:54321/cb?x=1").status == 200


def test_a_client_with_a_secret_may_be_let_off_pkce_and_then_a_verifier_is_wrong(provider, ann):
    old = provider.client("old", "--first-party", "--without-pkce")
    without = {"code_challenge": None, "code_challenge_method": None}
    assert old.redeem(old.code(ann, **without), code_verifier=None).status == 200
    assert error_of(old.redeem(old.code(ann, **without))) == "invalid_grant", "somebody took the challenge out (RFC 9700 §4.8.2)"
    assert old.redeem(old.code(ann)).status == 200


def test_a_client_uses_the_grants_that_it_was_given(provider, ann, app):
    assert error_of(app.token(grant_type="password", username="ann", password="x")) == "unauthorized_client"
    once = provider.client("once", "--first-party", "--grant", "authorization_code")
    body = once.tokens(ann, scope="openid offline_access")
    assert "refresh_token" not in body and body["scope"] == "openid"
    machine = provider.client("machine", "--first-party", "--grant", "password")
    assert machine.answer_of(ann)["error"] == "unauthorized_client"


def test_a_removed_client_is_over(provider, ann):
    gone = provider.client("gone", "--first-party")
    body, code = gone.tokens(ann, scope="openid offline_access"), gone.code(ann)
    run("client", "delete", "gone", folder=provider.folder, env={"KEYHOLD_LOG_FORMAT": "json"}, check=0)
    assert ask(provider.port, "GET", "/protected", token=body["access_token"]).status == 401
    assert error_of(gone.redeem(code)) == "invalid_client"
    assert ann.ask("GET", gone.request()).status == 400


def test_a_third_party_needs_the_persons_consent(provider, ann):
    blog = provider.client("blog")
    assert blog.answer_of(ann, prompt="none")["error"] == "consent_required"


def test_discovery_names_what_works(provider):
    document = ask(provider.port, "GET", "/.well-known/openid-configuration").json()
    assert document == ask(provider.port, "GET", "/.well-known/oauth-authorization-server").json()
    for name, path in [("authorization_endpoint", "/oauth/authorize"), ("token_endpoint", "/oauth/token"), ("userinfo_endpoint", "/oauth/userinfo")]:
        assert document[name] == provider.url + path
    # OpenID Connect Discovery §3, REQUIRED
    assert {"issuer", "jwks_uri", "response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"} <= document.keys()
    assert document["response_types_supported"] == ["code"] and "RS256" in document["id_token_signing_alg_values_supported"]
    assert document["code_challenge_methods_supported"] == ["S256"] and document["authorization_response_iss_parameter_supported"] is True
    assert document["scopes_supported"] == ["openid", "profile", "email", "offline_access"]
    assert "authorization_code" in document["grant_types_supported"] and document["request_uri_parameter_supported"] is False


def test_tokens_are_told_of_and_taken_back_by_their_own_client_alone(provider, ann, app, shop):
    def ask_about(token, client):
        return ask(provider.port, "POST", "/oauth/introspect", form={"token": token, "client_id": client.id, "client_secret": client.secret}).json()

    other = provider.client("other", "--first-party")
    body = shop.tokens(ann, scope="openid profile")
    for token in (body["access_token"], body["refresh_token"]):
        told = ask_about(token, shop)
        assert told["active"] and told["client_id"] == "shop" and told["scope"] == "openid profile" and told["username"] == "ann"
        assert ask_about(token, other) == {"active": False}
        assert error_of(ask(provider.port, "POST", "/oauth/revoke", form={"token": token, "client_id": "app"})) == "unauthorized_client"
    assert ask_about(ann.cookies["__Host-keyhold"], shop) == {"active": False}
    assert ask(provider.port, "POST", "/oauth/revoke", form={"token": body["refresh_token"], "client_id": "shop", "client_secret": shop.secret}).status == 200
    assert ask_about(body["access_token"], shop) == {"active": False}


def test_a_program_gets_a_token_for_itself(provider, shop):
    robot = provider.client("robot", "--grant", "client_credentials", "--scope", "openid", "--scope", "notes:read", "--scope", "notes:write")
    body = robot.token(grant_type="client_credentials").json()
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope"} and body["scope"] == "notes:read notes:write"
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert claims["sub"] == claims["client_id"] == "robot" and claims["scope"] == "notes:read notes:write" and "sid" not in claims
    assert robot.token(grant_type="client_credentials", scope="notes:read").json()["scope"] == "notes:read"
    refused = robot.token(grant_type="client_credentials", scope="notes:read openid")
    assert error_of(refused) == "invalid_scope" and "was not given all of these" in refused.json()["error_description"]
    assert error_of(robot.token(grant_type="client_credentials", client_secret=None)) == "invalid_client"
    assert error_of(shop.token(grant_type="client_credentials")) == "unauthorized_client"
    for path in ("/protected", "/me", "/oauth/userinfo"):
        assert ask(provider.port, "GET", path, token=body["access_token"]).status == 401, "it is nobody's account"
    asked = {"token": body["access_token"], "client_id": "robot", "client_secret": robot.secret}
    assert ask(provider.port, "POST", "/oauth/introspect", form=asked).json()["sub"] == "robot"
    run("client", "delete", "robot", folder=provider.folder, env={"KEYHOLD_LOG_FORMAT": "json"}, check=0)
    assert ask(provider.port, "POST", "/oauth/introspect", form={"token": body["access_token"], "client_id": "shop", "client_secret": shop.secret}).json() == {"active": False}


def test_a_programs_own_token_is_not_said_to_be_revoked_while_it_is_good(provider):
    robot = provider.client("revoking-robot", "--grant", "client_credentials", "--scope", "notes:read")
    other = provider.client("other-robot", "--grant", "client_credentials", "--scope", "notes:read")
    token = robot.token(grant_type="client_credentials").json()["access_token"]

    def at(path, client):
        return ask(provider.port, "POST", path, form={"token": token, "client_id": client.id, "client_secret": client.secret})

    assert at("/oauth/introspect", robot).json()["active"]
    assert error_of(at("/oauth/revoke", robot)) == "unsupported_token_type"  # RFC 7009 §2.2.1
    assert at("/oauth/introspect", robot).json()["active"]
    assert at("/oauth/revoke", other).status == 200, "to others it is no token of theirs"



def test_a_request_can_be_pushed_and_is_good_for_its_client_once(provider, ann, app, shop):
    def push(client, **more):
        query = client.request(**more).split("?")[1]
        secret = f"&client_secret={client.secret}" if client.secret else ""
        return ask(provider.port, "POST", "/oauth/par", form=query + secret)

    pushed = push(shop, scope="openid profile", login_hint="x" * 2000)
    assert pushed.status == 201 and pushed.header("cache-control") == "no-store" and pushed.json()["expires_in"] == 600
    uri = pushed.json()["request_uri"]
    assert uri.startswith("urn:ietf:params:oauth:request_uri:")

    def come(browser, client=shop, uri=uri):
        return browser.ask("GET", "/oauth/authorize?" + urlencode({"client_id": client.id, "request_uri": uri, "scope": "openid", "redirect_uri": "https://evil.tv/"}))

    way = parse_qs(urlsplit(come(Browser(provider)).header("location")).query)["return_to"][0]
    assert parse_qs(urlsplit(way).query) == {"client_id": ["shop"], "request_uri": [uri]}, "whoever has to sign in comes back with it"
    assert come(ann, app).status == 400 and come(ann, uri=uri + "x").status == 400
    where = ann.ask("GET", way).header("location")
    assert where.startswith(CALLBACK + "?code=")
    assert shop.redeem(parse_qs(urlsplit(where).query)["code"][0]).json()["scope"] == "openid profile"
    assert come(ann).status == 400, "it was used"
    assert push(app).status == 201
    assert error_of(push(shop, redirect_uri="https://evil.tv/")) == "invalid_request"
    assert error_of(push(shop, scope="unknown")) == "invalid_scope"
    assert error_of(push(shop, request_uri=uri)) == "invalid_request"
    assert error_of(push(shop, client_id="nobody")) == "invalid_client"
