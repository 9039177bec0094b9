# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: a server, names that nobody had before, and short ways to say common things."""
import itertools
import os

import pytest
from certificates import Authority
from mail_reader import ISSUER, Post
from mail_server import MailServer, settings
from oidc import Browser, Provider
from people import Account
from server import BINARY, PASSWORD, QUICK, Server

names = itertools.count(1)
# They fetch what they try, so they are run when somebody asks: ./test --clients.
collect_ignore_glob = [] if os.environ.get("KEYHOLD_TEST_CLIENTS") else ["test_foreign_*.py"]

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


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    """An OpenID provider; modules that want other settings have their own."""
    started = Provider(tmp_path_factory.mktemp("provider"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def ann(provider):
    return Browser(provider, "ann")


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


@pytest.fixture
def account(server, fresh_name):
    return Account(server.port, fresh_name)


@pytest.fixture(scope="session")
def testuser(server):
    """The tutorial's user on the shared server."""
    return Account(server.port, "testuser", PASSWORD)
