# SPDX-License-Identifier: Apache-2.0
"""A program's own route on one core: a JSON body of 200 bytes validated, the user looked up live; beside nginx's constant reply, the tutorial's
service with the same route, and cpp-httplib with our guard. And what others notice of handlers that wait."""
import json
import threading
from contextlib import ExitStack
from functools import partial
from statistics import median

import load
from peers import BUILD, ROOT, SECRET_KEY, SERVER_CORE, TUTORIAL, Peer, free_port, has_tutorial, keyhold, nginx, pinned, running
from table import say

CONNECTIONS = 64
SLEEPERS = 32  # connections that ask for what takes 50 ms, all the time
ORDER = {"customer": "Ann Example, 12 Harbour Street", "note": "Please ring twice; the dog is harmless.", "priority": 3,
         "items": [{"name": "coffee, whole beans", "count": 4}, {"name": "oat milk", "count": 12}, {"name": "paper", "count": 1}]}
assert 200 <= len(json.dumps(ORDER)) < 260


def program(folder):
    return keyhold(folder, program=BUILD / "bench/own_routes")


def httplib(folder):
    port = free_port()
    return Peer("cpp-httplib + guard", pinned(SERVER_CORE, [str(BUILD / "bench/own_routes_httplib"), str(port)]), {"SECRET_KEY": SECRET_KEY}, port, folder, "/")


def fastapi(folder):
    port = free_port()
    command = ["/usr/bin/python3", "-m", "uvicorn", "own_routes_fastapi:app", "--host", "127.0.0.1", "--port", str(port), "--no-access-log",
               "--app-dir", str(ROOT / "bench")]
    env = {"SEED_DB": f"sqlite:///{folder}/test.db", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(TUTORIAL)}
    return Peer("FastAPI, the tutorial's", pinned(SERVER_CORE, command), env, port, folder, "/openapi.json")


def throughput(options, stack):
    """All sides in turn within each round; a ratio is taken of the same round, so that a slow minute of the machine hits both of its sides."""
    ours = stack.enter_context(running(program))
    token = ours.token()
    sides = [("nginx, constant reply", stack.enter_context(running(nginx)), "/orders", None), ("Keyhold, On::io", ours, "/orders", token),
             ("Keyhold, on the pool", ours, "/orders-on-pool", token), ("cpp-httplib + guard", stack.enter_context(running(httplib)), "/orders", token)]
    if has_tutorial():
        theirs = stack.enter_context(running(fastapi))
        sides.append(("FastAPI, the tutorial's", theirs, "/orders", theirs.token()))
    results = {name: [] for name, *_ in sides}
    for number in range(options.rounds):
        for name, peer, path, bearer in sides:
            say(f"POST {path}, {name}, round {number + 1} of {options.rounds}")
            result = load.wrk(peer, CONNECTIONS, options.seconds, path, bearer, ORDER)
            assert result["status"] == 0, f"{name} refused requests"
            results[name].append(result["per_second"])
            results.setdefault((name, "p99"), []).append(result["p99"])
    base = results["nginx, constant reply"]
    rows = []
    for name, *_ in sides:
        ratios = [ours / theirs for ours, theirs in zip(results[name], base)]
        rows.append([name, f"{median(results[name]):,.0f}", f"{median(ratios):.4f}", f"{min(ratios):.4f} to {max(ratios):.4f}", f"{median(results[name, 'p99']):.2f}"])
    yield (f"POST of {len(json.dumps(ORDER))} bytes of JSON, HS256, one core, {CONNECTIONS} keep-alive connections (medians of {options.rounds})",
           ["server", "requests/s", "of nginx", "spread", "p99 ms"], rows)
    if not has_tutorial():
        print("\n(the tutorial's service is not beside this checkout: not measured)")


def beside_sleepers(options, peer):
    """GET /protected at 200/s while nobody, and while 32 connections ask for what sleeps for 50 ms on the pool."""
    token = peer.token()
    seconds = max(2, options.seconds)
    rows = []
    for sleepers in (0, SLEEPERS):
        results, slept = [], []
        for number in range(options.rounds):
            say(f"GET /protected beside {sleepers} that sleep, round {number + 1} of {options.rounds}")
            ask = partial(load.wrk, peer, sleepers, seconds + 1, "/orders-slowly", token, ORDER)
            crowd = threading.Thread(target=lambda: slept.append(ask())) if sleepers else None
            if crowd:
                crowd.start()
            results.append(load.open_loop(peer, 200, seconds, token))
            if crowd:
                crowd.join()
        p99 = [result["p99"] for result in results]
        asked = f"{median(result['per_second'] for result in slept):.0f}" if slept else ""
        rows.append([f"{sleepers} that wait for 50 ms", f"{median(r['p50'] for r in results):.2f}", f"{median(p99):.2f}", f"{min(p99):.2f} to {max(p99):.2f}", asked])
    yield (f"GET /protected at 200/s, open loop, beside handlers that wait on the pool (medians of {options.rounds})",
           ["beside", "p50 ms", "p99 ms", "spread of p99", "of theirs/s"], rows)


def measure(options):
    with ExitStack() as stack:
        yield from throughput(options, stack)
    with running(program) as peer:
        yield from beside_sleepers(options, peer)
