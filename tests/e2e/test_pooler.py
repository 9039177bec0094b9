# SPDX-License-Identifier: Apache-2.0
"""Behind PgBouncer: a pooler that keeps a connection for each of ours is none of Keyhold's business, one that exchanges it between two transactions is."""
import os
import shutil
import subprocess

import databases
import pytest
from people import Account
from server import QUICK, accepts, run
from waiting import eventually

PROGRAM = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
pytestmark = pytest.mark.skipif(not os.path.exists(PROGRAM), reason="pgbouncer is not installed: ./test does it")


@pytest.fixture(scope="module")
def postgresql():
    yield from databases.alone("postgresql", "pooled")


@pytest.fixture
def pooled(postgresql, fresh_name, request):
    """The URL of a database of its own behind a pooler in the mode that the test asks for, and the one that leads straight there."""
    straight, folder = postgresql.create(fresh_name), databases.folder_of_nobody("keyhold-pooler-")
    port = databases.free_port()
    (folder / "users.txt").write_text(f'"keyhold" "{databases.PASSWORD}"\n')
    (folder / "pooler.ini").write_text(f"""[databases]
* = host=127.0.0.1 port={postgresql.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users.txt
pool_mode = {request.param}
""")
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen([*databases.run_as_nobody(), PROGRAM, folder / "pooler.ini"], stdout=log, stderr=log)
    eventually(lambda: process.poll() is not None or accepts(port), what=lambda: (folder / "log").read_text())
    assert process.poll() is None, (folder / "log").read_text()
    yield straight.replace(f":{postgresql.port}/", f":{port}/"), straight
    process.terminate()
    process.wait(20)
    shutil.rmtree(folder)


@pytest.mark.parametrize("pooled", ["session"], indirect=True)
def test_a_pooler_that_keeps_connections_together_is_not_noticed(pooled, start, tmp_path):
    env = QUICK | {"DATABASE_URL": pooled[0]}
    run("db", "create", folder=tmp_path, env=env, check=0)
    server = start(env)
    for name in ("ann", "bob", "eve"):
        assert Account(server.port, name).greeting().status == 200
    assert run("user", "list", folder=tmp_path, env=env, check=0).stdout.count("enabled") == 3


@pytest.mark.parametrize("pooled", ["transaction"], indirect=True)
def test_behind_one_that_exchanges_them_a_server_does_not_start(pooled, tmp_path):
    through, straight = (QUICK | {"DATABASE_URL": url} for url in pooled)
    run("db", "create", folder=tmp_path, env=straight, check=0)
    done = run("dev", "--bind", "127.0.0.1:0", folder=tmp_path, env=through)
    # What it says depends on whose statement it finds under the name of its own.
    assert done.returncode in (1, 6) and "http://" not in done.stdout + done.stderr and databases.PASSWORD not in done.stderr
