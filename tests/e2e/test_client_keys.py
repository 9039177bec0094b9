# SPDX-License-Identifier: Apache-2.0
"""Clients that prove who they are by a key of their own: private_key_jwt (RFC 7523, OpenID Connect Core §9)."""
import http.server
import json
import socket
import threading
import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from oidc import ENV, Client, base64url
from people import coming_back
from server import run
from waiting import eventually
from wire import ask

SECONDS = 30
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def number(value, size=None):
    return base64url(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def new_key(algorithm="RS256", kid=None):
    """A key pair, and its public half as RFC 7518 §6 writes it, without `alg`."""
    if algorithm == "RS256":
        private = rsa.generate_private_key(65537, 2048)
        numbers = private.public_key().public_numbers()
        public = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
    else:
        private = ec.generate_private_key(ec.SECP256R1())
        numbers = private.public_key().public_numbers()
        public = {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
    return private, public | ({"kid": kid} if kid else {})


class KeyPage(http.server.ThreadingHTTPServer):
    """Where a client publishes its keys, at this machine."""
    def __init__(self):
        self.keys, self.asked = [], 0
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.uri = f"http://127.0.0.1:{self.server_address[1]}/jwks"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked += 1
            body = json.dumps({"keys": self.server.keys}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass


class SigningClient(Client):
    """Its proof is an assertion, made anew for each request."""
    def __init__(self, provider, registered, private, algorithm="RS256", kid=None):
        super().__init__(provider, registered)
        self.secret, self.private, self.by, self.kid = None, private, algorithm, kid

    def assertion(self, headers=None, **more):
        now = int(time.time())
        claims = {"iss": self.id, "sub": self.id, "aud": self.provider.url + "/oauth/token", "jti": str(uuid.uuid4()), "iat": now, "exp": now + 60} | more
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.private, algorithm=self.by, headers=(headers or {}) | ({"kid": self.kid} if self.kid else {}))

    def token(self, **form):
        return super().token(**{"client_assertion_type": TYPE, "client_assertion": self.assertion()} | form)


def add(provider, folder, name, *words, algorithm="RS256", kid=None):
    private, public = new_key(algorithm, kid)
    (folder / f"{name}.json").write_text(json.dumps({"keys": [public]}))
    done = run("--json", "client", "add", name, "--first-party", "--redirect-uri", "https://app.example.com/cb", "--jwks", str(folder / f"{name}.json"), *words,
               folder=provider.folder, env=ENV, check=0)
    return SigningClient(provider, json.loads(done.stdout), private, algorithm, kid)


@pytest.fixture(scope="module")
def signer(provider, tmp_path_factory):
    return add(provider, tmp_path_factory.mktemp("keys"), "signer", "--grant", "authorization_code", "--grant", "refresh_token", "--grant", "client_credentials", "--scope", "openid", "--scope", "notes")


def error_of(answer, status=400):
    assert answer.status == status, (answer.status, answer.body)
    return answer.json()["error"]


def test_a_client_signs_in_people_refreshes_pushes_and_takes_tokens_back(provider, ann, signer):
    body = signer.tokens(ann)
    assert signer.id_token(body["id_token"])["aud"] == "signer"
    refreshed = signer.refresh(body["refresh_token"]).json()
    proof = {"client_assertion_type": TYPE}
    pushed = ask(provider.port, "POST", "/oauth/par", form=signer.request().split("?")[1] + "&client_assertion_type=" + TYPE.replace(":", "%3A") + "&client_assertion=" + signer.assertion())
    assert pushed.status == 201, pushed.body
    told = ask(provider.port, "POST", "/oauth/introspect", form=proof | {"token": refreshed["access_token"], "client_assertion": signer.assertion()}).json()
    assert told["active"] and told["client_id"] == "signer"
    assert ask(provider.port, "POST", "/oauth/revoke", form=proof | {"token": refreshed["refresh_token"], "client_assertion": signer.assertion()}).status == 200
    assert error_of(signer.refresh(refreshed["refresh_token"])) == "invalid_grant"


@pytest.mark.parametrize("audience", ["", "/oauth/token", "/token", ["x", "/oauth/token"]])
def test_an_assertion_is_for_the_issuer_or_the_endpoint(provider, signer, audience):
    aud = [provider.url + one if one.startswith("/") else one for one in audience] if isinstance(audience, list) else provider.url + audience
    assert signer.token(grant_type="client_credentials", client_assertion=signer.assertion(aud=aud)).status == 200


def test_an_elliptic_key_signs_too_and_a_kid_chooses(provider, tmp_path):
    client = add(provider, tmp_path, "curved", "--grant", "client_credentials", "--scope", "notes", algorithm="ES256", kid="k1")
    assert client.token(grant_type="client_credentials").status == 200
    client.kid = "k2"
    assert error_of(client.token(grant_type="client_credentials")) == "invalid_client"


WRONG = [
    {"iss": "other"}, {"sub": "other"}, {"iss": "other", "sub": "other"}, {"sub": None}, {"iss": None}, {"aud": None}, {"aud": "https://other.example"}, {"aud": []}, {"aud": 5},
    {"exp": None}, {"exp": 1}, {"exp": int(time.time()) + 100_000}, {"exp": 1e300}, {"exp": "9999999999"}, {"nbf": int(time.time()) + 100_000}, {"iat": int(time.time()) + 100_000}, {"jti": None}, {"jti": ""}, {"jti": 7},
]


@pytest.mark.parametrize("wrong", WRONG, ids=[f"{at}-{' '.join(row)}" for at, row in enumerate(WRONG)])  # the processes that share the tests agree on names: no time of day
def test_an_assertion_with_one_thing_wrong_proves_nothing(signer, wrong):
    assert error_of(signer.token(grant_type="client_credentials", client_assertion=signer.assertion(**wrong))) == "invalid_client"
    assert signer.token(grant_type="client_credentials").status == 200, "one thing less, and it is good"


def test_nobody_elses_key_and_no_other_algorithm_is_taken(provider, signer):
    other, public = new_key()
    claims = jwt.decode(signer.assertion(), options={"verify_signature": False})
    by_public = json.dumps(public).encode()
    for forged in (jwt.encode(claims, other, "RS256"), jwt.encode(claims, "x" * 32, "HS256"), jwt.encode(claims, by_public, "HS256"), jwt.encode(claims, None, "none"),
                   jwt.encode(claims, other, "RS256", headers={"jwk": public}), jwt.encode(claims, other, "RS256", headers={"jku": "http://127.0.0.1:1/"}), "x", "a.b.c", signer.assertion()[:-4] + "AAAA"):
        assert error_of(signer.token(grant_type="client_credentials", client_assertion=forged)) == "invalid_client"
    assert signer.token(grant_type="client_credentials").status == 200
    good = signer.assertion()
    assert error_of(signer.token(grant_type="client_credentials", client_assertion=good, client_assertion_type="x")) == "invalid_client"
    assert error_of(signer.token(grant_type="client_credentials", client_assertion=good, client_id="other")) == "invalid_client"
    assert error_of(signer.token(grant_type="client_credentials", client_assertion=None)) == "invalid_client", "it has to prove who it is"
    assert error_of(signer.token(grant_type="client_credentials", client_assertion=good, client_secret="khc_" + "x" * 43)) == "invalid_request"
    assert signer.token(grant_type="client_credentials", client_assertion=good).status == 200, "none of them used it up"


def test_of_fifty_who_show_one_assertion_at_once_one_is_believed(signer):
    assertion, statuses, start = signer.assertion(), [], threading.Barrier(50)

    def come():
        start.wait()
        statuses.append(coming_back(lambda: signer.token(grant_type="client_credentials", client_assertion=assertion)).status)

    threads = [threading.Thread(target=come) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [400] * 49
    assert error_of(signer.token(grant_type="client_credentials", client_assertion=assertion)) == "invalid_client"


def test_assertions_that_prove_nothing_are_counted_as_wrong_secrets_are(provider, tmp_path):
    grant = {"grant_type": "client_credentials"}
    signs = add(provider, tmp_path, "guessed", "--grant", "client_credentials", "--scope", "notes")
    knows = provider.client("guessed-too", "--grant", "client_credentials", "--scope", "notes")
    forged = jwt.encode(jwt.decode(signs.assertion(), options={"verify_signature": False}), new_key()[0], "RS256")
    for _ in range(10):
        assert error_of(signs.token(**grant, client_assertion=forged)) == "invalid_client"
        assert error_of(knows.token(**grant, client_secret="khc_" + "x" * 43)) == "invalid_client"
    for locked, as_well in ((signs.token(**grant, client_assertion=forged), knows.token(**grant, client_secret="x")), (signs.token(**grant), knows.token(**grant))):
        assert locked.status == as_well.status == 429 and locked.header("retry-after") == as_well.header("retry-after")
        assert locked.json() == as_well.json() and locked.json().keys() == {"error", "error_description"} and locked.json()["error"] == "temporarily_unavailable"
        assert [name for name, _ in locked.fields] == [name for name, _ in as_well.fields]
    assert "guessed" in provider.log(), "it says who is locked"


def test_an_assertion_of_one_client_is_none_of_another_of_the_same_jti(provider, tmp_path, signer):
    twin = add(provider, tmp_path, "twin", "--grant", "client_credentials", "--scope", "notes")
    for client in (signer, twin):
        assert client.token(grant_type="client_credentials", client_assertion=client.assertion(jti="the same")).status == 200


def test_keys_are_fetched_and_fetched_again_when_they_change(provider):
    page = KeyPage()
    private, public = new_key(kid="one")
    page.keys = [public]
    done = run("--json", "client", "add", "fetched", "--redirect-uri", "https://app.example.com/cb", "--jwks-uri", page.uri, "--grant", "authorization_code", "--grant", "client_credentials",
               "--scope", "notes", folder=provider.folder, env=ENV, check=0)
    client = SigningClient(provider, json.loads(done.stdout), private, kid="one")
    assert client.token(grant_type="client_credentials").status == 200 and page.asked == 1
    assert client.token(grant_type="client_credentials").status == 200 and page.asked == 1, "they are remembered"
    stranger, _ = new_key()
    good, client.private = client.private, stranger
    for _ in range(9):  # one more, and its failures lock it
        assert error_of(client.token(grant_type="client_credentials")) == "invalid_client"
    assert page.asked == 1, "wrong assertions do not make us ask more than once in half a minute"
    client.private = good
    assert client.token(grant_type="client_credentials").status == 200
    page.shutdown()


def test_what_is_no_public_key_is_not_registered(provider, tmp_path):
    private, public = new_key()
    numbers = private.private_numbers()
    secret = public | {name: number(getattr(numbers, of)) for name, of in [("d", "d"), ("p", "p"), ("q", "q"), ("dp", "dmp1"), ("dq", "dmq1"), ("qi", "iqmp")]}
    for keys in ({"keys": [secret]}, {"keys": []}, {"keys": [{"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXg"}]}, "x", {"keys": [public | {"n": "AQAB"}]}):
        (tmp_path / "keys.json").write_text(json.dumps(keys))
        refused = run("client", "add", "wrong", "--redirect-uri", "https://a.tv/", "--jwks", str(tmp_path / "keys.json"), folder=provider.folder, env=ENV)
        assert refused.returncode != 0 and "jwks" in refused.stderr
    both = run("client", "add", "wrong", "--redirect-uri", "https://a.tv/", "--jwks", str(tmp_path / "keys.json"), "--jwks-uri", "https://a.tv/jwks", folder=provider.folder, env=ENV)
    assert both.returncode != 0


def asked(listening):
    """Whether one more had connected."""
    try:
        listening.accept()[0].close()
        return True
    except BlockingIOError:
        return False


def test_a_client_whose_keys_do_not_come_is_not_waited_for_long(provider):
    silent = socket.create_server(("127.0.0.1", 0))
    silent.setblocking(False)
    private, _ = new_key()
    done = run("--json", "client", "add", "silent", "--redirect-uri", "https://app.example.com/cb", "--jwks-uri", f"http://127.0.0.1:{silent.getsockname()[1]}/",
               "--grant", "authorization_code", "--grant", "client_credentials", folder=provider.folder, env=ENV, check=0)
    client = SigningClient(provider, json.loads(done.stdout), private)
    began = time.monotonic()
    assert error_of(client.token(grant_type="client_credentials")) == "invalid_client"
    assert time.monotonic() - began < 20
    eventually(lambda: "jwks_uri cannot be fetched" in provider.log(), SECONDS)
    assert asked(silent)
    while asked(silent):
        continue
    assert error_of(client.token(grant_type="client_credentials")) == "invalid_client"
    assert not asked(silent), "once in half a minute"
