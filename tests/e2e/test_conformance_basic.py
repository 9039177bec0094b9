# SPDX-License-Identifier: Apache-2.0
"""The plans Basic OP and Config OP of the OpenID Foundation's conformance suite, a test for each module, called as the module is."""
import json
import os
import time
from urllib.parse import urlsplit

import jwt
import pytest
from conformance import REDIRECT_URI, SETTINGS, Person, Suite, asked_for_the_password, unsigned, userinfo
from oidc import Provider
from server import run
from waiting import eventually, until
from wire import ask

PROFILE = {"name": "Ann Lee", "family_name": "Lee", "given_name": "Ann", "middle_name": "Mae", "nickname": "annie", "profile": "https://example.com/ann", "picture": "https://example.com/ann.png",
           "website": "https://ann.example", "gender": "female", "birthdate": "1990-12-31", "zoneinfo": "Europe/Paris", "locale": "fr-CA"}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    started = Provider(tmp_path_factory.mktemp("provider"), SETTINGS)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def ann(provider):
    person = Person(provider, "ann")
    run("user", "profile", "ann", "--set", folder=provider.folder, env=provider.env, stdin=json.dumps(PROFILE), check=0)
    run("user", "set-email", "ann", "ann@example.com", "--verified", folder=provider.folder, env=provider.env, check=0)
    return person


@pytest.fixture(scope="module")
def suite(provider):
    return Suite(provider)


@pytest.fixture
def fresh(provider, fresh_name):
    """Somebody whose browser has no cookie yet."""
    return Person(provider, fresh_name)


def test_oidcc_server(ann, suite):
    pages, where = ann.visit(suite.request())
    assert len(pages) == 2, "to sign in, and to allow it"
    suite.granted(suite.redeem(suite.code_at(where)))


def test_the_keys_that_were_read_once_and_before_anything_else_verify_the_first_id_token(tmp_path):
    """As the suite does: it reads discovery and the keys, registers its client then, and looks for no other key."""
    new = Provider(tmp_path, SETTINGS)

    def published():
        return {key["kid"]: key["alg"] for key in ask(new.port, "GET", "/.well-known/jwks.json").json()["keys"]}
    before = eventually(lambda: (keys := published()) and "RS256" in keys.values() and keys)
    suite, ann = Suite(new), Person(new, "ann")
    _, where = ann.visit(suite.request())
    suite.granted(answer := suite.redeem(suite.code_at(where)))
    assert before[jwt.get_unverified_header(answer.json()["id_token"])["kid"]] == "RS256"
    assert published() == before
    new.client("wiki", "--id-token-algorithm", "ES256")
    eventually(lambda: sorted(published().values()) == ["ES256", "ES256", "RS256"])
    new.stop()


def test_oidcc_response_type_missing(ann, suite):
    assert suite.error(ann.visit(suite.request(response_type=None))[1]) in ("invalid_request", "unsupported_response_type")


def test_oidcc_userinfo_get_post_header_and_post_body(provider, ann, suite):
    body, claims = suite.sign_in(ann)
    for told in (userinfo(provider, body["access_token"]), userinfo(provider, body["access_token"], "POST"), userinfo(provider, body["access_token"], "POST", form=""),
                 userinfo(provider, None, "POST", form={"access_token": body["access_token"]})):
        assert told == {"sub": claims["sub"]}


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(ann, suite):
    body = suite.granted(suite.redeem(suite.code(ann, nonce=None)))
    assert "nonce" not in suite.id_token(body["id_token"])


# OpenID Connect Core §5.4
CLAIMS = {"profile": PROFILE.keys() | {"preferred_username", "updated_at"}, "email": {"email", "email_verified"}}


@pytest.mark.parametrize("scope", ["openid profile", "openid email", "openid profile email", "email openid", "profile openid email"])
def test_oidcc_scope_profile_email_all_and_other_scope_order(provider, ann, suite, scope):
    body, _ = suite.sign_in(ann, scope=scope)
    expected = {"sub"}.union(*(CLAIMS.get(word, set()) for word in scope.split()))
    told = userinfo(provider, body["access_token"])
    assert told.keys() == expected
    if "email" in scope:
        assert told["email_verified"] is True and told["email"] == "ann@example.com"
    if "profile" in scope:
        assert type(told["updated_at"]) is int and {name: told[name] for name in PROFILE} == PROFILE


# scope-address, scope-phone and idtoken-unsigned are skipped where discovery does not say that it can be done.
def test_what_is_skipped_is_not_promised(provider):
    document = ask(provider.port, "GET", "/.well-known/openid-configuration").json()
    assert not {"address", "phone"} & set(document["scopes_supported"]) and "none" not in document["id_token_signing_alg_values_supported"]
    assert document["subject_types_supported"] == ["public"]


