# SPDX-License-Identifier: Apache-2.0
"""keyhold token verify and issue, held against PyJWT with every algorithm that both know."""
import json
import time
from functools import cache

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from server import PASSWORD, run
from tokens import swap_last_character

SECRET = "a-secret-of-enough-bytes-for-sha-512-" * 2
OK, REFUSED = 0, 8
CLAIMS = {"sub": "ann", "iat": 1700000000, "exp": 1700000600, "role": ["a", {"b": None}]}
NOW = "1700000100"


def padded(jwk):
    """PyJWT 2.6 drops a coordinate's leading zeros; RFC 7518 §6.2.1.2 wants the full length of the curve's field."""
    length = {"P-256": 32, "P-384": 48, "P-521": 66}.get(jwk.get("crv"))
    if not length:
        return jwk
    return jwk | {name: jwt.utils.base64url_encode(jwt.utils.base64url_decode(jwk[name]).rjust(length, b"\0")).decode() for name in "xy"}


def ec_key(curve):
    return lambda: ec.generate_private_key(curve())


ALGORITHMS = {"HS256": None, "HS384": None, "HS512": None, "RS256": lambda: rsa.generate_private_key(65537, 2048), "PS384": lambda: rsa.generate_private_key(65537, 2048),
              "ES256": ec_key(ec.SECP256R1), "ES384": ec_key(ec.SECP384R1), "ES512": ec_key(ec.SECP521R1), "EdDSA": ed25519.Ed25519PrivateKey.generate}


@cache
def key_of(algorithm):
    """One for all tests: to find primes for RSA takes longer than any of them."""
    return ALGORITHMS[algorithm]()


@pytest.fixture(params=ALGORITHMS)
def case(request, tmp_path):
    """A token that PyJWT signed, and the options that name the key to check it with."""
    if ALGORITHMS[request.param] is None:
        (tmp_path / "secret").write_text(SECRET)
        (tmp_path / "secret").chmod(0o600)
        return jwt.encode(CLAIMS, SECRET, algorithm=request.param), ["--secret-file", "secret", "--alg", request.param]
    private = key_of(request.param)
    public = json.loads(jwt.algorithms.get_default_algorithms()[request.param].to_jwk(private.public_key()))
    (tmp_path / "jwk.json").write_text(json.dumps(padded(public) | {"alg": request.param}))
    return jwt.encode(CLAIMS, private, algorithm=request.param), ["--jwk", "jwk.json"]


def verify(tmp_path, options, *lines, code, now=NOW):
    done = run("token", "verify", *options, *(["--now", now] if now else []), folder=tmp_path, stdin="".join(line + "\n" for line in lines), check=code)
    return done.stdout.splitlines()


def test_a_token_of_pyjwt_is_ok_and_its_claims_are_told(tmp_path, case):
    token, options = case
    [said] = verify(tmp_path, options, token, code=OK)
    word, claims = said.split(" ", 1)
    assert word == "ok" and json.loads(claims) == CLAIMS


def test_a_token_is_refused_once_it_was_tampered_with_or_is_too_old(tmp_path, case):
    token, options = case
    header, payload, signature = token.split(".")
    tampered = f"{header}.{payload}.{swap_last_character(signature[:-4], 32) + signature[-4:]}"
    said = verify(tmp_path, options, tampered, token, f"{header}.{payload}.", code=REFUSED)
    assert [line.split()[0] for line in said] == ["refused", "ok", "refused"]
    [late] = verify(tmp_path, options, token, code=REFUSED, now="1700000600")  # exp itself
    assert late.startswith("refused") and "expired" in late


def test_a_token_that_we_issue_is_verified_by_pyjwt(tmp_path):
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret").chmod(0o600)
    token = run("token", "issue", "--sub", "ann", "--lifetime", "30m", "--secret-file", "secret", folder=tmp_path, check=OK).stdout.strip()
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert claims["sub"] == "ann" and 1700 < claims["exp"] - time.time() <= 1800


def inspect(tmp_path, token, *options, env=None, now=NOW):
    """The three lines: header, claims, and what is thought of them."""
    done = run("token", "inspect", *options, "--now", now, folder=tmp_path, env=env, stdin=token + "\n", check=OK)
    header, claims, verdict = done.stdout.splitlines()
    assert header.startswith("header  {") and claims.startswith("claims  {")
    return verdict


def test_inspect_tells_what_is_in_a_token_and_that_it_checked_nothing(tmp_path):
    token = jwt.encode(CLAIMS, PASSWORD, algorithm="HS256")
    done = run("token", "inspect", folder=tmp_path, stdin=token + "\n", check=OK)
    assert '"ann"' in done.stdout and "HS256" in done.stdout
    assert "It expired " in done.stdout and "do the clocks agree?" not in done.stdout  # years ago
    assert inspect(tmp_path, token).startswith("unchecked ")


