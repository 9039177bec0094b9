# SPDX-License-Identifier: Apache-2.0
"""What a registered client gets for a person's password (RFC 6749 §4.3): tokens of its own, as for a code."""
import jwt
import pytest
from oidc import Browser, Provider
from server import PASSWORD, QUICK, Server, run
from wire import ask

ANN = {"grant_type": "password", "username": "ann", "password": PASSWORD}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    started = Provider(tmp_path_factory.mktemp("password-grant"))
    Browser(started, "ann")
    yield started
    started.stop()


def shows_passwords(provider, name, *words):
    return provider.client(name, "--first-party", "--grant", "password", "--grant", "refresh_token", *words)


def given(answer):
    assert answer.status == 200, answer.body
    return answer.json()


def said_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def error_of(answer):
    assert answer.status in (400, 401), answer.body
    return answer.json()["error"]


def test_the_tokens_name_the_client_and_have_its_scopes_alone(provider):
    """RFC 9068 §2.2, RFC 6749 §3.3."""
    app = shows_passwords(provider, "mail")
    body = given(app.token(**ANN, scope="openid profile keyhold:account notes:read"))
    assert body["scope"] == "openid profile"
    said = said_of(body["access_token"])
    assert said["client_id"] == "mail" and said["scope"] == "openid profile" and "preferred_username" not in said
    for path in ("/me", "/sessions"):
        assert ask(provider.port, "GET", path, token=body["access_token"]).status == 403, "it has not keyhold:account"
    person = ask(provider.port, "GET", "/oauth/userinfo", token=body["access_token"]).json()
    assert person["preferred_username"] == "ann"
    id_token = app.id_token(body["id_token"])
    assert id_token["sub"] == person["sub"] == said["sub"] and id_token["sid"] == said["sid"]
    assert 0 <= id_token["iat"] - id_token["auth_time"] <= 5
    assert error_of(app.token(**ANN, scope="keyhold:account")) == "invalid_scope"
    assert "id_token" not in given(app.token(**ANN))


def test_the_refresh_token_is_the_clients_alone(provider):
    """RFC 6749 §6, §10.4."""
    app, other = shows_passwords(provider, "first"), shows_passwords(provider, "second")
    refresh_token = given(app.token(**ANN, scope="openid"))["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    for stranger in ({}, {"client_id": "public"}, {"client_id": "second", "client_secret": other.secret}):
        assert error_of(ask(provider.port, "POST", "/oauth/token", form=form | stranger)) == "invalid_grant", stranger
    assert ask(provider.port, "POST", "/refresh", json={"refresh_token": refresh_token}).status == 401
    body = given(app.refresh(refresh_token))
    assert body["scope"] == "openid" and said_of(body["access_token"])["client_id"] == "first"
    assert error_of(app.refresh(body["refresh_token"], scope="openid profile")) == "invalid_scope"


def test_the_refresh_token_of_a_persons_own_log_in_is_for_no_registered_client(provider):
    app = shows_passwords(provider, "carries-on")
    own = given(ask(provider.port, "POST", "/oauth/token", form=ANN))
    assert said_of(own["access_token"])["client_id"] == "keyhold"
    assert error_of(app.refresh(own["refresh_token"])) == "invalid_grant"
    form = {"grant_type": "refresh_token", "refresh_token": own["refresh_token"]}
    assert given(ask(provider.port, "POST", "/oauth/token", form=form))


def test_a_client_without_the_grant_gets_no_refresh_token(provider):
    app = provider.client("once", "--first-party", "--grant", "password")
    assert "refresh_token" not in given(app.token(**ANN, scope="openid"))


def test_the_client_is_told_of_its_tokens(provider):
    app, other = shows_passwords(provider, "asks"), shows_passwords(provider, "pries")
    body = given(app.token(**ANN, scope="openid"))

    def told(client, token):
        return ask(provider.port, "POST", "/oauth/introspect", form={"token": token, "client_id": client.id, "client_secret": client.secret}).json()
    for token in (body["access_token"], body["refresh_token"]):
        assert told(app, token)["active"] and told(app, token)["client_id"] == "asks"
        assert told(other, token) == {"active": False}


def test_the_tokens_end_with_the_client(provider):
    app = shows_passwords(provider, "gone")
    body = given(app.token(**ANN, scope="openid"))
    assert ask(provider.port, "GET", "/oauth/userinfo", token=body["access_token"]).status == 200
    run("client", "delete", "gone", folder=provider.folder, env={"KEYHOLD_LOG_FORMAT": "json"}, check=0)
    assert ask(provider.port, "GET", "/oauth/userinfo", token=body["access_token"]).status == 401
    form = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"]}
    assert error_of(ask(provider.port, "POST", "/oauth/token", form=form)) == "invalid_grant"


def test_a_wrong_password_is_counted_and_refused_as_elsewhere(provider):
    app = shows_passwords(provider, "guesses")
    Browser(provider, "bob")
    wrong = ANN | {"username": "bob", "password": "pa55-no"}
    assert [error_of(app.token(**wrong)) for _ in range(10)] == ["invalid_grant"] * 10
    assert app.token(**wrong | {"password": PASSWORD}).status == 429


def test_under_a_secret_there_is_no_id_token(tmp_path):
    server = Server(tmp_path, QUICK)
    try:
        ask(server.port, "POST", "/register", json={"username": "ann", "password": PASSWORD})
        run("client", "add", "app", "--public", "--first-party", "--grant", "password", folder=tmp_path, env=QUICK, check=0)
        assert error_of(ask(server.port, "POST", "/oauth/token", form=ANN | {"client_id": "app", "scope": "openid"})) == "invalid_scope"
        assert said_of(given(ask(server.port, "POST", "/oauth/token", form=ANN | {"client_id": "app"}))["access_token"])["client_id"] == "app"
    finally:
        server.stop()
