# SPDX-License-Identifier: Apache-2.0
"""Every kind of secret and token at every place that takes one: only what belongs there is taken (RFC 9700 §4, RFC 8725 §3.11)."""
from urllib.parse import urlencode

import pytest
from oidc import Browser, Provider
from server import PASSWORD
from test_device import GRANT, begin, say
from wire import ask

ENV = {"KEYHOLD_OAUTH_REGISTRATION": "open"}


class World:
    def __init__(self, folder):
        (folder / "keyhold.toml").write_text('trusted_proxies = "127.0.0.1"\n[[protect]]\nhost = "wiki.example.com"\n')
        self.provider = Provider(folder, ENV)
        port = self.port = self.provider.port
        self.shop = self.provider.client("shop", "--first-party", "--userinfo-algorithm", "ES256", "--grant", "authorization_code", "--grant", "refresh_token", "--grant", GRANT)
        ann = self.ann = Browser(self.provider, "ann")
        log_in = ask(port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json()
        body = self.shop.tokens(ann, scope="openid profile")
        registered = ask(port, "POST", "/oauth/clients", json={"redirect_uris": ["https://app.example.com/cb"]}).json()
        self.registered = registered["client_id"]
        begun = begin(self.shop, client_secret=self.shop.secret)
        say(ann, begun["user_code"], "allow")
        pushed = ask(port, "POST", "/oauth/par", form=self.shop.request().split("?")[1] + f"&client_secret={self.shop.secret}").json()
        self.secrets = {
            "access token": log_in["access_token"], "refresh token": log_in["refresh_token"], "client's access token": body["access_token"], "client's refresh token": body["refresh_token"],
            "ID token": body["id_token"], "signed userinfo": ask(port, "GET", "/oauth/userinfo", token=body["access_token"]).body.decode(), "code": self.shop.code(ann), "device code": begun["device_code"],
            "user code": begun["user_code"], "client secret": self.shop.secret, "registration token": registered["registration_access_token"], "request_uri": pushed["request_uri"],
            "browser's refresh cookie": ann.cookies["__Host-keyhold-refresh"], "browser's access cookie": ann.cookies["__Host-keyhold"],
        }

        self.verifier = self.shop.verifier  # of the code

    def hint(self, text):
        return "code" in self.shop.answer_of(self.ann, prompt="none", id_token_hint=text)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    started = World(tmp_path_factory.mktemp("provider"))
    yield started
    started.provider.stop()


def bearer(method, path):
    return lambda world, text: ask(world.port, method, path, token=text).status == 200


def grant(name, parameter, **more):
    return lambda world, text: world.shop.token(grant_type=name, **{parameter: text}, **more).status == 200


def told(world, text):
    return ask(world.port, "POST", "/oauth/introspect", form={"token": text, "client_id": "shop", "client_secret": world.shop.secret}).json()


def page(world, text):
    return ask(world.port, "GET", "/account", fields=[("Accept", "text/html"), ("Cookie", f"__Host-keyhold={text}")])


FORWARDED = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "wiki.example.com"), ("X-Forwarded-Uri", "/"), ("X-Forwarded-Method", "GET")]
PEOPLE = {"access token", "browser's access cookie"}
# Where a secret is shown, and which kinds are taken there. Guesses at a client's secret come last: they lock it.
PLACES = [
    ("GET /protected", bearer("GET", "/protected"), PEOPLE | {"client's access token"}),
    ("GET /me", bearer("GET", "/me"), PEOPLE),
    ("GET /oauth/userinfo", bearer("GET", "/oauth/userinfo"), {"client's access token"}),
    ("introspection", lambda world, text: told(world, text)["active"], {"client's access token", "client's refresh token"}),
    ("request_uri", lambda world, text: "code=" in (world.ann.ask("GET", "/oauth/authorize?" + urlencode({"client_id": "shop", "request_uri": text})).header("location") or ""), {"request_uri"}),
    ("forward-auth", lambda world, text: ask(world.port, "GET", "/forward-auth/traefik", fields=FORWARDED, token=text).status == 200, PEOPLE),
    ("forward-auth, its cookie", lambda world, text: ask(world.port, "GET", "/forward-auth/traefik", fields=[*FORWARDED, ("Cookie", f"__Host-keyhold-proxy={text}")]).status == 200, set()),
    ("cookie of a page", lambda world, text: page(world, text).status == 200, PEOPLE),
    ("registration", lambda world, text: ask(world.port, "GET", f"/oauth/clients/{world.registered}", token=text).status == 200, {"registration token"}),
    ("client_assertion", lambda world, text: world.shop.token(grant_type="refresh_token", refresh_token="x", client_secret=None, client_assertion=text,
                                                              client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer").json()["error"] != "invalid_client", set()),
    ("id_token_hint", World.hint, {"ID token"}),
    ("authorization code", lambda world, text: world.shop.redeem(text, code_verifier=world.verifier).status == 200, {"code"}),
    ("device code", grant(GRANT, "device_code"), {"device code"}),
    ("refresh grant", grant("refresh_token", "refresh_token"), {"client's refresh token"}),
    ("refresh grant of a client without registration", lambda world, text: ask(world.port, "POST", "/token", form={"grant_type": "refresh_token", "refresh_token": text}).status == 200,
     {"refresh token", "browser's refresh cookie"}),
    ("POST /refresh", lambda world, text: ask(world.port, "POST", "/refresh", json={"refresh_token": text}).status == 200, {"refresh token", "browser's refresh cookie"}),
    ("client_secret", lambda world, text: ask(world.port, "POST", "/oauth/introspect", form={"token": "x", "client_id": "shop", "client_secret": text}).status == 200, {"client secret"}),
]


@pytest.mark.parametrize(("place", "show", "taken"), PLACES, ids=[row[0] for row in PLACES])
def test_only_what_belongs_there_is_taken(world, place, show, taken):
    # What is right comes last, so that nothing wrong has spoiled it; a secret comes first, before the guesses lock it.
    right_last = sorted(world.secrets.items(), key=lambda row: (row[0] in taken) != (place == "client_secret"))
    wrong = [kind for kind, text in right_last if show(world, text) != (kind in taken)]
    assert not wrong, (place, wrong)
