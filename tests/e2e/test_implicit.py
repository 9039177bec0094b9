# SPDX-License-Identifier: Apache-2.0
"""The implicit grant of OpenID Connect Core §3.2, which is off unless oauth_implicit says otherwise."""
import base64
import hashlib
from urllib.parse import parse_qsl, urlsplit

import pytest
from conformance import REDIRECT_URI, SETTINGS, Person, Suite
from oidc import CALLBACK, Provider
from wire import ask


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    started = Provider(tmp_path_factory.mktemp("provider"), SETTINGS | {"KEYHOLD_OAUTH_IMPLICIT": "true"})
    yield started
    started.stop()


@pytest.fixture(scope="module")
def client(provider):
    return Suite(provider, grant_types=["implicit"], response_types=["id_token", "id_token token"])


@pytest.fixture(scope="module")
def ann(provider):
    return Person(provider, "ann")


def fragment(client, person, **more):
    pages, where = person.visit(client.request(**more))
    assert where, pages[-1]
    parts = urlsplit(where)
    assert parts._replace(fragment="").geturl() == REDIRECT_URI, "nothing in the query"
    found = parse_qsl(parts.fragment, strict_parsing=True)
    assert len(dict(found)) == len(found) and dict(found)["state"] == client.state and dict(found)["iss"] == client.provider.url
    return {name: value for name, value in found if name not in ("state", "iss")}


@pytest.mark.parametrize("order", ["id_token token", "token id_token"])
def test_tokens_come_behind_the_number_sign(provider, client, ann, order):
    given = fragment(client, ann, response_type=order, scope="openid profile")
    assert given.keys() == {"access_token", "token_type", "expires_in", "scope", "id_token"} and given["token_type"] == "Bearer"
    claims = client.id_token(given["id_token"])
    half = hashlib.sha256(given["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode() and claims["nonce"] == client.nonce
    told = ask(provider.port, "GET", "/oauth/userinfo", token=given["access_token"]).json()
    assert told["sub"] == claims["sub"] and told["preferred_username"] == "ann" and "preferred_username" not in claims


def test_an_id_token_alone_holds_what_the_scopes_ask_for(client, ann):
    given = fragment(client, ann, response_type="id_token", scope="openid profile")
    claims = client.id_token(given["id_token"])
    assert given.keys() == {"id_token"} and "at_hash" not in claims and claims["preferred_username"] == "ann"


def test_errors_come_there_too(client, ann):
    refused = {"invalid_request": {"nonce": None}, "invalid_scope": {"scope": "profile"}, "login_required": {"prompt": "none"}}
    ann.cookies = {}
    for error, more in refused.items():
        assert fragment(client, ann, response_type="id_token", **more)["error"] == error
    assert fragment(client, ann, response_type="id_token", response_mode="query")["error"] == "invalid_request"


def test_a_client_is_given_what_it_registered_for(provider, client, ann):
    _, where = ann.visit(client.request())
    assert client.error(where) == "unauthorized_client"
    of_codes = Suite(provider)
    assert fragment(of_codes, ann, response_type="id_token")["error"] == "unauthorized_client"
    answer = ask(provider.port, "POST", "/oauth/clients", json={"redirect_uris": [REDIRECT_URI], "response_types": ["id_token"]})
    assert answer.status == 400 and "implicit" in answer.json()["error_description"]


def test_a_log_out_ends_the_access_token(provider, client, fresh_name):
    person = Person(provider, fresh_name)
    given = fragment(client, person, response_type="id_token token")
    assert ask(provider.port, "GET", "/oauth/userinfo", token=given["access_token"]).status == 200
    person.sign_out()
    assert ask(provider.port, "GET", "/oauth/userinfo", token=given["access_token"]).status == 401


def test_nothing_is_done_offline_without_a_code(provider, fresh_name):
    """OpenID Connect Core §11: the scope is ignored, and so a log-out ends the token."""
    both = Suite(provider, grant_types=["implicit", "authorization_code", "refresh_token"], response_types=["code", "id_token", "id_token token"], scope="openid offline_access")
    person = Person(provider, fresh_name)
    given = fragment(both, person, response_type="id_token token", scope="openid offline_access")
    assert given["scope"] == "openid"
    person.sign_out()
    assert ask(provider.port, "GET", "/oauth/userinfo", token=given["access_token"]).status == 401


def test_without_the_setting_there_is_no_such_thing(tmp_path):
    closed = Provider(tmp_path, SETTINGS)
    document = ask(closed.port, "GET", "/.well-known/openid-configuration").json()
    assert document["response_types_supported"] == ["code"] and document["response_modes_supported"] == ["query"] and "implicit" not in document["grant_types_supported"]
    app = closed.client("app", "--grant", "implicit")
    # RFC 6749 §4.2.2.1, OAuth 2.0 Multiple Response Type Encoding Practices §5: where the client looks for what it asked for.
    for wanted, sign in (("id_token", "#"), ("token", "#"), ("code id_token", "#"), ("code token", "#"), ("id_token token", "#"), ("none", "?"), ("codes", "?")):
        where = ask(closed.port, "GET", app.request(response_type=wanted)).header("location")
        assert where.startswith(CALLBACK + sign + "error=unsupported_response_type&"), (wanted, where)
    answer = ask(closed.port, "POST", "/oauth/clients", json={"redirect_uris": [REDIRECT_URI], "grant_types": ["implicit"], "response_types": ["id_token"]})
    assert answer.status == 400 and answer.json()["error"] == "invalid_client_metadata"
    closed.stop()
