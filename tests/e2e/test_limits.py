"""What one client may cost: time, connections, log-ins that wait, memory."""
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Account
from expect import problem
from server import PASSWORD, QUICK, SECRET_KEY, Server
from wire import Connection, ask

IMPATIENT = QUICK | {"KEYHOLD_HEAD_TIMEOUT": "1", "KEYHOLD_BODY_TIMEOUT": "1", "KEYHOLD_IDLE_TIMEOUT": "2"}
GET = b"GET /nope HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("impatient"), IMPATIENT)
    yield started
    started.stop()


def trickle(connection, data, seconds):
    """A byte every tenth of a second, until it is refused or the time is over."""
    begin = time.monotonic()
    try:
        for byte in data:
            if time.monotonic() - begin > seconds:
                return
            connection.send(bytes([byte]))
            time.sleep(0.1)
    except ConnectionError:
        return


@pytest.mark.parametrize(("first", "slow"), [(b"", GET), (GET, GET), (b"", b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n" + b" " * 99)],
                         ids=["a slow head", "a slow head after a quick request", "a slow body"])
def test_a_request_that_takes_too_long_to_arrive_is_refused_and_closed(impatient, first, slow):
    with Connection(impatient.port) as connection:
        if first:
            connection.send(first)
            assert connection.read().status == 404
        begin = time.monotonic()
        quick = slow.find(b"\r\n\r\n") + 4 if slow.endswith(b" ") else 0
        connection.send(slow[:quick])
        trickle(connection, slow[quick:], 1.6)
        problem(connection.read(), 408, "request_timeout")
        assert connection.ended()
        assert 0.9 < time.monotonic() - begin < 6


@pytest.mark.parametrize("sent", [b"", GET], ids=["nothing at all", "nothing more"])
def test_a_connection_that_is_silent_is_closed_without_a_word(impatient, sent):
    with Connection(impatient.port) as connection:
        connection.send(sent)
        if sent:
            assert connection.read().status == 404
        assert not connection.ended(seconds=0.7)
        assert connection.ended(seconds=8)


def test_a_client_that_does_not_read_is_let_go(impatient):
    page = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n"
    with Connection(impatient.port) as connection:
        connection.send(page * 20)  # 34 MB that nobody takes
        time.sleep(4.5)
        connection.socket.settimeout(5)
        received = 0
        try:
            while data := connection.socket.recv(1 << 20):
                received += len(data)
        except ConnectionError:
            pass
        assert received < 20 * 1_700_000


@pytest.mark.speed
def test_clients_that_do_not_read_cost_no_copy_of_a_page(start):
    server = start()
    before = server.memory_kib()
    connections = [Connection(server.port) for _ in range(50)]
    for connection in connections:
        connection.send(b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n")
    time.sleep(0.5)
    grown = server.memory_kib() - before
    for connection in connections:
        connection.socket.close()
    # The page itself comes in from the disk, once (1.7 MB); fifty copies would be 85 MB.
    assert grown < 8 * 1024, f"{grown} KiB"


def test_log_ins_beyond_the_queue_are_told_to_come_back(start):
    server = start({"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "11", "KEYHOLD_HASHING_THREADS": "1", "KEYHOLD_HASHING_QUEUE": "2"})
    ann = Account(server.port, "ann")
    credentials = {"username": "ann", "password": PASSWORD}
    with ThreadPoolExecutor(12) as pool:
        waiting = [pool.submit(ask, server.port, "POST", "/login", json=credentials) for _ in range(12)]
        time.sleep(0.05)
        assert ann.greeting().status == 200  # who is in already waits for nobody
        answers = [one.result() for one in waiting]
    statuses = [answer.status for answer in answers]
    assert set(statuses) == {200, 503} and statuses.count(200) >= 3
    for answer in answers:
        if answer.status == 503:
            problem(answer, 503, "overloaded")
            assert int(answer.header("retry-after")) >= 1
    assert ask(server.port, "POST", "/login", json=credentials).status == 200


def test_many_connections_are_served_at_once(server):
    connections = [Connection(server.port) for _ in range(500)]
    for connection in connections:
        connection.send(GET)
    assert all(connection.read().status == 404 for connection in connections)
    for connection in connections:
        connection.socket.close()


@pytest.mark.speed
def test_idle_it_takes_at_most_12_mib(start):
    server = start({"SECRET_KEY": SECRET_KEY})
    ann = Account(server.port, "ann")
    assert ann.greeting().status == 200
    time.sleep(0.2)
    assert server.memory_kib() <= 12 * 1024, f"{server.memory_kib()} KiB"


def test_a_database_that_cannot_be_written_is_503_and_comes_back(start):
    server = start()
    Account(server.port, "ann")
    lock = sqlite3.connect(server.folder / "keyhold.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    answer = ask(server.port, "POST", "/register", json={"username": "ben", "password": PASSWORD})
    lock.execute("ROLLBACK")
    lock.close()
    problem(answer, 503, "store_unavailable")
    assert int(answer.header("retry-after")) >= 1
    assert ask(server.port, "POST", "/register", json={"username": "ben", "password": PASSWORD}).status == 200
