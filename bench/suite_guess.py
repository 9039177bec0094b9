# SPDX-License-Identifier: Apache-2.0
"""How often the right one of 200 simultaneous guesses at one account gets in. The lock-out looks at lockout_threshold (10) of them: 10 of 200 is what
guessing one after the other would get. Whoever is settled in an order that depends on the outcome gets more."""
import contextlib
import json
import math
import random
import re
import socket
import sys
import time

from peers import ROOT, keyhold, running
from table import say

sys.path.insert(0, str(ROOT / "tests"))
import databases  # noqa: E402

GUESSES, THRESHOLD = 200, 10
ROUNDS, QUICK_ROUNDS = 200, 20
RIGHT = "umbrella-fjord-teaspoon"
# The cheapest hash, so that rounds are many; a queue that takes all guesses; one machine, which guesses at many accounts.
CHEAP = {"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_HASHING_QUEUE": "2000", "KEYHOLD_ADDRESS_FAILURES": "0"}
PATIENCE_SECONDS = 60


def request(name, password):
    """A whole log-in; `Connection: close`, so that the end of the stream is the end of the answer."""
    body = json.dumps({"username": name, "password": password}).encode()
    return b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def connect(port):
    """Without Nagle's algorithm, which would hold the last byte back until the others are acknowledged."""
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def status(connection):
    received = b""
    while part := connection.recv(65536):
        received += part
    return int(re.match(rb"HTTP/1\.1 (\d+)", received).group(1))


def at_once(ports, requests):
    """The statuses of all of them: everything but the last byte first, then the last bytes without a pause between."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(ports[i % len(ports)])) for i in range(len(requests))]
        for connection, one in zip(connections, requests):
            connection.sendall(one[:-1])
        order = random.sample(range(len(requests)), len(requests))
        for i in order:
            connections[i].send(requests[i][-1:])
        return [status(connection) for connection in connections]


def interval(wins, rounds):
    """Wilson's, 95 %."""
    z, p = 1.96, wins / rounds
    middle, spread = p + z * z / (2 * rounds), z * math.sqrt(p * (1 - p) / rounds + z * z / (4 * rounds * rounds))
    return [(middle + sign * spread) / (1 + z * z / rounds) for sign in (-1, 1)]


def guess(peers, label, rounds):
    """A row. Each round has an account of its own. More than allowed: the whole interval lies above what guesses in turn get."""
    ports = [peer.port for peer in peers]
    wins, wrong, refused, started = 0, 0, 0, time.monotonic()
    for number in range(rounds):
        if number % 50 == 0:
            say(f"{label}: round {number + 1} of {rounds}")
        name = f"victim{number}"
        peers[0].post("/register", {"username": name, "password": RIGHT})
        right = random.randrange(GUESSES)
        found = at_once(ports, [request(name, RIGHT if i == right else f"wrong guess {i}") for i in range(GUESSES)])
        wins += found[right] == 200
        wrong += found.count(401)
        refused += sum(one not in (200, 401, 429) for one in found)
    low, high = interval(wins, rounds)
    verdict = "as allowed" if low <= THRESHOLD / GUESSES else "MORE THAN ALLOWED"
    return [label, rounds, wins, f"{wins / rounds:.3f}", f"{low:.3f} to {high:.3f}", f"{THRESHOLD / GUESSES:.3f}", verdict,
            f"{wrong / rounds:.1f}", refused, f"{(time.monotonic() - started) / rounds * 1000:.0f}"]


def measure(options):
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    rows = []
    with contextlib.ExitStack() as servers:
        server = databases.Postgresql().make().start()
        servers.callback(server.stop)
        for threads in (2, 16):
            env = CHEAP | {"KEYHOLD_HASHING_THREADS": str(threads)}
            with running(keyhold, threads=0, core=None, env=env, mode="dev") as peer:
                rows.append(guess([peer], f"1 node, SQLite, {threads} hashing threads", rounds))
            env["DATABASE_URL"] = server.create(f"guess{threads}")
            with running(keyhold, threads=0, core=None, env=env, mode="dev") as one, running(keyhold, threads=0, core=None, env=env, mode="dev") as two:
                rows.append(guess([one, two], f"2 nodes, PostgreSQL, {threads} hashing threads each", rounds))
    yield (f"The right one of {GUESSES} simultaneous guesses; the lock-out takes {THRESHOLD}",
           ["", "rounds", "got in", "rate", "95 % interval", "threshold/guesses", "", "401 a round", "other answers", "ms a round"], rows)
