# SPDX-License-Identifier: Apache-2.0
"""MariaDB Galera of three nodes (docs/database-clusters.md), each with a node of Keyhold that asks it first."""
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import clusters
import databases
import pytest
from cluster_nodes import log_in, log_out, register, said_of, seconds_until, starting_nodes, status, token_of, told, unavailable
from conftest import names
from history import Crowd
from people import Account
from server import PASSWORD
from waiting import eventually
from wire import ask

LONG = bool(os.environ.get("KEYHOLD_TEST_LONG"))
LEASE = 3.3


@pytest.fixture(scope="module")
def galera():
    if not clusters.GALERA.exists():
        pytest.skip("galera-4 is not installed")
    nodes = clusters.galera()
    yield nodes
    for node in nodes:
        node.remove()


@pytest.fixture
def galera_urls(galera):
    """Of an empty database, for one node of ours at each of Galera's: each has another host first."""
    database = f"galera{next(names)}"
    galera[0].create(database)
    ports = [node.port for node in galera]
    orders = [ports[start:] + ports[:start] for start in range(3)]
    return [f"mysql://keyhold:{databases.PASSWORD_IN_URL}@{','.join(f'127.0.0.1:{port}' for port in order)}/{database}" for order in orders]


@pytest.fixture
def start_nodes(tmp_path):
    with starting_nodes(tmp_path) as start_them:
        yield start_them


@pytest.fixture
def nodes(galera_urls, start_nodes):
    return start_nodes(*galera_urls)


def test_a_log_out_at_one_galera_node_is_refused_at_the_others(nodes):
    Account(nodes[0].port, "ann")
    for number in range(200 if LONG else 20):
        token = token_of(nodes[number % 3], "ann")
        assert [told(node, token) for node in nodes] == [200] * 3, number
        begin = time.monotonic()
        assert log_out(nodes[(number + 1) % 3], token).status == 200
        assert time.monotonic() - begin < LEASE + 10
        assert [told(node, token) for node in nodes] == [401] * 3, number


def at_once(*works):
    """What each returned; they begin together."""
    gate = threading.Barrier(len(works))

    def begin(work):
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begin, works))


def test_a_name_that_is_taken_at_three_galera_nodes_at_once_is_one_persons(nodes):
    for number in range(60 if LONG else 15):
        answers = at_once(*(lambda node=node, number=number: register(node, f"twin{number}").status for node in nodes))
        assert sorted(answers) == [200, 400, 400], (number, answers)


def test_a_refresh_token_used_at_three_galera_nodes_at_once_has_one_successor(nodes):
    Account(nodes[0].port, "ann")
    for number in range(60 if LONG else 15):
        used = log_in(nodes[number % 3], "ann").json()["refresh_token"]
        answers = at_once(*(lambda node=node, used=used: ask(node.port, "POST", "/refresh", json={"refresh_token": used}) for node in nodes))
        assert [answer.status for answer in answers] == [200] * 3, [answer.body for answer in answers]
        assert len({answer.json()["refresh_token"] for answer in answers}) == 1, number


def test_no_log_in_slips_past_a_new_password_at_another_galera_node(nodes):
    """A row that is held and not changed is nothing that Galera compares (docs/decisions/0046-galera.md)."""
    Account(nodes[0].port, "ann")
    old = PASSWORD
    for number in range(60 if LONG else 15):
        session = log_in(nodes[0], "ann", old).json()["access_token"]
        new = f"{PASSWORD}-{number}"
        change = {"current_password": old, "new_password": new}
        *entered, changed = at_once(*(lambda node=node, old=old: log_in(node, "ann", old) for node in (nodes[1], nodes[2], nodes[1], nodes[2])),
                                    lambda: ask(nodes[0].port, "POST", "/password", token=session, json=change))  # noqa: B023
        assert changed.status in (200, 204), changed.body
        assert {answer.status for answer in entered} <= {200, 401}, [answer.body for answer in entered]
        for answer in entered:
            if answer.status == 200:
                assert [told(node, answer.json()["access_token"]) for node in nodes] == [401] * 3, number
        old = new


def test_a_guesser_at_three_galera_nodes_gets_no_more_tries_than_at_one(galera_urls, start_nodes):
    three = start_nodes(*galera_urls, KEYHOLD_HASHING_QUEUE="1000", KEYHOLD_LOCKOUT_THRESHOLD="10")
    for name in ("ann", "ben"):
        Account(three[0].port, name)
    wrong = PASSWORD + "-wrong"
    assert [log_in(three[number % 3], "ann", wrong).status for number in range(24)] == [401] * 10 + [429] * 14
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda number: log_in(three[number % 3], "ben", PASSWORD if number == 59 else wrong).status, range(60)))
    assert answers.count(401) == 10 and set(answers) <= {401, 429, 503}, answers
    assert [log_in(node, name).status for node in three for name in ("ann", "ben")] == [429] * 6


def test_log_outs_by_new_connections_are_all_done(galera_urls, tmp_path):
    """A Galera node that undoes a transaction while it prepares a statement says nothing of it (docs/decisions/0046-galera.md)."""
    tokens = []
    for number in range(60 if LONG else 6):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        with starting_nodes(folder) as start_them:
            nodes = start_them(*galera_urls)
            if number == 0:
                Account(nodes[0].port, "ann")
            tokens = [token_of(nodes[0], "ann") for _ in range(48)]
            answers = at_once(*(lambda node=nodes[place % 3], token=token: log_out(node, token).status for place, token in enumerate(tokens)))
            assert set(answers) <= {200, 503}
            done = [token for token, answer in zip(tokens, answers) if answer == 200]
            assert len(done) > 20
            assert {told(node, token) for node in nodes for token in done} == {401}


def test_a_galera_node_that_is_killed_and_comes_back_loses_nothing(galera, nodes):
    with Crowd(nodes) as crowd:
        for victim in (galera if LONG else galera[:1]):
            crowd.goes_on()
            victim.kill()
            took = [seconds_until(lambda node=node: register(node, f"new{next(names)}").status == 200, 60) for node in nodes]
            print(f"writes go on {max(took):.1f} s after the kill")
            crowd.goes_on()
            victim.recover().start()
        crowd.goes_on()
    said_of(crowd, nodes)


def test_a_galera_node_without_its_cluster_is_503_and_never_a_401(galera, nodes):
    ann = Account(nodes[0].port, "ann")
    assert [told(node, ann.token) for node in nodes] == [200] * 3
    for victim in galera[1:]:
        victim.pause()
    try:
        end = time.monotonic() + (30 if LONG else 10)  # Galera gives them up after 5 to 15 s
        seen = set()
        while time.monotonic() < end:
            seen |= {status(node, ann.token) for node in nodes}
            unavailable(register(nodes[0], f"nobody{next(names)}"))
        assert seen <= {200, 503}
        assert {status(node, ann.token) for node in nodes} == {503}
    finally:
        for victim in galera[1:]:
            victim.resume()
    eventually(lambda: all(register(node, f"back{next(names)}").status == 200 for node in nodes), 60)
    assert [told(node, ann.token) for node in nodes] == [200] * 3