def test_inspect_says_in_one_sentence_why_a_token_is_refused(tmp_path):
    (tmp_path / "secret").write_text(SECRET)
    token = jwt.encode(CLAIMS, SECRET, algorithm="HS256", headers={"kid": "k1"})
    of = lambda token, now=NOW: inspect(tmp_path, token, "--secret-file", "secret", now=now)
    assert of(token) == "ok      It was signed by the secret (HS256) and is valid for another 8 min 20 s (exp, 2023-11-14T22:23:20Z)"
    assert of(token, "1700000612") == "refused token_expired: It expired 12 s ago (exp, 2023-11-14T22:23:20Z); do the clocks agree?"
    assert of(token, "1699999992") == "refused token_not_yet_valid: It was issued 8 s from now (iat, 2023-11-14T22:13:20Z): the clock there is ahead of this one"
    assert of(jwt.encode(CLAIMS | {"nbf": 1700000130}, SECRET)).startswith("refused token_not_yet_valid: It is not valid for another 30 s (nbf, ")
    assert of(jwt.encode(CLAIMS, "another" + SECRET)).startswith("refused token_signature: Its signature was not made by the secret (HS256)")
    rsa_token = jwt.encode(CLAIMS, rsa.generate_private_key(65537, 2048), algorithm="RS256", headers={"kid": "k1"})
    assert of(rsa_token).startswith('refused token_key_unknown: No key here is for alg RS256 and kid "k1"; there is the secret (HS256), ')
    assert of("eyJhbGciOiJub25lIn0.e30.") == "refused token_malformed: The token is not signed"


def test_inspect_asks_the_servers_own_key_where_none_is_named(tmp_path):
    token = jwt.encode(CLAIMS, SECRET, algorithm="HS256")
    assert inspect(tmp_path, token, env={"SECRET_KEY": SECRET}).startswith("ok      It was signed by the secret (HS256)")
    assert inspect(tmp_path, token, env={"SECRET_KEY": "another" + SECRET}).startswith("refused token_signature")
    assert inspect(tmp_path, token, env={"SECRET_KEY": SECRET, "KEYHOLD_ISSUER": "https://a.example"}) == 'refused token_claims: It names no issuer (iss), and "https://a.example" is expected'
    done = run("token", "inspect", "--json", "--now", NOW, folder=tmp_path, env={"SECRET_KEY": SECRET}, stdin=token + "\n", check=OK)
    said = json.loads(done.stdout)
    assert said["verified"] is True and said["signature"] == "good" and said["claims"] == CLAIMS and said["refused"] is None


def test_a_look_at_a_token_makes_no_key_and_no_database(tmp_path):
    token = jwt.encode(CLAIMS, SECRET, algorithm="HS256")
    for env, word in (({}, "unchecked"), ({"SECRET_KEY": SECRET}, "ok"), ({"SECRET_KEY": SECRET, "ALGORITHM": "ES256"}, "ok"), ({"ALGORITHM": "ES256"}, "unchecked")):
        assert inspect(tmp_path, token, env=env).split()[0] == word, env
        run("token", "verify", "--now", NOW, folder=tmp_path, env=env, stdin=token + "\n", check=OK if word == "ok" else 7)
    assert not list(tmp_path.iterdir())


def test_inspect_looks_at_a_token_even_where_the_servers_key_cannot_be_read(tmp_path):
    token = jwt.encode(CLAIMS, SECRET, algorithm="HS256")
    done = run("token", "inspect", "--now", NOW, folder=tmp_path, env={"SECRET_KEY": "-----BEGIN PUBLIC KEY-----"}, stdin=token + "\n", check=OK)
    assert done.stdout.splitlines()[2].startswith("unchecked ") and "PEM" in done.stderr
    run("token", "inspect", "--jwk", "nowhere.json", folder=tmp_path, stdin=token + "\n", check=7)


def test_a_jwk_given_as_a_secret_is_taken_for_a_mistake(tmp_path):
    (tmp_path / "k").write_text(json.dumps({"kty": "oct", "alg": "HS256", "k": jwt.utils.base64url_encode(SECRET.encode()).decode()}))
    token = jwt.encode(CLAIMS, SECRET, algorithm="HS256")
    assert verify(tmp_path, ["--jwk", "k"], token, code=OK)[0].startswith("ok ")
    done = run("token", "verify", "--secret-file", "k", folder=tmp_path, stdin=token + "\n", check=1)
    assert done.stdout.startswith("refused key_malformed") and "--jwk" in done.stderr


@pytest.mark.parametrize("line", ["", "x", "a.b.c", "x" * 70000, "\x00", "é", " ", "eyJhbGciOiJub25lIn0.e30."], ids=["empty", "x", "a.b.c", "long", "NUL", "e acute", "space", "none"])
def test_what_is_no_token_is_refused_and_the_next_line_is_read(tmp_path, line):
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret").chmod(0o600)
    good = jwt.encode(CLAIMS, SECRET, algorithm="HS256")
    said = verify(tmp_path, ["--secret-file", "secret"], line, good, code=REFUSED)
    assert said[0].startswith("refused") and said[-1].startswith("ok")
