# SPDX-License-Identifier: Apache-2.0
"""Several nodes on one database (docs/several-nodes.md): whatever happens to nodes, clocks and database, no node takes a token after its revocation was
answered, no refresh token has two live successors, and no registration is lost."""
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import databases
import pytest
from cluster_nodes import OPEN_DOORS, said_of, succeeded, token_of, told
from history import Call, Crowd, problems
from people import Account, when_there_is_a_place
from server import PASSWORD, QUICK, Server, run
from waiting import until
from wire import Connection, ask, request_bytes

LONG = bool(os.environ.get("KEYHOLD_TEST_LONG"))
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
LEASE = 3.0


@pytest.fixture(scope="module", params=databases.SERVERS)
def database(request):
    yield from databases.alone(request.param, "of-nodes")


@pytest.fixture
def start_nodes(tmp_path):
    """Several on one database, stopped when the test ends."""
    started = []

    def start_them(url, env, offsets):
        for number, offset in enumerate(offsets):
            folder = tmp_path / f"node-{number}"
            folder.mkdir()
            clock = {"LD_PRELOAD": FAKETIME, "FAKETIME": f"{offset:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                     "ASAN_OPTIONS": "verify_asan_link_order=0"} if offset else {}
            started.append(Server(folder, QUICK | clock | {"DATABASE_URL": url} | env))
        return started

    yield start_them
    for one in started:
        one.process.send_signal(signal.SIGCONT)
        one.stop()


@pytest.fixture
def nodes(database, start_nodes, fresh_name):
    """Three, whose clocks are up to 30 s apart."""
    return start_nodes(database.create(fresh_name), OPEN_DOORS, (0, 30, 15))


def log_out(node, token):
    begin = time.monotonic()
    assert ask(node.port, "POST", "/logout", token=token).status == 200
    return time.monotonic() - begin


def test_a_log_out_on_one_node_is_known_to_all(nodes):
    Account(nodes[0].port, "ann")
    for number in range(200 if LONG else 30):
        token = token_of(nodes[number % 3], "ann")
        assert [told(node, token) for node in nodes] == [200] * 3
        log_out(nodes[(number + 1) % 3], token)
        assert [told(node, token) for node in nodes] == [401] * 3, number


def test_the_command_line_is_heard_by_all(nodes):
    ann = Account(nodes[0].port, "ann")
    assert [told(node, ann.token) for node in nodes] == [200] * 3
    run("session", "revoke-all", "ann", folder=nodes[0].folder, env=nodes[0].env, check=0)
    assert [told(node, ann.token) for node in nodes] == [401] * 3


def refresh(node, token):
    return ask(node.port, "POST", "/refresh", json={"refresh_token": token})


def test_clocks_that_differ_change_nothing(database, start_nodes, fresh_name):
    """Half a minute, where a grace is ten seconds and a lock lasts thirty: the times are the database's, and each node whose clock is off says so."""
    right, ahead, behind = start_nodes(database.create(fresh_name), {"KEYHOLD_LOCKOUT_THRESHOLD": "3"}, (0, 30, -30))
    Account(right.port, "ann")
    for writer, reader in ((right, ahead), (ahead, right), (behind, ahead), (ahead, behind)):
        first = ask(writer.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json()["refresh_token"]
        second = refresh(writer, first).json()["refresh_token"]
        assert refresh(writer, second).status == 200
        assert refresh(reader, first).json()["refresh_token"] == second, "two tabs, at two nodes"
    for number, (writer, reader) in enumerate(((right, ahead), (ahead, right), (behind, right))):
        wrong = {"username": f"nobody{number}", "password": PASSWORD + "x"}
        for _ in range(3):
            assert ask(writer.port, "POST", "/login", json=wrong).status == 401
        waits = [int(ask(node.port, "POST", "/login", json=wrong).header("retry-after")) for node in (writer, reader)]
        assert 30 >= waits[0] >= waits[1] > 15, waits
    assert "database's clock" not in right.log()
    assert "the database's clock is 30 s behind this machine's" in ahead.log()
    assert "the database's clock is 30 s ahead of this machine's" in behind.log()


def test_a_node_that_was_stopped_across_its_lease_asks_before_it_answers(nodes):
    Account(nodes[0].port, "ann")
    for _ in range(5 if LONG else 2):
        token = token_of(nodes[0], "ann")
        assert told(nodes[1], token) == 200
        with Connection(nodes[1].port) as connection:
            nodes[1].process.send_signal(signal.SIGSTOP)
            took = log_out(nodes[0], token)
            # Waits for it, but not longer than its lease may last.
            assert took < LEASE + 15
            connection.send(request_bytes("GET", "/protected", [("Authorization", f"Bearer {token}")]))
            nodes[1].process.send_signal(signal.SIGCONT)
            assert connection.read().status == 401


def guess(node, name, password=PASSWORD + "-wrong"):
    return when_there_is_a_place(lambda: ask(node.port, "POST", "/login", json={"username": name, "password": password})).status


def test_a_guesser_who_asks_three_nodes_gets_no_more_tries_than_with_one(database, start_nodes, fresh_name):
    """docs/decisions/0015-throttle.md: ten failures are free, whoever counts them; then each attempt waits, 30 s at first."""
    three = start_nodes(database.create(fresh_name), {"KEYHOLD_HASHING_QUEUE": "1000"}, (0, 0, 0))
    for name in ("ann", "ben", "cid"):
        Account(three[0].port, name)
    in_a_row = [guess(three[number % 3], "ann") for number in range(30)]
    assert in_a_row == [401] * 10 + [429] * 20
    with ThreadPoolExecutor(60) as pool:
        at_once = list(pool.map(lambda number: guess(three[number % 3], "ben", PASSWORD if number == 149 else PASSWORD + "-wrong"), range(150)))
    assert (at_once.count(401), at_once.count(429)) == (10, 140)
    kill_and_start(three[1])
    for node in three:
        assert [guess(node, name, PASSWORD) for name in ("ann", "ben")] == [429] * 2, "the right password waits too"
    assert [guess(node, "cid", PASSWORD) for node in three] == [200] * 3


def test_an_address_is_counted_by_each_node_for_itself(database, start_nodes, fresh_name):
    two = start_nodes(database.create(fresh_name), {"KEYHOLD_ADDRESS_FAILURES": "5", "KEYHOLD_ADDRESS_FAILURES_PER_MINUTE": "1"}, (0, 0))
    for node in two:
        assert [guess(node, f"nobody{number}-at-{node.port}") for number in range(6)] == [401] * 5 + [429]


def test_what_no_history_may_hold_is_found(database):
    assert database  # the checker itself; a wrong history is a right one with one thing changed
    right = [Call("read", 1, 1.0, 1.1, 200, 7), Call("logout", 0, 2.0, 2.1, 200, 7), Call("read", 1, 2.05, 2.2, 200, 7),
             Call("read", 1, 2.2, 2.3, 401, 7), Call("refresh", 0, 0.1, 0.2, 200, 7, "a", "b"), Call("refresh", 1, 0.1, 0.3, 200, 7, "a", "b")]
    assert problems(right) == []
    assert len(problems([*right, Call("read", 2, 2.11, 2.3, 200, 7)])) == 1
    assert len(problems([*right, Call("refresh", 2, 0.1, 0.3, 200, 7, "a", "c")])) == 1
    assert len(problems([*right, Call("read", 2, 1.0, 1.3, 500, 7)])) == 1
    assert len(problems([*right, Call("read", 2, 1.0, 1.3, 401, 7)])) == 1


def stop_for(node, seconds):
    node.process.send_signal(signal.SIGSTOP)
    until(time.monotonic() + seconds)
    node.process.send_signal(signal.SIGCONT)


def kill_and_start(node):
    node.kill()
    node.__init__(node.folder, node.env)


def pause(database, seconds):
    """All of its processes: PostgreSQL has one for each connection."""
    database.pause()
    until(time.monotonic() + seconds)
    database.resume()


def test_the_history_of_a_crowd_through_stops_kills_and_pauses(database, nodes):
    with Crowd(nodes) as crowd:
        # Longer where everything is slow, as under a sanitizer: little can go wrong with few calls.
        for number in range(12):
            if number >= (12 if LONG else 1) and min(succeeded(list(crowd.calls)).values()) > 20:
                break
            crowd.goes_on()
            stop_for(nodes[1], LEASE + 1.5)
            kill_and_start(nodes[2])
            crowd.goes_on()
            pause(database, 1.5)  # within a lease
            stop_for(nodes[0], 1)
            crowd.goes_on()
            pause(database, LEASE + 3)  # across it, and across the time-outs of all who ask
            crowd.goes_on()
    said_of(crowd, nodes, least=20)
