# SPDX-License-Identifier: Apache-2.0
"""Clients are told that a session of theirs is over, whoever ended it (OpenID Connect Back-Channel Logout 1.0)."""
import http.server
import queue
import socket
import ssl
import threading
import time
from urllib.parse import parse_qs

import jwt
import pytest
from certificates import Authority
from oidc import ENV, OURS, Browser, Provider
from server import run
from waiting import eventually
from wire import ask

SECONDS = 30


class Application(http.server.ThreadingHTTPServer):
    """An HTTPS server with a certificate of a private authority, to which log-out tokens are posted."""
    def __init__(self, folder):
        authority = Authority(folder)
        authority.issue()
        self.ca_file, self.heard, self.answers = authority.path, queue.Queue(), queue.Queue()
        super().__init__(("127.0.0.1", 0), self.Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.pem", folder / "tls.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.uri = f"https://localhost:{self.server_address[1]}/backchannel"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.server.heard.put((self.path, self.headers["Content-Type"], self.headers["Authorization"], parse_qs(body)))
            self.send_response(200 if self.server.answers.empty() else self.server.answers.get())
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    started = Application(tmp_path_factory.mktemp("application"))
    yield started
    started.shutdown()


@pytest.fixture(scope="module")
def provider(tmp_path_factory, application):
    started = Provider(tmp_path_factory.mktemp("provider"), {"KEYHOLD_OAUTH_CA_FILE": str(application.ca_file)})
    yield started
    started.stop()


@pytest.fixture(scope="module")
def shop(provider, application):
    return provider.client("shop", "--first-party", "--backchannel-logout-uri", application.uri)


def told(application, shop, expected="/backchannel"):
    path, media_type, authorization, form = application.heard.get(timeout=SECONDS)
    assert (path, media_type, authorization) == (expected, "application/x-www-form-urlencoded", None) and form.keys() == {"logout_token"}
    token, = form["logout_token"]
    assert jwt.get_unverified_header(token)["typ"] == "logout+jwt"
    return shop.id_token(token)


def log_out(browser):
    browser.sign_out()


def log_out_everywhere(browser):
    assert browser.ask("POST", "/logout/all", fields=OURS).status == 200


def revoke_by_command(browser):
    run("session", "revoke-all", browser.name, folder=browser.provider.folder, env=ENV, check=0)


@pytest.mark.parametrize("end", [log_out, log_out_everywhere, revoke_by_command])
def test_a_client_is_told_whoever_ends_its_session(provider, application, shop, end):
    person = Browser(provider, f"person-{end.__name__}".replace("_", "-"))
    body = shop.tokens(person)
    signed_in = shop.id_token(body["id_token"])
    end(person)
    said = told(application, shop)
    # §2.4
    assert said["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}} and "nonce" not in said and said["jti"]
    assert (said["sub"], said["sid"], said["iss"], said["aud"]) == (signed_in["sub"], signed_in["sid"], provider.url, "shop")
    assert 0 < said["exp"] - said["iat"] <= 120
    assert ask(provider.port, "GET", "/protected", token=body["access_token"]).status == 401


def test_an_offline_session_is_told_of_too_and_stays(provider, application, shop):
    kim = Browser(provider, "kim")
    body = shop.tokens(kim, scope="openid offline_access")
    kim.sign_out()
    assert told(application, shop)["sid"] == shop.id_token(body["id_token"])["sid"]
    assert shop.refresh(body["refresh_token"]).status == 200


def test_the_address_may_have_a_query(provider, application):
    """Back-Channel Logout §2.2: it "MAY include an application/x-www-form-urlencoded formatted query component". Apache's mod_auth_openidc has one."""
    client = provider.client("with-a-query", "--first-party", "--backchannel-logout-uri", application.uri + "?logout=backchannel")
    ned = Browser(provider, "ned")
    signed_in = client.id_token(client.tokens(ned)["id_token"])
    ned.sign_out()
    assert told(application, client, "/backchannel?logout=backchannel")["sid"] == signed_in["sid"]


def test_a_client_that_did_not_take_it_is_told_again(provider, application, shop):
    application.answers.put(503)
    lea = Browser(provider, "lea")
    shop.tokens(lea)
    lea.sign_out()
    first, second = told(application, shop), told(application, shop)
    assert first["sid"] == second["sid"] and first["jti"] != second["jti"]
    assert "answered 503 to a log-out token" in provider.log()


def test_a_server_that_nobody_vouches_for_is_told_nothing(tmp_path, application):
    provider = Provider(tmp_path)
    client = provider.client("shop", "--first-party", "--backchannel-logout-uri", application.uri)
    mia = Browser(provider, "mia")
    client.tokens(mia)
    mia.sign_out()
    eventually(lambda: "cannot be told of a log-out" in provider.log(), SECONDS)
    assert application.heard.empty()
    provider.stop()


def test_a_client_that_never_answers_keeps_no_other_waiting(provider, application, shop):
    """Five seconds are waited for an answer: one session after the other would be 40 s."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = provider.client("silent", "--first-party", "--backchannel-logout-uri", f"https://localhost:{silent.getsockname()[1]}/")
        olga = Browser(provider, "olga")
        for _ in range(8):
            olga.sign_in()
            client.tokens(olga)
            olga.sign_out()
        pam = Browser(provider, "pam")
        sid = shop.id_token(shop.tokens(pam)["id_token"])["sid"]
        asked, _ = silent.accept()
        ended = int(time.time())  # what is noted in one second is told in any order
        eventually(lambda: int(time.time()) > ended, SECONDS)
        begun = time.monotonic()
        pam.sign_out()
        assert told(application, shop)["sid"] == sid
        assert time.monotonic() - begun < 20
        asked.close()
