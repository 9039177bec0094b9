# SPDX-License-Identifier: Apache-2.0
"""Servers on PostgreSQL and MariaDB whose database is paused, killed or restarted under them. The rest of what a database must do is in every other
test here (./test --database) and in tests/store."""
import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor

import databases
import pytest
from cluster_nodes import register, unavailable
from people import Account
from server import QUICK, Server, run
from waiting import PATIENCE, eventually
from writers import check, stored_names, write_until

LONG = bool(os.environ.get("KEYHOLD_TEST_LONG"))
LEASE = 3.3  # docs/several-nodes.md


@pytest.fixture(scope="module", params=databases.SERVERS)
def database(request):
    yield from databases.alone(request.param, "alone")


@pytest.fixture
def keyhold(database, start, fresh_name):
    return start(QUICK | {"DATABASE_URL": database.create(fresh_name)})


def test_a_database_that_hangs_is_503_in_seconds_and_comes_back_by_itself(database, keyhold):
    ann = Account(keyhold.port, "ann")
    assert ann.greeting().status == 200
    database.pause()
    try:
        begin = time.monotonic()
        unavailable(register(keyhold, "ben"))
        assert time.monotonic() - begin < 25
        eventually(lambda: ann.greeting().status == 503, LEASE + PATIENCE)
        # From now on nobody waits for it but the thread that tries again.
        begin = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            for answer in pool.map(lambda _: ann.greeting(), range(200)):
                unavailable(answer)
        assert time.monotonic() - begin < 25  # a second for each would be as many
    finally:
        database.resume()
    eventually(lambda: ann.greeting().status == 200)
    # A write that is refused meanwhile says to come back in a second; its name may be taken by then.
    names = itertools.count()
    eventually(lambda: register(keyhold, f"cid-{next(names)}").status == 200)
    assert '"status":500' not in keyhold.log()


def test_a_database_that_is_killed_loses_nothing_that_was_acknowledged(database, tmp_path, fresh_name):
    """In every second round with the server that writes to it; the other one comes back by itself."""
    env = QUICK | {"DATABASE_URL": database.create(fresh_name)}
    server, everybody = Server(tmp_path, env), set()
    for number in range(50 if LONG else 4):
        def kill(both=number % 2 == 1):
            database.kill()
            if both:
                server.kill()

        writers = write_until(server.port, f"r{number}", kill)
        database.start()
        if server.process.poll() is not None:
            server = Server(tmp_path, env)
        eventually(lambda: register(server, f"again-{number}").status in (200, 400))
        everybody |= {name for writer in writers for name in writer.registered}
        assert not everybody - stored_names(tmp_path, env), f"round {number}"
        check(writers, server.port)
    print(f"{len(everybody)} registrations that were acknowledged are there")
    assert '"status":500' not in server.log()
    server.stop()


def test_the_command_line_says_that_the_database_is_gone_without_its_password(database, tmp_path):
    gone = database.url.replace(str(database.port), "1").replace("{}", "app")
    done = run("user", "list", folder=tmp_path, env=QUICK | {"DATABASE_URL": gone}, check=6)
    for secret in (databases.PASSWORD, databases.PASSWORD_IN_URL):
        assert secret not in done.stdout + done.stderr
    shown = run("config", "show", folder=tmp_path, env=QUICK | {"DATABASE_URL": gone}, check=0).stdout
    assert databases.PASSWORD_IN_URL not in shown and "keyhold:***@127.0.0.1" in shown
