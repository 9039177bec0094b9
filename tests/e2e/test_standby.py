# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL with a standby that takes over (docs/database-clusters.md): nothing that was acknowledged is lost, and nothing lost is acknowledged."""
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import clusters
import databases
import pytest
from cluster_nodes import log_in, log_out, register, said_of, seconds_until, starting_nodes, status, token_of, told, unavailable
from conftest import names
from history import Crowd
from people import Account
from server import QUICK, run
from waiting import PATIENCE, eventually
from wire import ask

LEASE = 3.3


@pytest.fixture
def start_nodes(tmp_path):
    with starting_nodes(tmp_path) as start_them:
        yield start_them


class Pair:
    """A primary, a standby, and a URL that names both, the standby first."""
    def __init__(self, synchronous):
        self.primary = databases.Postgresql("primary").make().start()
        self.database = f"pair{next(names)}"
        self.primary.create(self.database)
        self.standby = clusters.Standby(self.primary).make().start()
        eventually(self.standby.is_streaming, 60)
        if synchronous:
            self.primary.run_sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            self.primary.run_sql("SELECT pg_reload_conf()")
            eventually(lambda: "sync" in self.primary.run_sql("SELECT sync_state FROM pg_stat_replication").split(), 60)
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
    ann = Account(nodes[0].port, "ann")
    with Crowd(nodes) as crowd:
        crowd.goes_on()
        pair.primary.kill()
        eventually(lambda: [status(node, ann.token) for node in nodes] == [503] * 2, LEASE + PATIENCE)  # no lease outlives it
        assert ask(nodes[0].port, "GET", "/protected", token="x").status in (401, 503)
        unavailable(register(nodes[0], "nobody"))
        pair.standby.promote()
        took = [seconds_until(lambda node=node: register(node, f"new{next(names)}").status == 200) for node in nodes]
        print(f"writes go on {max(took):.1f} s after the promotion")
        assert max(took) < 20
        crowd.goes_on()
    said_of(crowd, nodes)


@synchronous
def test_what_no_standby_has_is_not_acknowledged(pair, start_nodes):
    [node] = start_nodes(pair.url)
    ann = Account(node.port, "ann")
    pair.standby.pause()
    begin = time.monotonic()
    unavailable(register(node, "ben"))
    assert time.monotonic() - begin < 25
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
    assert [told(node, token) for node in (one, two) for token in (first, second)] == [200] * 4
    written = pair.primary.run_sql("SELECT pg_current_wal_lsn()").strip()
    eventually(lambda: pair.standby.run_sql(f"SELECT pg_last_wal_replay_lsn() >= '{written}'").strip() == "t")
    # What the primary writes from now on goes nowhere: not even into the standby's socket.
    os.kill(int(pair.primary.run_sql("SELECT pid FROM pg_stat_replication")), signal.SIGSTOP)
    assert log_out(one, first).status == 200
    assert [told(node, first) for node in (one, two)] == [401] * 2
    two.process.send_signal(signal.SIGSTOP)
    pair.primary.kill()
    pair.standby.promote()
    eventually(lambda: log_out(one, second).status == 200)
    assert told(one, first) == 200, "this one is lost, as nobody waited for the standby"
    two.process.send_signal(signal.SIGCONT)
    assert status(two, second) in (401, 503)
    eventually(lambda: status(two, second) == 401)
