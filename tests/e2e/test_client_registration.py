# SPDX-License-Identifier: Apache-2.0
"""Clients register themselves (RFC 7591), look after that (RFC 7592), and never make us ask where nobody outside may."""
import json
import socket
import subprocess
from pathlib import Path

import jwt
import pytest
from oidc import Browser, Client, Provider, form_of
from server import run
from test_client_keys import SigningClient, error_of, new_key
from waiting import eventually
from wire import ask

OPEN = {"KEYHOLD_OAUTH_REGISTRATION": "open"}
SECONDS = 30
MINE = {"redirect_uris": ["https://app.example.com/cb"], "client_name": "The blog"}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    started = Provider(tmp_path_factory.mktemp("provider"), OPEN)
    yield started
    started.stop()


def register(provider, status=201, token=None, **metadata):
    answer = ask(provider.port, "POST", "/oauth/clients", token=token, json=MINE | metadata)
    assert answer.status == status, (answer.status, answer.body)
    assert answer.header("content-type") == "application/json" and answer.header("cache-control") == "no-store"
    return answer.json()


def client_of(provider, registered):
    return Client(provider, registered)


def consent(client, browser, **more):
    page = browser.ask("GET", client.request(**more))
    fields, _ = form_of(page)
    answer = browser.ask("POST", "/oauth/consent", fields=[("Sec-Fetch-Site", "same-origin")], form=fields | {"decision": "allow"})
    return page, answer.header("location")


def test_nobody_registers_unless_the_operator_says_so(start, tmp_path):
    server = Provider(tmp_path)
    assert ask(server.port, "POST", "/oauth/clients", json=MINE).status == 404
    assert ask(server.port, "GET", "/oauth/clients/x", token="khr_x").status == 404
    assert "registration_endpoint" not in ask(server.port, "GET", "/.well-known/openid-configuration").json()
    server.stop()


def test_a_token_that_is_no_token_is_not_taken_for_none(provider):
    for fields in ([("Authorization", "Bearer")], [("Authorization", "Bearer x")] * 2):
        assert error_of(ask(provider.port, "POST", "/oauth/clients", fields=fields, json=MINE), 401) == "invalid_token"


def test_a_client_registers_and_signs_people_in_with_their_consent(provider):
    assert ask(provider.port, "GET", "/.well-known/openid-configuration").json()["registration_endpoint"] == provider.url + "/oauth/clients"
    made = register(provider, policy_uri="https://app.example.com/policy", tos_uri="https://app.example.com/tos", first_party=True, software_version="1")
    # RFC 7591 §3.2.1
    assert made["client_secret_expires_at"] == 0 and made["client_id_issued_at"] > 1_700_000_000 and made["client_secret"].startswith("khc_")
    assert made["token_endpoint_auth_method"] == "client_secret_basic" and made["grant_types"] == ["authorization_code"] and made["response_types"] == ["code"]
    assert made["id_token_signed_response_alg"] == "RS256" and made["client_name"] == "The blog" and "first_party" not in made
    client, ann = client_of(provider, made), Browser(provider, "ann")
    page, location = consent(client, ann, scope="openid profile")
    assert b"The blog" in page.body and b'href="https://app.example.com/policy"' in page.body and b'href="https://app.example.com/tos"' in page.body
    body = client.redeem(location.split("code=")[1].split("&")[0]).json()
    assert client.id_token(body["id_token"])["aud"] == made["client_id"] and "refresh_token" not in body
    shown = json.loads(run("--json", "client", "show", made["client_id"], folder=provider.folder, env=OPEN, check=0).stdout)
    assert shown["registered_itself"] and not shown["first_party"]


def test_an_app_says_that_it_is_one(provider):
    """OpenID Connect Dynamic Client Registration §2."""
    assert register(provider)["application_type"] == register(provider, application_type="web")["application_type"] == "web"
    for uri in ("com.example.app:/cb", "http://127.0.0.1/cb", "http://localhost:3000/cb"):
        made = register(provider, application_type="native", redirect_uris=[uri], token_endpoint_auth_method="none")
        assert made["application_type"] == "native" and made["redirect_uris"] == [uri]
        assert register(provider, 400, redirect_uris=[uri], application_type="web")["error"] == "invalid_redirect_uri"
        assert register(provider, redirect_uris=[uri], token_endpoint_auth_method="none")["redirect_uris"] == [uri], "RFC 7591 alone"
    assert register(provider, 400, logo_uri="http://app.example.com/l.png")["error_description"].startswith("logo_uri: ")


def test_scopes_of_the_operator_are_given_to_nobody(provider):
    made = register(provider, scope="openid notes:write keyhold:account keyhold:admin email")
    assert made["scope"] == "openid email"


