# SPDX-License-Identifier: Apache-2.0
"""A database that is slow, or says nothing, between Keyhold and a server: who needs no answer of it does not wait for one, and what it did without telling
us is not held against the client."""
import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import databases
import pytest
from cluster_nodes import log_in, log_out, register, status, told
from database_proxy import DatabaseProxy, through
from people import Account
from queues import wait_until_read
from server import PASSWORD, QUICK, Server
from waiting import eventually
from wire import Connection, ask, request_bytes

PATIENCE = 2.5  # seconds; src/store/database/database.hpp, and what a link adds: before that nobody gives up waiting for an answer
ANSWER_TIME = 10  # seconds; src/http/server.hpp
OWN_KEYS = {name: value for name, value in QUICK.items() if name != "SECRET_KEY"} | {"KEYHOLD_ISSUER": "https://auth.example"}
NEED_NO_DATABASE = ("/.well-known/jwks.json", "/docs", "/redoc", "/openapi.json", "/.well-known/openid-configuration")


@pytest.fixture(scope="module", params=databases.SERVERS)
def database(request):
    yield from databases.alone(request.param, "behind-a-proxy")


@pytest.fixture
def proxy(database):
    made = DatabaseProxy(database.port)
    yield made
    made.close()


@pytest.fixture
def start_behind(database, proxy, tmp_path, fresh_name):
    started = []

    def start_one(**env):
        url = env.get("DATABASE_URL") or through(database.create(fresh_name), database, proxy)
        started.append(Server(tmp_path, OWN_KEYS | {"DATABASE_URL": url, "KEYHOLD_ADMIN_BIND": "127.0.0.1:0"} | env))
        return started[-1]

    yield start_one
    proxy.delay = 0.0
    proxy.silent.clear()
    for one in started:
        one.stop()


def timed_status(server, token):
    begin = time.monotonic()
    return status(server, token), time.monotonic() - begin


def refresh(server, token):
    return ask(server.port, "POST", "/refresh", json={"refresh_token": token})


class Hammer:
    """Clients that keep sending what needs the database, as long as the block lasts."""
    def __init__(self, send, clients):
        self.answers, self.over = [], threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(send,)) for _ in range(clients)]

    def _run(self, send):
        while not self.over.is_set():
            self.answers.append(send())

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def early_answers(server, proxy):
    """What a token that is in memory is answered while a lease lasts; whoever needs no database is answered all the time, and whoever does is not."""
    known, unknown = (log_in(server, "ann").json()["access_token"] for _ in range(2))
    assert told(server, known) == 200
    assert ask(server.port, "GET", NEED_NO_DATABASE[0]).status == 200
    proxy.silent.set()
    begin = time.monotonic()
    with Hammer(lambda: status(server, unknown), 8) as hammer:
        early = []
        while time.monotonic() - begin < PATIENCE - 0.5:
            answer = status(server, known)
            if time.monotonic() - begin < PATIENCE - 0.5:  # the lease was renewed half a second before, or less: it lasts
                early.append(answer)
        asked = 0
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for path in NEED_NO_DATABASE:
                assert ask(server.port, "GET", path).status == 200
            assert ask(server.admin_port, "GET", "/livez").status == 200
            asked += 1
    assert asked > 5, "one of them waited for the database"
    assert set(hammer.answers) == {503}
    assert ask(server.admin_port, "GET", "/readyz").status == 503
    proxy.silent.clear()
    eventually(lambda: status(server, unknown) == 200)
    return early


def test_a_database_that_says_nothing_keeps_nobody_waiting_who_does_not_need_it(start_behind, proxy):
    server = start_behind()
    register(server, "ann")
    for _ in range(5):  # until its lease was as new as it is where the node gets its turn to renew it
        early = early_answers(server, proxy)
        if set(early) == {200} and len(early) > 5:
            break
    assert set(early) == {200} and len(early) > 5, early
    assert '"status":500' not in server.log()


def test_a_slow_database_slows_only_those_who_ask_it(start_behind, proxy):
    """Four clients whose token was logged out, and everybody else."""
    server = start_behind()
    register(server, "ann")
    known, dead = (log_in(server, "ann").json()["access_token"] for _ in range(2))
    assert status(server, known) == 200 and log_out(server, dead).status == 200 and status(server, dead) == 401
    proxy.delay = 0.2
    eventually(lambda: status(server, known) == 200)
    times = []
    with Hammer(lambda: status(server, dead), 4) as hammer:
        for _ in range(30):
            begin = time.monotonic()
            assert ask(server.port, "GET", NEED_NO_DATABASE[0]).status == 200
            times.append(time.monotonic() - begin)
    assert sorted(times)[len(times) // 2] < proxy.delay / 2, times
    assert max(times) < PATIENCE, times
    assert set(hammer.answers) <= {401, 503}


def test_who_waits_for_a_slow_database_is_answered_within_ten_seconds(start_behind, database, proxy, fresh_name):
    """More clients than there are threads, each with a look-up of its own that takes seconds."""
    url = through(database.create(fresh_name), database, proxy)
    before = start_behind(DATABASE_URL=url)
    register(before, "ann")
    tokens = [log_in(before, "ann").json()["access_token"] for _ in range(96)]
    before.stop()
    server = start_behind(DATABASE_URL=url)  # remembers no session
    proxy.delay = 0.7  # a connection is made in two turns, for which it has 2 s
    with ThreadPoolExecutor(len(tokens)) as clients:
        answers = list(clients.map(lambda token: timed_status(server, token), tokens))
    longest = max(seconds for _, seconds in answers)
    assert longest > ANSWER_TIME / 2, answers  # some waited behind others
    assert longest < ANSWER_TIME + 0.5, answers  # what a busy machine needs to hear of it
    assert {answer for answer, _ in answers} <= {200, 503}


def test_an_outage_within_a_refresh_ends_no_session(start_behind, proxy):
    """It is committed, the answer never comes, and the client comes back long after the grace with the token that it has."""
    server = start_behind(KEYHOLD_REFRESH_TOKEN_GRACE="1")
    register(server, "ann")
    tokens = log_in(server, "ann").json()
    held = tokens["refresh_token"]
    for _ in range(2):
        proxy.lose_next_commit.set()
        begin = time.monotonic()
        assert refresh(server, held).status == 503
        assert not proxy.lose_next_commit.is_set(), "its commit passed"
        assert refresh(server, held).status == 503
        assert time.monotonic() - begin > 2, "the grace is over, a second that was cut off included"
        proxy.silent.clear()
        eventually(lambda: refresh(server, held).status != 503)
        again = refresh(server, held)
        assert again.status == 200, again.body
        assert status(server, tokens["access_token"]) == 200
        held = again.json()["refresh_token"]
    assert refresh(server, held).status == 200
    assert "was used twice" not in server.log()


def test_what_a_silent_database_keeps_waiting_is_left_behind_when_the_server_stops(start_behind, proxy):
    server = start_behind(KEYHOLD_DRAIN_TIMEOUT="1")
    Account(server.port, "ann")
    proxy.silent.set()
    credentials = json.dumps({"username": "ann", "password": PASSWORD}).encode()
    with Connection(server.port) as waiting:
        waiting.send(request_bytes("POST", "/login", [("Content-Type", "application/json")], credentials))
        wait_until_read(waiting)
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert waiting.read("POST").status == 503
    assert server.process.wait(30) == 0
    assert time.monotonic() - begin < 10, "it has not waited for the database"
    assert "stopping without what threads still wait for" in server.log()
