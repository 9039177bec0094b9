# SPDX-License-Identifier: Apache-2.0
"""What others take for the same: log-ins at an equal cost and at their default, checks of a token, memory, start, and how long a check
waits while people log in. Beside Keyhold: PocketBase (a Go module), better-auth and Fastify with jsonwebtoken (npm), the tutorial.

Two of them keep accounts and sessions in their own memory, where Keyhold and PocketBase keep them on disk. Fastify's and the tutorial's
checks look at the signature alone: a log-out changes nothing there."""
import os
import shutil
import subprocess
import sys
import threading
from collections import namedtuple
from statistics import median

import load
from peers import CORES, CREDENTIALS, ROOT, Peer, cpu_seconds, free_port, has_tutorial, keyhold, processor, running, tutorial
from table import say

EQUAL_COST, CLIENTS = 12, 16
EMAIL = {"email": "ann@example.com", "password": CREDENTIALS["password"]}
NODE_FOLDER, GO_FOLDER = ROOT / "bench/peers_node", ROOT / "bench/pocketbase"

# start(folder, cost) with the cost of bcrypt, None for what it has by itself; register(peer); where a log-in goes and what it says; token(answer);
# check(answer): the path that tells who is there.
Side = namedtuple("Side", "name default start register path body token check")


def node_program(name, probe):
    """start() of a program of bench/peers_node; a cost of 0 stands for what it has by itself."""
    def start(folder, cost):
        port = free_port()
        return Peer(name, ["node", str(NODE_FOLDER / f"{name}.mjs"), str(port), str(cost or 0)], {"NODE_ENV": "production"}, port, folder, probe)
    return start


def pocketbase(folder, cost):
    port = free_port()
    env = {"BENCH_BCRYPT_COST": str(cost)} if cost else {}
    return Peer("PocketBase", [str(program_of_pocketbase()), "serve", f"--http=127.0.0.1:{port}", f"--dir={folder}/pb"], env, port, folder, "/api/health")


def program_of_pocketbase():
    return ROOT / "build/bench/pocketbase"


def start_keyhold(folder, cost):
    return keyhold(folder, threads=0, core=None, env={"KEYHOLD_BCRYPT_COST": str(cost or 12), "KEYHOLD_SESSIONS_PER_ACCOUNT": "100000"})


def start_tutorial(folder, cost):
    return tutorial(folder, core=None, workers=len(CORES))


def sides():
    of_tutorial = dict(path="/login", body=CREDENTIALS, token=lambda answer: answer["access_token"], check=lambda answer: "/protected")
    register = lambda peer: peer.post("/register", CREDENTIALS)  # noqa: E731
    yield Side("Keyhold", "bcrypt 12", start_keyhold, register, **of_tutorial)
    if build_pocketbase():
        collection = "/api/collections/users"
        yield Side("PocketBase", "bcrypt 10", pocketbase, lambda peer: peer.post(f"{collection}/records", EMAIL | {"passwordConfirm": EMAIL["password"]}),
                   f"{collection}/auth-with-password", {"identity": EMAIL["email"], "password": EMAIL["password"]},
                   lambda answer: answer["token"], lambda answer: f"{collection}/records/{answer['record']['id']}")
    if install_node():
        yield Side("better-auth", "scrypt, N 16384, r 16", node_program("better_auth", "/api/auth/ok"), lambda peer: peer.post("/api/auth/sign-up/email", EMAIL | {"name": "Ann"}),
                   "/api/auth/sign-in/email", EMAIL, lambda answer: answer["token"], lambda answer: "/api/auth/get-session")
        fastify = node_program("fastify", "/nothing")
        yield Side("Fastify + jsonwebtoken", "bcrypt 10", lambda folder, cost: fastify(folder, cost or 10), register, **of_tutorial)
    if has_tutorial():
        yield Side("the tutorial on FastAPI", "bcrypt 12", start_tutorial, register, **of_tutorial)


def install_node():
    done = subprocess.run([str(ROOT / "packaging/npm-install"), str(NODE_FOLDER)], stdout=subprocess.DEVNULL)
    return done.returncode == 0 or missing("better-auth and Fastify", "npm could not install them")


def build_pocketbase():
    if not shutil.which("go"):
        return missing("PocketBase", "there is no Go")
    say("building PocketBase, once")
    done = subprocess.run(["go", "build", "-o", str(program_of_pocketbase()), "."], cwd=GO_FOLDER, env=os.environ | {"CGO_ENABLED": "0"})
    return done.returncode == 0 or missing("PocketBase", "its module could not be built")


def missing(who, why):
    print(f"{who}: not measured, {why}", file=sys.stderr)
    return False


def quiet(peer):
    """Waits until it has worked off the log-ins of those who have gone: most compute them to the end."""
    for _ in range(100):
        before = cpu_seconds(peer.process.pid)
        threading.Event().wait(0.3)
        if cpu_seconds(peer.process.pid) - before < 0.05:
            return


def log_ins(side, cost, options):
    """Per second, by 16 clients without pause; the server's memory after that, and how long GET of `check` waited meanwhile."""
    with running(side.start, cost) as peer:
        first, idle = peer.first_answer, peer.memory_mib()
        side.register(peer)
        answer = peer.post(side.path, side.body)
        rates, waits, checks = [], [], []
        for number in range(options.rounds):
            say(f"{side.name}, cost {cost or 'as it comes'}: log-ins, round {number + 1} of {options.rounds}")
            quiet(peer)
            before = cpu_seconds(peer.process.pid)
            done = load.wrk(peer, 64, options.seconds, side.check(answer), side.token(answer), core=None)
            assert done["status"] == 0, f"{side.name} refused checks"
            checks.append(done["requests"] / (cpu_seconds(peer.process.pid) - before))
            rates.append(load.wrk(peer, CLIENTS, max(4, options.seconds), side.path, body=side.body, core=None)["per_second"])
            storm = threading.Thread(target=load.wrk, args=(peer, CLIENTS, max(4, options.seconds) + 2, side.path), kwargs={"body": side.body, "core": None})
            storm.start()
            threading.Event().wait(1)
            waits.append(load.open_loop(peer, 200, max(4, options.seconds), side.token(answer), core=None, path=side.check(answer))["p99"])
            storm.join()
        return {"rate": median(rates), "wait": median(waits), "check": median(checks), "first": first * 1000, "idle": idle, "loaded": peer.memory_mib()}


def measure(options):
    rows = []
    for side in sides():
        equal = log_ins(side, EQUAL_COST, options)
        usual = equal if side.default == f"bcrypt {EQUAL_COST}" else log_ins(side, None, options)
        rows.append([side.name, f"{equal['rate']:.1f}", f"{usual['rate']:.1f}", side.default, f"{equal['check']:,.0f}", f"{equal['wait']:.1f}", f"{equal['first']:.0f}",
                     f"{equal['idle']:.0f}", f"{equal['loaded']:.0f}"])
        if side.name == "Keyhold":
            cheaper = log_ins(side, 10, options)
            rows.append(["Keyhold --bcrypt-cost 10", "", f"{cheaper['rate']:.1f}", "bcrypt 10", "", f"{cheaper['wait']:.1f}", "", "", ""])
    yield (f"Peers, {processor()}, {len(CORES)} cores for server and load (medians of {options.rounds}); load {os.getloadavg()[0]:.1f}",
           ["server", f"log-ins/s, bcrypt {EQUAL_COST}", "as it comes", "its default", "checks per CPU second", "p99 of a check while 16 log in, ms", "start ms", "MiB idle", "MiB after"], rows)