def test_what_is_registered_is_shown_changed_and_removed_by_its_token(provider):
    made = register(provider)
    token, path = made["registration_access_token"], made["registration_client_uri"].removeprefix(provider.url)
    shown = ask(provider.port, "GET", path, token=token).json()
    assert {name: shown[name] for name in ("client_id", "redirect_uris", "client_name")} == {name: made[name] for name in ("client_id", "redirect_uris", "client_name")}
    assert "client_secret" not in shown, "only its digest is kept"
    changed = ask(provider.port, "PUT", path, token=token, json={"client_id": made["client_id"], "redirect_uris": ["https://app.example.com/other"], "client_name": "Other"})
    assert changed.status == 200 and changed.json()["redirect_uris"] == ["https://app.example.com/other"]
    for wrong in ({"redirect_uris": ["https://a.tv/"]}, {"client_id": "other", "redirect_uris": ["https://a.tv/"]},
                  {"client_id": made["client_id"], "redirect_uris": ["https://a.tv/"], "client_secret": "mine"}, {"client_id": made["client_id"], "redirect_uris": ["https://a.tv/"], "token_endpoint_auth_method": "none"}):
        assert error_of(ask(provider.port, "PUT", path, token=token, json=wrong)) == "invalid_client_metadata"
    assert ask(provider.port, "GET", path, token=token).json()["redirect_uris"] == ["https://app.example.com/other"]
    another = register(provider)
    for method in ("GET", "PUT", "DELETE"):
        for wrong in (None, "khr_x", made["client_secret"], another["registration_access_token"]):
            refused = ask(provider.port, method, path, token=wrong, json={"client_id": made["client_id"], "redirect_uris": ["https://a.tv/"]})
            assert error_of(refused, 401) == "invalid_token" and refused.header("www-authenticate").startswith("Bearer")
    assert ask(provider.port, "DELETE", path, token=token).status == 204
    assert error_of(ask(provider.port, "GET", path, token=token), 401) == "invalid_token"


def test_clients_of_the_operator_have_no_such_token(provider):
    theirs = provider.client("theirs")
    for token in (None, "", theirs.secret, "khr_" + "A" * 43):
        assert ask(provider.port, "DELETE", "/oauth/clients/theirs", token=token).status == 401


