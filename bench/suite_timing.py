# SPDX-License-Identifier: Apache-2.0
"""Whether what a refused log-in costs tells that an account exists: for each format that is read, a wrong password for an account against one for a name
that nobody has, in pairs, in the CPU time of the whole server. AUC is how often the account's costs more: 0.50 is what guessing gets. Each format has a server
of its own whose accounts all have that format, and `a mixture` has all of them. Beside it how long the dearest hash takes that is accepted."""
import contextlib
import json
import os
import random
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median

from peers import KEYHOLD, SECRET_KEY, clean_environment, keyhold
from table import say

COST = 10
SCRYPT = "0" * 128
FORMATS = [
    ("bcrypt 10 (ours)", "$2b$10$" + "A" * 53),
    ("bcrypt 4", "$2b$04$" + "A" * 53),
    ("bcrypt 8", "$2b$08$" + "A" * 53),
    ("bcrypt 12", "$2b$12$" + "A" * 53),
    ("bcrypt_sha256, 10", "$bcrypt-sha256$v=2,t=2b,r=10$" + "A" * 22 + "$" + "A" * 31),
    ("django_bcrypt_sha256, 8", "bcrypt_sha256$$2b$08$" + "A" * 53),
    ("argon2id 19 MiB, 2", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$" + "A" * 43),
    ("argon2id 64 MiB, 3, 4 lanes", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$" + "A" * 43),
    ("argon2i 1 MiB, 2", "$argon2i$v=19$m=1024,t=2,p=1$c2FsdHNhbHRzYWx0$" + "A" * 43),
    ("scrypt 2^14, 8, 1", "$scrypt$ln=14,r=8,p=1$c2FsdA$" + "A" * 43),
    ("werkzeug_scrypt 2^15, 8, 1", f"scrypt:32768:8:1$saltsalt${SCRYPT}"),
    ("firebase_scrypt 2^14, 8, 1", "$firescrypt$ln=14,r=8,p=1$c2FsdA==$" + "A" * 86 + "==$Bw==$" + "A" * 86 + "=="),
    ("pbkdf2_sha256, 29,000", "$pbkdf2-sha256$29000$c2FsdA$" + "A" * 43),
    ("django_pbkdf2_sha256, 260,000", "pbkdf2_sha256$260000$saltsalt$" + "A" * 43 + "="),
    ("django_pbkdf2_sha256, 1,000,000", "pbkdf2_sha256$1000000$saltsalt$" + "A" * 43 + "="),
    ("pbkdf2_sha1, 131,000", "$pbkdf2$131000$c2FsdA$" + "A" * 27),
    ("pbkdf2_sha512, 25,000", "$pbkdf2-sha512$25000$c2FsdA$" + "A" * 86),
    ("sha256_crypt, 5,000", "$5$saltsaltsaltsalt$" + "A" * 43),
    ("sha512_crypt, 656,000", "$6$rounds=656000$saltsaltsaltsalt$" + "A" * 86),
]
DEAR = [f"scrypt:131072:8:{lanes}$saltsalt${SCRYPT}" for lanes in range(32, 0, -1)]
ENV = {"KEYHOLD_BCRYPT_COST": str(COST), "KEYHOLD_LOCKOUT_THRESHOLD": "0", "KEYHOLD_ADDRESS_FAILURES": "0"}


def cpu_ns(process):
    """Of all its threads, to the nanosecond (schedstat), where the kernel counts it; else in ticks."""
    total = 0
    for task in os.listdir(f"/proc/{process.pid}/task"):
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{process.pid}/task/{task}/schedstat").read_text().split()[0])
    return total


def wrong(peer, name):
    """Milliseconds that one refused log-in costs: processor time of the whole server, and of the clock. Nothing else may be asked meanwhile."""
    body = json.dumps({"username": name, "password": "a wrong password"}).encode()
    request = urllib.request.Request(peer.url + "/login", body, {"Content-Type": "application/json"})
    before, begin = cpu_ns(peer.process), time.perf_counter()
    try:
        urllib.request.urlopen(request, timeout=60)
        raise RuntimeError("a wrong password was right")
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise RuntimeError(f"{error.code} for {name}") from None
    return (cpu_ns(peer.process) - before) / 1e6, (time.perf_counter() - begin) * 1e3


def auc(ours, theirs):
    """Mann-Whitney's U over the number of pairs: how often one of `ours` is greater than one of `theirs`; equal ones count as half."""
    return sum((a > b) + (a == b) / 2 for a in ours for b in theirs) / len(ours) / len(theirs)


def imported(folder, hashes):
    """How many of them were accepted."""
    lines = [json.dumps({"username": f"person{i}", "password_hash": text}) for i, text in enumerate(hashes)]
    (Path(folder) / "users.jsonl").write_text("\n".join(lines))
    env = clean_environment() | {"SECRET_KEY": SECRET_KEY}
    subprocess.run([str(KEYHOLD), "db", "create"], cwd=folder, check=True, capture_output=True, env=env)
    done = subprocess.run([str(KEYHOLD), "import", "jsonl", "users.jsonl", "--apply", "--json"], cwd=folder, capture_output=True, text=True,
                          env=env)
    return json.loads(done.stdout)["added"]


@contextlib.contextmanager
def server_with(hashes):
    """A server whose accounts person0, person1 ... have these hashes, and which has answered its first log-ins, as those may cost more."""
    with tempfile.TemporaryDirectory() as folder:
        if imported(folder, hashes) != len(hashes):
            raise RuntimeError(f"not all of these were accepted: {sorted(set(hashes))[:3]}")
        peer = keyhold(folder, threads=1, core=None, env=ENV, mode="dev")
        try:
            for i in range(3):  # whatever is measured or made with the first ones
                wrong(peer, "person0")
                wrong(peer, f"warm{i}")
            time.sleep(0.5)
            yield peer
        finally:
            peer.process.terminate()
            peer.process.wait(30)


def compare(name, hashes, pairs):
    """A row. Both of a pair are asked one right after the other, in an order that is drawn, so that what the machine does meanwhile favours neither."""
    say(f"{name}: {pairs} pairs")
    known, unknown, waits = [], [], []
    with server_with(hashes) as peer:
        for i in range(pairs):
            sides = [(known, f"person{i % len(hashes)}"), (unknown, f"nobody{i}")]
            random.shuffle(sides)  # what else the machine does hits both alike
            for results, who in sides:
                cpu, wall = wrong(peer, who)
                results.append(cpu)
                waits.append(wall)
    row = [name, f"{median(known):.1f}", f"{median(unknown):.1f}", f"{auc(known, unknown):.3f}", f"{max(waits):.0f}"]
    say("    " + " | ".join(row))  # a run that is cut short has shown what it had
    return row


def dearest(pairs):
    """The most lanes of scrypt 2^17 that an import accepts."""
    with tempfile.TemporaryDirectory() as folder:
        accepted = imported(folder, DEAR)
    return compare(f"dearest accepted: scrypt 2^17, 8, {accepted}", [f"scrypt:131072:8:{accepted}$saltsalt${SCRYPT}"] * pairs, pairs)


def measure(options):
    pairs = 40 if options.quick else 300
    mixture = [FORMATS[i % len(FORMATS)][1] for i in range(len(FORMATS) * 20)]
    parts = {name: lambda name=name, text=text: compare(name, [text] * pairs, pairs) for name, text in FORMATS}
    parts["a mixture of all"] = lambda: compare("a mixture of all", mixture, pairs)
    parts["dearest"] = lambda: dearest(20 if options.quick else 100)
    rows = [part() for name, part in parts.items() if not options.only or options.only in name]
    yield (f"A wrong password for an account and for a name that nobody has, bcrypt cost {COST}, {pairs} pairs",
           ["stored hash", "CPU ms", "unknown ms", "AUC", "longest ms"], rows)
