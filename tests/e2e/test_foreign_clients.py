# SPDX-License-Identifier: Apache-2.0
"""OAuth clients that others wrote, in their default wiring: log in, refresh by themselves, introspect, revoke. Only by ./test --clients, as they are
fetched (into build/foreign); skipped with a word where that cannot be."""
import json
import os
import subprocess

import pytest
from foreign import SOURCES, go, nimbus, node, python
from people import Account
from server import PASSWORD, Server, free_port
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
            "x/oauth2": lambda: [go()],
            "nimbus": lambda: ["java", "-cp", nimbus(), "foreign.Password"]}
INTROSPECT = ("authlib", "oauth4webapi", "openid-client", "nimbus")  # the others do not know it
INTROSPECTED = {"introspected": True, "introspected_after_revocation": False}


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
def test_a_client_with_a_secret_logs_in_refreshes_introspects_and_revokes(server, name):
    assert outcome(server, name, *(PLAIN if name in DO_NOT_ENCODE else ODD)) == GOOD | (INTROSPECTED if name in INTROSPECT else {})


def test_a_status_list_is_read_by_somebody_elses_reader(tmp_path):
    """The OpenWallet Foundation's, and the list's signature by jose."""
    server = own_keys(tmp_path, KEYHOLD_OAUTH_STATUS_LISTS="true")
    try:
        tokens = [Account(server.port, name).token for name in ("ann", "bob", "eve")]
        assert ask(server.port, "POST", "/logout", token=tokens[1]).status == 200
        done = subprocess.run(["node", node() / "with_status_list.mjs", server.url, *tokens], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [0, 1, 0]
    finally:
        server.stop()
