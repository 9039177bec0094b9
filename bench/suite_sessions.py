# SPDX-License-Identifier: Apache-2.0
"""What sessions cost: refreshing and introspecting, ES256 cold and remembered beside HS256, a million sessions in memory."""
import base64
import itertools
import json
import os
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

import load
from peers import BUILD, KEYHOLD, clean_environment, has_tutorial, keyhold, make_database, nginx, pinned, running, tutorial
from table import say

CONNECTIONS = 64
CLIENT = {"client_id": "bench", "client_secret": "989acf2f5cefd579479c30db36dca11c"}
QUICK_LOG_IN = {"KEYHOLD_BCRYPT_COST": "10"}
# More tokens than the server verifies for the first time in a second on one core.
COLD_PER_SECOND = 20_000


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class OwnKey:
    """A key that the server signs with and we too: tokens of one session that differ in `jti` alone."""
    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.serial = itertools.count()

    def start(self, folder, program=KEYHOLD):
        """Keyhold with this key of its own, instead of a secret."""
        pem = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (Path(folder) / "key.pem").write_bytes(pem)
        env = {"SECRET_KEY": "", "ALGORITHM": "ES256", "KEYHOLD_ISSUER": "http://bench", **QUICK_LOG_IN}
        whole = {**clean_environment(), **env}
        make_database(program, folder, whole)
        subprocess.run([str(program), "key", "import", "key.pem", "--at-once"], cwd=folder, check=True, env=whole, stdout=subprocess.DEVNULL)
        return keyhold(folder, env=env, program=program)

    def write_tokens(self, path, like, count):
        """`count` tokens that nobody has seen before, a line each."""
        header, payload, _ = like.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        with open(path, "w") as out:
            for number in itertools.islice(self.serial, count):
                text = f"{header}.{base64url(json.dumps(claims | {'jti': f'bench-{number}'}).encode())}"
                r, s = utils.decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
                out.write(f"{text}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}\n")


def cell(rounds, name, digits):
    return f"{median(r[name] for r in rounds):,.{digits}f}"


def answered(result, who):
    assert result["status"] == 0, f"{who} refused requests"
    return result


def protected(options, folder):
    """GET /protected under each algorithm, beside a constant reply and the tutorial, in turn."""
    own = OwnKey()
    with ExitStack() as stack:
        bare, secret, keyed = (stack.enter_context(running(start)) for start in (nginx, keyhold, own.start))
        tutors = [stack.enter_context(running(tutorial))] if has_tutorial() else []
        secrets_token, keys_token = secret.token(), keyed.token()
        cold = folder / "cold"
        sides = {"nginx, constant reply": lambda: load.wrk(bare, CONNECTIONS, options.seconds, "/"),
                 "Keyhold, HS256": lambda: load.wrk(secret, CONNECTIONS, options.seconds, "/protected", secrets_token),
                 "Keyhold, ES256, one token again and again": lambda: load.wrk(keyed, CONNECTIONS, options.seconds, "/protected", keys_token),
                 "Keyhold, ES256, each token for the first time": lambda: load.wrk(keyed, CONNECTIONS, options.seconds, "/protected", tokens=cold)}
        for peer in tutors:
            token = peer.token()
            sides[f"{peer.name}, HS256"] = lambda: load.wrk(peer, CONNECTIONS, options.seconds, "/protected", token)
        results = {name: [] for name in sides}
        for number in range(options.rounds):
            own.write_tokens(cold, keys_token, COLD_PER_SECOND * options.seconds)
            for name, measured in sides.items():
                say(f"GET /protected, {name}, round {number + 1} of {options.rounds}")
                results[name].append(answered(measured(), name))
    most = COLD_PER_SECOND * options.seconds
    assert all(r["requests"] <= most for r in results["Keyhold, ES256, each token for the first time"]), "tokens came twice"
    base = [r["per_second"] for r in results["nginx, constant reply"]]
    rows = [[name, cell(rounds, "per_second", 0), f"{median(r['per_second'] / b for r, b in zip(rounds, base)):.3f}", cell(rounds, "p50", 2), cell(rounds, "p99", 2)]
            for name, rounds in results.items()]
    return (f"GET /protected, one core, {CONNECTIONS} keep-alive connections (medians of {options.rounds})", ["", "requests/s", "of nginx", "p50 ms", "p99 ms"], rows)


