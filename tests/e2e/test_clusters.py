"""Databases that are more than one machine (docs/database-clusters.md): PostgreSQL with a standby that takes over, and MariaDB Galera of three nodes."""
import base64
import itertools
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import clusters
import databases
import pytest
from conftest import Account
from expect import problem
from history import Crowd, live_successors, lost, problems
from server import PASSWORD, QUICK, Server, run
from wire import ask

LONG = bool(os.environ.get("KEYHOLD_TEST_LONG"))
CLIENT = ("Authorization", "Basic " + base64.b64encode(b"tests:pa55-of-the-client").decode())
OPEN_DOORS = {"KEYHOLD_CLIENTS": "tests:pa55-of-the-client", "KEYHOLD_LOCKOUT_THRESHOLD": "0", "KEYHOLD_ADDRESS_FAILURES": "0",
              "KEYHOLD_REFRESH_TOKEN_GRACE": "120"}
LEASE = 3.3
names = itertools.count(1)


def credentials(name, password=PASSWORD):
    return {"username": name, "password": password}


def register(node, name):
    return ask(node.port, "POST", "/register", json=credentials(name))


def log_in(node, name, password=PASSWORD):
    return ask(node.port, "POST", "/login", json=credentials(name, password))


def token_of(node, name):
    return log_in(node, name).json()["access_token"]


def log_out(node, token):
    return ask(node.port, "POST", "/logout", token=token)


def status(node, token):
    return ask(node.port, "GET", "/protected", token=token).status


def eventually(condition, seconds=30):
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, "it did not come"
        time.sleep(0.05)
    return time.monotonic() - begin


def unavailable(answer):
    problem(answer, 503, "store_unavailable")
    assert int(answer.header("retry-after")) >= 1


@pytest.fixture
def start_nodes(tmp_path):
    """A node for each URL, all at once, as they start after a power cut; stopped when the test ends."""
    started = []

    def start_them(*urls, **env):
        folders = [tmp_path / f"node-{number}" for number in range(len(urls))]
        for folder in folders:
            folder.mkdir()
        with ThreadPoolExecutor() as pool:
            started.extend(pool.map(lambda one: Server(one[0], QUICK | OPEN_DOORS | {"DATABASE_URL": one[1]} | env), zip(folders, urls)))
        return started

    yield start_them
    for one in started:
        one.process.send_signal(signal.SIGCONT)
        one.stop()
        assert '"status":500' not in one.log()


def said_of(crowd, nodes):
    """Checks a history, and says how much there was of what."""
    calls = crowd.calls
    done = {what: sum(call.what == what and call.status == 200 for call in calls) for what in ("register", "read", "refresh", "logout")}
    refused = {status: sum(call.status == status for call in calls) for status in (0, 503)}
    print(f"{len(calls)} calls: {done}, refused {refused}")
    assert min(done.values()) > 10, done
    assert problems(calls) == []
    assert lost(calls, nodes[0].port) == []
    live = live_successors(calls, nodes[0].port, CLIENT)
    assert live and max(live.values()) <= 1, live


class Pair:
    """A primary, a standby, and a URL that names both, the standby first."""
    def __init__(self, synchronous):
        self.primary = databases.Postgresql("primary").make().start()
        self.database = f"pair{next(names)}"
        self.primary.create(self.database)
        self.standby = clusters.Standby(self.primary).make().start()
        clusters.eventually(self.standby.is_streaming, "the standby")
        if synchronous:
            self.primary.run_sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            self.primary.run_sql("SELECT pg_reload_conf()")
            clusters.eventually(lambda: "sync" in self.primary.run_sql("SELECT sync_state FROM pg_stat_replication").split(), "the synchronous standby")
        hosts = f"127.0.0.1:{self.standby.port},127.0.0.1:{self.primary.port}"
        self.url = f"postgresql://keyhold:{databases.PASSWORD_IN_URL}@{hosts}/{self.database}"

    def remove(self):
        for server in (self.standby, self.primary):
            server.remove()


@pytest.fixture
def pair(request):
    made = Pair(request.param)
    yield made
    made.remove()


synchronous = pytest.mark.parametrize("pair", [True], ids=["synchronous"], indirect=True)
asynchronous = pytest.mark.parametrize("pair", [False], ids=["asynchronous"], indirect=True)


@synchronous
def test_a_standby_takes_over_and_nothing_that_was_acknowledged_is_lost(pair, start_nodes):
    nodes = start_nodes(pair.url, pair.url)
    with Crowd(nodes) as crowd:
        time.sleep(3)
        pair.primary.kill()
        time.sleep(LEASE + 1)
        assert ask(nodes[0].port, "GET", "/protected", token="x").status in (401, 503)
        unavailable(register(nodes[0], "nobody"))
        pair.standby.promote()
        took = [eventually(lambda node=node: register(node, f"new{next(names)}").status == 200) for node in nodes]
        print(f"writes go on {max(took):.1f} s after the promotion")
        assert max(took) < 5
        time.sleep(3)
    said_of(crowd, nodes)


