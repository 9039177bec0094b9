# SPDX-License-Identifier: Apache-2.0
"""One client cannot keep others out of the log-in, and whoever does not wait when he is told to gains nothing by it."""
import itertools
import json
import select
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest
from expect import problem
from people import Account
from server import PASSWORD, SECRET_KEY
from waiting import eventually, until
from wire import Connection, ask, request_bytes

# One thread: 6 lanes at most and 4 workers more. Hashes that take long, so that a few connections keep it busy.
SLOW = {"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "11", "KEYHOLD_HASHING_THREADS": "1", "KEYHOLD_LOG_FORMAT": "json"}
FEW_PLACES = SLOW | {"KEYHOLD_HASHING_QUEUE": "2"}
numbers = itertools.count()

pytestmark = pytest.mark.alone


def post(path, body):
    return request_bytes("POST", path, [("Content-Type", "application/json")], json.dumps(body).encode())


def credentials(name, **more):
    return {"username": name, "password": PASSWORD} | more


@contextmanager
def hostile(port, connections, make):
    """So many connections send make() again and again, whatever they are answered."""
    over = threading.Event()
    statuses = []

    def loop():
        while not over.is_set():
            try:
                with Connection(port) as connection:
                    while not over.is_set():
                        connection.send(make())
                        statuses.append(connection.read("POST").status)
            except (OSError, AssertionError):
                continue  # the connection ended

    threads = [threading.Thread(target=loop) for _ in range(connections)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        over.set()
        for thread in threads:
            thread.join()


def registers():
    return post("/register", credentials(f"nobody{next(numbers)}"))


def test_a_known_device_has_a_place_though_one_client_registers_without_end(start):
    server = start(FEW_PLACES)
    Account(server.port, "ann")
    device = ask(server.port, "POST", "/login", json=credentials("ann")).json()["device_token"]
    with hostile(server.port, 30, registers) as statuses:
        eventually(lambda: statuses.count(503) > 10)  # the places of strangers are taken
        answers = [ask(server.port, "POST", "/login", json=credentials("ann", device_token=device)) for _ in range(8)]
    assert [answer.status for answer in answers] == [200] * 8


def test_a_live_session_has_a_place_to_change_its_password(start):
    server = start(FEW_PLACES)
    ann = Account(server.port, "ann")
    assert ann.greeting().status == 200
    change = {"current_password": PASSWORD, "new_password": PASSWORD + "-2"}
    with hostile(server.port, 30, registers) as statuses:
        eventually(lambda: statuses.count(503) > 10)
        assert ask(server.port, "POST", "/password", json=change, token=ann.token).status == 200


def test_a_device_of_somebody_else_and_an_invented_one_are_strangers(start):
    server = start(FEW_PLACES)
    Account(server.port, "ann")
    Account(server.port, "eve")
    device = ask(server.port, "POST", "/login", json=credentials("eve")).json()["device_token"]
    shown = itertools.cycle([device, "khd_" + "A" * 43, device[:-1], "khd_"])
    with hostile(server.port, 40, lambda: post("/login", credentials("ann", device_token=next(shown)))) as statuses:
        eventually(lambda: statuses.count(503) > 10)
        own = ask(server.port, "POST", "/login", json=credentials("eve", device_token=device))
    assert own.status == 200


def log_in_from(address, port, name):
    """A log-in from that address, which comes back when it is told to."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with Connection(port, source=address) as connection:
            connection.send(post("/login", credentials(name)))
            answer = connection.read("POST")
        if answer.status != 503:
            return answer
        until(time.monotonic() + int(answer.header("retry-after")))
    return answer


def test_a_stranger_of_another_network_takes_turns_with_one_who_never_pauses(start):
    server = start(SLOW)
    Account(server.port, "ann")
    with hostile(server.port, 100, registers) as statuses:
        eventually(lambda: len(statuses) > 100)
        assert log_in_from("127.0.0.3", server.port, "ann").status == 200


@contextmanager
def full(server):
    """A server whose threads and places are taken by log-ins that take seconds."""
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(server.port)) for _ in range(16)]
        for number, connection in enumerate(connections):
            connection.send(post("/login", credentials(f"nobody{number}")))
        answered = select.select([connection.socket for connection in connections], [], [], 60)[0]
        assert answered and answered[0].recv(12) == b"HTTP/1.1 503"  # there was no place for it
        yield


VERY_SLOW = FEW_PLACES | {"KEYHOLD_BCRYPT_COST": "16"}


def test_who_comes_back_too_soon_is_answered_late_and_the_connection_ends(start):
    server = start(VERY_SLOW)
    with full(server), Connection(server.port) as connection:
        connection.send(post("/login", credentials("ann")))
        first = connection.read("POST")
        problem(first, 503, "overloaded")
        assert first.header("connection") != "close"
        told = int(first.header("retry-after"))
        assert told >= 1
        begin = time.monotonic()
        connection.send(post("/login", credentials("ann")))
        second = connection.read("POST")
        problem(second, 503, "overloaded")
        assert time.monotonic() - begin >= 0.99 * min(told, 2)
        assert second.header("connection") == "close" and connection.ended()
        # Nothing of this holds up others.
        assert ask(server.port, "GET", "/protected", token="x").status == 401


def test_a_connection_of_a_trusted_proxy_is_that_of_many_clients_and_goes_on(start):
    server = start(VERY_SLOW | {"KEYHOLD_TRUSTED_PROXIES": "127.0.0.1"})
    with full(server), Connection(server.port) as proxy:
        for client in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
            body = json.dumps(credentials("ann")).encode()
            proxy.send(request_bytes("POST", "/login", [("Content-Type", "application/json"), ("X-Forwarded-For", client)], body))
            answer = proxy.read("POST")
            problem(answer, 503, "overloaded")
            assert answer.header("connection") != "close"


def test_who_is_answered_late_may_leave_and_the_end_of_the_server_waits_for_nobody(start):
    server = start(VERY_SLOW | {"KEYHOLD_DRAIN_TIMEOUT": "1"})
    with full(server), Connection(server.port) as leaves, Connection(server.port) as stays:
        for connection in (leaves, stays):
            connection.send(post("/login", credentials("ann")))
            assert connection.read("POST").status == 503
            connection.send(post("/login", credentials("ann")))
        leaves.socket.close()
        server.process.terminate()
        answer = stays.read("POST")
        problem(answer, 503, "overloaded")
        assert answer.header("connection") == "close"
    server.process.wait(60)  # what was computed is abandoned: nobody waits for it
