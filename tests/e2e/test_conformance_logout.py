# SPDX-License-Identifier: Apache-2.0
"""The plans RP-initiated log-out and back-channel log-out of the OpenID Foundation's conformance suite, a test for each module."""
import re
import time
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import jwt
import pytest
from conformance import LEFT, SETTINGS, Person, Suite
from oidc import Provider
from test_back_channel import SECONDS, application  # noqa: F401, a fixture
from wire import ask

STATE = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~" * 2  # 128 characters and more: it comes back as it went


@pytest.fixture(scope="module")
def provider(tmp_path_factory, application):
    settings = SETTINGS | {"KEYHOLD_OAUTH_CA_FILE": str(application.ca_file), "KEYHOLD_OAUTH_CLIENT_NETWORKS": "127.0.0.0/8,::1/128"}
    started = Provider(tmp_path_factory.mktemp("provider"), settings)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def suite(provider):
    return Suite(provider, post_logout_redirect_uris=[LEFT])


@pytest.fixture
def signed_in(provider, suite, fresh_name):
    person = Person(provider, fresh_name)
    body, _ = suite.sign_in(person)
    return person, body["id_token"]


def end(person, **fields):
    return person.visit("/oauth/end-session?" + urlencode({name: value for name, value in fields.items() if value is not None}, quote_via=quote))


def is_out(person, suite):
    return suite.answer(person.visit(suite.request(prompt="none"))[1]).get("error") == "login_required"


def test_oidcc_logout_discovery_endpoint_verification(provider):
    document = ask(provider.port, "GET", "/.well-known/openid-configuration").json()
    assert document["end_session_endpoint"] == provider.url + "/oauth/end-session"
    assert document["backchannel_logout_supported"] is True and document["backchannel_logout_session_supported"] is True


@pytest.mark.parametrize("state", [STATE, None])
def test_oidcc_rp_initiated_logout_and_no_state(signed_in, suite, state):
    person, hint = signed_in
    pages, where = end(person, id_token_hint=hint, post_logout_redirect_uri=LEFT, state=state)
    assert not pages and urlsplit(where)._replace(query="").geturl() == LEFT
    assert parse_qsl(urlsplit(where).query) == ([("state", state)] if state else []), "and nothing else"
    assert is_out(person, suite)


def modified(token):
    """The claim `sub` is another's, the signature as it was."""
    head, _, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False}) | {"sub": "somebody else"}
    return ".".join((head, jwt.encode(claims, "x" * 32).split(".")[1], signature))


# Each shows an error, or asks the person; nobody is sent on to the client.
WRONG = {
    "bad-post-logout-redirect-uri": lambda hint: {"id_token_hint": hint, "post_logout_redirect_uri": LEFT + "/nope"},
    "query-added-to-post-logout-redirect-uri": lambda hint: {"id_token_hint": hint, "post_logout_redirect_uri": LEFT + "?foo=bar"},
    "modified-id-token-hint": lambda hint: {"id_token_hint": modified(hint), "post_logout_redirect_uri": LEFT},
    "bad-id-token-hint": lambda hint: {"id_token_hint": "bad", "post_logout_redirect_uri": LEFT},
    "no-id-token-hint": lambda hint: {"post_logout_redirect_uri": LEFT},
    "no-params": lambda hint: {"state": None},
    "only-state": lambda hint: {},
}


@pytest.mark.parametrize("module", WRONG)
def test_oidcc_rp_initiated_logout_with_something_wrong_or_missing(signed_in, suite, module):
    person, hint = signed_in
    pages, where = end(person, **{"state": STATE} | WRONG[module](hint))
    assert where is None and pages
    is_error = "<h1>" in pages[0] and "end-session/confirmed" not in pages[0]
    assert is_error != is_out(person, suite), "whoever was asked said yes; after an error nothing has happened"
    assert is_error == (module not in ("no-id-token-hint", "no-params", "only-state"))


def test_who_shows_the_id_token_of_somebody_else_is_asked_and_then_sent_on(provider, suite, signed_in, fresh_name):
    _, hint = signed_in
    other = Person(provider, fresh_name + "-other")
    suite.sign_in(other)
    pages, where = end(other, id_token_hint=hint, post_logout_redirect_uri=LEFT, state=STATE)
    assert len(pages) == 1 and "end-session/confirmed" in pages[0] and is_out(other, suite)
    assert where is not None and urlsplit(where)._replace(query="").geturl() == LEFT


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(signed_in, suite):
    person, hint = signed_in
    pages, where = end(person, id_token_hint=hint, state=STATE)
    assert where is None and len(pages) == 1 and is_out(person, suite), "a page that says so"


def test_oidcc_backchannel_rp_initiated_logout(provider, application, fresh_name):
    suite = Suite(provider, post_logout_redirect_uris=[LEFT], backchannel_logout_uri=application.uri, backchannel_logout_session_required=True)
    person = Person(provider, fresh_name)
    body, claims = suite.sign_in(person)
    pages, where = end(person, id_token_hint=body["id_token"], post_logout_redirect_uri=LEFT, state=STATE)
    assert not pages and parse_qsl(urlsplit(where).query) == [("state", STATE)]
    path, media_type, _, form = application.heard.get(timeout=SECONDS)
    assert (path, media_type, form.keys()) == ("/backchannel", "application/x-www-form-urlencoded", {"logout_token"})
    token, = form["logout_token"]
    said = suite.id_token(token)  # signature by a published key, iss, aud, exp, iat
    assert jwt.get_unverified_header(token)["typ"] == "logout+jwt" and re.fullmatch(r"[\x21-\x7e]{16,}", said["jti"])
    assert said["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}} and "nonce" not in said
    assert (said["sub"], said["sid"]) == (claims["sub"], claims["sid"]) and abs(time.time() - said["iat"]) < 300
    assert said.keys() == {"iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"}
    assert is_out(person, suite)
