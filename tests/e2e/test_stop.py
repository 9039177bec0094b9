# SPDX-License-Identifier: Apache-2.0
"""Stopping and starting again: nothing acknowledged is lost, nothing in flight is cut."""
import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from expect import problem
from people import Account
from queues import wait_until_read
from server import PASSWORD, QUICK, SECRET_KEY, accepts
from wire import Connection, ask, request_bytes


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_log_ins_that_are_in_flight_are_answered_before_it_ends(start, how):
    server = start({"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "11"})
    Account(server.port, "ann")
    body = json.dumps({"username": "ann", "password": PASSWORD}).encode()
    with ThreadPoolExecutor(4) as pool:
        connections = [Connection(server.port) for _ in range(4)]
        for connection in connections:
            connection.send(request_bytes("POST", "/login", [("Content-Type", "application/json")], body))
        wait_until_read(*connections)
        server.process.send_signal(how)
        answers = list(pool.map(lambda connection: connection.read("POST"), connections))
    assert [answer.status for answer in answers] == [200] * 4
    assert all(answer.header("connection") == "close" for answer in answers)
    assert all(connection.ended() for connection in connections)
    assert server.process.wait(30) == 0
    assert not accepts(server.port)


def test_when_drain_timeout_is_over_who_still_waits_is_answered_503_and_it_ends(start):
    """More log-ins than can be hashed in a second: each gets an answer, and the end does not wait for their hashes."""
    server = start({"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "16", "KEYHOLD_HASHING_THREADS": "1", "KEYHOLD_HASHING_QUEUE": "100",
                    "KEYHOLD_ADDRESS_FAILURES": "0", "KEYHOLD_LOCKOUT_THRESHOLD": "0", "KEYHOLD_DRAIN_TIMEOUT": "1", "KEYHOLD_LOG_FORMAT": "json"})
    body = json.dumps({"username": "nobody", "password": PASSWORD}).encode()
    connections = [Connection(server.port) for _ in range(60)]
    for connection in connections:
        connection.send(request_bytes("POST", "/login", [("Content-Type", "application/json")], body))
    with Connection(server.port) as unfinished:
        unfinished.send(b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
        wait_until_read(unfinished, *connections)
        server.process.send_signal(signal.SIGTERM)
        begin = time.monotonic()
        answers = [connection.read("POST") for connection in connections]
        assert unfinished.read("POST").status == 503
    assert server.process.wait(30) == 0
    took = time.monotonic() - begin
    statuses = [answer.status for answer in answers]
    assert set(statuses) <= {401, 503} and statuses.count(503) > 30, statuses
    assert all(answer.header("connection") == "close" for answer in answers)
    for answer in answers:
        if answer.status == 503:
            problem(answer, 503, "overloaded")
    # To hash them all takes over a minute at this cost on a machine that does nothing else.
    assert took < 20, took


def test_a_log_in_that_outlives_the_patience_of_the_shutdown_harms_nothing(start):
    """Its answer is lost; what it does when it is done, with the server gone, is what a sanitizer looks at."""
    server = start({"SECRET_KEY": SECRET_KEY, "KEYHOLD_DRAIN_TIMEOUT": "0"})
    Account(server.port, "ann")
    body = json.dumps({"username": "ann", "password": PASSWORD}).encode()
    with Connection(server.port) as connection:
        connection.send(request_bytes("POST", "/login", [("Content-Type", "application/json")], body))
        wait_until_read(connection)
        server.stop()


def test_under_load_every_answer_is_whole(start):
    server = start()
    ann = Account(server.port, "ann")
    counted, broken = [], []
    going = threading.Event()

    def ask_without_end():
        try:
            while True:
                answer = ann.greeting()
                (counted if answer.status == 200 else broken).append(answer)
                going.set()
        except (ConnectionError, TimeoutError):
            return  # it stopped listening, between two requests
        except AssertionError as cut:
            broken.append(str(cut))

    threads = [threading.Thread(target=ask_without_end) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert going.wait(60)
    server.stop()
    for thread in threads:
        thread.join()
    assert counted and not broken, broken


def test_an_idle_connection_does_not_hold_it_up(start):
    server = start(QUICK | {"KEYHOLD_DRAIN_TIMEOUT": "60"})
    with Connection(server.port) as idle:
        idle.send(b"GET /nope HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.read().status == 404
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < 20
        assert idle.ended()


@pytest.mark.parametrize("env", [QUICK, {}], ids=["with SECRET_KEY", "with a key of its own"])
def test_accounts_and_tokens_outlive_a_restart(start, env):
    first = start(env)
    ann = Account(first.port, "ann")
    first.stop()
    second = start(env)
    assert ask(second.port, "GET", "/protected", token=ann.token).json() == {"message": "Welcome ann"}
    assert ask(second.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).status == 200
    assert ask(second.port, "POST", "/register", json={"username": "ann", "password": PASSWORD}).status == 400


def test_an_account_that_was_acknowledged_outlives_a_kill(start):
    for name in ("ann", "ben", "eve"):
        server = start()
        assert ask(server.port, "POST", "/register", json={"username": name, "password": PASSWORD}).status == 200
        server.kill()
        server.process.returncode = 0  # it did not end by itself, and was not meant to
    last = start()
    for name in ("ann", "ben", "eve"):
        assert ask(last.port, "POST", "/login", json={"username": name, "password": PASSWORD}).status == 200


def test_with_a_key_of_its_own_the_file_is_for_the_owner_alone(start):
    server = start({})
    Account(server.port, "ann")
    written = {path.name: oct(path.stat().st_mode & 0o777) for path in server.folder.iterdir() if path.is_file() and path != server.log_path}
    assert written and all(mode == "0o600" for mode in written.values()), written


def test_another_key_does_not_open(start):
    server = start({"SECRET_KEY": "one-key-of-at-least-thirty-two-bytes"})
    ann = Account(server.port, "ann")
    server.stop()
    other = start({"SECRET_KEY": "two-key-of-at-least-thirty-two-bytes"})
    assert ask(other.port, "GET", "/protected", token=ann.token).status == 401
