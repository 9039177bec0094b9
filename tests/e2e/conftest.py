# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: a server, names that nobody had before, and short ways to say common things."""
import itertools
import os
import time

import pytest
from certificates import Authority
from mail_reader import ISSUER, Post
from mail_server import MailServer, settings
from server import BINARY, PASSWORD, QUICK, Server
from waiting import PATIENCE, eventually, until
from wire import ask

names = itertools.count(1)
# They fetch what they try, so they are run when somebody asks: ./test --clients.
collect_ignore = [] if os.environ.get("KEYHOLD_TEST_CLIENTS") else ["test_foreign_clients.py"]

# The files that take longest, so that ./test, which runs files beside each other, does not wait for one of them in the end.
LONGEST = [f"test_{name}.py" for name in ("server_package", "guard_package", "own_routes", "galera", "nodes", "database_connections", "standby", "slow_database", "adopt",
                                          "restored", "databases", "rotation", "adopt_locks", "limits", "restart", "every_command", "sessions")]


def pytest_collection_modifyitems(items):
    """Longest first; otherwise in their order."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_report_header():
    return f"keyhold: {BINARY}"


@pytest.fixture(scope="session", autouse=True)
def binary_is_built():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is not built: ./test --e2e builds it", returncode=1)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """`keyhold dev` with the tutorial's SECRET_KEY, for every test that does not need one of its own."""
    started = Server(tmp_path_factory.mktemp("server"), QUICK)
    yield started
    assert started.process.poll() is None, f"it ended before the tests did: {started.log()[-2000:]}"
    started.stop()


@pytest.fixture
def start(tmp_path):
    """Starts servers of the test's own in one folder; they are stopped, and looked at, when it ends."""
    started = []

    def start_one(env=None, **kwargs):
        started.append(Server(tmp_path, QUICK if env is None else env, **kwargs))
        return started[-1]

    yield start_one
    for one in started:
        one.stop()


@pytest.fixture
def post(start, tmp_path, request):
    """A server that sends mails to a mail server of the test's own; as a parameter, more settings."""
    folder = tmp_path / "mail"
    folder.mkdir()
    authority = Authority(folder)
    with MailServer(authority) as mails:
        yield Post(start, mails, QUICK | settings(mails, authority) | {"KEYHOLD_ISSUER": ISSUER} | getattr(request, "param", {}))


@pytest.fixture
def fresh_name():
    return f"person{next(names)}"


class Account:
    """Somebody who registered and logged in."""
    def __init__(self, port, name, password=PASSWORD):
        self.port, self.name, self.password = port, name, password
        registered, logged_in = (self.when_there_is_a_place(path) for path in ("/register", "/login"))
        assert registered.status == 200, registered.body
        assert logged_in.status == 200, logged_in.body
        self.token = logged_in.json()["access_token"]

    def when_there_is_a_place(self, path):
        """Whoever is told to come back does: on a machine that is busy with other things a password may find no place in time."""
        def answer():
            said = ask(self.port, "POST", path, json={"username": self.name, "password": self.password})
            if said.status != 503 or said.json()["code"] != "overloaded":
                return said
            until(time.monotonic() + int(said.header("retry-after")))
        return eventually(answer, 2 * PATIENCE, "there was no place for a password")

    def greeting(self, token=None):
        return ask(self.port, "GET", "/protected", token=token or self.token)


@pytest.fixture
def account(server, fresh_name):
    return Account(server.port, fresh_name)


@pytest.fixture(scope="session")
def testuser(server):
    """The tutorial's user on the shared server."""
    return Account(server.port, "testuser", PASSWORD)
