# SPDX-License-Identifier: Apache-2.0
"""An issuer, and every kind of token that somebody may show to a resource server of its: those that open, and those that do not. A wrong one is the
right one with one thing changed."""
import json
import os
import sys
from base64 import urlsafe_b64decode
from urllib.parse import parse_qsl, urlsplit

import jwt
from conformance import Person
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from oidc import CALLBACK, Client
from server import BINARY, ROOT
from tokens import base64url, make
from wire import ask

sys.path.insert(0, str(ROOT / "examples/testing"))
os.environ["KEYHOLD_BINARY"] = str(BINARY)
from keyhold_pytest import Keyhold

LEEWAY = 300  # seconds; no verifier that we try allows as much


class Issuer(Keyhold):
    """`keyhold test`, at which clients register themselves: it makes the tokens that no server would, too."""
    def __init__(self, *arguments):
        super().__init__("--oauth-registration", "open", *arguments)
        self.port = urlsplit(self.url).port

    def tokens_of_client(self, person, algorithm):
        """What an application gets for somebody who signs in to it: access token, refresh token, ID token."""
        wish = {"redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "client_secret_post",
                "id_token_signed_response_alg": algorithm}
        registered = ask(self.port, "POST", "/oauth/clients", json=wish)
        assert registered.status == 201, registered.body
        client = Client(self, registered.json())
        _, back = person.visit(client.request(scope="openid offline_access"))
        answer = client.redeem(dict(parse_qsl(urlsplit(back).query))["code"])
        assert answer.status == 200, answer.body
        return answer.json()

    def signed_by_the_public_key(self, token):
        """HS256, and the secret is what everybody knows (RFC 8725 §2.1)."""
        header = jwt.get_unverified_header(token)
        keys = ask(self.port, "GET", "/.well-known/jwks.json").json()["keys"]
        key = jwt.PyJWK(next(key for key in keys if key["kid"] == header["kid"])).key
        return make(claims_of(token), header | {"alg": "HS256"}, key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def claims_of(token):
    return json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))


def for_somebody_else(token):
    header, _, signature = token.split(".")
    return ".".join((header, base64url(json.dumps(claims_of(token) | {"sub": "somebody else"}).encode()), signature))


class Kinds:
    """All of ann's at this issuer. `good` opens, `writer` opens what needs the scope notes:write too, `bad` opens nothing; `other` is an issuer
    whom the resource server was told nothing of."""
    def __init__(self, issuer, other):
        self.issuer = issuer
        ann = Person(issuer, "ann")
        of_client = {algorithm: issuer.tokens_of_client(ann, algorithm) for algorithm in ("ES256", "RS256")}
        good = issuer.token("ann")
        self.good = {"of a log-in": good, "of a client": of_client["ES256"]["access_token"], "for another scope": issuer.token("ann", scope="notes:writer notes:read")}
        self.writer = issuer.token("ann", scope="notes:read notes:write")
        self.subject = claims_of(good)["sub"]
        self.bad = {"ID token, ES256": of_client["ES256"]["id_token"], "ID token, RS256": of_client["RS256"]["id_token"],
                    "refresh token": of_client["ES256"]["refresh_token"], "expired": issuer.token("ann", lifetime=-LEEWAY),
                    "of another issuer": other.token("ann"), "says another issuer": issuer.token("ann", iss=other.issuer),
                    "for another audience": issuer.token("ann", aud="others"), "alg none": issuer.token("ann", fault="alg_none"),
                    "signature": issuer.token("ann", fault="signature"), "an unknown key": issuer.token("ann", fault="unknown_key"),
                    "for somebody else": for_somebody_else(good), "HS256": issuer.signed_by_the_public_key(good), "no token": "a.b.c"}
        # A verifier that takes tokens of the type JWT takes these as well (RFC 9068 §2.2 asks for exp, RFC 7519 §4.1.4 does not).
        self.of_no_access_token = {"another type": issuer.token("ann", typ="JWT"), "without exp": issuer.token("ann", exp=None)}
