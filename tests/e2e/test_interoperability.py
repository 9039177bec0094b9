# SPDX-License-Identifier: Apache-2.0
"""Our tokens are read by PyJWT and by npm's jose, and theirs open our door."""
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from expect import problem
from others import node
from people import Account
from server import SECRET_KEY
from tokens import claims_for, make, swap_last_character
from wire import ask


def jose(action, **arguments):
    return node("jose_tokens.mjs", stdin=json.dumps({"action": action, "secret": SECRET_KEY, **arguments}))


def test_pyjwt_verifies_our_token(account):
    claims = jwt.decode(account.token, SECRET_KEY, algorithms=["HS256"], options={"require": ["exp", "iat", "sub", "jti"]})
    assert claims["sub"] == account.name
    assert claims["exp"] - claims["iat"] == 30 * 60
    assert abs(claims["iat"] - time.time()) < 60


def test_jose_verifies_our_token(account):
    verified = jose("verify", token=account.token)
    assert verified["payload"]["sub"] == account.name
    assert verified["header"]["alg"] == "HS256"


def test_both_refuse_our_token_once_it_was_tampered_with(account):
    header, payload, signature = account.token.split(".")
    tampered = f"{header}.{payload}.{swap_last_character(signature, 32)}"
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(tampered, SECRET_KEY, algorithms=["HS256"])
    assert jose("verify", token=tampered) == {"refused": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}
    problem(account.greeting(tampered), 401)


def test_a_token_of_pyjwt_opens_the_protected_route(account):
    assert account.greeting(jwt.encode(claims_for(account.name), SECRET_KEY, algorithm="HS256")).json() == {"message": f"Welcome {account.name}"}


def test_a_token_of_pyjwt_with_another_key_does_not(account):
    problem(account.greeting(jwt.encode(claims_for(account.name), SECRET_KEY + "x", algorithm="HS256")), 401)


def test_a_token_of_jose_opens_the_protected_route(account):
    token = jose("sign", claims={"sub": account.name})["token"]
    assert account.greeting(token).json() == {"message": f"Welcome {account.name}"}


def test_a_token_of_jose_with_another_key_does_not(account):
    token = jose("sign", claims={"sub": account.name}, secret=SECRET_KEY + "x")["token"]
    problem(account.greeting(token), 401)


@pytest.fixture
def own_key(start):
    """A server without SECRET_KEY: it made an ES256 key, and publishes the half that others need."""
    server = start({"KEYHOLD_BCRYPT_COST": "4"})
    account = Account(server.port, "ann")
    published = ask(server.port, "GET", "/.well-known/jwks.json")
    assert published.header("content-type") == "application/jwk-set+json"
    return account, json.loads(published.body)


def test_with_a_key_of_its_own_the_published_set_holds_no_private_half(own_key):
    _, keys = own_key
    assert [(key["kty"], key["crv"], key["alg"], key["use"]) for key in keys["keys"]] == [("EC", "P-256", "ES256", "sig")]
    assert not any({"d", "k", "p", "q"} & key.keys() for key in keys["keys"])


def test_with_a_key_of_its_own_both_verify_our_token_by_the_published_key(own_key):
    account, keys = own_key
    header = jwt.get_unverified_header(account.token)
    assert (header["alg"], header["kid"], header["typ"]) == ("ES256", keys["keys"][0]["kid"], "at+jwt")
    claims = jwt.decode(account.token, jwt.PyJWK(keys["keys"][0]).key, algorithms=["ES256"])
    assert claims["sub"] != account.name, "sub is the account's id, which never changes"
    assert jose("verify", token=account.token, jwks=keys)["payload"]["sub"] == claims["sub"]
    tampered = swap_last_character(account.token, 16)
    assert "refused" in jose("verify", token=tampered, jwks=keys)
    problem(account.greeting(tampered), 401)
    assert account.greeting().json() == {"message": "Welcome ann"}


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(own_key):
    """RFC 8725 §2.1: the published key is no HMAC secret, in whatever spelling."""
    account, keys = own_key
    key = jwt.PyJWK(keys["keys"][0]).key
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    claims = jwt.decode(account.token, options={"verify_signature": False})
    for secret in (pem, json.dumps(keys["keys"][0]), json.dumps(keys), keys["keys"][0]["x"], ""):
        problem(account.greeting(make(claims, key=secret)), 401)
        problem(account.greeting(make(claims, {"alg": "HS256", "kid": keys["keys"][0]["kid"]}, key=secret)), 401)