@synchronous
def test_what_no_standby_has_is_not_acknowledged(pair, start_nodes):
    [node] = start_nodes(pair.url)
    ann = Account(node.port, "ann")
    pair.standby.pause()
    begin = time.monotonic()
    unavailable(register(node, "ben"))
    assert time.monotonic() - begin < 10
    unavailable(log_out(node, ann.token))
    pair.standby.resume()
    eventually(lambda: register(node, f"bea{next(names)}").status == 200)
    # Somebody who is tired of waiting ends it by hand: PostgreSQL then calls the transaction done.
    pair.standby.pause()
    cancel = "SELECT COUNT(*) FROM (SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep') AS ended"
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(register, node, f"nobody{next(names)}") for _ in range(4)]
        ended = 0
        while not all(one.done() for one in waiting):
            ended += int(pair.primary.run_sql(cancel))
    assert ended >= 1
    for one in waiting:
        unavailable(one.result())
    pair.standby.resume()
    eventually(lambda: register(node, f"cid{next(names)}").status == 200)
    dan = Account(node.port, "dan")
    pair.primary.kill()
    pair.standby.promote()
    eventually(lambda: register(node, f"eve{next(names)}").status == 200)
    assert dan.greeting().status == 200
    assert log_in(node, "ann").status == 200


@asynchronous
def test_a_standby_that_nobody_waits_for_is_warned_of(pair, tmp_path):
    env = QUICK | {"DATABASE_URL": pair.url}
    run("db", "migrate", folder=tmp_path, env=env, check=0)
    said = run("db", "check", folder=tmp_path, env=env, check=8).stdout
    assert "does not wait for its standbys" in said
    pair.primary.run_sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
    pair.primary.run_sql("SELECT pg_reload_conf()")
    eventually(lambda: run("db", "check", folder=tmp_path, env=env).returncode == 0)


@asynchronous
def test_a_standby_without_the_newest_changes_makes_every_node_forget(pair, start_nodes):
    """The number of a change that was lost is given to another one: a node that has passed it must not think that it knows."""
    one, two = start_nodes(pair.url, pair.url)
    Account(one.port, "ann")
    first, second = token_of(one, "ann"), token_of(one, "ann")
    assert [status(node, token) for node in (one, two) for token in (first, second)] == [200] * 4
    time.sleep(1)
    # What the primary writes from now on goes nowhere: not even into the standby's socket.
    os.kill(int(pair.primary.run_sql("SELECT pid FROM pg_stat_replication")), signal.SIGSTOP)
    assert log_out(one, first).status == 200
    assert [status(node, first) for node in (one, two)] == [401] * 2
    two.process.send_signal(signal.SIGSTOP)
    pair.primary.kill()
    pair.standby.promote()
    eventually(lambda: log_out(one, second).status == 200)
    assert status(one, first) == 200, "this one is lost, as nobody waited for the standby"
    two.process.send_signal(signal.SIGCONT)
    assert status(two, second) in (401, 503)
    eventually(lambda: status(two, second) == 401)


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
def nodes(galera_urls, start_nodes):
    return start_nodes(*galera_urls)


def test_a_log_out_at_one_galera_node_is_refused_at_the_others(nodes):
    Account(nodes[0].port, "ann")
    for number in range(200 if LONG else 20):
        token = token_of(nodes[number % 3], "ann")
        assert [status(node, token) for node in nodes] == [200] * 3, number
        begin = time.monotonic()
        assert log_out(nodes[(number + 1) % 3], token).status == 200
        assert time.monotonic() - begin < LEASE + 2
        assert [status(node, token) for node in nodes] == [401] * 3, number


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
                assert [status(node, answer.json()["access_token"]) for node in nodes] == [401] * 3, number
        old = new


def test_a_guesser_at_three_galera_nodes_gets_no_more_tries_than_at_one(galera_urls, start_nodes):
    three = start_nodes(*galera_urls, KEYHOLD_HASHING_QUEUE="1000", KEYHOLD_LOCKOUT_THRESHOLD="10")
    for name in ("ann", "ben"):
        Account(three[0].port, name)
    wrong = PASSWORD + "-wrong"
    assert [log_in(three[number % 3], "ann", wrong).status for number in range(24)] == [401] * 10 + [429] * 14
    with ThreadPoolExecutor(30) as pool:
        told = list(pool.map(lambda number: log_in(three[number % 3], "ben", PASSWORD if number == 59 else wrong).status, range(60)))
    assert told.count(401) == 10 and set(told) <= {401, 429, 503}, told
    assert [log_in(node, name).status for node in three for name in ("ann", "ben")] == [429] * 6


def test_a_galera_node_that_is_killed_and_comes_back_loses_nothing(galera, nodes):
    with Crowd(nodes) as crowd:
        for victim in (galera if LONG else galera[:1]):
            time.sleep(2)
            victim.kill()
            took = [eventually(lambda node=node: register(node, f"new{next(names)}").status == 200, 60) for node in nodes]
            print(f"writes go on {max(took):.1f} s after the kill")
            time.sleep(2)
            victim.recover().start()
        time.sleep(3)
    said_of(crowd, nodes)


def test_a_galera_node_without_its_cluster_is_503_and_never_a_401(galera, nodes):
    ann = Account(nodes[0].port, "ann")
    assert [status(node, ann.token) for node in nodes] == [200] * 3
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
    assert [status(node, ann.token) for node in nodes] == [200] * 3
