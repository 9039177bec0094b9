# SPDX-License-Identifier: Apache-2.0
"""Keys of our own: made, published, rotated, dropped, beside a running server."""
import json
import subprocess
import threading

import jwt
import pytest
from people import Account, when_there_is_a_place
from server import PASSWORD, SECRET_KEY, run
from wire import ask

OWN = {"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_SESSIONS_PER_ACCOUNT": "100000", "KEYHOLD_ISSUER": "https://auth.example"}


@pytest.fixture
def server(start):
    return start(OWN)


def cli(server, *arguments, stdin=""):
    return run(*arguments, folder=server.folder, env=server.env, stdin=stdin)


def keys(server):
    return json.loads(cli(server, "key", "list", "--json").stdout)


def kid_of(server, state):
    return next(key["kid"] for key in keys(server) if key["state"] == state)


def jwks(server):
    return ask(server.port, "GET", "/.well-known/jwks.json")


def protected(server, token):
    return ask(server.port, "GET", "/protected", token=token)


def log_in(server):
    return when_there_is_a_place(lambda: ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD})).json()["access_token"]


def test_the_first_key_is_made_and_published_and_pyjwt_verifies_by_it(server):
    ann = Account(server.port, "ann")
    key = jwt.PyJWKSet.from_dict(jwks(server).json()).keys[0]
    claims = jwt.decode(ann.token, key.key, algorithms=["ES256"], audience="https://auth.example", issuer="https://auth.example")
    assert claims["client_id"] == "keyhold" and "exp" in claims and "jti" in claims
    assert jwt.get_unverified_header(ann.token) | {"alg": "ES256", "typ": "at+jwt", "kid": key.key_id} == jwt.get_unverified_header(ann.token)
    assert not any(member in jwks(server).body.decode() for member in ('"d"', '"k"'))


def test_the_set_is_told_apart_by_its_entity_tag(server):
    first = jwks(server)
    etag = first.header("etag")
    assert ask(server.port, "GET", "/.well-known/jwks.json", fields=[("If-None-Match", etag)]).status == 304
    cli(server, "key", "rotate")
    again = ask(server.port, "GET", "/.well-known/jwks.json", fields=[("If-None-Match", etag)])
    assert again.status == 200 and len(again.json()["keys"]) == 2
    assert "max-age=300" in again.header("cache-control")


def test_a_successor_waits_and_two_do_not_wait(server):
    old = kid_of(server, "signing")
    assert cli(server, "key", "rotate").returncode == 0
    assert cli(server, "key", "rotate").returncode == 5
    assert kid_of(server, "signing") == old
    ann = Account(server.port, "ann")
    assert jwt.get_unverified_header(ann.token)["kid"] == old


def test_at_once_the_new_key_signs_and_the_old_tokens_stay_good(server):
    ann = Account(server.port, "ann")
    cli(server, "key", "rotate", "--at-once")
    token = log_in(server)
    assert jwt.get_unverified_header(token)["kid"] != jwt.get_unverified_header(ann.token)["kid"]
    assert protected(server, token).status == 200
    assert protected(server, ann.token).status == 200


def test_a_dropped_key_opens_nothing_from_the_next_request_on(server):
    ann = Account(server.port, "ann")
    assert protected(server, ann.token).status == 200
    dropped = kid_of(server, "signing")
    assert cli(server, "key", "drop", dropped).returncode == 0
    refused = protected(server, ann.token)
    assert refused.status == 401 and refused.json()["code"] == "token_key_unknown"
    assert protected(server, log_in(server)).status == 200
    assert dropped not in jwks(server).body.decode()
    said = cli(server, "token", "inspect", stdin=ann.token).stdout
    assert "The key was dropped at" in said


def test_what_cannot_be_done_is_said(server):
    signing = kid_of(server, "signing")
    assert cli(server, "key", "retire", signing).returncode == 5
    assert cli(server, "key", "retire", "nobody").returncode == 3
    assert cli(server, "key", "drop", "nobody").returncode == 3
    assert cli(server, "key", "drop", "-Q30WtaDayLHdAgidJIti_g8s2SLMuhcnv72pZnMhgo").returncode == 3
    assert cli(server, "key", "import", "nowhere.pem").returncode == 7


