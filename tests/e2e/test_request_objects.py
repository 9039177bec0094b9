# SPDX-License-Identifier: Apache-2.0
"""What clients ask for in a JWT, by value and by address (OpenID Connect Core §6, RFC 9101). Objects are made by PyJWT."""
import json
import socket
import time
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import jwt
import pytest
from conformance import REDIRECT_URI, SETTINGS, Person, Suite
from oidc import CALLBACK, OURS, Provider, form_of
from test_client_keys import new_key
from test_conformance_dynamic import KeyPage
from wire import ask

ON = {"KEYHOLD_OAUTH_REQUEST_OBJECTS": "true"}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    started = KeyPage(tmp_path_factory.mktemp("objects"))
    yield started
    started.shutdown()


@pytest.fixture(scope="module")
def provider(tmp_path_factory, page):
    started = Provider(tmp_path_factory.mktemp("provider"), SETTINGS | ON | {"KEYHOLD_OAUTH_CA_FILE": str(page.ca_file), "KEYHOLD_OAUTH_CLIENT_NETWORKS": "127.0.0.0/8,::1/128"})
    yield started
    started.stop()


@pytest.fixture(scope="module")
def ann(provider):
    return Person(provider, "ann")


class Asking(Suite):
    """A client with a secret, and a key that it signs its request objects by."""
    def __init__(self, provider, **metadata):
        self.private, public = new_key(kid="object-1")
        super().__init__(provider, jwks={"keys": [public]}, **metadata)

    def claims(self, **more):
        return {"iss": self.id, "aud": self.provider.url, "client_id": self.id, "redirect_uri": REDIRECT_URI, "response_type": "code", "scope": "openid", "nonce": "of the object"} | more

    def signed(self, key=None, algorithm="RS256", **more):
        return jwt.encode({name: value for name, value in self.claims(**more).items() if value is not None}, key or self.private, algorithm=algorithm, headers={"kid": "object-1"})

    def unsigned(self, **more):
        return jwt.encode(self.claims(**more), None, algorithm="none")


@pytest.fixture(scope="module")
def client(provider):
    return Asking(provider)


def refused(client, person, request, **more):
    pages, where = person.visit(client.request(request=request, **more))
    assert where, pages[-1]
    return client.error(where)


@pytest.mark.parametrize("kind", ["signed", "unsigned"])
def test_what_the_object_says_stands_in_place_of_what_is_beside_it(client, ann, kind):
    request = getattr(client, kind)(max_age=3600, claims={"id_token": {"preferred_username": None}}, scope="openid profile")
    _, where = ann.visit(client.request(request=request, redirect_uri=None, nonce="beside it", scope="openid"))
    claims = client.id_token(client.granted(client.redeem(client.code_at(where), redirect_uri=REDIRECT_URI))["id_token"])
    assert claims["nonce"] == "of the object" and claims["preferred_username"] == "ann" and "auth_time" in claims


def another_claim(text):
    head, _, tail = text.split(".")
    return ".".join((head, jwt.encode({"scope": "openid email"}, "x" * 32).split(".")[1], tail))


WRONG = {
    "signed by another key": lambda client: client.signed(new_key()[0]),
    "changed": lambda client: another_claim(client.signed()),
    "under the client's secret": lambda client: client.signed(client.secret, "HS256"),
    "its signature taken away": lambda client: client.signed().rsplit(".", 1)[0] + ".",
    "of another client": lambda client: client.signed(iss="another"),
    "for another server": lambda client: client.signed(aud="https://other.example.com"),
    "expired": lambda client: client.signed(exp=int(time.time()) - 60),
    "of the future": lambda client: client.signed(nbf=int(time.time()) + 3600),
    "another client_id": lambda client: client.signed(client_id="another"),
    "another response_type": lambda client: client.signed(response_type="code id_token"),
    "no JWT": lambda client: "x",
    "no JSON": lambda client: "eyJhbGciOiJub25lIn0.eA.",
    "a list": lambda client: "eyJhbGciOiJub25lIn0.W10.",
}


@pytest.mark.parametrize("what", WRONG)
def test_an_object_that_is_not_the_clients_own_is_refused(client, ann, what):
    assert refused(client, ann, WRONG[what](client)) == "invalid_request_object"


def test_who_registered_an_algorithm_is_held_to_it(provider, ann):
    client = Asking(provider, request_object_signing_alg="RS256")
    assert refused(client, ann, client.unsigned()) == "invalid_request_object"
    private, _ = new_key("ES256")
    assert refused(client, ann, client.signed(private, "ES256")) == "invalid_request_object"
    answer = ask(provider.port, "POST", "/oauth/clients", json={"redirect_uris": [REDIRECT_URI], "request_object_signing_alg": "HS256"})
    assert answer.status == 400 and answer.json()["error"] == "invalid_client_metadata"


