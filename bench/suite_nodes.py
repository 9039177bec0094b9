# SPDX-License-Identifier: Apache-2.0
"""What grows with the number of nodes on one PostgreSQL: a log-out's answer, which waits for every node; the statements of nodes that
nobody asks anything; and what one node that stands still costs the others."""
import contextlib
import http.client
import os
import signal
import sys
import time

from load import percentile
from peers import CREDENTIALS, ROOT, keyhold, processor, running
from table import say

sys.path.insert(0, str(ROOT / "tests"))
import databases  # noqa: E402

COUNTS = (1, 2, 4, 8, 16, 32)
CHEAP = {"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_HASHING_THREADS": "1", "KEYHOLD_SESSIONS_PER_ACCOUNT": "100000", "KEYHOLD_ADDRESS_FAILURES": "0"}
LOG_OUTS = 200


class Postgresql(databases.Postgresql):
    """With room for the connections of 32 nodes, and a count of statements."""
    def make(self):
        super().make()
        with open(self.data / "postgresql.conf", "a") as settings:
            settings.write("max_connections = 600\nshared_preload_libraries = 'pg_stat_statements'\n")
        return self


def log_out(peer, token):
    """How long its answer takes, in ms."""
    connection = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=30)
    connection.connect()
    begin = time.perf_counter()
    connection.request("POST", "/logout", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    answer.read()
    taken = (time.perf_counter() - begin) * 1000
    connection.close()
    assert answer.status < 300, answer.status
    return taken


def log_outs(peers, count):
    """One after the other, at one node after the other."""
    tokens = [peers[0].log_in()["access_token"] for _ in range(count)]
    return sorted(log_out(peers[i % len(peers)], token) for i, token in enumerate(tokens))


def statements(server, database, seconds):
    """By text: how many in a second, of all nodes."""
    server.run_sql("SELECT pg_stat_statements_reset()", database)
    time.sleep(seconds)
    text = server.run_sql("SELECT calls || ' ' || regexp_replace(left(query, 90), '\\s+', ' ', 'g') FROM pg_stat_statements "
                          "WHERE query NOT LIKE '%pg_stat_statements%' ORDER BY calls DESC", database)
    pairs = [line.split(" ", 1) for line in text.splitlines() if line]
    return [(int(calls) / seconds, query) for calls, query in pairs]


def beside_a_frozen_one(peers):
    """Log-outs at the others while one is stopped, until they are as quick as before: the longest, and how long that took."""
    tokens = [peers[0].log_in()["access_token"] for _ in range(60)]
    os.kill(peers[-1].process.pid, signal.SIGSTOP)
    begin, taken = time.perf_counter(), []
    try:
        for token in tokens:
            taken.append(log_out(peers[0], token))
            if len(taken) > 1 and taken[-1] < 1000:
                break
    finally:
        os.kill(peers[-1].process.pid, signal.SIGCONT)
    return max(taken), time.perf_counter() - begin


def at(server, count, options):
    """A row, and what idle nodes ask, in a database of its own. Statements are counted from two seconds after the last log-out on."""
    database = f"nodes{count}"
    env = CHEAP | {"DATABASE_URL": server.create(database)}
    server.run_sql("CREATE EXTENSION pg_stat_statements", database)
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(running(keyhold, threads=1, core=None, env=env, mode="dev")) for _ in range(count)]
        peers[0].post("/register", CREDENTIALS)
        say(f"{count} nodes: log-outs")
        times = log_outs(peers, 40 if options.quick else LOG_OUTS)
        say(f"{count} nodes: nobody asks anything")
        time.sleep(2)
        idle = statements(server, database, 4 if options.quick else 20)
        frozen, again = beside_a_frozen_one(peers) if count > 1 else (0, 0)
    row = [count, f"{percentile(times, 0.5):.1f}", f"{percentile(times, 0.99):.1f}", f"{sum(calls for calls, _ in idle) / count:.2f}",
           f"{frozen:.0f}" if count > 1 else "", f"{again:.1f}" if count > 1 else ""]
    return row, [[f"{calls / count:.2f}", query] for calls, query in idle[:12]]


def measure(options):
    counts = [int(count) for count in options.nodes.split(",")] if options.nodes else [1, 2] if options.quick else COUNTS
    rows, idle = [], []
    server = Postgresql().make().start()
    try:
        for count in counts:
            row, idle = at(server, count, options)
            rows.append(row)
    finally:
        server.stop()
    yield (f"Nodes on one PostgreSQL, {processor()}, {os.cpu_count()} cores for all of them; load {os.getloadavg()[0]:.1f}",
           ["nodes", "log-out p50 ms", "p99 ms", "statements/s, idle, each node", "longest log-out beside a frozen one, ms", "s until it is forgotten"], rows)
    yield (f"What {counts[-1]} idle nodes ask, each", ["per second", "statement"], idle)
