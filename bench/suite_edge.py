# SPDX-License-Identifier: Apache-2.0
"""What stands on the internet: slow clients (slowhttptest), thousands of idle connections, a million mixed requests. Its parts are run one by
one with --only: slow-head, slow-body, slow-read, slow-range, idle, mixed."""
import contextlib
import os
import resource
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path
from statistics import median

import load
from peers import CREDENTIALS, cpu_seconds, keyhold, nginx, running
from table import say

SLOW_SECONDS, SLOW_CONNECTIONS = 60, 1000
IDLE_CONNECTIONS = 10_000
MIXED_REQUESTS, MIXED_ACCOUNTS = 1_000_000, 100_000
CHEAP = {"KEYHOLD_BCRYPT_COST": "4"}  # which only `dev` allows
# What slowhttptest is asked for; -c, -r, -l, -p and -u come with every mode.
SLOW_MODES = {"slow-head": (["-H", "-i", "10"], "/protected"),
              "slow-body": (["-B", "-i", "10", "-s", "8192", "-x", "10", "-t", "POST"], "/login"),
              "slow-read": (["-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"], "/docs/swagger-ui-bundle.js"),
              "slow-range": (["-R", "-t", "HEAD", "-a", "10", "-b", "3000"], "/protected")}


class Probe(threading.Thread):
    """Somebody else, who asks for /protected on a new connection four times a second."""
    def __init__(self, peer, token):
        super().__init__(daemon=True)
        self.peer, self.token, self.over, self.answers = peer, token, threading.Event(), []

    def ask(self):
        """The status, or the name of the error, and the milliseconds from the connection to the first bytes. 5 seconds are the most it waits for each step."""
        begin = time.perf_counter()
        request = f"GET /protected HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\nConnection: close\r\n\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.peer.port), 5) as s:
                s.sendall(request)
                status = s.recv(4096)[9:12].decode()
        except OSError as error:
            status = type(error).__name__
        return status, (time.perf_counter() - begin) * 1000

    def run(self):
        while not self.over.wait(0.25):
            self.answers.append(self.ask())


def descriptors(peer):
    """Open files of the server, connections among them."""
    return len(os.listdir(f"/proc/{peer.process.pid}/fd"))


