# SPDX-License-Identifier: Apache-2.0
"""Redirect URIs through the authorization endpoint (RFC 9700 §4.1, RFC 8252 §7.3): 24 that differ from a registered one in one thing, and the few that are as good as it."""
import pytest
from oidc import Browser, Provider
from wire import ask

REGISTERED = ["https://app.example.com/cb", "http://127.0.0.1:8080/cb", "http://[::1]/cb", "http://localhost:3000/cb", "com.example.app:/cb"]
HOSTILE = {
    "suffix of the path": "https://app.example.com/cb/evil", "slash at the end": "https://app.example.com/cb/", "suffix of the host": "https://app.example.com.evil.tv/cb",
    "prefix of the host": "https://evilapp.example.com/cb", "userinfo": "https://app.example.com@evil.tv/cb", "userinfo with a port": "https://app.example.com:443@evil.tv/cb",
    "backslash": "https://evil.tv\\@app.example.com/cb", "dots": "https://app.example.com/cb/../evil", "encoded dots": "https://app.example.com/cb/%2e%2e/evil",
    "encoded slash": "https://app.example.com/cb%2F..%2Fevil", "case of the scheme": "HTTPS://app.example.com/cb", "case of the host": "https://APP.example.com/cb",
    "case of the path": "https://app.example.com/CB", "port": "https://app.example.com:8443/cb", "the default port": "https://app.example.com:443/cb", "scheme": "http://app.example.com/cb",
    "fragment": "https://app.example.com/cb#x", "query": "https://app.example.com/cb?next=https://evil.tv", "IDN": "https://xn--pp-via.example.com/cb", "another letter": "https://\u0430pp.example.com/cb",
    "localhost and another port": "http://localhost:3001/cb", "a name for loopback": "http://127.0.0.1.evil.tv/cb", "loopback as a number": "http://2130706433:8080/cb",
    "another app's scheme": "com.example.app.evil:/cb",
}
assert len(HOSTILE) == 24


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    started = Provider(tmp_path_factory.mktemp("provider"))
    started.app = started.client("app", "--first-party", "--public", *(word for uri in REGISTERED[1:] for word in ("--redirect-uri", uri)), redirect_uri=REGISTERED[0])
    started.ann = Browser(started, "ann")
    yield started
    started.stop()


def answer_to(provider, uri):
    return provider.ann.ask("GET", provider.app.request(redirect_uri=uri))


@pytest.mark.parametrize("uri", HOSTILE.values(), ids=HOSTILE)
def test_one_that_differs_is_sent_nothing_at_all(provider, uri):
    answer = answer_to(provider, uri)
    assert answer.status == 400 and answer.header("location") is None, (answer.status, answer.header("location"))
    assert b"evil" not in answer.body


@pytest.mark.parametrize("uri", [*REGISTERED, "http://127.0.0.1/cb", "http://127.0.0.1:54321/cb", "http://[::1]:1/cb"])
def test_a_registered_one_gets_its_code_and_the_port_of_loopback_is_free(provider, uri):
    answer = answer_to(provider, uri)
    assert answer.status == 303 and answer.header("location").startswith(f"{uri}?code="), (answer.status, answer.body[:200])
    code = answer.header("location").split("code=")[1].split("&")[0]
    assert provider.app.redeem(code, redirect_uri=uri).status == 200


def test_a_code_is_good_with_its_own_redirect_uri_alone(provider):
    code = answer_to(provider, REGISTERED[0]).header("location").split("code=")[1].split("&")[0]
    assert provider.app.redeem(code, redirect_uri=REGISTERED[1]).status == 400
    assert ask(provider.port, "GET", "/oauth/authorize").status == 400
