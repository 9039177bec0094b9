"""Servers on PostgreSQL and MariaDB whose database is paused, killed or restarted under them. The rest of what a database must do is in every other
test here (./test --database) and in tests/store."""
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import databases
import pytest
from conftest import Account
from expect import problem
from server import PASSWORD, QUICK, run
from wire import ask

LEASE = 3.3  # docs/several-nodes.md


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def database(request):
    """A private server that nobody else uses, so that it can be stopped."""
    kind = {"postgresql": databases.Postgresql, "mariadb": databases.Mariadb}[request.param]
    server = kind(f"{request.param}-alone").make().start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def keyhold(database, start, fresh_name):
    return start(QUICK | {"DATABASE_URL": database.create(fresh_name)})


def register(server, name):
    return ask(server.port, "POST", "/register", json={"username": name, "password": PASSWORD})


def eventually(condition, seconds=30):
    end = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
    return answer


def unavailable(answer):
    problem(answer, 503, "store_unavailable")
    assert int(answer.header("retry-after")) >= 1


def test_a_database_that_hangs_is_503_in_seconds_and_comes_back_by_itself(database, keyhold):
    ann = Account(keyhold.port, "ann")
    assert ann.greeting().status == 200
    database.signal_all(signal.SIGSTOP)
    try:
        begin = time.monotonic()
        unavailable(register(keyhold, "ben"))
        assert time.monotonic() - begin < 10
        eventually(lambda: ann.greeting().status == 503, LEASE + 10)
        # From now on nobody waits for it but the thread that tries again.
        begin = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            for answer in pool.map(lambda _: ann.greeting(), range(200)):
                unavailable(answer)
        assert time.monotonic() - begin < 10
    finally:
        database.signal_all(signal.SIGCONT)
    eventually(lambda: ann.greeting().status == 200)
    assert register(keyhold, "cid").status == 200
    assert '"status":500' not in keyhold.log()


def test_a_database_that_is_killed_loses_nothing_that_was_acknowledged(database, keyhold):
    ann = Account(keyhold.port, "ann")
    known, number = [], 0
    for _ in range(3):
        end = time.monotonic() + 1
        killed = False
        while time.monotonic() < end:
            number += 1
            answer = register(keyhold, f"person-{number}")
            assert answer.status in (200, 503), answer.body
            if answer.status == 200:
                known.append(number)
            if not killed and time.monotonic() > end - 0.5:
                database.kill()
                killed = True
        assert ann.greeting().status in (200, 503)
        database.start()
        eventually(lambda: register(keyhold, f"again-{number}").status in (200, 400))
    assert ann.greeting().status == 200
    assert len(known) > 10
    for number in known:
        problem(register(keyhold, f"person-{number}"), 400, "username_taken")


def test_the_command_line_says_that_the_database_is_gone_without_its_password(database, tmp_path):
    gone = database.url.replace(str(database.port), "1").replace("{}", "app")
    done = run("user", "list", folder=tmp_path, env=QUICK | {"DATABASE_URL": gone}, check=6)
    for secret in (databases.PASSWORD, databases.PASSWORD_IN_URL):
        assert secret not in done.stdout + done.stderr
    shown = run("config", "show", folder=tmp_path, env=QUICK | {"DATABASE_URL": gone}, check=0).stdout
    assert databases.PASSWORD_IN_URL not in shown and "keyhold:***@127.0.0.1" in shown
