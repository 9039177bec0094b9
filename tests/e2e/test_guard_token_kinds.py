# SPDX-License-Identifier: Apache-2.0
"""Each kind of token that a Keyhold makes, shown to a guard of each language: access tokens open, and nothing else does (RFC 9068 §4)."""
import jwt
import pytest
from guards import LANGUAGES, guard_of
from oidc import Browser, Provider
from test_back_channel import SECONDS, Application
from wire import ask

CLIENT = "notes"


class World:
    """Ann signs in to a client, stays, and signs out in another browser, of which the client is told."""
    def __init__(self, folder):
        self.application = Application(folder)
        self.provider = Provider(folder, {"KEYHOLD_OAUTH_CA_FILE": str(self.application.ca_file), "KEYHOLD_CLIENTS": "rs:0123456789abcdef0123"})
        notes = self.provider.client(CLIENT, "--first-party", "--backchannel-logout-uri", self.application.uri, "--userinfo-algorithm", "ES256")
        ann = Browser(self.provider, "ann")
        body = notes.tokens(ann)
        leaving = Browser(self.provider)
        leaving.name = "ann"
        leaving.sign_in()
        notes.tokens(leaving)
        leaving.sign_out()
        logout_token, = self.application.heard.get(timeout=SECONDS)[3]["logout_token"]
        self.good = {"access token": ann.cookies["__Host-keyhold"], "client's access token": body["access_token"]}
        self.bad = {"ID token": body["id_token"], "log-out token": logout_token, "refresh token": body["refresh_token"],
                    "signed userinfo": ask(self.provider.port, "GET", "/oauth/userinfo", token=body["access_token"]).body.decode()}

    def stop(self):
        self.provider.stop()
        self.application.shutdown()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    started = World(tmp_path_factory.mktemp("provider"))
    yield started
    started.stop()


def taken_by(world, language, **options):
    guard = guard_of(language, world.provider.url, **options)
    try:
        assert guard.said == "ready"
        return {kind for kind, token in (world.good | world.bad).items() if guard.check(token).startswith("200 ")}
    finally:
        assert guard.stop() == 0


@pytest.mark.parametrize("follow", ["yes", "no"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_access_tokens_open_and_no_other_token_does(world, language, follow):
    assert taken_by(world, language, follow=follow) == set(world.good)


@pytest.mark.parametrize("follow", ["yes", "no"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guard_whose_audience_is_called_as_a_client_takes_none_of_its_id_tokens(world, language, follow):
    assert taken_by(world, language, audience=CLIENT, follow=follow) == set()


def test_a_guard_that_asks_takes_no_refresh_token_though_it_is_live(world):
    assert taken_by(world, "cpp", client="rs:0123456789abcdef0123") == set(world.good)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_type_is_that_of_id_tokens_the_audience_keeps_them_out(world, language):
    of_type = {"type" if language == "cpp" else "types": "JWT"}
    assert taken_by(world, language, **of_type) == set()
    assert taken_by(world, language, audience=CLIENT, **of_type) == {"ID token"}, "the documents say that no client may be called as the audience"


@pytest.fixture(scope="module", params=["ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448", "RS256", "PS256"])
def signed(request, tmp_path_factory):
    """A server that signs by that algorithm, and a token of it."""
    provider = Provider(tmp_path_factory.mktemp("signing"), {"ALGORITHM": request.param})
    token = Browser(provider, "ann").cookies["__Host-keyhold"]
    assert jwt.get_unverified_header(token)["alg"] == request.param
    yield provider, token
    provider.stop()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guard_takes_whatever_a_keyhold_signs_by(signed, language):
    provider, token = signed
    guard = guard_of(language, provider.url)
    assert guard.check(token).startswith("200 "), guard.check(token)
    assert guard.stop() == 0
