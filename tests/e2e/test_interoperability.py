"""Our tokens are read by PyJWT and by npm's jose, and theirs open our door."""
import json
import time

import jwt
import pytest
from expect import problem
from others import node
from server import SECRET_KEY
from tokens import claims_for, swap_last_character


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
