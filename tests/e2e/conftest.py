# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: a server, names that nobody had before, and short ways to say common things."""
import itertools
import os

import pytest
from server import BINARY, PASSWORD, QUICK, Server
from wire import ask

names = itertools.count(1)
# They fetch what they try, so they are run when somebody asks: ./test --clients.
collect_ignore = [] if os.environ.get("KEYHOLD_TEST_CLIENTS") else ["test_foreign_clients.py"]


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
def fresh_name():
    return f"person{next(names)}"


class Account:
    """Somebody who registered and logged in."""
    def __init__(self, port, name, password=PASSWORD):
        self.port, self.name, self.password = port, name, password
        credentials = {"username": name, "password": password}
        assert ask(port, "POST", "/register", json=credentials).status == 200
        logged_in = ask(port, "POST", "/login", json=credentials)
        assert logged_in.status == 200, logged_in.body
        self.token = logged_in.json()["access_token"]

    def greeting(self, token=None):
        return ask(self.port, "GET", "/protected", token=token or self.token)


@pytest.fixture
def account(server, fresh_name):
    return Account(server.port, fresh_name)


@pytest.fixture(scope="session")
def testuser(server):
    """The tutorial's user on the shared server."""
    return Account(server.port, "testuser", PASSWORD)
