# SPDX-License-Identifier: Apache-2.0
"""This tree's program beside an older one (--old PROGRAM), in turn: what has become slower or larger since."""
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import load
import suite_scale as scale
from peers import KEYHOLD, keyhold, processor, running
from suite_sessions import CONNECTIONS, QUICK_LOG_IN, OwnKey
from table import say

USERS = 100_000
SIDES = ("new", "old")


def in_turn(options, name, measured):
    """The figures of both sides, and the median of the ratios of each round. Whoever was first is second in the next round."""
    figures = {side: [] for side in SIDES}
    for number in range(options.rounds):
        for side in SIDES if number % 2 else reversed(SIDES):
            say(f"{name}, {side}, round {number + 1} of {options.rounds}")
            figures[side].append(measured(side))
    ratios = sorted(new / old for new, old in zip(figures["new"], figures["old"]))
    digits = 0 if median(figures["new"]) > 1000 else 1
    return [name, *(f"{median(figures[side]):,.{digits}f}" for side in SIDES), f"{median(ratios):.3f}", f"{ratios[0]:.2f} to {ratios[-1]:.2f}"]


def protected(options, programs):
    own = OwnKey()
    for algorithm, start in (("HS256", keyhold), ("ES256, remembered", own.start)):
        with ExitStack() as stack:
            peers = {side: stack.enter_context(running(start, program=program)) for side, program in programs.items()}
            tokens = {side: peer.token() for side, peer in peers.items()}
            yield in_turn(options, f"GET /protected, {algorithm}, per second",
                          lambda side: load.wrk(peers[side], CONNECTIONS, options.seconds, "/protected", tokens[side])["per_second"])
            if start is keyhold:
                yield in_turn(options, "memory after it, MiB", lambda side: peers[side].memory_mib())


def log_ins(options, programs):
    with ExitStack() as stack:
        peers = {side: stack.enter_context(running(keyhold, threads=0, core=None, program=program)) for side, program in programs.items()}
        for peer in peers.values():
            peer.token()
        yield in_turn(options, "log-ins at cost 12, 16 clients, per second", lambda side: load.crowd(peers[side], 16, max(4, options.seconds))["per_second"])


def refreshes(options, programs):
    with ExitStack() as stack:
        peers = {side: stack.enter_context(running(keyhold, program=program, env=QUICK_LOG_IN)) for side, program in programs.items()}
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for peer in peers.values():
            peer.token()
        for clients in (1, 16):
            def measured(side, clients=clients):
                tokens = folder / side
                tokens.write_text("".join(peers[side].log_in()["refresh_token"] + "\n" for _ in range(clients + 1)))
                return load.refreshes(peers[side], clients, options.seconds, tokens)["per_second"]
            yield in_turn(options, f"POST /refresh, SQLite, {clients} client{'s' if clients > 1 else ''}, per second", measured)


def footprint(options, programs):
    starts, idle = {side: [] for side in SIDES}, {side: [] for side in SIDES}

    def measured(side):
        with running(keyhold, program=programs[side]) as peer:
            idle[side].append(peer.memory_mib())
            starts[side].append(peer.first_answer * 1000)
        return starts[side][-1]
    yield in_turn(options, "start to first answer, ms", measured)
    turns = {side: iter(idle[side]) for side in SIDES}
    yield in_turn(options, "memory idle, MiB", lambda side: next(turns[side]))


def many_users(options, programs):
    with ExitStack() as stack:
        peers, tokens = {}, {}
        for side, program in programs.items():
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            scale.import_users(folder, USERS, program)
            peers[side] = stack.enter_context(scale.serving(folder, program))
            tokens[side] = scale.tokens_of(peers[side], folder, USERS)
        yield in_turn(options, f"{USERS:,} users: log-ins at cost 4, per second", lambda side: scale.wrk(peers[side], USERS, options.seconds))
        yield in_turn(options, f"{USERS:,} users: GET /protected of {scale.TOKENS:,}, per second", lambda side: scale.wrk(peers[side], USERS, options.seconds, tokens[side]))


def measure(options):
    if options.old is None:
        raise SystemExit("pairs: --old PROGRAM says which older keyhold to measure beside")
    programs = {"new": KEYHOLD, "old": Path(options.old).resolve()}
    rows = [row for part in (protected, log_ins, refreshes, footprint, many_users) for row in part(options, programs)]
    yield (f"This program beside an older one, in turn, {processor()} (medians of {options.rounds})", ["", "new", "old", "new of old", "spread"], rows)
