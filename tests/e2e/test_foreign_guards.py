# SPDX-License-Identifier: Apache-2.0
"""clients/python and clients/js in real Flask, Express and Fastify: what test_client_packages.py asks of a service, asked of theirs. Only by ./test --clients."""
import os
import subprocess

import pytest
from foreign import SOURCES, node, python
from server import ROOT, accepts, free_port
from test_client_packages import Started, provider, test_a_route_asks_for_a_scope, test_a_service_knows_who_asks_and_forgets_who_has_logged_out  # noqa: F401, the tests are theirs
from waiting import eventually

COMMANDS = {"flask": lambda: [python(), SOURCES / "python/guarded_by_flask.py"], "express": lambda: ["node", node() / "guarded_by_express.mjs"],
            "fastify": lambda: ["node", node() / "guarded_by_fastify.mjs"]}


@pytest.fixture(params=COMMANDS)
def service(request, provider, tmp_path):  # noqa: F811
    port = free_port()
    with open(tmp_path / "service.log", "wb") as log:
        process = subprocess.Popen([*map(str, COMMANDS[request.param]()), provider.url, str(port)], stdout=log, stderr=log, env=os.environ | {"PYTHONPATH": str(ROOT / "clients/python")})
    eventually(lambda: process.poll() is not None or accepts(port), what=(tmp_path / "service.log").read_text)
    assert process.poll() is None, (tmp_path / "service.log").read_text()
    started = Started(process, port)
    yield started
    started.stop()
