# SPDX-License-Identifier: Apache-2.0
"""What tests of nodes on a database that comes to grief share: short ways to ask a node, and nodes for databases that are more than one machine."""
import base64
import contextlib
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from expect import problem
from history import live_successors, lost, problems
from people import when_there_is_a_place
from server import PASSWORD, QUICK, Server
from waiting import PATIENCE, eventually
from wire import ask

CLIENT = ("Authorization", "Basic " + base64.b64encode(b"tests:pa55-of-the-client").decode())
# For a crowd that comes from one address, uses what was taken back, and asks whether its tokens are good.
OPEN_DOORS = {"KEYHOLD_CLIENTS": "tests:pa55-of-the-client", "KEYHOLD_LOCKOUT_THRESHOLD": "0", "KEYHOLD_ADDRESS_FAILURES": "0",
              "KEYHOLD_REFRESH_TOKEN_GRACE": "120"}


def credentials(name, password=PASSWORD):
    return {"username": name, "password": password}


def register(node, name):
    return when_there_is_a_place(lambda: ask(node.port, "POST", "/register", json=credentials(name)))


def log_in(node, name, password=PASSWORD):
    return when_there_is_a_place(lambda: ask(node.port, "POST", "/login", json=credentials(name, password)))


def token_of(node, name):
    return log_in(node, name).json()["access_token"]


def log_out(node, token):
    return ask(node.port, "POST", "/logout", token=token)


def status(node, token):
    return ask(node.port, "GET", "/protected", token=token).status


def told(node, token):
    """The same of a node that knows: one that was not given its turn to ask the database for a lease is right to say that it does not, 503."""
    return eventually(lambda: said if (said := status(node, token)) != 503 else None)


def seconds_until(condition, patience=PATIENCE):
    begin = time.monotonic()
    eventually(condition, patience, every=0.05)
    return time.monotonic() - begin


def unavailable(answer):
    problem(answer, 503, "store_unavailable")
    assert int(answer.header("retry-after")) >= 1


@contextlib.contextmanager
def starting_nodes(folder):
    """Starts a node for each URL, all at once, as they start after a power cut. Stops them at the end; none has answered 500."""
    started = []

    def start_them(*urls, **env):
        folders = [folder / f"node-{number}" for number in range(len(urls))]
        for one in folders:
            one.mkdir()
        with ThreadPoolExecutor() as pool:
            started.extend(pool.map(lambda one: Server(one[0], QUICK | OPEN_DOORS | {"DATABASE_URL": one[1]} | env), zip(folders, urls)))
        return started

    yield start_them
    for one in started:
        one.process.send_signal(signal.SIGCONT)
        one.stop()
        assert '"status":500' not in one.log()


def succeeded(calls):
    return {what: sum(call.what == what and call.status == 200 for call in calls) for what in ("register", "read", "refresh", "logout")}


def said_of(crowd, nodes, least=10):
    """Checks a history, and says how much there was of what: more than `least`."""
    calls = crowd.calls
    done = succeeded(calls)
    refused = {status: sum(call.status == status for call in calls) for status in (0, 503)}
    print(f"{len(calls)} calls: {done}, refused {refused}")
    assert min(done.values()) > least, done
    assert problems(calls) == []
    assert lost(calls, nodes[0].port) == []
    live = live_successors(calls, nodes[0].port, CLIENT)
    assert live and max(live.values()) <= 1, live
