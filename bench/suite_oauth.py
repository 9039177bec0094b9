# SPDX-License-Identifier: Apache-2.0
"""An OpenID provider's work: codes exchanged, refreshes, introspections, userinfo, beside npm's oidc-provider, on one core each.

Keyhold keeps everything on disk (SQLite, synchronous=FULL); oidc-provider keeps it in its own memory, as it does unless told otherwise."""
import base64
import hashlib
import http.client
import json
import os
import re
import subprocess
import tempfile
import urllib.parse
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import load
from peers import CREDENTIALS, KEYHOLD, LOAD_CORE, ROOT, SERVER_CORE, Peer, clean_environment, free_port, pinned, running
from table import say

CONNECTIONS = 64
FORMS = Path(__file__).with_name("forms.lua")
CALLBACK, CLIENT, SECRET = "https://app.example.com/cb", "app", "app-0123456789abcdef-secret"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SCOPE = "openid profile offline_access"
MOST_CODES = {"Keyhold": 6000, "oidc-provider": 1500}  # a second: more than it exchanges
MAKERS = 4  # of codes, before they are measured
PEOPLE = 500


class Side:
    """A provider, and where it takes what."""
    def __init__(self, peer, secret, token, introspection, userinfo):
        self.peer, self.name, self.secret = peer, peer.name, secret
        self.paths = {"token": token, "introspection": introspection, "userinfo": userinfo}

    @property
    def basic(self):
        return base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()

    def redeem(self, code):
        connection = http.client.HTTPConnection("127.0.0.1", self.peer.port, timeout=30)
        connection.request("POST", self.paths["token"], code_form(code), {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {self.basic}"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return json.loads(body)


def code_form(code):
    return urllib.parse.urlencode({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER})


def oidc_provider(folder):
    port = free_port()
    return Peer("oidc-provider", pinned(SERVER_CORE, ["node", str(ROOT / "bench/oidc_provider/server.mjs"), str(port), CLIENT, SECRET, CALLBACK, CHALLENGE]),
                {}, port, folder, "/.well-known/openid-configuration")


def codes_of_oidc_provider(side, count):
    """It makes them in its own process, without a browser's way through its pages, because only their exchange is measured."""
    connection = http.client.HTTPConnection("127.0.0.1", side.peer.port, timeout=120)
    connection.request("GET", f"/codes?count={count}")
    return connection.getresponse().read().decode().split()


def start_keyhold(folder):
    port = free_port()
    env = {"SECRET_KEY": "", "KEYHOLD_ISSUER": f"http://127.0.0.1:{port}", "KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_SESSIONS_PER_ACCOUNT": "100000", "KEYHOLD_ADDRESS_REGISTRATIONS": "0"}
    command = [str(KEYHOLD), "dev", "--bind", f"127.0.0.1:{port}", "--admin-bind", "", "--drain-delay", "0", "--access-log", "false", "--io-threads", "1"]
    return Peer("Keyhold", pinned(SERVER_CORE, command), env, port, folder, "/nothing")


def add_client(peer, algorithm):
    env = {**clean_environment(), "SECRET_KEY": ""}
    done = subprocess.run([str(KEYHOLD), "--json", "client", "add", CLIENT, "--first-party", "--redirect-uri", CALLBACK, "--id-token-algorithm", algorithm], cwd=peer.folder,
                          env=env, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["client_secret"]


def cookies_of_people(peer):
    """Of so many who have signed in: nobody has thousands of sessions, of which each new one is held against a limit."""
    connection, cookies = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=30), []

    def post(path, **more):
        connection.request("POST", path, json.dumps(more), {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"})
        answer = connection.getresponse()
        answer.read()
        return answer
    for number in range(PEOPLE):
        who = CREDENTIALS | {"username": f"person{number}"}
        post("/register", **who)
        fields = post("/login", **who, mode="cookie").getheaders()
        cookies.append("; ".join(value.split(";")[0] for name, value in fields if name.lower() == "set-cookie"))
    return cookies


def some_codes(port, cookies, count):
    """Of people who are signed in and need not be asked, in turn."""
    os.sched_setaffinity(0, {LOAD_CORE})
    query = urllib.parse.urlencode({"client_id": CLIENT, "redirect_uri": CALLBACK, "response_type": "code", "scope": SCOPE, "state": "s", "nonce": "n",
                                    "code_challenge": CHALLENGE, "code_challenge_method": "S256", "prompt": "none"})
    connection, codes = http.client.HTTPConnection("127.0.0.1", port, timeout=30), []
    for number in range(count):
        connection.request("GET", f"/oauth/authorize?{query}", headers={"Cookie": cookies[number % len(cookies)]})
        answer = connection.getresponse()
        answer.read()
        codes.append(re.search(r"[?&]code=([^&]+)", answer.getheader("location") or "").group(1))
    return codes


def codes_of_keyhold(side, count):
    """By GET /oauth/authorize as a browser sends it, from processes on the generator's core, before the exchange is measured."""
    share = -(-count // MAKERS)
    with ProcessPoolExecutor(MAKERS) as makers:
        return [code for some in makers.map(some_codes, [side.peer.port] * MAKERS, [side.cookies[at::MAKERS] for at in range(MAKERS)], [share] * MAKERS) for code in some]


def wrk_forms(side, what, seconds, lines, mode, folder, prefix=""):
    """POSTs of forms by wrk; forms.lua says what `mode` and `prefix` do. `per_second` counts no refused ones."""
    (folder / "forms").write_text("".join(line + "\n" for line in lines))
    env = {"PATH": "/usr/bin:/bin", "BENCH_PATH": side.paths[what], "BENCH_FORMS": str(folder / "forms"), "BENCH_MODE": mode, "BENCH_BASIC": side.basic, "BENCH_PREFIX": prefix}
    result = load.run(pinned(LOAD_CORE, ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--timeout", "60s", "-s", str(FORMS), side.peer.url]), env)
    result["per_second"] = (result["requests"] - result["status"]) / result["seconds"]
    return result


def measured(side, seconds, folder):
    """What one round of each kind brings."""
    codes = side.codes(side, MOST_CODES[side.name] * seconds)
    exchanged = wrk_forms(side, "token", seconds, map(code_form, codes), "each", folder)
    # At the end some of the last ones are asked for without a code.
    assert exchanged["status"] <= 2 * CONNECTIONS, f"{side.name} refused codes: {exchanged}"
    given = [side.redeem(code) for code in side.codes(side, CONNECTIONS + 1)]
    refreshed = wrk_forms(side, "token", seconds, [each["refresh_token"] for each in given], "refresh", folder, "grant_type=refresh_token&refresh_token=")
    access = side.redeem(side.codes(side, 1)[0])["access_token"]
    introspected = wrk_forms(side, "introspection", seconds, [urllib.parse.urlencode({"token": access})], "again", folder)
    userinfo = load.wrk(side.peer, CONNECTIONS, seconds, side.paths["userinfo"], access)
    for name, result in (("refreshes", refreshed), ("introspections", introspected), ("userinfo", userinfo)):
        assert result["status"] == 0, f"{side.name} refused {name}: {result}"
    return {"codes exchanged": exchanged, "refreshes": refreshed, "introspections": introspected, "userinfo": userinfo}


def measure(options):
    subprocess.run([ROOT / "packaging/npm-install", ROOT / "bench/oidc_provider"], check=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours, theirs = (stack.enter_context(running(start)) for start in (start_keyhold, oidc_provider))
        sides = [Side(ours, add_client(ours, "ES256"), "/oauth/token", "/oauth/introspect", "/oauth/userinfo"),
                 Side(theirs, SECRET, "/token", "/token/introspection", "/me")]
        sides[0].codes, sides[0].cookies, sides[1].codes = codes_of_keyhold, cookies_of_people(ours), codes_of_oidc_provider
        for side in sides:
            side.redeem(side.codes(side, 1)[0])  # the first one makes the key of ID tokens
        results = {side.name: [] for side in sides}
        for number in range(options.rounds):
            for side in sides:
                say(f"{side.name}, round {number + 1} of {options.rounds}")
                results[side.name].append(measured(side, options.seconds, folder))
    rows = []
    for what in results["Keyhold"][0]:
        by_side = {name: [each[what] for each in rounds] for name, rounds in results.items()}
        ratios = [a["per_second"] / b["per_second"] for a, b in zip(by_side["Keyhold"], by_side["oidc-provider"])]
        for name, rounds in by_side.items():
            rows.append([f"{what}, {name}", f"{median(r['per_second'] for r in rounds):,.0f}", f"{median(ratios):.1f}" if name == "Keyhold" else "",
                         f"{median(r['p50'] for r in rounds):,.2f}", f"{median(r['p99'] for r in rounds):,.2f}"])
    yield (f"OpenID provider, ES256 ID tokens, one core, {CONNECTIONS} connections (medians of {options.rounds})", ["", "per second", "of oidc-provider", "p50 ms", "p99 ms"], rows)
