# SPDX-License-Identifier: Apache-2.0
"""A Keyhold for the tests of a Python program: copy this page beside your conftest.py and write there
`from keyhold_pytest import keyhold, keyhold_server`. Needs pytest and a `keyhold` on the PATH, or KEYHOLD_BINARY.

    def test_a_reader_may_not_write(keyhold, client):
        token = keyhold.token("alice", scope="notes:read")
        assert client.post("/notes", headers={"Authorization": f"Bearer {token}"}).status_code == 403
"""
import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest

# What leads to a real database or to real keys; `keyhold test` refuses to start with it.
REAL = ("DATABASE_URL", "SECRET_KEY_FILE", "STATE_DIRECTORY")


class Keyhold:
    """A running server: `url` is where, `issuer` what its tokens say."""
    def __init__(self, *arguments):
        environment = {name: value for name, value in os.environ.items() if name not in REAL and not name.startswith("KEYHOLD_")}
        command = [os.environ.get("KEYHOLD_BINARY", "keyhold"), "test", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        said = self.process.stdout.readline()
        assert said, f"{' '.join(command)} ended with {self.process.wait()}"
        self.url, self.issuer = (json.loads(said)[name] for name in ("url", "issuer"))

    def post(self, path, body):
        """The answer's JSON, or None; urllib.error.HTTPError for a refusal."""
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def token(self, username, lifetime=None, typ=None, fault=None, **claims):
        """A token of this user, who is made if need be. A claim that is None is left out.
        `fault`: signature, unknown_key or alg_none, for tokens that nobody may take."""
        wish = {"username": username, "lifetime": lifetime, "typ": typ, "fault": fault, "claims": claims or None}
        return self.post("/test/tokens", {name: value for name, value in wish.items() if value is not None})["access_token"]

    def advance(self, seconds):
        """Turns the server's clock; it goes on from there. What it says the time is then."""
        return self.post("/test/clock", {"advance": seconds})["now"]

    def fault(self, **what):
        """database="gone" or "slow" (milliseconds=500), and "none" when it is well; keys="rotated" or "dropped"."""
        self.post("/test/faults", what)

    def reset(self):
        """Nobody has registered, the clock is right, nothing is broken. The keys stay."""
        self.post("/test/reset", {})

    def stop(self):
        self.process.terminate()
        self.process.wait(15)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def keyhold_server():
    server = Keyhold()
    yield server
    server.stop()


@pytest.fixture
def keyhold(keyhold_server):
    """The same server for all tests, as new for each."""
    keyhold_server.reset()
    return keyhold_server
