# SPDX-License-Identifier: Apache-2.0
"""The IETF's Token Status List, as somebody reads it who knows nothing of Keyhold but the claim in a token."""
import base64
import zlib
from urllib.parse import urlsplit

import jwt
import pytest
from oidc import ENV, Provider
from people import Account
from server import PASSWORD, run
from wire import ask

VALID, INVALID = 0, 1


@pytest.fixture
def provider(tmp_path):
    started = Provider(tmp_path, {"KEYHOLD_OAUTH_STATUS_LISTS": "true"})
    yield started
    started.stop()


def log_in(provider, name):
    answer = ask(provider.port, "POST", "/login", json={"username": name, "password": PASSWORD})
    assert answer.status == 200, answer.body
    return answer.json()


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def fetched(provider, uri):
    """The claims of a list, checked as draft-ietf-oauth-status-list §8.3 asks for."""
    assert uri.startswith(provider.url + "/")
    answer = ask(provider.port, "GET", urlsplit(uri).path)
    assert answer.status == 200, answer.body
    assert answer.header("content-type") == "application/statuslist+jwt" and answer.header("cache-control") == "public, max-age=5"
    header = jwt.get_unverified_header(answer.body.decode())
    assert header["typ"] == "statuslist+jwt"
    keys = jwt.PyJWKSet.from_dict(ask(provider.port, "GET", "/.well-known/jwks.json").json())
    claims = jwt.decode(answer.body.decode(), keys[header["kid"]].key, algorithms=[header["alg"]], issuer=provider.url, options={"require": ["sub", "iat", "exp"]})
    assert claims["sub"] == uri and claims["ttl"] == 5
    return claims


def status_of(provider, token):
    place = claims_of(token)["status"]["status_list"]
    listed = fetched(provider, place["uri"])["status_list"]
    assert listed["bits"] == 1
    bits = zlib.decompress(base64.urlsafe_b64decode(listed["lst"] + "=" * (-len(listed["lst"]) % 4)))
    return bits[place["idx"] // 8] >> place["idx"] % 8 & 1


def test_a_log_out_is_in_the_list_and_all_others_stay(provider):
    Account(provider.port, "ann")
    gone, stays = log_in(provider, "ann"), log_in(provider, "ann")
    assert claims_of(gone["access_token"])["status"] != claims_of(stays["access_token"])["status"]
    assert ask(provider.port, "POST", "/logout", token=gone["access_token"]).status == 200
    assert status_of(provider, gone["access_token"]) == INVALID
    assert status_of(provider, stays["access_token"]) == VALID


def test_a_refreshed_token_has_the_place_of_its_session(provider):
    Account(provider.port, "ann")
    first = log_in(provider, "ann")
    answer = ask(provider.port, "POST", "/refresh", json={"refresh_token": first["refresh_token"]})
    assert answer.status == 200, answer.body
    assert claims_of(answer.json()["access_token"])["status"] == claims_of(first["access_token"])["status"]


def test_whoever_is_disabled_or_deleted_is_in_the_list(provider):
    tokens = []
    for name, words in (("ann", ("disable",)), ("bob", ("delete", "--yes"))):
        Account(provider.port, name)
        tokens.append(log_in(provider, name)["access_token"])
        run("user", words[0], name, *words[1:], folder=provider.folder, env=ENV, check=0)
    assert [status_of(provider, token) for token in tokens] == [INVALID, INVALID]


def test_the_session_of_a_client_has_a_place_too(provider):
    Account(provider.port, "ann")
    client = provider.client("script", "--first-party", "--grant", "password", "--grant", "refresh_token")
    answer = ask(provider.port, "POST", "/oauth/token", form={"grant_type": "password", "username": "ann", "password": PASSWORD, "client_id": client.id, "client_secret": client.secret})
    assert answer.status == 200, answer.body
    token = answer.json()["access_token"]
    assert status_of(provider, token) == VALID
    assert ask(provider.port, "POST", "/oauth/introspect", form={"token": token, "client_id": client.id, "client_secret": client.secret}).json()["status"] == claims_of(token)["status"]


@pytest.mark.parametrize("path", ("1", "-1", "0x0", "9" * 30, "137438953471", "", "0/", "%30%00"))
def test_there_is_no_other_list(provider, path):
    Account(provider.port, "ann")
    log_in(provider, "ann")
    answer = ask(provider.port, "GET", "/oauth/status-lists/" + path)
    assert answer.status in (307, 404, 422), (answer.status, answer.body)


def test_tokens_name_no_list_unless_it_is_switched_on(tmp_path):
    started = Provider(tmp_path)
    try:
        Account(started.port, "ann")
        assert "status" not in claims_of(log_in(started, "ann")["access_token"])
        assert ask(started.port, "GET", "/oauth/status-lists/0").status == 404
    finally:
        started.stop()