def slow(part, seconds):
    """A row: what the probe got beside the slow clients, the server's processor time and most descriptors meanwhile, and one more probe right after them."""
    arguments, path = SLOW_MODES[part]
    with running(keyhold, threads=0, core=None) as peer:
        probe = Probe(peer, peer.token())
        say(f"{part}: {SLOW_CONNECTIONS} connections for {seconds} s")
        before, begin, most = cpu_seconds(peer.process.pid), time.monotonic(), 0
        probe.start()
        attack = subprocess.Popen(["slowhttptest", *arguments, "-c", str(SLOW_CONNECTIONS), "-r", "200", "-l", str(seconds), "-p", "3", "-u", peer.url + path],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while attack.poll() is None and time.monotonic() - begin < seconds + 30:
            most = max(most, descriptors(peer))
            time.sleep(0.5)
        cpu = (cpu_seconds(peer.process.pid) - before) / (time.monotonic() - begin) * 100
        attack.kill()
        probe.over.set()
        probe.join()
        status, recovered = probe.ask()
        statuses = {status for status, _ in probe.answers}
        times = sorted(milliseconds for _, milliseconds in probe.answers)
        return [part, len(probe.answers), " ".join(sorted(statuses)), f"{median(times):.2f}", f"{times[len(times) * 99 // 100]:.2f}", f"{times[-1]:.2f}", f"{cpu:.1f}",
                most, f"{status} in {recovered:.2f} ms"]


def pss_kib(peer):
    """Proportional set size of the process and its children: what it costs the machine."""
    children = Path(f"/proc/{peer.process.pid}/task/{peer.process.pid}/children").read_text().split()
    lines = [line for pid in [peer.process.pid, *children] for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def connect(peer, count, request):
    """That many connections that stay open; each is answered once if there is a request."""
    sockets = []
    for _ in range(count):
        s = socket.create_connection(("127.0.0.1", peer.port), 10)
        if request:
            s.sendall(request)
            s.recv(4096)
        sockets.append(s)
    return sockets


def idle(count):
    """Bytes of one connection: memory with all of them less memory of a server of its own without any, over their number."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, max(count + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    rows = []
    for start, kwargs in [(keyhold, {"threads": 0}), (nginx, {"connections": count + 100})]:
        # What nginx reserves for connections when it starts counts as their cost, so its base is one without.
        with running(start, core=None) as peer:
            name = peer.name.split(",")[0]
            if start is keyhold:
                peer.token()
            time.sleep(1)
            base = pss_kib(peer)
        for what, request in [("silent", b""), ("after a request", b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")]:
            with running(start, core=None, **kwargs) as peer:
                if start is keyhold:
                    peer.token()
                say(f"{count} connections to {name}, {what}")
                sockets = connect(peer, count, request)
                time.sleep(1)
                held = pss_kib(peer)
                for s in sockets:
                    s.close()
                rows.append([name, what, f"{base / 1024:.1f}", f"{held / 1024:.1f}", f"{(held - base) * 1024 / count:,.0f}"])
    return rows


def fill(folder, accounts):
    """A database with so many accounts, all with the password of the first: rows copied from one that Keyhold made."""
    with running(keyhold, core=None, mode="dev", env={**CHEAP, "DATABASE_URL": f"sqlite:///{folder}/mixed.db"}) as peer:
        peer.token()
    with contextlib.closing(sqlite3.connect(f"{folder}/mixed.db")) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(keyhold_accounts)")]
        [template] = database.execute(f"SELECT {', '.join(columns)} FROM keyhold_accounts")
        changed = {"id": lambda n: str(uuid.UUID(int=(0x0190_0000_0000_7000_8000 << 48) + n)), "username": lambda n: f"account{n}", "name_key": lambda n: f"account{n}"}
        rows = ([changed[column](n) if column in changed else value for column, value in zip(columns, template)] for n in range(1, accounts + 1))
        database.executemany(f"INSERT INTO keyhold_accounts ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
        database.commit()


def come_and_go(peer, accounts, seed, seconds):
    """The mixture of requests of mixed.lua, by 64 connections; the seed says whose accounts come in which order."""
    env = {"PATH": "/usr/bin:/bin", "BENCH_ACCOUNTS": str(accounts), "BENCH_PASSWORD": CREDENTIALS["password"], "BENCH_SEED": str(seed)}
    result = load.run(["wrk", "-t1", "-c64", f"-d{seconds}", "--timeout", "30s", "-s", str(Path(__file__).with_name("mixed.lua")), peer.url], env)
    return result | {"per_second": result["requests"] / result["seconds"]}


def mixed(requests, accounts):
    """A row for each quarter of the requests, so that memory or descriptors that grow with them are seen."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        say(f"{accounts} accounts")
        fill(folder, accounts)
        with running(keyhold, threads=0, core=None, mode="dev", env={**CHEAP, "DATABASE_URL": f"sqlite:///{folder}/mixed.db", "KEYHOLD_HASHING_QUEUE": "1000"}) as peer:
            # wrk counts seconds, not requests: how many it takes for a quarter of them is tried first.
            seconds = max(1, round(requests / 4 / come_and_go(peer, accounts, 0, 3)["per_second"]))
            for quarter in range(1, 5):
                say(f"mixed requests, quarter {quarter}, {seconds} s")
                result = come_and_go(peer, accounts, quarter, seconds)
                time.sleep(1)
                rows.append([quarter, f"{result['requests']:,.0f}", f"{result['bad'] + result['errors']:.0f}", f"{result['per_second']:,.0f}", f"{result['p50']:.2f}", f"{result['p99']:.2f}",
                             f"{peer.memory_mib():.1f}", descriptors(peer)])
    return rows


def measure(options):
    seconds = 5 if options.quick else SLOW_SECONDS
    parts = [options.only] if options.only else [*SLOW_MODES, "idle", "mixed"]
    if slow_parts := [part for part in parts if part in SLOW_MODES]:
        yield (f"slowhttptest, {SLOW_CONNECTIONS} connections, {seconds} s, beside GET /protected four times a second on a new connection",
               ["mode", "probes", "statuses", "p50 ms", "p99 ms", "max ms", "CPU % of a core", "descriptors", "after it"], [slow(part, seconds) for part in slow_parts])
    if "idle" in parts:
        count = 1000 if options.quick else IDLE_CONNECTIONS
        yield (f"{count:,} idle keep-alive connections (PSS, without the kernel's socket memory)", ["server", "connections", "MiB without", "MiB with", "bytes each"], idle(count))
    if "mixed" in parts:
        requests, accounts = (20_000, 1000) if options.quick else (MIXED_REQUESTS, MIXED_ACCOUNTS)
        yield (f"{requests:,} requests over {accounts:,} accounts: 86% GET /protected, 4% each of /login, /logout, /me, 2% 404; bcrypt cost 4, 64 connections",
               ["quarter", "requests", "failed", "requests/s", "p50 ms", "p99 ms", "MiB RSS", "descriptors"], mixed(requests, accounts))
