# SPDX-License-Identifier: Apache-2.0
"""Whether one client can keep others out: a victim's log-ins beside 60 connections that never pause; how many log-ins are done
for 400 clients that come back at once, whatever they are told; and what the server gets of cores that others want too."""
import http.client
import json
import os
import subprocess
import threading
import time
from itertools import count
from statistics import median

import load
from peers import BUILD, CORES, CREDENTIALS, Neighbours, cpu_seconds, keyhold, processor, running
from table import say

HOSTILE_SCRIPT = load.SCRIPT.with_name("hostile.lua")
PATIENCE = 3.0  # seconds that somebody who logs in waits
HOSTILE = {"username": "eve", "password": "umbrella-fjord-teaspoon"}
NEIGHBOURS = 4
prefixes = count(1)


def start_all_cores(folder):
    return keyhold(folder, threads=0, core=None)


def never_pausing(peer, connections, seconds, path, body=None):
    """wrk with so many connections; its figures when it ends."""
    env = {"PATH": "/usr/bin:/bin", "BENCH_PATH": path, "BENCH_BODY": json.dumps(body) if body else "", "BENCH_PREFIX": f"r{os.getpid()}x{next(prefixes)}x"}
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "60s", "-s", str(HOSTILE_SCRIPT), peer.url]
    return load.run(command, env)


class Victim(threading.Thread):
    """Logs in again and again from an address of its own; told to come back, it does, until its patience is over."""
    def __init__(self, peer, address, device, seconds):
        super().__init__()
        self.peer, self.address, self.seconds = peer, address, seconds
        self.body = json.dumps(CREDENTIALS | ({"device_token": device} if device else {}))
        self.times, self.at_once = [], 0

    def post(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.peer.port, timeout=60, source_address=(self.address, 0))
        connection.request("POST", "/login", self.body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, float(answer.getheader("Retry-After", 1))

    def log_in(self):
        """Seconds from the first try to a 200, and the number of tries; infinity if the next try would come after its patience."""
        begin = time.perf_counter()
        tries = 0
        while True:
            status, wait = self.post()
            tries += 1
            if status == 200:
                return time.perf_counter() - begin, tries
            if time.perf_counter() - begin + wait > PATIENCE:
                return float("inf"), tries
            time.sleep(wait)

    def run(self):
        end = time.perf_counter() + self.seconds
        while time.perf_counter() < end:
            taken, tries = self.log_in()
            self.times.append(taken)
            self.at_once += taken <= PATIENCE and tries == 1
            time.sleep(0.2)


def victims(options, peer):
    """Rows: who logs in beside whom, how many of the log-ins were done in time."""
    device = peer.log_in()["device_token"]
    peer.post("/register", HOSTILE)
    eve = peer.post("/login", HOSTILE)["device_token"]
    seconds = max(4, 2 * options.seconds)
    crowds = [("nobody", None, None), ("60 connections that register", "/register", None), ("60 that log in", "/login", HOSTILE),
              ("60 of a known device", "/login", HOSTILE | {"device_token": eve})]
    rows = []
    for title, path, body in crowds:
        seen = {"a known device, the same address": [], "a stranger, another address": []}
        hostile = []
        for number in range(options.rounds):
            say(f"a victim beside {title}, round {number + 1} of {options.rounds}")
            crowd = threading.Thread(target=lambda: hostile.append(never_pausing(peer, 60, seconds + 3, path, body))) if path else None
            if crowd:
                crowd.start()
                time.sleep(1)
            pair = [Victim(peer, "127.0.0.1", device, seconds), Victim(peer, "127.0.0.3", None, seconds)]
            for victim in pair:
                victim.start()
            for victim, results in zip(pair, seen.values()):
                victim.join()
                results.append(victim)
            if crowd:
                crowd.join()
        for who, results in seen.items():
            times = [taken for victim in results for taken in victim.times]
            shares = [sum(taken <= PATIENCE for taken in victim.times) / len(victim.times) for victim in results]
            theirs = f"{median(h['done'] / h['seconds'] for h in hostile):.1f}" if hostile else ""
            rows.append([f"{who}, beside {title}", len(times), f"{sum(taken <= PATIENCE for taken in times) / len(times):.1%}", f"{min(shares):.1%}",
                         f"{sum(victim.at_once for victim in results) / len(times):.1%}", f"{median(times) * 1000:.0f}", theirs])
    return (f"Log-ins of a victim, bcrypt 12, {len(CORES)} cores, {options.rounds} rounds of {seconds} s",
            ["who", "log-ins", "done in 3 s", "worst round", "at the first try", "p50 ms", "theirs done/s"], rows)


def useful(options, peer, neighbours):
    """Log-ins per second for 12 and for 400 clients, in turn; nobody heeds Retry-After."""
    seconds = max(4, 2 * options.seconds)
    rounds = {12: [], 400: []}
    for number in range(options.rounds):
        for clients, results in rounds.items():
            say(f"{clients} clients that come back at once, {neighbours}, round {number + 1} of {options.rounds}")
            results.append(never_pausing(peer, clients, seconds, "/login", CREDENTIALS))
            time.sleep(1)
    rows = []
    for clients, results in rounds.items():
        rates = [r["done"] / r["seconds"] for r in results]
        rows.append([f"{clients} clients, {neighbours}", f"{median(rates):.1f}", f"{min(rates):.1f} to {max(rates):.1f}",
                     f"{median(r['refused'] / r['seconds'] for r in results):.0f}", f"{max(r['max'] for r in results):.0f}"])
    ratios = [many["done"] / many["seconds"] / (few["done"] / few["seconds"]) for few, many in zip(rounds[12], rounds[400])]
    rows.append([f"400 over 12, {neighbours}", f"{median(ratios):.2f}", f"{min(ratios):.2f} to {max(ratios):.2f}", "", ""])
    return rows


def share_of(pid, seconds):
    """Cores that a process has had on the average: seconds of processor time in a second of the clock."""
    before, begin = cpu_seconds(pid), time.perf_counter()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.perf_counter() - begin)


