# SPDX-License-Identifier: Apache-2.0
"""What one client may cost: time, connections, log-ins that wait, memory."""
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from expect import problem
from people import Account
from queues import is_let_go, wait_until_read
from server import PASSWORD, QUICK, SECRET_KEY, Server
from waiting import eventually, paced
from wire import Connection, ask

IMPATIENT = QUICK | {"KEYHOLD_HEAD_TIMEOUT": "1", "KEYHOLD_BODY_TIMEOUT": "1", "KEYHOLD_IDLE_TIMEOUT": "2"}
GET = b"GET /nope HTTP/1.1\r\nHost: a\r\n\r\n"
PAGE = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("impatient"), IMPATIENT)
    yield started
    started.stop()


def trickle(connection, data, seconds):
    """A byte every tenth of a second, until it is refused or the time is over."""
    try:
        for byte in paced(data[:int(seconds * 10)], 0.1):
            connection.send(bytes([byte]))
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
        assert 0.9 < time.monotonic() - begin < 8


def test_a_body_that_takes_long_but_keeps_coming_is_read(impatient):
    body = b" " * 6000
    with Connection(impatient.port) as connection:
        connection.send(b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 6000\r\n\r\n")
        begin = time.monotonic()
        for at in paced(range(0, len(body), 200), 0.1):  # 2,000 bytes a second, for three times the time that a silent body gets
            connection.send(body[at:at + 200])
        assert connection.read("POST").status == 422
        assert time.monotonic() - begin > 2.5


@pytest.mark.parametrize(("rate", "is_read"), [(400, False), (700, True)], ids=["400 bytes a second", "700 bytes a second"])
def test_a_body_may_be_as_slow_as_500_bytes_a_second(impatient, rate, is_read):
    """A second for a body of nothing, and a second more for each 500 bytes: one of 4,000 has nine, and takes ten at the one speed and not six at the other."""
    body = b" " * 4000
    with Connection(impatient.port) as connection:
        connection.send(b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n")
        try:
            for at in paced(range(0, len(body), rate // 10), 0.1):
                connection.send(body[at:at + rate // 10])
        except ConnectionError:
            pass  # it has its answer
        answer = connection.read("POST")
        if is_read:
            assert answer.status == 422
        else:
            problem(answer, 408, "request_timeout")


def test_a_stream_of_requests_may_last_though_no_piece_ends_with_one(impatient):
    def lasts():
        """A client that was kept from sending for a second itself is refused, so once will do."""
        with Connection(impatient.port) as connection:
            try:
                connection.send(GET[:10])
                for _ in paced(range(30), 0.1):
                    connection.send(GET[10:] + GET[:10])
                return [connection.read().status for _ in range(30)] == [404] * 30
            except (OSError, AssertionError):
                return False
    eventually(lasts)


@pytest.mark.parametrize("sent", [b"", GET], ids=["nothing at all", "nothing more"])
def test_a_connection_that_is_silent_is_closed_without_a_word(impatient, sent):
    begin = time.monotonic()
    with Connection(impatient.port) as connection:
        connection.send(sent)
        if sent:
            assert connection.read().status == 404
        assert connection.ended(seconds=8)
        assert time.monotonic() - begin > 0.9


def bytes_until_the_end(connection):
    connection.socket.settimeout(5)
    received = 0
    try:
        while data := connection.socket.recv(1 << 20):
            received += len(data)
    except ConnectionError:
        pass
    return received


@pytest.mark.parametrize("sip", [0, 50], ids=["does not read", "reads 250 bytes a second"])
def test_a_client_that_does_not_take_its_answers_is_let_go(impatient, sip):
    with Connection(impatient.port) as connection:
        connection.send(PAGE * 20)  # 34 MB that nobody takes
        received = 0

        def is_over():
            nonlocal received
            received += len(connection.socket.recv(sip)) if sip else 0
            return is_let_go(connection)
        eventually(is_over, every=0.2)
        assert received + bytes_until_the_end(connection) < 20 * 1_700_000


def let_each_thread_answer(port):
    """So many connections that each thread has some. An answer to what comes last says that the thread has dealt with what came before."""
    for connection in [Connection(port) for _ in range(32)]:
        connection.send(GET)
        assert connection.read().status == 404
        connection.socket.close()


@pytest.mark.speed
@pytest.mark.parametrize("request_", [GET, PAGE], ids=["small answers", "large answers"])
def test_clients_that_send_and_never_read_cost_little(start, request_):
    server = start()
    let_each_thread_answer(server.port)
    before = server.memory_kib()
    connections = [Connection(server.port) for _ in range(40)]
    for connection in connections:
        connection.socket.setblocking(False)
        try:
            for _ in range(100):
                connection.send(request_ * 1000)
        except BlockingIOError:
            pass  # the kernel takes no more, because the server does not
    let_each_thread_answer(server.port)
    grown = server.memory_kib() - before
    for connection in connections:
        connection.socket.close()
    assert grown < 40 * 300, f"{grown} KiB for 40 connections"


CHUNKED_HEAD = b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.speed
def test_unfinished_chunked_bodies_cost_what_they_say_and_not_how_they_are_framed(start):
    """43 KB of body in 258 KB of chunks of one byte; what holds 320 KiB otherwise is the framing."""
    server = start()
    chunks, count = b"1\r\nx\r\n" * 43_000, 200
    let_each_thread_answer(server.port)
    before = server.memory_kib()
    connections = [Connection(server.port) for _ in range(count)]
    for connection in connections:
        connection.send(CHUNKED_HEAD + chunks)
    wait_until_read(*connections)
    let_each_thread_answer(server.port)
    grown = server.memory_kib() - before
    for connection in connections:
        connection.socket.close()
    assert grown < count * 96, f"{grown} KiB for {count} connections"


def test_framing_without_an_end_is_refused_before_it_is_held(start):
    port = start().port
    for framing in (b"0" * 20_000, b"1;" + b"e" * 20_000, b"0\r\nA: " + b"b" * 20_000, b"0\r\n" + b"A: b\r\n" * 3_000):
        with Connection(port) as connection:
            connection.send(CHUNKED_HEAD + framing)  # who kept it would wait for more
            problem(connection.read("POST"), 413, "body_too_large")


@pytest.mark.speed
def test_clients_that_do_not_read_cost_no_copy_of_a_page(start):
    server = start()
    let_each_thread_answer(server.port)
    before = server.memory_kib()
    connections = [Connection(server.port) for _ in range(50)]
    for connection in connections:
        connection.send(b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n")
    wait_until_read(*connections)
    let_each_thread_answer(server.port)
    grown = server.memory_kib() - before
    for connection in connections:
        connection.socket.close()
    # The page itself comes in from the disk, once (1.7 MB); fifty copies would be 85 MB.
    assert grown < 8 * 1024, f"{grown} KiB"


def test_log_ins_beyond_the_queue_are_told_to_come_back(start):
    server = start({"SECRET_KEY": SECRET_KEY, "KEYHOLD_BCRYPT_COST": "11", "KEYHOLD_HASHING_THREADS": "1", "KEYHOLD_HASHING_QUEUE": "2"})
    ann = Account(server.port, "ann")
    credentials = {"username": "ann", "password": PASSWORD}
    with ThreadPoolExecutor(24) as pool:  # more than lanes, spare workers and the queue take
        waiting = [pool.submit(ask, server.port, "POST", "/login", json=credentials) for _ in range(24)]
        eventually(lambda: any(one.done() for one in waiting))  # the first who is told to come back; a hash takes longer
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
@pytest.mark.parametrize("env, most", [({"SECRET_KEY": SECRET_KEY}, 12), ({}, 14)], ids=["SECRET_KEY", "own keys"])
def test_idle_it_takes_little_memory(start, env, most):
    """So many MiB; with keys of its own it has set up OpenSSL's elliptic curves."""
    server = start(env)
    ann = Account(server.port, "ann")
    assert ann.greeting().status == 200
    eventually(lambda: server.memory_kib() <= most * 1024, what=lambda: f"{server.memory_kib()} KiB")


@pytest.mark.sqlite
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
