# SPDX-License-Identifier: Apache-2.0
"""OAuth clients and a resource server that others wrote, in their default wiring: log in, refresh by themselves, revoke. Only by ./test --clients,
as they are fetched (into build/foreign); skipped with a word where that cannot be."""
import json
import os
import signal
import subprocess

import pytest
from foreign import SOURCES, go, node, python, spring
from oidc import Browser, Provider
from people import Account
from server import PASSWORD, Server, free_port
from waiting import eventually
from wire import ask

ODD = "web app", "s3cret+of/the=client"  # has to be form-encoded within Basic (RFC 6749 §2.3.1)
PLAIN = "script", "0123456789abcdef0123"  # for those that do not encode: docs/oauth.md
DO_NOT_ENCODE = ("authlib", "requests-oauthlib")
GOOD = {"wrong_password": "invalid_grant", "greeting": '{"message":"Welcome ann"}', "greeting_after_refresh": '{"message":"Welcome ann"}',
        "refreshed": True, "revoked": True, "refresh_after_revocation": "invalid_grant"}
INSECURE = {"AUTHLIB_INSECURE_TRANSPORT": "1", "OAUTHLIB_INSECURE_TRANSPORT": "1"}  # http:// to this machine


COMMANDS = {"authlib": lambda: [python(), SOURCES / "python/with_authlib.py"],
            "requests-oauthlib": lambda: [python(), SOURCES / "python/with_requests_oauthlib.py"],
            "oauth4webapi": lambda: ["node", node() / "with_oauth4webapi.mjs"],
            "openid-client": lambda: ["node", node() / "with_openid_client.mjs"],
            "simple-oauth2": lambda: ["node", node() / "with_simple_oauth2.mjs"],
            "x/oauth2": lambda: [go()]}


def own_keys(folder, **more):
    """A server whose URL is its issuer, so that discovery leads somewhere."""
    return Server(folder, {"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_LOG_FORMAT": "json", "KEYHOLD_CLIENTS": ",".join(map(":".join, (ODD, PLAIN)))} | more,
                  arguments=("dev", "--bind", f"127.0.0.1:{free_port()}"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = own_keys(tmp_path_factory.mktemp("foreign"))
    Account(started.port, "ann")
    yield started
    started.stop()


def outcome(server, name, *client):
    done = subprocess.run([*map(str, COMMANDS[name]()), server.url, "ann", PASSWORD, *client], capture_output=True, text=True, timeout=120,
                          env=os.environ | INSECURE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "simple-oauth2"])
def test_a_public_client_logs_in_refreshes_and_revokes(server, name):
    assert outcome(server, name, "an app without a secret") == GOOD


@pytest.mark.parametrize("name", COMMANDS)
def test_a_client_with_a_secret_logs_in_refreshes_and_revokes(server, name):
    assert outcome(server, name, *(PLAIN if name in DO_NOT_ENCODE else ODD)) == GOOD


class ResourceServer:
    """Spring Boot's, which was told what docs/protect-your-routes.md says: whose tokens it takes, and for whom."""
    def __init__(self, issuer, folder):
        self.port = free_port()
        with open(folder / "spring.log", "wb") as log:
            self.process = subprocess.Popen(["java", "-jar", spring(), f"--server.port={self.port}", "--server.address=127.0.0.1",
                                             f"--spring.security.oauth2.resourceserver.jwt.issuer-uri={issuer}",
                                             f"--spring.security.oauth2.resourceserver.jwt.audiences={issuer}"], stdout=log, stderr=log)
        log = folder / "spring.log"
        eventually(lambda: self.process.poll() is not None or self.status("x") is not None, 120, log.read_text, every=0.2)
        assert self.process.poll() is None, log.read_text()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def status(self, token):
        done = subprocess.run(["curl", "-s", "-o", "-", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {token}", f"http://127.0.0.1:{self.port}/whoami"],
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            return None
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), body


def access_token(server):
    return ask(server.port, "POST", "/oauth/token", form={"grant_type": "password", "username": "ann", "password": PASSWORD}).json()["access_token"]


def test_springs_default_resource_server_takes_tokens_whose_typ_is_jwt_and_no_others(server, tmp_path):
    spring()
    (tmp_path / "jwt").mkdir()
    of_jwt = Provider(tmp_path / "jwt", {"KEYHOLD_ACCESS_TOKEN_TYP": "JWT"})
    try:
        me = Account(of_jwt.port, "ann")
        of_client = of_jwt.client("shop", "--first-party").tokens(Browser(of_jwt, "bea"))
        with ResourceServer(of_jwt.url, tmp_path) as resource:
            token = access_token(of_jwt)
            assert resource.status(token) == (200, ask(of_jwt.port, "GET", "/me", token=me.token).json()["id"])
            assert resource.status(of_client["access_token"])[0] == 200
            assert resource.status(of_client["id_token"])[0] == 401, "it is of the same issuer and type: only the audience is another"
            assert resource.status(token[:-10] + token[-10:].swapcase())[0] == 401
            assert resource.status(access_token(server))[0] == 401, "another issuer's"
        with ResourceServer(server.url, tmp_path) as resource:
            assert resource.status(access_token(server))[0] == 401, "at+jwt: docs/oauth.md may say now that Spring takes it"
    finally:
        of_jwt.stop()