def syncs_per_second(folder):
    """How often the disk beside the database can be waited for in a second, one wait after the other."""
    count, end = 0, time.perf_counter() + 1
    with open(folder / "syncs", "wb", buffering=0) as file:
        while time.perf_counter() < end:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            count += 1
    return count


def refreshes(options, folder):
    """Refreshes by one client and by many: what arrives together shares one wait for the disk."""
    rows, tokens = [], folder / "refresh"
    with running(keyhold, env=QUICK_LOG_IN) as peer:
        peer.token()
        alone = None
        for clients in (1, 4, 16, 64):
            rounds = []
            for number in range(options.rounds):
                say(f"POST /refresh, {clients} clients, round {number + 1} of {options.rounds}")
                tokens.write_text("".join(peer.log_in()["refresh_token"] + "\n" for _ in range(clients + 1)))
                rounds.append(answered(load.refreshes(peer, clients, options.seconds, tokens), peer.name))
            alone = alone or median(r["per_second"] for r in rounds)
            rows.append([f"{clients} client{'s' if clients > 1 else ''}", cell(rounds, "per_second", 0), f"{median(r['per_second'] for r in rounds) / alone:.1f}", cell(rounds, "p50", 2), cell(rounds, "p99", 2)])
    rows.append(["fdatasync() of one page after the other, this disk", f"{syncs_per_second(folder):,}", "", "", ""])
    return (f"POST /refresh: SQLite, synchronous=FULL, one core (medians of {options.rounds})", ["", "per second", "of one client", "p50 ms", "p99 ms"], rows)


def introspections(options):
    """POST /introspect of an access token and of a refresh token."""
    rows = []
    env = {**QUICK_LOG_IN, "KEYHOLD_CLIENTS": f"{CLIENT['client_id']}:{CLIENT['client_secret']}"}
    with running(keyhold, env=env) as peer:
        peer.token()
        tokens = peer.log_in()
        for name in ("access_token", "refresh_token"):
            assert peer.post("/introspect", {"token": tokens[name], **CLIENT})["active"]
            rounds = []
            for number in range(options.rounds):
                say(f"POST /introspect, {name}, round {number + 1} of {options.rounds}")
                rounds.append(answered(load.wrk(peer, CONNECTIONS, options.seconds, "/introspect", body={"token": tokens[name], **CLIENT}), peer.name))
            rows.append([name, cell(rounds, "per_second", 0), cell(rounds, "p50", 2), cell(rounds, "p99", 2)])
    return (f"POST /introspect, one core, {CONNECTIONS} keep-alive connections (medians of {options.rounds})", ["", "per second", "p50 ms", "p99 ms"], rows)


def memory():
    """The tables that say which sessions are live."""
    say("a million sessions in memory")
    result = load.run(pinned(None, [str(BUILD / "bench/liveness_memory")]))
    rows = [["1,000,000 live sessions asked for", f"{result['one_million']:.1f}"], ["another 1,000,000", f"{result['two_million']:.1f}"],
            ["another 1,000,000", f"{result['three_million']:.1f}"]]
    return (f"Memory of the liveness tables, live_sessions = 1000000; a look-up takes {result['look_up_ns']:.0f} ns", ["", "MiB"], rows)


def measure(options):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield protected(options, folder)
        yield refreshes(options, folder)
        yield introspections(options)
        yield memory()
    if not has_tutorial():
        print("\n(the tutorial's service is not beside this checkout: not measured)")
