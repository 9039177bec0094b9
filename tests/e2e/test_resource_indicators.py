# SPDX-License-Identifier: Apache-2.0
"""For which API a client says that it wants a token: RFC 8707."""
import jwt
import pytest
from oidc import CALLBACK
from urllib.parse import parse_qsl, urlencode, urlsplit
from wire import ask


DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def app(provider):
    return provider.client("app", "--first-party", "--grant", "authorization_code", "--grant", "refresh_token", "--grant", "client_credentials", "--grant", DEVICE,
                           "--scope", "openid", "--scope", "notes")


def wrong(provider):
    return [provider.url + "/other", "https://other.example.com", provider.url + "/#here", "notes", "//" + provider.url.split("//")[1], "https://é.example"]


def audience(token):
    return jwt.decode(token, options={"verify_signature": False})["aud"]


def device(app, *resources):
    return ask(app.provider.port, "POST", "/oauth/device", form=[("client_id", app.id), ("client_secret", app.secret), *(("resource", resource) for resource in resources)])


def test_the_audience_of_tokens_may_be_named_at_every_step(provider, ann, app):
    """Once, or more than once, or with the empty path that libraries of URLs write."""
    for resource in (provider.url, provider.url + "/"):
        answer = app.redeem(app.code(ann, resource=resource), resource=resource)
        assert answer.status == 200, answer.body
        assert audience(answer.json()["access_token"]) == provider.url
        again = app.refresh(answer.json()["refresh_token"], resource=resource)
        assert again.status == 200 and audience(again.json()["access_token"]) == provider.url
        assert audience(app.token(grant_type="client_credentials", resource=resource).json()["access_token"]) == provider.url
        assert device(app, resource).status == 200
    assert device(app, "", provider.url, provider.url + "/").status == 200
    twice = ann.ask("GET", app.request() + "&" + urlencode([("resource", provider.url)] * 2))
    assert "code" in dict(parse_qsl(urlsplit(twice.header("location")).query))
    assert "code" in app.answer_of(ann, resource=""), "without a value it is absent"


def test_any_other_resource_is_an_invalid_target(provider, ann, app):
    for resource in wrong(provider):
        assert app.answer_of(ann, resource=resource)["error"] == "invalid_target", resource
        pushed = ask(provider.port, "POST", "/oauth/par", form={"client_id": app.id, "client_secret": app.secret, "redirect_uri": CALLBACK, "response_type": "code",
                                                                "code_challenge": "x" * 43, "code_challenge_method": "S256", "resource": resource})
        assert pushed.status == 400 and pushed.json()["error"] == "invalid_target", pushed.body
        answer = app.token(grant_type="client_credentials", resource=resource)
        assert answer.status == 400 and answer.json()["error"] == "invalid_target", answer.body
        answer = device(app, provider.url, resource)
        assert answer.status == 400 and answer.json()["error"] == "invalid_target", answer.body
    both = ann.ask("GET", app.request() + "&" + urlencode([("resource", provider.url), ("resource", "https://other.example.com")]))
    assert dict(parse_qsl(urlsplit(both.header("location")).query))["error"] == "invalid_target", "one of two"


def test_a_code_and_a_refresh_token_are_still_good_after_a_wrong_target(provider, ann, app):
    code = app.code(ann)
    assert app.redeem(code, resource="https://other.example.com").json()["error"] == "invalid_target"
    given = app.redeem(code).json()
    assert app.refresh(given["refresh_token"], resource="https://other.example.com").json()["error"] == "invalid_target"
    assert app.refresh(given["refresh_token"]).status == 200