@pytest.mark.parametrize("more", [{"display": "page"}, {"display": "popup"}, {"display": "nothing that is known"}, {"extra": "foobar"}, {"login_hint": "buffy@suite.example.com"}, {"ui_locales": "se"},
                                  {"ui_locales": "de fr-CA \u00e9"}, {"claims_locales": "se"}, {"acr_values": "1"}, {"acr_values": "urn:nobody:knows 2"}, {"login_hint": ""},
                                  {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}],
                         ids=lambda more: " ".join(f"{name}={value[:12]}" for name, value in more.items()))
def test_oidcc_display_login_hint_locales_acr_values_pkce_and_what_nobody_knows(ann, suite, more):
    code = suite.code(ann, **more)
    verifier = {"code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"} if "code_challenge" in more else {}  # RFC 7636, appendix B
    body = suite.granted(suite.redeem(code, **verifier))
    assert suite.id_token(body["id_token"])["acr"] == "1"


def test_oidcc_prompt_login(fresh, suite):
    _, first = suite.sign_in(fresh)
    wait_for_another_second(first["auth_time"])
    pages, where = fresh.visit(suite.request(prompt="login"))
    assert len(asked_for_the_password(pages)) == 1
    second = suite.id_token(suite.granted(suite.redeem(suite.code_at(where)))["id_token"])
    assert second["auth_time"] > first["auth_time"] and second["sub"] == first["sub"]


def test_oidcc_prompt_none_not_logged_in(fresh, suite):
    pages, where = fresh.visit(suite.request(prompt="none"))
    assert not pages and suite.error(where) == "login_required"


def test_oidcc_prompt_none_logged_in(fresh, suite):
    _, first = suite.sign_in(fresh)
    pages, where = fresh.visit(suite.request(prompt="none"))
    assert not pages
    second = suite.id_token(suite.granted(suite.redeem(suite.code_at(where)))["id_token"])
    assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])


def wait_for_another_second(than, more=0):
    until(than + 1 + more, time.time)


def test_oidcc_max_age_1(fresh, suite):
    _, first = suite.sign_in(fresh)
    wait_for_another_second(first["auth_time"], 1)
    assert suite.error(fresh.visit(suite.request(prompt="none", max_age="1"))[1]) == "login_required"
    pages, where = fresh.visit(suite.request(max_age="1"))
    assert len(asked_for_the_password(pages)) == 1
    second = suite.id_token(suite.granted(suite.redeem(suite.code_at(where)))["id_token"])
    assert second["auth_time"] > first["auth_time"] and time.time() - second["auth_time"] < 30


@pytest.mark.parametrize("prompt", [{}, {"prompt": "none"}])
def test_oidcc_max_age_10000(fresh, suite, prompt):
    _, first = suite.sign_in(fresh)
    pages, where = fresh.visit(suite.request(max_age="10000", **prompt))
    assert not pages
    second = suite.id_token(suite.granted(suite.redeem(suite.code_at(where)))["id_token"])
    assert second["auth_time"] == first["auth_time"]


def test_oidcc_id_token_hint(fresh, suite):
    body, first = suite.sign_in(fresh)
    pages, where = fresh.visit(suite.request(prompt="none", id_token_hint=body["id_token"]))
    assert not pages and suite.id_token(suite.granted(suite.redeem(suite.code_at(where)))["id_token"])["sub"] == first["sub"]


def test_oidcc_codereuse(ann, suite):
    code = suite.code(ann)
    suite.granted(suite.redeem(code))
    suite.refused(suite.redeem(code), "invalid_grant")


@pytest.mark.parametrize("seconds", [30, 70])
@pytest.mark.skipif(not os.environ.get("KEYHOLD_TEST_LONG"), reason="it waits: ./test --long")
def test_oidcc_codereuse_30seconds_and_when_the_code_has_expired(provider, ann, suite, seconds):
    code = suite.code(ann)
    token = suite.granted(suite.redeem(code))["access_token"]
    until(time.monotonic() + seconds)
    suite.refused(suite.redeem(code), "invalid_grant")
    assert ask(provider.port, "GET", "/oauth/userinfo", token=token).status == 401, "what was given for it is over (RFC 6749 §4.1.2)"


@pytest.mark.parametrize("uri", [REDIRECT_URI + "/other", None])
def test_oidcc_ensure_registered_redirect_uri_and_that_there_is_one(ann, suite, uri):
    pages, where = ann.visit(suite.request(redirect_uri=uri))
    assert where is None and len(pages) == 1 and "redirect_uri" in pages[0]


