# SPDX-License-Identifier: Apache-2.0
"""The tests of `keyhold adopt` on applications of many shapes; servers and databases are those of tests/e2e."""
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "e2e"), str(Path(__file__).resolve().parent.parent)]

from server import BINARY, Server  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def binary_is_built():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is not built", returncode=1)


@pytest.fixture
def start(tmp_path):
    """Starts servers of the test's own in one folder; they are stopped, and looked at, when it ends."""
    started = []

    def start_one(env=None, **kwargs):
        started.append(Server(tmp_path, env, **kwargs))
        return started[-1]

    yield start_one
    for one in started:
        one.stop()
