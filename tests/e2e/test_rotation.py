# SPDX-License-Identifier: Apache-2.0
"""Keys rotate under load, and nobody who verifies our tokens elsewhere refuses a good one: npm's jose, openid-client and oauth4webapi, Python's PyJWKClient.

A successor is published for as long as others may keep the old set, and 10 s more; here sets are kept for 2 s. The long variant takes our default and
the defaults of each library, and so more than five minutes."""
import calendar
import json
import os
import shutil
import subprocess
import threading
import time

import jwt
import pytest
from crowd import Crowd
from others import NODE, node
from people import Account
from server import PASSWORD, free_port, run
from waiting import PATIENCE, eventually, until
from wire import ask

LONG = bool(os.environ.get("KEYHOLD_TEST_LONG"))
KEPT = 300 if LONG else 2  # seconds; jwks_max_age
CLIENT = ("resource", "a-secret-of-the-tests-0123456789")
OWN = {"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_SESSIONS_PER_ACCOUNT": "100000", "KEYHOLD_LOG_FORMAT": "json", "KEYHOLD_ACCESS_LOG": "false", "KEYHOLD_JWKS_MAX_AGE": str(KEPT), "KEYHOLD_CLIENTS": ":".join(CLIENT)}


@pytest.fixture
def server(start):
    """Its issuer is the URL that it is reached by, as libraries that discover insist on."""
    return start(OWN, arguments=("dev", "--bind", f"127.0.0.1:{free_port()}"))


def log_in(server):
    """Who comes while all places for hashing are taken (503) comes again."""
    answers = []

    def is_in():
        answers.append(ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}))
        assert answers[-1].status in (200, 503), answers[-1].body
        return answers[-1].status == 200
    eventually(is_in)
    return answers[-1].json()["access_token"]


def signers(server):
    """kid -> state"""
    return {key["kid"]: key["state"] for key in json.loads(run("key", "list", "--json", folder=server.folder, env=server.env, check=0).stdout)}


class NodeVerifiers:
    """jose and oauth4webapi in a process that lives as long as the test: what they fetched stays with them."""
    def __init__(self, issuer):
        keep = [] if LONG else [str(KEPT * 1000)]
        self.process = subprocess.Popen([shutil.which("node") or "node", NODE / "rotation.mjs", issuer, *keep], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def refusals(self, token):
        self.process.stdin.write(token + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.communicate(timeout=30)


class PythonVerifier:
    """PyJWKClient, which keeps a set for 300 s unless it is told otherwise."""
    def __init__(self, issuer):
        self.issuer = issuer
        self.client = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json", **({} if LONG else {"lifespan": KEPT}))

    def refusals(self, token):
        try:
            key = self.client.get_signing_key_from_jwt(token).key
            jwt.decode(token, key, algorithms=["ES256"], audience=self.issuer, issuer=self.issuer)
            return {}
        except jwt.PyJWTError as error:
            return {"PyJWKClient": repr(error)}

    def stop(self):
        pass


def test_no_verifier_refuses_a_good_token_while_keys_rotate_under_load(server):
    ann = Account(server.port, "ann")
    [first] = signers(server)
    seen, wrong, over = {}, [], threading.Event()

    def check(number):
        """Tokens of now, and the first one of all, whose key retires."""
        while not over.is_set() and not wrong:
            for token in (log_in(server), ann.token):
                kid = jwt.get_unverified_header(token)["kid"]
                if refused := verifiers[number].refusals(token):
                    wrong.append(f"{refused} {kid}")
                seen[kid, number] = seen.get((kid, number), 0) + 1
    verifiers = [NodeVerifiers(server.url), PythonVerifier(server.url)]
    threads = [threading.Thread(target=check, args=(number,)) for number in range(len(verifiers))]
    with Crowd(server.port, 16, ann.token):
        for thread in threads:
            thread.start()
        eventually(lambda: wrong or seen.get((first, 0), 0) > 5 and seen.get((first, 1), 0) > 5)  # both have the set of today
        run("key", "rotate", folder=server.folder, env=server.env, check=0)
        [successor] = [kid for kid, state in signers(server).items() if state == "next"]
        eventually(lambda: wrong or seen.get((successor, 0), 0) > 20 and seen.get((successor, 1), 0) > 20, KEPT + 10 + 4 * PATIENCE)
        if not wrong:
            until(time.monotonic() + 3)  # who has kept a set from before fetches another
        over.set()
        for thread in threads:
            thread.join()
    for verifier in verifiers:
        verifier.stop()
    assert not wrong
    assert signers(server) == {first: "retired", successor: "signing"}
    assert min(seen[first, 0], seen[first, 1]) > 25, seen


def test_a_key_does_not_sign_before_everybody_has_had_the_time_to_fetch_it(server):
    Account(server.port, "ann")
    run("key", "rotate", folder=server.folder, env=server.env, check=0)
    [next_key] = [key for key in json.loads(run("key", "list", "--json", folder=server.folder, env=server.env).stdout) if key["state"] == "next"]
    seconds = lambda text: calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))  # noqa: E731
    assert seconds(next_key["signs_from"]) - seconds(next_key["created_at"]) == KEPT + 10
    published = ask(server.port, "GET", "/.well-known/jwks.json")
    assert next_key["kid"] in [key["kid"] for key in published.json()["keys"]]
    assert published.header("cache-control") == f"public, max-age={KEPT}"
    assert jwt.get_unverified_header(log_in(server))["kid"] != next_key["kid"]


@pytest.mark.parametrize("algorithm", ["oidc", "oauth2"])
def test_openid_client_discovers_logs_in_asks_and_takes_back(server, algorithm):
    Account(server.port, "ann")
    seen = node("openid_client.mjs", stdin=json.dumps({"issuer": server.url, "algorithm": algorithm, "username": "ann", "password": PASSWORD, "id": CLIENT[0], "secret": CLIENT[1]}))
    assert seen["metadata"]["issuer"] == server.url and seen["metadata"]["jwks_uri"] == f"{server.url}/.well-known/jwks.json"
    assert (seen["type"], seen["expires"]) == ("bearer", 1800)
    assert seen["live"]["active"] is True and seen["live"]["username"] == "ann"
    assert seen["verified"] == {"jose": seen["live"]["sub"], "oauth4webapi": seen["live"]["sub"]}
    assert seen["after"] == {"active": False}
    assert seen["refused"] == "401 OAUTH_WWW_AUTHENTICATE_CHALLENGE"