def test_oidcc_ensure_post_request_succeeds(ann, suite):
    query = urlsplit(suite.request()).query
    sent = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", "https://suite.example.com"), ("Sec-Fetch-Site", "cross-site")]
    _, where = ann.visit("/oauth/authorize", "POST", fields=sent, body=query.encode())
    suite.granted(suite.redeem(suite.code_at(where)))


def test_oidcc_server_client_secret_post(provider, ann):
    Suite(provider, "client_secret_post").sign_in(ann)


@pytest.mark.parametrize(("name", "error"), [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")])
def test_oidcc_request_objects_are_rejected_as_unsupported(provider, ann, suite, name, error):
    claims = {"client_id": suite.id, "redirect_uri": REDIRECT_URI, "response_type": "code", "scope": "openid", "state": "inside", "iss": suite.id, "aud": provider.url}
    value = unsigned(claims) if name == "request" else "https://suite.example.com/test/a/keyhold/requesturi/x"
    pages, where = ann.visit(suite.request(**{name: value}))
    assert not pages and suite.error(where) == error
    assert not ask(provider.port, "GET", "/.well-known/openid-configuration").json()[f"{name}_parameter_supported"]


def test_oidcc_claims_essential(provider, ann, suite):
    body, _ = suite.sign_in(ann, claims=json.dumps({"userinfo": {"name": {"essential": True}}}))
    assert userinfo(provider, body["access_token"])["name"] == PROFILE["name"]


def test_oidcc_refresh_token(provider, ann):
    one, other = (Suite(provider, grant_types=["authorization_code", "refresh_token"]) for _ in range(2))
    scope = "openid offline_access"
    first, claims = one.sign_in(ann, scope=scope, prompt="consent")
    wait_for_another_second(claims["iat"])
    second = one.granted(one.refresh(first["refresh_token"], scope=scope))
    again = one.id_token(second["id_token"])
    # OpenID Connect Core §12.2
    assert {name: again[name] for name in ("iss", "sub", "aud", "auth_time")} == {name: claims[name] for name in ("iss", "sub", "aud", "auth_time")}
    assert again["iat"] > claims["iat"] and "nonce" not in again and second["access_token"] != first["access_token"]
    theirs, _ = other.sign_in(ann, scope=scope, prompt="consent")
    one.refused(one.refresh(theirs["refresh_token"], scope=scope), "invalid_grant")
    other.granted(other.refresh(theirs["refresh_token"]))


def test_oidcc_discovery_endpoint_verification(provider):
    answer = ask(provider.port, "GET", "/.well-known/openid-configuration")
    assert answer.status == 200 and answer.header("content-type") == "application/json"
    document = answer.json()
    assert document["issuer"] == provider.url and "code" in document["response_types_supported"] and "authorization_code" in document["grant_types_supported"]
    for name, value in document.items():
        if name.endswith("_supported"):
            assert isinstance(value, bool) or (isinstance(value, list) and value and all(isinstance(each, str) for each in value)), name
        elif name.endswith(("_endpoint", "_uri")):
            assert value.startswith(provider.url + "/"), name
    assert "openid" in document["scopes_supported"] and "RS256" in document["id_token_signing_alg_values_supported"] and document["claims_supported"]
    assert all(" " not in scope and scope.isascii() for scope in document["scopes_supported"])
    keys = ask(provider.port, "GET", urlsplit(document["jwks_uri"]).path).json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()
        assert all("=" not in key[name] and "+" not in key[name] and "/" not in key[name] for name in {"n", "e", "x", "y"} & key.keys())


@pytest.mark.parametrize("issuers", ["/auth", "/a/b", "/a/b/c/d"])
def test_an_issuer_with_a_path_is_found_by_it(tmp_path, issuers):
    """RFC 8414 §3.1, §5: the name stands between host and path. Below the path it is the proxy's business."""
    of_path = Provider(tmp_path, {"KEYHOLD_ISSUER": "https://example.com" + issuers})
    documents = [ask(of_path.port, "GET", f"/.well-known/{name}{path}") for name in ("oauth-authorization-server", "openid-configuration") for path in ("", issuers)]
    assert [one.status for one in documents] == [200] * 4 and all(one.json() == documents[0].json() for one in documents)
    assert documents[0].json()["issuer"] == "https://example.com" + issuers
    assert documents[0].json()["token_endpoint"] == f"https://example.com{issuers}/oauth/token"
    for path in ("/other", issuers + "/x", issuers + "z", issuers.upper(), "/x" + issuers):
        assert ask(of_path.port, "GET", "/.well-known/oauth-authorization-server" + path).status == 404
    of_path.stop()