def test_response_type_may_stand_in_the_object_alone(client, ann):
    """RFC 9101 §5: beside the object plain OAuth has client_id and nothing else."""
    client.state = "of the object"
    for request in (client.signed(state=client.state), client.unsigned(state=client.state)):
        _, where = ann.visit("/oauth/authorize?" + urlencode({"client_id": client.id, "request": request}))
        client.code_at(where)
    assert refused(client, ann, client.signed(response_type="code telepathy"), response_type=None) == "unsupported_response_type"
    assert refused(client, ann, client.signed(response_type=None), response_type=None) == "invalid_request", "it stands nowhere"


def test_a_member_that_is_null_is_as_if_it_were_not_there(client, ann):
    head, body, _ = client.unsigned().split(".")
    said = json.loads(jwt.utils.base64url_decode(body)) | {"state": None, "max_age": None, "prompt": None}
    _, where = ann.visit(client.request(request=f"{head}.{jwt.utils.base64url_encode(json.dumps(said).encode()).decode()}.", redirect_uri=None))
    client.code_at(where)  # which compares the state that stands beside the object


def test_an_object_cannot_send_the_answer_elsewhere(client, ann):
    for request in (client.signed(redirect_uri="https://evil.example.com/"), client.unsigned(redirect_uri="https://evil.example.com/")):
        pages, where = ann.visit(client.request(request=request))
        assert where is None and "redirect_uri" in pages[0]


def test_what_a_client_publishes_after_a_person_has_been_asked_changes_nothing(provider, page, fresh_name):
    uri = page.origin + "/later.jwt"
    client, person = Asking(provider, request_uris=[uri]), Person(provider, fresh_name)
    page.texts["/later.jwt"] = client.signed(scope="openid")
    person.sign_in()
    asked = person.ask("GET", client.request(request_uri=uri, state=None, nonce=None), fields=[("Accept", "text/html")])
    assert asked.status == 200 and b'value="allow"' in asked.body
    page.texts["/later.jwt"] = client.signed(scope="openid email profile")
    fields, action = form_of(asked)
    agreed = person.ask("POST", urljoin("/oauth/authorize", action), fields=OURS, form=fields | {"decision": "allow"})
    assert agreed.status == 303
    given = client.redeem(dict(parse_qsl(urlsplit(agreed.header("location")).query))["code"]).json()
    assert given["scope"] == "openid"


def test_an_address_that_was_not_registered_is_not_asked(provider, client, ann, page):
    canary = socket.create_server(("127.0.0.1", 0))
    for uri in (f"https://127.0.0.1:{canary.getsockname()[1]}/x", page.origin + "/nothing.jwt", "file:///etc/passwd", "http://127.0.0.1/x"):
        assert refused(client, ann, None, request_uri=uri) == "invalid_request_uri"
    canary.settimeout(0)
    with pytest.raises(BlockingIOError):
        canary.accept()
    for uri in ("http://suite.example.com/x", "file:///etc/passwd", "https://user@suite.example.com/x", "https://suite.example.com/a b"):
        answer = ask(provider.port, "POST", "/oauth/clients", json={"redirect_uris": [REDIRECT_URI], "request_uris": [uri]})
        assert answer.status == 400 and answer.json()["error"] == "invalid_client_metadata", uri


def test_a_fragment_tells_versions_apart_and_is_not_asked_for(provider, page, ann):
    uri = page.origin + "/versions.jwt"
    client = Asking(provider, request_uris=[uri + "#1"])
    page.texts["/versions.jwt"] = client.signed(state="s")
    _, where = ann.visit(client.request(request_uri=uri + "#2", state=None))
    client.state = "s"
    client.code_at(where)


def test_by_value_and_by_address_at_once_are_refused(client, ann):
    assert refused(client, ann, client.signed(), request_uri="https://suite.example.com/x") == "invalid_request"


def test_a_pushed_request_may_hold_one(provider, client, ann):
    form = {"client_id": client.id, "client_secret": client.secret, "response_type": "code", "request": client.signed(state="pushed")}
    pushed = ask(provider.port, "POST", "/oauth/par", form=form)
    assert pushed.status == 201, pushed.body
    _, where = ann.visit(client.request(request_uri=pushed.json()["request_uri"], state=None, nonce=None))
    client.state = "pushed"
    client.code_at(where)


def test_without_the_setting_they_are_refused_and_discovery_says_so(tmp_path):
    closed = Provider(tmp_path)
    app = closed.client("app")
    document = ask(closed.port, "GET", "/.well-known/openid-configuration").json()
    assert document["request_parameter_supported"] is False and document["request_uri_parameter_supported"] is False
    for name, error in (("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")):
        answer = ask(closed.port, "GET", app.request(**{name: "https://app.example.com/x"}))
        where = answer.header("location")
        assert answer.status == 303 and where.startswith(CALLBACK) and f"error={error}" in urlsplit(where).query
    closed.stop()