def shares(options, peer, neighbours=NEIGHBOURS):
    """Cores that the server gets beside others while 16 clients log in, and what crypt_r in threads of normal priority gets there, in turn."""
    seconds = max(4, 2 * options.seconds)
    ours, theirs = [], []
    for number in range(options.rounds):
        say(f"shares of the cores, round {number + 1} of {options.rounds}")
        crowd = threading.Thread(target=never_pausing, args=(peer, 16, seconds + 2, "/login", CREDENTIALS))
        crowd.start()
        time.sleep(1)
        ours.append(share_of(peer.process.pid, seconds))
        crowd.join()
        loop = subprocess.Popen([str(BUILD / "bench/crypt_loop"), str(len(CORES)), "12", str(seconds + 2)], stdout=subprocess.DEVNULL)
        time.sleep(1)
        theirs.append(share_of(loop.pid, seconds))
        loop.wait()
    ratios = [our / their for our, their in zip(ours, theirs)]
    return (f"Cores of {len(CORES)} beside {neighbours} other programs (medians of {options.rounds})", ["", "cores", "spread"],
            [["the server, 16 clients", f"{median(ours):.2f}", f"{min(ours):.2f} to {max(ours):.2f}"],
             [f"crypt_r in {len(CORES)} threads", f"{median(theirs):.2f}", f"{min(theirs):.2f} to {max(theirs):.2f}"],
             ["ratio", f"{median(ratios):.2f}", f"{min(ratios):.2f} to {max(ratios):.2f}"]])


def protected_meanwhile(options, peer, neighbours):
    """GET /protected at 200/s while nobody, 16 and 400 clients log in, who never pause."""
    seconds = max(4, 2 * options.seconds)
    token = peer.token()
    rows = []
    for clients in (0, 16, 400):
        results = []
        for number in range(options.rounds):
            say(f"GET /protected while {clients} log in, {neighbours}, round {number + 1} of {options.rounds}")
            crowd = threading.Thread(target=never_pausing, args=(peer, clients, seconds + 2, "/login", CREDENTIALS)) if clients else None
            if crowd:
                crowd.start()
                time.sleep(1)
            results.append(load.open_loop(peer, 200, seconds, token, core=None))
            if crowd:
                crowd.join()
        p99 = [r["p99"] for r in results]
        rows.append([f"{clients} clients, {neighbours}", f"{median(r['p50'] for r in results):.2f}", f"{median(p99):.2f}", f"{min(p99):.2f} to {max(p99):.2f}"])
    return rows


def measure(options):
    print(f"{processor()}, {len(CORES)} cores; load before: {os.getloadavg()[0]:.1f}")
    with running(start_all_cores) as peer:
        peer.token()
        yield victims(options, peer)
        alone = useful(options, peer, "nobody else"), protected_meanwhile(options, peer, "nobody else")
        with Neighbours(NEIGHBOURS):
            beside = useful(options, peer, f"{NEIGHBOURS} programs beside"), protected_meanwhile(options, peer, f"{NEIGHBOURS} programs beside")
            share = shares(options, peer)
    yield (f"Log-ins per second for clients that come back at once (medians of {options.rounds})", ["", "per second", "spread", "503 per second", "longest ms"],
           alone[0] + beside[0])
    yield ("GET /protected at 200/s, open loop", ["", "p50 ms", "p99 ms", "spread of p99"], alone[1] + beside[1])
    yield share