def test_a_key_from_elsewhere_is_taken_in(server):
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", server.folder / "key.pem"], check=True)
    assert cli(server, "key", "import", "key.pem", "--at-once").returncode == 0
    assert cli(server, "key", "import", "key.pem", "--at-once").returncode == 5
    ann = Account(server.port, "ann")
    assert jwt.get_unverified_header(ann.token)["kid"] == kid_of(server, "signing")
    assert json.loads(cli(server, "key", "export-jwks").stdout) == jwks(server).json()


def test_another_key_file_or_none_opens_nothing(server, start):
    """In one line, and no new key is made in silence."""
    folder = server.folder
    server.stop()
    material = (folder / "keyhold.key").read_text()
    (folder / "keyhold.key").write_text("another")
    assert "another key file" in cli(server, "key", "list").stderr
    (folder / "keyhold.key").unlink()
    missing = cli(server, "key", "list")
    assert missing.returncode == 7 and "keyhold.key is missing" in missing.stderr and not (folder / "keyhold.key").exists()
    (folder / "keyhold.key").write_text(material)
    (folder / "keyhold.key").chmod(0o600)
    assert cli(server, "key", "list").returncode == 0


def test_from_the_secret_to_keys_of_our_own_nobody_is_logged_out(start):
    before = start({"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "4"})
    ann = Account(before.port, "ann")
    assert jwt.get_unverified_header(ann.token)["alg"] == "HS256"
    before.stop()
    after = start(OWN | {"SECRET_KEY": SECRET_KEY, "ALGORITHM": "ES256"})
    assert protected(after, ann.token).json() == {"message": "Welcome ann"}
    token = log_in(after)
    assert jwt.get_unverified_header(token)["alg"] == "ES256"
    assert protected(after, token).status == 200
    assert "HS256" not in jwks(after).body.decode()


def test_the_discovery_document_says_what_is_true(server, start):
    said = ask(server.port, "GET", "/.well-known/openid-configuration").json()
    assert said["issuer"] == "https://auth.example"
    assert said["jwks_uri"] == "https://auth.example/.well-known/jwks.json"
    assert said["token_endpoint"] == "https://auth.example/oauth/token" and said["grant_types_supported"] == ["authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "password"]
    # RFC 8414 §2: required. §3.2: "Claims with zero elements MUST be omitted".
    assert said["response_types_supported"] == ["code"]
    assert all(value not in ([], "", None) for value in said.values())
    secrets = {"client_secret_basic", "client_secret_post", "private_key_jwt"}
    for name, methods in (("token", {"none"} | secrets), ("introspection", secrets), ("revocation", {"none"} | secrets)):
        answer = ask(server.port, "POST", said[f"{name}_endpoint"].removeprefix("https://auth.example"), form={})
        assert (answer.status, answer.json()["error"]) == ((401, "invalid_client") if name == "introspection" else (400, "invalid_request")), name
        assert set(said[f"{name}_endpoint_auth_methods_supported"]) == methods
    assert ask(server.port, "GET", "/.well-known/oauth-authorization-server").json() == said
    with_slash = start(OWN | {"KEYHOLD_ISSUER": "https://auth.example/realm/"})
    said = ask(with_slash.port, "GET", "/.well-known/openid-configuration").json()
    assert said["issuer"] == "https://auth.example/realm/" and said["jwks_uri"] == "https://auth.example/realm/.well-known/jwks.json"
    with_secret = start({"SECRET_KEY": SECRET_KEY})
    assert ask(with_secret.port, "GET", "/.well-known/openid-configuration").status == 404
    assert jwks(with_secret).json() == {"keys": []}


def test_no_token_is_refused_while_keys_rotate_under_load(server):
    ann = Account(server.port, "ann")
    wrong, over = [], threading.Event()

    def load():
        token = ann.token
        while not over.is_set():
            answer = protected(server, token)
            if answer.status != 200:
                wrong.append(answer.body)
            token = log_in(server)
    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        assert cli(server, "key", "rotate", "--at-once").returncode == 0
        by_kid = {key.key_id: key.key for key in jwt.PyJWKSet.from_dict(jwks(server).json()).keys}
        token = log_in(server)
        jwt.decode(token, by_kid[jwt.get_unverified_header(token)["kid"]], algorithms=["ES256"], audience="https://auth.example")
    over.set()
    for thread in threads:
        thread.join()
    assert not wrong
