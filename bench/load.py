# SPDX-License-Identifier: Apache-2.0
"""Load on a server: closed loop by wrk (as many requests as it answers), open loop at a fixed rate."""
import json
import re
import subprocess
from pathlib import Path

from peers import BUILD, CREDENTIALS, LOAD_CORE, pinned

SCRIPT = Path(__file__).with_name("wrk.lua")
REFRESH = Path(__file__).with_name("refresh.lua")


def figures(text):
    """`RESULT a=1 b=2` -> {"a": 1.0, "b": 2.0}"""
    return all_figures(text)[0]


def all_figures(text):
    """Of every such line."""
    return [{name: float(value) for name, value in re.findall(r"(\w+)=([-\d.]+)", line)} for line in text.splitlines() if line.startswith("RESULT")]


def percentile(values, part):
    """`part` is 0 to 1. One of the values: nothing is interpolated between two."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def run(command, env=None, stdin=None):
    """The figures of the first line RESULT that the command prints; what it printed is the error if it fails."""
    done = subprocess.run(command, env=env, input=stdin, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
    return figures(done.stdout)


def wrk(peer, connections, seconds, path, token=None, body=None, core=LOAD_CORE, tokens="", script=SCRIPT):
    """Requests per second and latencies of one thread with so many keep-alive connections. `tokens` is a file of them."""
    env = {"PATH": "/usr/bin:/bin", "BENCH_PATH": path, "BENCH_TOKEN": token or "", "BENCH_TOKENS": str(tokens), "BENCH_BODY": json.dumps(body) if body else ""}
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "60s", "-s", str(script), peer.url]
    result = run(pinned(core, command), env)
    result["per_second"] = (result["requests"] - result["status"]) / result["seconds"]
    return result


def log_ins(peer, clients, seconds, core=LOAD_CORE):
    """Each client sends its next log-in as soon as it has an answer, and heeds no Retry-After: a 503 is not counted in `per_second`."""
    return wrk(peer, clients, seconds, "/login", body=CREDENTIALS, core=core)


def refreshes(peer, clients, seconds, tokens):
    """Each client uses a refresh token, then the one that it got for it."""
    return wrk(peer, clients, seconds, "/refresh", tokens=tokens, script=REFRESH)


def crowd(peer, clients, seconds):
    """So many clients log in at once; who is answered 503 comes back after Retry-After."""
    body = json.dumps(CREDENTIALS)
    request = f"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    return run([str(BUILD / "bench/crowd"), str(peer.port), str(clients), str(seconds)], stdin=request)


def open_loop(peer, rate, seconds, token, connections=32, core=LOAD_CORE, path="/protected"):
    """Latency counted from when a request was due, not from when it could be sent."""
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    return run(pinned(core, [str(BUILD / "bench/open_loop"), str(peer.port), str(rate), str(seconds), str(connections)]), stdin=request)
