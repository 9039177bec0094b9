# SPDX-License-Identifier: Apache-2.0
"""How many connections there may be: in all, from one address, and when the system has no descriptor left."""
import json
import resource
import socket
import time

import pytest
from expect import problem
from server import PASSWORD, QUICK
from waiting import eventually, until
from wire import Connection, ask, request_bytes

GET = b"GET /nope HTTP/1.1\r\nHost: a\r\n\r\n"
TOLD = 64  # so many more are answered before they are closed


def connect(port, count, host="127.0.0.1"):
    return [Connection(port, host) for _ in range(count)]


def is_served(connection):
    connection.send(GET)
    return connection.read().status == 404


def close(connections):
    for connection in connections:
        connection.socket.close()


def all_served(port, count, host="127.0.0.1"):
    """So many connections, as soon as the server has noticed that earlier ones are closed."""
    served = []

    def are_served():
        close(served)
        served[:] = connect(port, count, host)
        try:
            return all(is_served(connection) for connection in served)
        except (OSError, AssertionError):  # one of them was too many as long as an earlier one was not closed
            return False

    assert eventually(are_served)
    return served


def test_one_connection_too_many_is_told_so_and_the_others_notice_nothing(start):
    server = start(QUICK | {"KEYHOLD_MAX_CONNECTIONS": "20"})
    served = all_served(server.port, 20)
    for connection in connect(server.port, 3):
        answer = connection.read()
        problem(answer, 503, "too_many_connections")
        assert int(answer.header("retry-after")) >= 1 and answer.header("connection") == "close"
        connection.socket.close()
    assert all(is_served(connection) for connection in served)
    close(served[:5])
    assert eventually(lambda: ask(server.port, "GET", "/nope").status == 404)
    close(served)


def test_who_is_silent_goes_early_while_there_is_little_room(start):
    server = start(QUICK | {"KEYHOLD_MAX_CONNECTIONS": "16"})
    begin = time.monotonic()
    silent = connect(server.port, 15)
    assert eventually(lambda: any(connection.ended(seconds=0.01) for connection in silent))
    assert 4.9 < time.monotonic() - begin
    assert not all(connection.ended(seconds=0.01) for connection in silent)  # as few as make room
    assert ask(server.port, "GET", "/nope").status == 404
    close(silent)


def own_address():
    """An address of this machine that is not the loopback's; None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
            return probe.getsockname()[0]
        except OSError:
            return None


@pytest.mark.skipif(own_address() is None, reason="this machine has no address but the loopback's")
def test_one_address_gets_its_share_and_no_more(start):
    server = start(QUICK | {"KEYHOLD_MAX_CONNECTIONS_PER_ADDRESS": "5"}, arguments=("dev", "--bind", f"{own_address()}:0"), host=own_address())
    served = all_served(server.port, 5, own_address())
    [sixth] = connect(server.port, 1, own_address())
    answer = sixth.read()
    problem(answer, 429, "too_many_connections_of_address")
    assert int(answer.header("retry-after")) >= 1
    close([sixth, *served])


def test_a_proxy_on_this_machine_may_speak_for_many(start):
    server = start(QUICK | {"KEYHOLD_MAX_CONNECTIONS_PER_ADDRESS": "5"})
    served = connect(server.port, 50)
    assert all(is_served(connection) for connection in served)
    close(served)


def test_it_takes_as_many_as_the_system_lets_it(start):
    def only_256():
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))

    server = start(preexec=only_256)
    served = all_served(server.port, 128)
    [next_] = connect(server.port, 1)
    problem(next_.read(), 503, "too_many_connections")
    # What the database needs was kept back.
    for path in ("/register", "/login"):
        served[0].send(request_bytes("POST", path, [("Content-Type", "application/json")], json.dumps({"username": "ann", "password": PASSWORD}).encode()))
        assert served[0].read("POST").status == 200
    close([next_, *served])


@pytest.mark.speed
def test_without_a_descriptor_left_it_waits_and_does_not_spin(start):
    server = start()
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    enough = server.open_files()
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (enough, hard))
    waiting = connect(server.port, 50)
    for connection in waiting:
        connection.send(GET)
    eventually(lambda: server.open_files() == enough)  # from here on it can accept nobody
    before, begin = server.cpu_seconds(), time.monotonic()
    until(begin + 2)
    assert server.cpu_seconds() - before < 0.1 * (time.monotonic() - begin)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
    assert all(connection.read().status == 404 for connection in waiting)
    close(waiting)
