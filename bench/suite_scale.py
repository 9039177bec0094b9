# SPDX-License-Identifier: Apache-2.0
"""A log-in, GET /protected and the start with ten thousand users, a million, and (--ten-million) ten. The users come in
by `keyhold import`. bcrypt has cost 4 here, so that a log-in is as much database as it can be; at 12 it is all bcrypt."""
import contextlib
import json
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import load
from peers import KEYHOLD, LOAD_CORE, SECRET_KEY, SERVER_CORE, TUTORIAL, Peer, clean_environment, free_port, has_tutorial, make_database, pinned, tutorial
from table import say

CONNECTIONS = 16
TOKENS = 1000
SCRIPT = Path(__file__).with_name("wrk_users.lua")
STEP = 7368787  # as in wrk_users.lua


def hash_of_testpass():
    import bcrypt
    return bcrypt.hashpw(b"testpass", bcrypt.gensalt(4)).decode()


def run(folder, *arguments, program=KEYHOLD):
    done = subprocess.run([str(program), *arguments], cwd=folder, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def environment():
    """The lowest cost, and a queue so long that no log-in of the few connections is refused."""
    return clean_environment() | {"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_HASHING_QUEUE": "1000"}


def import_users(folder, count, program=KEYHOLD):
    """Users per second from a CSV file to the disk."""
    users, password = Path(folder) / "users.csv", hash_of_testpass()
    with open(users, "w") as file:
        file.write("username,password_hash\n")
        file.writelines(f"user{(i * STEP) % count},{password}\n" for i in range(count))
    say(f"importing {count:,} users")
    make_database(program, folder, environment())
    started = time.perf_counter()
    told = json.loads(run(folder, "import", "csv", "users.csv", "--apply", "--json", program=program))
    seconds = time.perf_counter() - started
    assert told["added"] == count, told
    users.unlink()
    return count / seconds


def start(folder, program=KEYHOLD):
    port = free_port()
    command = [str(program), "dev", "--bind", f"127.0.0.1:{port}", "--access-log", "false", "--io-threads", "1"]
    return Peer("Keyhold", pinned(SERVER_CORE, command), environment(), port, folder, "/nothing")


@contextlib.contextmanager
def serving(folder, program=KEYHOLD):
    peer = start(folder, program)
    try:
        yield peer
    finally:
        peer.process.terminate()
        peer.process.wait(30)


def wrk(peer, count, seconds, tokens=""):
    """Answers per second: log-ins of one account after the other, or GET /protected with each of the tokens in turn."""
    env = {"PATH": "/usr/bin:/bin", "BENCH_USERS": str(count), "BENCH_TOKENS": str(tokens)}
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--timeout", "60s", "-s", str(SCRIPT), peer.url]
    result = load.run(pinned(LOAD_CORE, command), env)
    assert result["status"] == 0, f"{peer.name} refused requests"
    return result["requests"] / result["seconds"]


def tokens_of(peer, folder, count):
    """A file of the tokens of a thousand accounts, so that look-ups do not all find the same row."""
    path = Path(folder) / "tokens"
    names = [f"user{(i * STEP) % count}" for i in range(TOKENS)]
    path.write_text("\n".join(peer.post("/login", {"username": name, "password": "testpass"})["access_token"] for name in names))
    return path


def measure(options):
    sizes = [10_000, 1_000_000, *([10_000_000] if options.ten_million else [])]
    with contextlib.ExitStack() as stack:
        folders = {count: stack.enter_context(tempfile.TemporaryDirectory()) for count in sizes}
        imported = {count: import_users(folder, count) for count, folder in folders.items()}
        starts, log_ins, protected = ({count: [] for count in sizes} for _ in range(3))
        for number in range(options.rounds):
            for count, folder in folders.items():
                say(f"{count:,} users, round {number + 1} of {options.rounds}")
                with serving(folder) as peer:
                    starts[count].append(peer.first_answer)
                    tokens = tokens_of(peer, folder, count)
                    log_ins[count].append(wrk(peer, count, options.seconds))
                    protected[count].append(wrk(peer, count, options.seconds, tokens))
        rows = []
        for count, folder in folders.items():
            cost = [median(small / large for small, large in zip(figures[sizes[0]], figures[count])) for figures in (log_ins, protected)]
            size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 2**20
            rows.append([f"{count:,}", f"{size:,.0f}", f"{imported[count]:,.0f}", f"{median(starts[count]) * 1000:.1f}", f"{median(log_ins[count]):,.0f}",
                         f"{cost[0]:.2f}", f"{median(protected[count]):,.0f}", f"{cost[1]:.2f}"])
    yield (f"So many users, SQLite, one core, bcrypt cost 4 (medians of {options.rounds}; cost beside that at {sizes[0]:,})",
           ["users", "MiB", "imported/s", "ms to first answer", "log-ins/s", "cost", "protected/s", "cost"], rows)
    if has_tutorial():
        yield from measure_tutorial(options, sizes[:2])


def measure_tutorial(options, sizes):
    """The users are written by its own script with cost 12; log-ins are left out, because at that cost they are all bcrypt."""
    rows = []
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            say(f"the tutorial on FastAPI with {count:,} users")
            subprocess.run(["/usr/bin/python3", TUTORIAL / "mkdb.py", f"{folder}/test.db", str(count)], check=True, capture_output=True)
            starts, protected = [], []
            for _ in range(options.rounds):
                peer = tutorial(folder)
                try:
                    starts.append(peer.first_answer)
                    token = peer.post("/login", {"username": "user7", "password": "testpass"})["access_token"]
                    protected.append(load.wrk(peer, CONNECTIONS, options.seconds, "/protected", token)["per_second"])
                finally:
                    peer.process.terminate()
                    peer.process.wait(30)
            rows.append([f"{count:,}", f"{median(starts) * 1000:.0f}", f"{median(protected):,.0f}"])
    yield "The tutorial on FastAPI, the same numbers of users", ["users", "ms to first answer", "protected/s"], rows
