# SPDX-License-Identifier: Apache-2.0
"""The plan Dynamic OP of the OpenID Foundation's conformance suite, for the response type code: a test for each module that Basic OP has not.

What this plan asks for and RFC 9700 advises against is off unless two settings say otherwise (docs/openid.md): request objects and the implicit grant. More on
both in test_request_objects.py and test_implicit.py."""
import http.server
import json
import os
import socket
import ssl
import threading
from urllib.parse import quote

import jwt
import pytest
from certificates import Authority
from conformance import REDIRECT_URI, SETTINGS, Person, Suite, asked_for_the_password
from oidc import Provider
from server import QUICK, run
from test_client_keys import TYPE, SigningClient, new_key
from test_client_registration import error_of
from waiting import eventually
from wire import ask

SECONDS = 30


class KeyPage(http.server.ThreadingHTTPServer):
    """Where the suite publishes its keys: https, by a private authority."""
    def __init__(self, folder):
        authority = Authority(folder)
        authority.issue()
        self.ca_file, self.keys, self.texts = authority.path, [], {}
        super().__init__(("127.0.0.1", 0), self.Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.pem", folder / "tls.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.origin = f"https://localhost:{self.server_address[1]}"
        self.uri = self.origin + "/jwks"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.server.texts.get(self.path, json.dumps({"keys": self.server.keys})).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass


@pytest.fixture(scope="module")
def key_page(tmp_path_factory):
    started = KeyPage(tmp_path_factory.mktemp("keys"))
    yield started
    started.shutdown()


@pytest.fixture(scope="module")
def provider(tmp_path_factory, key_page):
    settings = SETTINGS | {"KEYHOLD_OAUTH_CA_FILE": str(key_page.ca_file), "KEYHOLD_OAUTH_CLIENT_NETWORKS": "127.0.0.0/8,::1/128",
                           "KEYHOLD_OAUTH_REQUEST_OBJECTS": "true", "KEYHOLD_OAUTH_IMPLICIT": "true"}
    started = Provider(tmp_path_factory.mktemp("provider"), settings)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def ann(provider):
    return Person(provider, "ann")


class Signing(Suite):
    """A client of the suite's that signs (private_key_jwt), as all of this plan do."""
    def __init__(self, provider, **metadata):
        self.private, public = new_key(kid="suite-1")
        self.kid, self.by = "suite-1", "RS256"
        keys = {} if "jwks_uri" in metadata else {"jwks": {"keys": [public]}}
        super().__init__(provider, "private_key_jwt", **keys | metadata)
        self.public = public
        assert self.secret is None

    assertion = SigningClient.assertion

    def another_key(self, kid):
        self.private, self.public = new_key(kid=kid)
        self.kid = kid

    def token(self, **form):
        form = {"client_assertion_type": TYPE, "client_assertion": self.assertion()} | form
        return ask(self.provider.port, "POST", "/oauth/token", form=form)


def register(provider, **metadata):
    return ask(provider.port, "POST", "/oauth/clients", json={"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"} | metadata)


def test_oidcc_discovery_endpoint_verification_of_a_dynamic_provider(provider):
    document = ask(provider.port, "GET", "/.well-known/openid-configuration").json()
    assert {"code", "id_token", "id_token token"} <= set(document["response_types_supported"])
    assert {"authorization_code", "implicit"} <= set(document["grant_types_supported"])
    assert document["request_uri_parameter_supported"] is True and document["request_parameter_supported"] is True
    assert {"none", "RS256"} <= set(document["request_object_signing_alg_values_supported"])


@pytest.mark.parametrize("algorithm", ["none", "RS256"])
def test_oidcc_request_uri_unsigned_and_signed(provider, ann, key_page, algorithm):
    uri = f"{key_page.origin}/{algorithm}.jwt"
    client = Signing(provider, request_uris=[uri], request_object_signing_alg=algorithm)
    state, nonce = "state of the object", "nonce of the object"
    claims = {"client_id": client.id, "redirect_uri": REDIRECT_URI, "response_type": "code", "scope": "openid", "state": state, "nonce": nonce, "iss": client.id, "aud": provider.url}
    key_page.texts[f"/{algorithm}.jwt"] = jwt.encode(claims, None if algorithm == "none" else client.private, algorithm=algorithm, headers={"kid": client.kid})
    pages, where = ann.visit(client.request(request_uri=uri, state=None, nonce=None))
    assert where, pages[-1]
    client.state = state
    assert client.id_token(client.granted(client.redeem(client.code_at(where)))["id_token"])["nonce"] == nonce


def test_oidcc_idtoken_rs256(provider, ann):
    client = Signing(provider, id_token_signed_response_alg="RS256")
    body, _ = client.sign_in(ann)
    assert jwt.get_unverified_header(body["id_token"])["alg"] == "RS256"


def test_oidcc_userinfo_rs256(provider, ann):
    client = Signing(provider, userinfo_signed_response_alg="RS256")
    body = client.redeem(client.code(ann)).json()
    answer = ask(provider.port, "GET", "/oauth/userinfo", token=body["access_token"])
    assert answer.status == 200 and answer.header("content-type") == "application/jwt"
    assert jwt.get_unverified_header(answer.body.decode())["alg"] == "RS256"
    told = jwt.decode(answer.body.decode(), options={"verify_signature": False})  # the signature: test_client_registration.py
    assert (told["sub"], told["iss"], told["aud"]) == (client.id_token(body["id_token"])["sub"], provider.url, client.id)


def test_oidcc_ensure_redirect_uri_in_authorization_request(provider, ann):
    pages, where = ann.visit(Signing(provider).request(redirect_uri=None))
    assert where is None and len(pages) == 1 and "redirect_uri" in pages[0]


QUERY = REDIRECT_URI + "?foo=bar"


def test_oidcc_redirect_uri_query_ok(provider, ann):
    client = Signing(provider, redirect_uris=[QUERY])
    _, where = ann.visit(client.request())
    assert where.startswith(QUERY + "&code=")
    client.granted(client.redeem(client.code_at(where)))


@pytest.mark.parametrize(("registered", "sent"), [(QUERY, REDIRECT_URI + "?bar=foo"), (QUERY, REDIRECT_URI), (REDIRECT_URI, QUERY), (QUERY, QUERY + "&foo=bar")], ids=["mismatch", "missing", "added", "twice"])
def test_oidcc_redirect_uri_query_mismatch_and_added(provider, ann, registered, sent):
    _, where = ann.visit(Signing(provider, redirect_uris=[registered]).request(redirect_uri=sent))
    assert where is None


def test_oidcc_redirect_uri_regfrag(provider):
    assert error_of(register(provider, redirect_uris=[REDIRECT_URI + "#foobar"])) == "invalid_redirect_uri"


LOGO, POLICY, TERMS = (f"https://suite.example.com/{name}" for name in ("images/logo.png?a=1&b=2", "policy", "tos"))


def test_oidcc_registration_logo_uri_policy_uri_and_tos_uri(provider, fresh_name):
    """On the page to sign in, which is what the suite looks at, on the one that asks for consent, and when a password was wrong."""
    client, person = Signing(provider, client_name="The <suite>", logo_uri=LOGO, policy_uri=POLICY, tos_uri=TERMS), Person(provider, fresh_name)
    pages, where = person.visit(client.request())
    assert len(asked_for_the_password(pages[:1])) == 1 and len(pages) == 2 and where
    for page in pages:
        assert f'href="{POLICY}"' in page and f'href="{TERMS}"' in page and "The &lt;suite&gt;" in page
    typed, person.typed = person.typed, lambda page: {"username": fresh_name, "password": "pa55-wrong"} if 'role="alert"' not in page else None
    person.cookies = {}
    pages, _ = person.visit(client.request())
    assert len(pages) == 2 and "The &lt;suite&gt;" in pages[1] and f'href="{POLICY}"' in pages[1]
    person.typed = typed


def test_a_page_loads_no_logo_of_another_origin(provider, fresh_name):
    """Its server would learn who looks at the page, and a client may be any stranger's (decision 0122)."""
    person = Person(provider, fresh_name)
    client = Signing(provider, logo_uri=LOGO)
    page = person.ask("GET", "/sign-in?return_to=" + quote(client.request(), safe=""))
    consent, _ = Person(provider, fresh_name + "2").visit(client.request())
    for text in (page.body.decode(), *consent):
        assert "<img" not in text and "suite.example.com/images" not in text.replace("%3A%2F%2F", "://")
    assert "img-src 'self';" in page.header("content-security-policy")


def test_a_logo_of_our_own_origin_is_shown(start, fresh_name):
    provider = start(QUICK | {"KEYHOLD_ISSUER": "https://id.example.org", "KEYHOLD_OAUTH_REGISTRATION": "open"})
    client = ask(provider.port, "POST", "/oauth/clients", json={"redirect_uris": ["https://app.example.com/cb"], "logo_uri": "https://id.example.org/logos/app.png?a=1&b=2"}).json()
    query = f"/oauth/authorize?response_type=code&client_id={client['client_id']}&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&scope=openid"
    page = ask(provider.port, "GET", "/sign-in?return_to=" + quote(query, safe=""), fields=[("Accept", "text/html")])
    assert 'src="https://id.example.org/logos/app.png?a=1&amp;b=2" alt="" referrerpolicy="no-referrer"' in page.body.decode()


@pytest.mark.parametrize("logo", ["http://suite.example.com/logo.png", "http://127.0.0.1:1/logo.png", "javascript:alert(1)", "data:image/png;base64,AAAA", "https://a b/", 'https://a/"onload="x', "//suite.example.com/x", "https://user@suite.example.com/x"])
def test_what_is_no_logo_is_refused(provider, logo):
    assert error_of(register(provider, logo_uri=logo)) == "invalid_client_metadata"


def test_nobody_here_asks_for_a_logo_a_policy_or_a_sector(provider, ann):
    """Browsers do, for what they are shown; the server would be asked to look at where nobody outside may."""
    canary = socket.create_server(("127.0.0.1", 0))
    uri = f"https://127.0.0.1:{canary.getsockname()[1]}/x"
    client = Signing(provider, logo_uri=uri, policy_uri=uri, tos_uri=uri, sector_identifier_uri=uri, request_uris=[uri], client_uri=uri, initiate_login_uri=uri)
    client.sign_in(ann)
    ann.visit(client.request(prompt="consent"))
    canary.settimeout(0)
    with pytest.raises(BlockingIOError):
        canary.accept()


def test_oidcc_registration_sector_uri_is_skipped_as_nobody_is_pairwise(provider):
    assert ask(provider.port, "GET", "/.well-known/openid-configuration").json()["subject_types_supported"] == ["public"]
    assert error_of(register(provider, subject_type="pairwise", sector_identifier_uri="https://suite.example.com/redirect_uris.json")) == "invalid_client_metadata"


@pytest.mark.parametrize("method", ["client_secret_jwt", "tls_client_auth", "self_signed_tls_client_auth"])
def test_a_way_to_prove_oneself_that_is_not_done_here_is_refused_with_its_name(provider, method):
    refused = register(provider, token_endpoint_auth_method=method)
    assert error_of(refused) == "invalid_client_metadata" and method in refused.json()["error_description"]
    assert method not in json.dumps(ask(provider.port, "GET", "/.well-known/openid-configuration").json())


def test_keys_by_value_and_by_address_at_once_are_refused(provider):
    """RFC 7591 §2."""
    _, public = new_key()
    for method in ("private_key_jwt", "client_secret_basic"):
        assert error_of(register(provider, token_endpoint_auth_method=method, jwks={"keys": [public]}, jwks_uri="https://suite.example.com/jwks")) == "invalid_client_metadata"


def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(provider, ann):
    client = Signing(provider)
    client.granted(client.redeem(client.code(ann), client_assertion=client.assertion(aud=provider.url)))


def test_oidcc_refresh_token(provider, ann):
    client = Signing(provider, grant_types=["authorization_code", "refresh_token"])
    first, claims = client.sign_in(ann, scope="openid offline_access", prompt="consent")
    second = client.granted(client.refresh(first["refresh_token"]))
    assert client.id_token(second["id_token"])["sub"] == claims["sub"]


def test_oidcc_server_rotate_keys(provider, ann):
    def keys():
        return {key["kid"]: key for key in ask(provider.port, "GET", "/.well-known/jwks.json").json()["keys"]}
    before = keys()
    run("key", "rotate", folder=provider.folder, env=provider.env, check=0)
    eventually(lambda: keys().keys() > before.keys(), SECONDS)
    now = keys()
    assert {kid: now[kid] for kid in before} == before, "the old ones stay"
    assert len({(key["kty"], key.get("n") or key["x"]) for key in now.values()}) == len(now)


def test_keys_of_id_tokens_rotate_and_are_given_up_too(provider, ann):
    def key(*words):
        return json.loads(run("--json", "key", *words, "--id-tokens", "RS256", folder=provider.folder, env=provider.env, check=0).stdout or "null")

    def signer():
        return jwt.get_unverified_header(client.redeem(client.code(ann)).json()["id_token"])["kid"]

    def published():
        return {each["kid"] for each in ask(provider.port, "GET", "/.well-known/jwks.json").json()["keys"]}
    client = Signing(provider)
    old = signer()
    assert [each["kid"] for each in key("list") if each["state"] == "signing"] == [old]
    new = key("rotate", "--at-once")["kid"]
    eventually(lambda: signer() == new, SECONDS)
    assert {old, new} <= published(), "what the old one signed is verified on"
    key("drop", old)
    eventually(lambda: old not in published(), SECONDS)
    assert signer() == new
    wrong = run("key", "rotate", "--id-tokens", "HS256", folder=provider.folder, env=provider.env)
    assert wrong.returncode != 0 and "RS256 or ES256" in wrong.stderr


def test_oidcc_registration_jwks_uri(provider, ann, key_page):
    client = Signing(provider, jwks_uri=key_page.uri)
    key_page.keys = [client.public]
    client.sign_in(ann)


@pytest.mark.skipif(not os.environ.get("KEYHOLD_TEST_LONG"), reason="keys are not fetched again within half a minute: ./test --long")
def test_oidcc_refresh_token_rp_key_rotation(provider, ann, key_page):
    client = Signing(provider, jwks_uri=key_page.uri, grant_types=["authorization_code", "refresh_token"])
    key_page.keys = [client.public]
    body, _ = client.sign_in(ann, scope="openid offline_access", prompt="consent")
    client.another_key("suite-2")
    key_page.keys = [client.public]
    answers = []

    def refreshed():
        answers.append(client.refresh(body["refresh_token"]))
        return answers[-1].status == 200
    eventually(refreshed, 60, every=2)  # the suite waits for 60 s
    client.granted(answers[-1])