REFUSED = [
    ({"redirect_uris": ["https://app.example.com/cb#x"]}, "invalid_redirect_uri"), ({"redirect_uris": ["http://app.example.com/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"), ({"redirect_uris": ["https://app.example.com/*"]}, "invalid_redirect_uri"), ({"redirect_uris": ["/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": []}, "invalid_client_metadata"), ({"redirect_uris": "https://app.example.com/cb"}, "invalid_client_metadata"), ({"redirect_uris": ["https://a.tv/"] * 33}, "invalid_client_metadata"),
    ({"grant_types": ["password"]}, "invalid_client_metadata"), ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"), ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
    ({"response_types": ["id_token"]}, "invalid_client_metadata"), ({"grant_types": ["refresh_token"], "response_types": ["code"]}, "invalid_client_metadata"), ({"token_endpoint_auth_method": "tls_client_auth"}, "invalid_client_metadata"), ({"subject_type": "pairwise"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"), ({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "http://127.0.0.1/"}, "invalid_client_metadata"),
    ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"), ({"id_token_signed_response_alg": "HS256"}, "invalid_client_metadata"), ({"userinfo_signed_response_alg": "none"}, "invalid_client_metadata"),
    ({"backchannel_logout_uri": "http://127.0.0.1/"}, "invalid_client_metadata"), ({"policy_uri": "javascript:alert(1)"}, "invalid_client_metadata"), ({"client_name": "a\u0000b"}, "invalid_client_metadata"),
    ({"application_type": "robot"}, "invalid_client_metadata"), ({"application_type": "native"}, "invalid_redirect_uri"), ({"redirect_uris": ["com.example.app:/cb"], "application_type": "web"}, "invalid_redirect_uri"),
    ({"client_name": "x" * 129}, "invalid_client_metadata"), ({"post_logout_redirect_uris": ["http://evil.tv/"]}, "invalid_redirect_uri"),
]


@pytest.mark.parametrize(("metadata", "error"), REFUSED, ids=[f"{number} {list(row[0])[-1]}" for number, row in enumerate(REFUSED)])
def test_what_cannot_be_registered_is_said(provider, metadata, error):
    refused = register(provider, 400, **metadata)
    assert refused["error"] == error and refused["error_description"]


def test_an_operator_may_ask_for_a_token_and_one_address_registers_so_many(tmp_path):
    server = Provider(tmp_path, OPEN | {"KEYHOLD_OAUTH_REGISTRATION_TOKEN": "a token of the operator"})
    for token in (None, "other", "a token of the operato"):
        assert error_of(ask(server.port, "POST", "/oauth/clients", token=token, json=MINE), 401) == "invalid_token"
    assert ask(server.port, "POST", "/oauth/clients", token="a token of the operator", json=MINE).status == 201
    answers = [ask(server.port, "POST", "/oauth/clients", token="a token of the operator", json=MINE) for _ in range(110)]
    assert answers[0].status == 201 and answers[-1].status == 429 and int(answers[-1].header("retry-after")) > 0
    server.stop()


def test_pkce_is_asked_of_them_unless_the_operator_lets_those_off_that_prove_who_they_are(provider, tmp_path):
    ann = Browser(provider, "pat")
    without = {"code_challenge": None, "code_challenge_method": None}
    assert client_of(provider, register(provider)).answer_of(ann, **without)["error"] == "invalid_request"
    server = Provider(tmp_path, OPEN | {"KEYHOLD_OAUTH_REGISTRATION_PKCE": "false"})
    bob, client = Browser(server, "bob"), client_of(server, register(server))
    _, location = consent(client, bob, **without)
    assert client.redeem(location.split("code=")[1].split("&")[0], code_verifier=None).status == 200
    public = client_of(server, register(server, token_endpoint_auth_method="none"))
    assert public.secret is None and public.answer_of(bob, **without)["error"] == "invalid_request"
    server.stop()


def test_a_client_with_keys_has_no_secret_and_its_userinfo_may_be_signed(provider):
    private, public = new_key()
    made = register(provider, token_endpoint_auth_method="private_key_jwt", jwks={"keys": [public]}, userinfo_signed_response_alg="RS256", grant_types=["authorization_code", "refresh_token"])
    assert "client_secret" not in made and made["jwks"] == {"keys": [public]}
    client, kim = SigningClient(provider, made, private), Browser(provider, "kim")
    _, location = consent(client, kim, scope="openid profile offline_access")
    body = client.redeem(location.split("code=")[1].split("&")[0]).json()
    answer = ask(provider.port, "GET", "/oauth/userinfo", token=body["access_token"])
    assert answer.header("content-type") == "application/jwt"
    keys = ask(provider.port, "GET", "/.well-known/jwks.json").json()["keys"]
    kid = jwt.get_unverified_header(answer.body.decode())["kid"]
    told = jwt.decode(answer.body.decode(), jwt.PyJWK(next(key for key in keys if key["kid"] == kid)).key, algorithms=["RS256"], audience=client.id, issuer=provider.url)
    assert told["sub"] == client.id_token(body["id_token"])["sub"] and told["name"] == "kim" and "nonce" not in told
    assert client.answer_of(kim, prompt="none", id_token_hint=answer.body.decode())["error"] == "invalid_request", "it is no ID token"
    assert client.refresh(body["refresh_token"]).status == 200


# Addresses of this machine and of private networks, as literals and as a name; each has a listener that nobody may come to.
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_clients_that_registered_themselves_make_us_ask_nobody_in_here(provider, host):
    canary = socket.create_server(("127.0.0.1", 0))
    port = canary.getsockname()[1]
    private, _ = new_key()
    made = register(provider, token_endpoint_auth_method="private_key_jwt", jwks_uri=f"https://{host}:{port}/jwks", backchannel_logout_uri=f"https://{host}:{port}/out",
                    grant_types=["authorization_code"])
    client = SigningClient(provider, made, private)
    assert error_of(client.token(grant_type="authorization_code", code="x", redirect_uri=client.redirect_uri)) == "invalid_client"
    eventually(lambda: f"client {client.id}: jwks_uri cannot be fetched" in provider.log(), SECONDS)
    canary.settimeout(0)
    with pytest.raises(BlockingIOError):
        canary.accept()


def watched_provider(tmp_path, **env):
    """One whose log tells of each connection to another machine, and which comes to none (rebinding.c)."""
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", tmp_path / "rebinding.so", Path(__file__).with_name("rebinding.c"), "-ldl"], check=True)
    folder = tmp_path / "provider"
    folder.mkdir()
    return Provider(folder, OPEN | {"LD_PRELOAD": str(tmp_path / "rebinding.so"), "ASAN_OPTIONS": "verify_asan_link_order=0"} | env)


def test_a_name_that_was_at_a_public_address_a_moment_ago_is_not_asked_for_in_here(tmp_path):
    """DNS rebinding: what counts is the address that is connected to, each time."""
    provider = watched_provider(tmp_path)
    canary = socket.create_server(("127.0.0.1", 0))
    uri = f"https://rebound.example.com:{canary.getsockname()[1]}/x"
    private, _ = new_key()
    signer = SigningClient(provider, register(provider, token_endpoint_auth_method="private_key_jwt", jwks_uri=uri), private)
    assert error_of(signer.token(grant_type="authorization_code", code="x", redirect_uri=signer.redirect_uri)) == "invalid_client"
    eventually(lambda: f"client {signer.id}: jwks_uri cannot be fetched" in provider.log(), SECONDS, provider.log)
    client, pia = client_of(provider, register(provider, backchannel_logout_uri=uri)), Browser(provider, "pia")
    _, location = consent(client, pia)
    assert client.redeem(location.split("code=")[1].split("&")[0]).status == 200
    pia.sign_out()
    eventually(lambda: f"client {client.id} cannot be told of a log-out" in provider.log(), SECONDS, provider.log)
    said = provider.log()
    assert "the resolver says 93.184.216.34" in said and "a connection to 93.184.216.34" in said, "a public one is asked"
    assert "the resolver says 127.0.0.1" in said
    canary.settimeout(0)
    with pytest.raises(BlockingIOError):
        canary.accept()
    provider.stop()


# How a host is written, and the address that it stands for: link-local, where clouds hand out their machines' secrets, as text, in octal, in hexadecimal and as
# one number; within IPv6, for translators (NAT64, RFC 6052 and 8215) and tunnels (6to4); private and unspecified ones.
HOSTS = {"169.254.169.254": "169.254.169.254", "0251.0376.0251.0376": "169.254.169.254", "0xa9.0xfe.0xa9.0xfe": "169.254.169.254", "0xa9fea9fe": "169.254.169.254",
         "2852039166": "169.254.169.254", "169.254.43518": "169.254.169.254", "[::ffff:169.254.169.254]": "::ffff:169.254.169.254", "[::ffff:a9fe:a9fe]": "::ffff:169.254.169.254",
         "[64:ff9b::a9fe:a9fe]": "64:ff9b::a9fe:a9fe", "[64:ff9b:1::a9fe:a9fe]": "64:ff9b:1::a9fe:a9fe", "[2002:a9fe:a9fe::1]": "2002:a9fe:a9fe::1", "[fe80::1]": "fe80::1",
         "[fc00::1]": "fc00::1", "[fd12:3456::1]": "fd12:3456::1", "[::]": "::", "10.0.0.1": "10.0.0.1", "192.168.0.1": "192.168.0.1", "100.64.0.1": "100.64.0.1"}


def can_open_ipv6():
    try:
        socket.socket(socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("networks", ["", "0.0.0.0/0,::/0"], ids=["nobody", "whom the operator lets them"])
def test_clients_that_registered_themselves_make_us_ask(tmp_path, networks):
    """With the second as the proof that the first would be seen."""
    provider = watched_provider(tmp_path, **({"KEYHOLD_OAUTH_CLIENT_NETWORKS": networks} if networks else {}))
    hosts = {host: address for host, address in HOSTS.items() if can_open_ipv6() or not host.startswith("[")}
    private, _ = new_key()
    eve, clients = Browser(provider, "eve"), []
    for host in hosts:
        uri = f"https://{host}:8443"
        made = register(provider, token_endpoint_auth_method="private_key_jwt", jwks_uri=uri + "/jwks", logo_uri=uri + "/logo", grant_types=["authorization_code"])
        signer = SigningClient(provider, made, private)
        assert error_of(signer.token(grant_type="authorization_code", code="x", redirect_uri=signer.redirect_uri)) == "invalid_client"
        told = client_of(provider, register(provider, backchannel_logout_uri=uri + "/out", logo_uri=uri + "/logo"))
        page, location = consent(told, eve)
        assert page.status == 200 and b"/logo" not in page.body, "nor is a browser asked to load it"
        assert told.redeem(location.split("code=")[1].split("&")[0]).status == 200
        clients.append((signer.id, told.id))
    eve.sign_out()
    for signer, told in clients:
        eventually(lambda signer=signer: f"client {signer}: jwks_uri cannot be fetched" in provider.log(), SECONDS, provider.log)
        eventually(lambda told=told: f"client {told} cannot be told of a log-out" in provider.log(), SECONDS, provider.log)
    connected = {line.rsplit(" ", 1)[1] for line in provider.log().splitlines() if "a connection to " in line}
    assert connected == (set(hosts.values()) if networks else set())
    provider.stop()


def test_nor_do_their_log_outs(provider):
    canary = socket.create_server(("127.0.0.1", 0))
    made = register(provider, backchannel_logout_uri=f"https://localhost:{canary.getsockname()[1]}/out")
    client, lou = client_of(provider, made), Browser(provider, "lou")
    _, location = consent(client, lou)
    assert client.redeem(location.split("code=")[1].split("&")[0]).status == 200
    lou.sign_out()
    eventually(lambda: f"client {client.id} cannot be told of a log-out" in provider.log(), SECONDS)
    canary.settimeout(0)
    with pytest.raises(BlockingIOError):
        canary.accept()
