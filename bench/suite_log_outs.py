# SPDX-License-Identifier: Apache-2.0
"""How long after a log-out was answered a guard elsewhere refuses the token: guards in C++, Python and JavaScript follow one Keyhold (docs/revocations.md), and
each of 100 rounds logs in, is let in by all three, logs out, and asks each guard until it refuses."""
import http.client
import sys
import time
from contextlib import ExitStack
from statistics import median

from peers import CREDENTIALS, KEYHOLD, ROOT, SERVER_CORE, Peer, free_port, pinned, running
from table import say

sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests")]

ROUNDS, QUICK_ROUNDS = 100, 10
PATIENCE_SECONDS = 10
OVER = "401 token_not_live"


def start_keyhold(folder):
    port = free_port()
    env = {"SECRET_KEY": "", "KEYHOLD_ISSUER": f"http://127.0.0.1:{port}", "KEYHOLD_BCRYPT_COST": "10"}
    command = [str(KEYHOLD), "dev", "--bind", f"127.0.0.1:{port}", "--admin-bind", "", "--drain-delay", "0", "--access-log", "false"]
    return Peer("Keyhold", pinned(SERVER_CORE, command), env, port, folder, "/nothing")


def log_out(peer, token):
    connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=30)
    connection.request("POST", "/logout", headers={"Authorization": f"Bearer {token}"})
    assert connection.getresponse().status == 200


def until_refused(guards, token):
    """Seconds from now on, for each of them; they are asked in turn."""
    begin, took = time.monotonic(), {}
    while len(took) < len(guards):
        for name, guard in guards.items():
            if name not in took and guard.check(token) == OVER:
                took[name] = time.monotonic() - begin
        assert time.monotonic() - begin < PATIENCE_SECONDS, {name: guard.trouble() for name, guard in guards.items()}
    return took


def measure(options):
    from guards import LANGUAGES, guard_of
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    took = {name: [] for name in LANGUAGES}
    with ExitStack() as stack:
        keyhold = stack.enter_context(running(start_keyhold))
        keyhold.token()
        guards = {name: guard_of(name, keyhold.url, audience=keyhold.url) for name in LANGUAGES}
        for name, guard in guards.items():
            stack.callback(guard.stop)
            assert guard.said == "ready", (name, guard.said)
        for number in range(rounds):
            if number % 20 == 0:
                say(f"round {number + 1} of {rounds}")
            token = keyhold.post("/login", CREDENTIALS)["access_token"]
            for name, guard in guards.items():
                assert guard.check(token).startswith("200"), name
            log_out(keyhold, token)
            for name, seconds in until_refused(guards, token).items():
                took[name].append(seconds)
    rows = [[name, f"{median(all_) * 1e3:,.1f}", f"{sorted(all_)[int(len(all_) * 0.95)] * 1e3:,.1f}", f"{max(all_) * 1e3:,.1f}"] for name, all_ in took.items()]
    assert max(max(all_) for all_ in took.values()) <= 1, f"a log-out took longer than a second: {rows}"
    yield f"From a log-out to the refusal at a guard, {rounds} rounds, ms (promised: 1,000)", ["", "p50", "p95", "max"], rows
