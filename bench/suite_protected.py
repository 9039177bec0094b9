# SPDX-License-Identifier: Apache-2.0
"""GET /protected on one core: signature verified, account looked up live; beside nginx's constant reply of the same size."""
from contextlib import ExitStack
from statistics import median

import load
from peers import cpu_seconds, has_tutorial, keyhold, minimal, nginx, processor, running, tutorial
from table import say

CONNECTIONS = 64


def measure(options):
    with ExitStack() as stack:
        peers = [stack.enter_context(running(start)) for start in [nginx, minimal, keyhold, *([tutorial] if has_tutorial() else [])]]
        tokens = [peer.token() if peer.name.startswith(("Keyhold", "the tutorial")) else None for peer in peers]
        results = {peer.name: [] for peer in peers}
        for number in range(options.rounds):
            for peer, token in zip(peers, tokens):
                say(f"GET /protected, {peer.name}, round {number + 1} of {options.rounds}")
                before = cpu_seconds(peer.process.pid)
                result = load.wrk(peer, CONNECTIONS, options.seconds, "/protected", token)
                result["cpu_us"] = 1e6 * (cpu_seconds(peer.process.pid) - before) / max(1, result["requests"])
                assert result["status"] == 0, f"{peer.name} refused requests"
                results[peer.name].append(result)
    base = [r["per_second"] for r in results["nginx, constant reply"]]
    rows = []
    for name, rounds in results.items():
        ratio = median(r["per_second"] / b for r, b in zip(rounds, base))
        cpu = median(r["cpu_us"] for r in rounds)
        ratios = sorted(r["per_second"] / b for r, b in zip(rounds, base))
        rows.append([name, f"{median(r['per_second'] for r in rounds):,.0f}", f"{ratio:.3f}", f"{ratios[0]:.3f} to {ratios[-1]:.3f}",
                     f"{cpu:.2f}", f"{median(r['p50'] for r in rounds):.2f}", f"{median(r['p99'] for r in rounds):.2f}"])
    yield (f"GET /protected, HS256, one core, {CONNECTIONS} keep-alive connections, {processor()} (medians of {options.rounds})",
           ["server", "requests/s", "of nginx", "spread", "CPU us each", "p50 ms", "p99 ms"], rows)
    if not has_tutorial():
        print("\n(the tutorial's service is not beside this checkout: not measured)")
