# SPDX-License-Identifier: Apache-2.0
"""What a client does while its log-in is hashed: it hangs up, or it goes on talking."""
import json
import time

import pytest
from people import Account
from queues import wait_until_read
from server import PASSWORD, SECRET_KEY
from waiting import eventually
from wire import Connection, ask, request_bytes

ONE_CORE = {"SECRET_KEY": SECRET_KEY, "KEYHOLD_HASHING_THREADS": "1", "KEYHOLD_HASHING_QUEUE": "100", "KEYHOLD_LOG_FORMAT": "json"}
CREDENTIALS = {"username": "ann", "password": PASSWORD}
LOG_IN = request_bytes("POST", "/login", [("Content-Type", "application/json")], json.dumps(CREDENTIALS).encode())

pytestmark = pytest.mark.alone


def seconds_of_a_log_in(port):
    begin = time.monotonic()
    assert ask(port, "POST", "/login", json=CREDENTIALS).status == 200
    return time.monotonic() - begin


def seconds_after_a_crowd_has_gone(server, alone):
    connections = [Connection(server.port) for _ in range(16)]
    before = server.cpu_seconds()
    for connection in connections:
        connection.send(LOG_IN)
    wait_until_read(*connections)
    eventually(lambda: server.cpu_seconds() - before > alone / 2)  # it is in the midst of the first
    for connection in connections:
        connection.socket.close()
    return seconds_of_a_log_in(server.port)


def test_clients_that_hang_up_leave_the_lanes_at_once(start):
    server = start(ONE_CORE | {"KEYHOLD_HASHING_LANES": "6"})
    Account(server.port, "ann")
    alone = min(seconds_of_a_log_in(server.port) for _ in range(3))
    # Behind six that are computed and four that are next, it would take three times as long at least. One quiet moment
    # of the machine is enough to see it.
    assert any(seconds_after_a_crowd_has_gone(server, alone) < 1.8 * alone for _ in range(20))
    assert '"error"' not in server.log()


def test_what_is_sent_while_a_log_in_is_hashed_is_answered_after_it(start):
    server = start(ONE_CORE | {"KEYHOLD_BCRYPT_COST": "10"})
    ann = Account(server.port, "ann")
    greeting = request_bytes("GET", "/protected", [("Authorization", f"Bearer {ann.token}"), ("X-Long", "x" * 3000)])
    for cut in (1, 700, 1024, 1025, len(greeting)):
        with Connection(server.port) as connection:
            connection.send(LOG_IN)
            wait_until_read(connection)
            connection.send(greeting[:cut])
            wait_until_read(connection)
            connection.send(greeting[cut:] + LOG_IN + greeting)
            answers = [connection.read() for _ in range(4)]
        assert [answer.status for answer in answers] == [200] * 4, cut
        assert all("access_token" in answer.json() for answer in answers[::2])
        assert all(answer.json()["message"] == "Welcome ann" for answer in answers[1::2])
