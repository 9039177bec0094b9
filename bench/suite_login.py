# SPDX-License-Identifier: Apache-2.0
"""Log-ins: per second over HTTP beside libxcrypt's crypt_r in a loop on the same cores, alone, under load, and what
protected routes notice of them."""
import subprocess
import threading
from statistics import median

import load
from peers import BUILD, CORES, Neighbours, has_tutorial, keyhold, processor, running, tutorial
from suite_fair import shares
from table import say

COST = 12


def crypt_loop(threads, seconds):
    """Hashes per second by crypt_r in a loop; the same work that a log-in is made of."""
    return load.run([str(BUILD / "bench/crypt_loop"), str(threads), str(COST), str(seconds)])["per_second"]


def start_all_cores(folder):
    # All of them log in to one account, whose oldest session would end with the hundred-and-first: the reader's.
    return keyhold(folder, threads=0, core=None, env={"KEYHOLD_SESSIONS_PER_ACCOUNT": "100000"})


def tutorial_all_cores(folder):
    return tutorial(folder, core=None, workers=len(CORES))


def throughput(options, peer, seconds):
    """Capacity with 16 clients, what is left of it with 400, and crypt_r, in turn."""
    rounds = {16: [], 400: []}
    theirs = []
    for number in range(options.rounds):
        for clients, results in rounds.items():
            say(f"log-ins, {peer.name}, {clients} clients, round {number + 1} of {options.rounds}")
            results.append(load.crowd(peer, clients, seconds))
        theirs.append(crypt_loop(len(CORES), seconds))
    rows = []
    for clients, results in rounds.items():
        def cell(name, digits):
            return f"{median(r[name] for r in results):.{digits}f}"
        ratios = sorted(r["per_second"] / t for r, t in zip(results, theirs))
        rows.append([f"{peer.name}, {clients} clients", cell("per_second", 1), f"{median(ratios):.2f}", f"{ratios[0]:.2f} to {ratios[-1]:.2f}", cell("p50", 0), cell("p99", 0), cell("refused_p99", 1)])
    rows.append([f"crypt_r in a loop, {len(CORES)} threads", f"{median(theirs):.1f}", "1.00", f"{min(theirs):.1f} to {max(theirs):.1f} per second", "", "", ""])
    kept = median(many["per_second"] / max(few["per_second"], 0.1) for few, many in zip(rounds[16], rounds[400]))
    return (f"Log-ins, bcrypt {COST}, {len(CORES)} cores, {processor()} (medians of {options.rounds}); 400 clients get {kept:.2f} of what 16 get",
            ["", "per second", "of crypt_r", "spread", "p50 ms", "p99 ms", "503 p99 ms"], rows)


def single(options, peer):
    """One client alone against one crypt_r alone, in turn, on all cores: the ratio is what HTTP, the database and signing add to the hash."""
    ours, theirs = [], []
    for _ in range(options.rounds):
        ours.append(load.log_ins(peer, 1, max(2, options.seconds), core=None)["p50"])
        theirs.append(1000 / crypt_loop(1, max(2, options.seconds)))
    rows = [[peer.name, f"{median(ours):.1f}", f"{median(ours) / median(theirs):.3f}"], ["one crypt_r", f"{median(theirs):.1f}", "1.000"]]
    return (f"One log-in on an idle server (medians of {options.rounds})", ["", "ms", "ratio"], rows)


def latencies(peer, seconds):
    """One run for each number of clients, who come back after Retry-After."""
    rows = []
    for clients in (1, 2, 4, 8, 16, 64):
        say(f"log-ins, {peer.name}, {clients} clients")
        result = load.crowd(peer, clients, seconds)
        rows.append([str(clients), f"{result['per_second']:.1f}", f"{result['p50']:.0f}", f"{result['p99']:.0f}",
                     f"{result['refused_per_second']:.0f}"])
    return (f"Log-in latency by waiting clients, {peer.name}", ["clients", "per second", "p50 ms", "p99 ms", "503 per second"], rows)


def protected_meanwhile(peer, clients, seconds):
    """GET /protected at 200/s, open loop, while so many clients log in without pause."""
    token = peer.token()
    results = {}
    background = threading.Thread(target=lambda: results.update(crowd=load.crowd(peer, clients, seconds + 2)))
    background.start()
    threading.Event().wait(1)
    results["protected"] = load.open_loop(peer, 200, seconds, token, core=None)
    background.join()
    return results


def protected_table(options, peers):
    rows = []
    for peer in peers:
        for clients in (0, 16, 400) if peer.name.startswith("Keyhold") else (0, 16):
            say(f"GET /protected at 200/s while {clients} clients log in, {peer.name}")
            rounds = [protected_meanwhile(peer, clients, max(3, options.seconds)) for _ in range(options.rounds)]

            def cell(part, name, digits):
                return f"{median(r[part][name] for r in rounds):.{digits}f}"
            rows.append([f"{peer.name}, {clients} clients", cell("protected", "p50", 2), cell("protected", "p99", 2), cell("crowd", "per_second", 1),
                         cell("crowd", "refused_per_second", 0), cell("crowd", "refused_p99", 2)])
    return ("GET /protected at 200/s, open loop, while clients log in; who is answered 503 comes back after Retry-After",
            ["server", "p50 ms", "p99 ms", "log-ins/s", "503 per second", "503 p99 ms"], rows)


def recovery(peer):
    """How a log-in and a protected call fare two seconds after a crowd of 400 has gone."""
    token = peer.token()
    load.crowd(peer, 400, 4)
    threading.Event().wait(2)
    alone = load.log_ins(peer, 1, 2, core=None)
    return ("Two seconds after 400 clients have gone", ["", "ms"],
            [["one log-in, p50", f"{alone['p50']:.0f}"], ["GET /protected at 200/s, p99", f"{load.open_loop(peer, 200, 2, token, core=None)['p99']:.2f}"]])


def beside(options, peer, seconds):
    """Log-ins and protected calls while programs that only want the cores run beside the server."""
    with Neighbours(options.neighbours):
        yield throughput(options, peer, seconds)
        yield shares(options, peer, options.neighbours)
        yield protected_table(options, [peer])


def measure(options):
    seconds = max(4, options.seconds)
    if options.neighbours:
        with running(start_all_cores) as peer:
            peer.token()
            yield from beside(options, peer, 2 * seconds)
        return
    with running(start_all_cores) as peer:
        peer.token()
        yield throughput(options, peer, seconds)
        yield single(options, peer)
        yield latencies(peer, seconds)
        yield protected_table(options, [peer])
        yield recovery(peer)
    if has_tutorial():
        with running(tutorial_all_cores) as peer:
            peer.token()
            yield latencies(peer, seconds)
            yield protected_table(options, [peer])
