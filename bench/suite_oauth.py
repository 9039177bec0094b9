# SPDX-License-Identifier: Apache-2.0
"""What an OAuth server does most, beside npm's oidc-provider in the same run: codes, refreshes, introspection, userinfo. Keyhold keeps everything in
SQLite and waits for the disk; oidc-provider keeps it in memory."""
import http.client
import json
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import parse_qs, urlencode, urlsplit

import load
from peers import CREDENTIALS, KEYHOLD, ROOT, SERVER_CORE, Peer, clean_environment, free_port, keyhold, pinned, running
from table import say

CONNECTIONS = 64
CLIENT, SECRET, CALLBACK = "bench", "bench-0123456789abcdef", "https://app.example.com/cb"
SCOPE = "openid profile offline_access"
FORM = Path(__file__).with_name("form.lua")
OIDC = ROOT / "bench/oidc"


def provider_of_npm(folder):
    port = free_port()
    return Peer("oidc-provider (npm)", pinned(SERVER_CORE, ["node", str(OIDC / "server.mjs"), str(port)]), {"NODE_ENV": "production"}, port, folder, "/.well-known/openid-configuration")


def keyhold_with_client(folder):
    port = free_port()
    env = {"SECRET_KEY": "", "KEYHOLD_ISSUER": f"http://127.0.0.1:{port}", "KEYHOLD_BCRYPT_COST": "10", "KEYHOLD_SESSIONS_PER_ACCOUNT": "0", "KEYHOLD_CORS_ORIGINS": ""}

    def command(*words):
        done = subprocess.run([str(KEYHOLD), *words], cwd=folder, check=True, env={**clean_environment(), **env}, capture_output=True, text=True)
        return done.stdout
    command("db", "create")
    made = json.loads(command("--json", "client", "add", CLIENT, "--first-party", "--without-pkce", "--redirect-uri", CALLBACK))
    peer = keyhold(folder, env=env)
    peer.secret = made["client_secret"]
    peer.post("/register", CREDENTIALS)
    return peer


class KeyholdSide:
    """Codes come from its authorization endpoint, as for a browser that is signed in."""
    token_path, introspection_path, userinfo_path = "/oauth/token", "/oauth/introspect", "/oauth/userinfo"

    def __init__(self, peer):
        self.peer, self.secret = peer, peer.secret
        self.connection = http.client.HTTPConnection("127.0.0.1", peer.port)
        answer = self.ask("POST", "/login", json.dumps({**CREDENTIALS, "mode": "cookie"}), {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"})
        assert answer.status == 200, answer.status
        self.cookie = "; ".join(value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie")

    def ask(self, method, target, body=None, fields=None):
        self.connection.request(method, target, body, fields or {})
        answer = self.connection.getresponse()
        answer.text = answer.read()
        return answer

    def codes(self, count):
        target = "/oauth/authorize?" + urlencode({"client_id": CLIENT, "redirect_uri": CALLBACK, "response_type": "code", "scope": SCOPE})
        return [parse_qs(urlsplit(self.ask("GET", target, fields={"Cookie": self.cookie}).getheader("location")).query)["code"][0] for _ in range(count)]

    def tokens(self, count):
        answers = [self.ask("POST", self.token_path, body_of(self, code), {"Content-Type": "application/x-www-form-urlencoded"}) for code in self.codes(count)]
        return [json.loads(answer.text) for answer in answers]

    def refresh_tokens(self, count):
        return [body["refresh_token"] for body in self.tokens(count)]

    def access_token(self):
        return self.tokens(1)[0]["access_token"]


class NpmSide:
    token_path, introspection_path, userinfo_path, secret = "/token", "/token/introspection", "/me", SECRET

    def __init__(self, peer):
        self.peer = peer

    def mint(self, codes=0, refresh=0):
        connection = http.client.HTTPConnection("127.0.0.1", self.peer.port)
        connection.request("POST", f"/mint?codes={codes}&refresh={refresh}")
        return json.loads(connection.getresponse().read())

    def codes(self, count):
        return self.mint(codes=count)["codes"]

    def refresh_tokens(self, count):
        return self.mint(refresh=count)["refreshTokens"]

    def access_token(self):
        return self.mint()["accessToken"]


def proof(side):
    return {"client_id": CLIENT, "client_secret": side.secret}


def body_of(side, code):
    return urlencode({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **proof(side)})


def forms(side, path, seconds, bodies="", chain="", tokens=""):
    env = {"PATH": "/usr/bin:/bin", "BENCH_PATH": path, "BENCH_BODIES": str(bodies), "BENCH_CHAIN": chain, "BENCH_TOKENS": str(tokens)}
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--timeout", "60s", "-s", str(FORM), side.peer.url]
    result = load.run(pinned(load.LOAD_CORE, command), env)
    result["per_second"] = (result["requests"] - result["status"]) / result["seconds"]
    return result


def exchanges(side, options, folder):
    """As many codes as a side uses in the time; those of Keyhold are good for a minute."""
    count = 12_000 if isinstance(side, KeyholdSide) else 3_000
    bodies = folder / "bodies"
    bodies.write_text("".join(body_of(side, code) + "\n" for code in side.codes(count if options.seconds > 1 else count // 4)))
    result = forms(side, side.token_path, 60, bodies=bodies)
    result["status"] = max(result["status"] - CONNECTIONS - 1, 0)  # what was asked for when the last code was gone
    return result


def refreshes(side, options, folder):
    tokens = folder / "tokens"
    tokens.write_text("".join(token + "\n" for token in side.refresh_tokens(CONNECTIONS + 1)))
    return forms(side, side.token_path, options.seconds, chain=urlencode({"grant_type": "refresh_token", **proof(side), "refresh_token": ""}), tokens=tokens)


def introspections(side, options, folder):
    bodies = folder / "questions"
    bodies.write_text((urlencode({"token": side.access_token(), **proof(side)}) + "\n") * (60_000 * options.seconds))
    return forms(side, side.introspection_path, options.seconds, bodies=bodies)


def user_infos(side, options, folder):
    return load.wrk(side.peer, CONNECTIONS, options.seconds, side.userinfo_path, side.access_token())


def measure(options):
    subprocess.run([str(ROOT / "packaging/npm-install"), str(OIDC)], check=True)
    kinds = {"codes exchanged": exchanges, "refreshes": refreshes, "introspections": introspections, "userinfo": user_infos}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        sides = [KeyholdSide(stack.enter_context(running(keyhold_with_client))), NpmSide(stack.enter_context(running(provider_of_npm)))]
        rows = []
        for kind, measured in kinds.items():
            results = {side: [] for side in sides}
            for number in range(options.rounds):
                for side in sides:
                    say(f"{kind}, {side.peer.name}, round {number + 1} of {options.rounds}")
                    result = measured(side, options, folder)
                    assert result["status"] <= CONNECTIONS + 1, f"{side.peer.name} refused {result['status']:.0f} requests ({kind})"
                    results[side].append(result)
            ours, theirs = (median(r["per_second"] for r in results[side]) for side in sides)
            rows.append([kind, f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours / theirs:.1f}", f"{median(r['p99'] for r in results[sides[0]]):.2f}", f"{median(r['p99'] for r in results[sides[1]]):.2f}"])
    yield (f"OAuth, one core each, {CONNECTIONS} connections (medians of {options.rounds})", ["", "Keyhold per s", "oidc-provider per s", "times", "p99 ms", "its p99 ms"], rows)
