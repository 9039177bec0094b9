# SPDX-License-Identifier: Apache-2.0
"""The examples that stand on the whole server, built from what `cmake --install` copies, and used: examples/fastapi-port by the tutorial's requests, examples/appliance by its owner."""
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import server_package
from server import DATABASE, QUICK, ROOT, Server, environment, free_port
from wire import ask

pytestmark = pytest.mark.skipif(DATABASE != "sqlite", reason="the same on every database")
TUTORIAL = ROOT.parent / "shared/reference/tutorial-service"


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("port"), QUICK, binary=server_package.example("fastapi-port"))
    yield started
    started.stop()


def test_the_port_answers_the_tutorials_requests_and_has_a_column_of_its_own(port):
    credentials = {"username": "testuser", "password": "pa55-of-the-tests"}
    assert ask(port.port, "POST", "/register", json=credentials).json()["msg"] == "User created successfully"
    answer = ask(port.port, "POST", "/login", form=credentials).json()
    assert answer["token_type"] == "bearer"
    token = answer["access_token"]
    assert ask(port.port, "GET", "/protected", token=token).json() == {"message": "Welcome testuser"}
    assert ask(port.port, "PUT", "/profile", json={"full_name": "Test User"}, token=token).status == 204
    assert ask(port.port, "GET", "/protected", token=token).json() == {"message": "Welcome Test User"}
    assert ask(port.port, "PUT", "/profile", json={"full_name": ""}, token=token).status == 422
    assert ask(port.port, "PUT", "/profile", json={"full_name": "X"}).status == 401
    refused = ask(port.port, "GET", "/protected")
    assert refused.status == 401 and refused.header("www-authenticate").startswith("Bearer")


def test_first_profiles_that_come_at_once_are_all_taken(port):
    def token_of(name):
        credentials = {"username": name, "password": "pa55-of-the-tests"}
        assert ask(port.port, "POST", "/register", json=credentials).status == 200
        return ask(port.port, "POST", "/login", json=credentials).json()["access_token"]

    def put(token, name):
        return ask(port.port, "PUT", "/profile", json={"full_name": name}, token=token).status

    tokens = [token_of(f"user-{number}") for number in range(20)]
    names = [f"Name {number}" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        for token in tokens:
            assert list(pool.map(put, [token] * 6, names)) == [204] * 6
            assert ask(port.port, "GET", "/protected", token=token).json()["message"].removeprefix("Welcome ") in names


def test_the_ports_own_protected_stands_in_the_document_once(port):
    document = ask(port.port, "GET", "/openapi.json").json()
    assert document["paths"]["/protected"]["get"]["tags"] == ["port"]
    assert document["paths"]["/protected"]["get"]["security"]


def test_the_port_is_not_longer_than_the_python():
    ours = len((ROOT / "examples/fastapi-port/main.cpp").read_text().splitlines())
    if not TUTORIAL.exists():
        pytest.skip("the tutorial's service is not beside this repository")
    theirs = sum(len((TUTORIAL / f"{name}.py").read_text().splitlines()) for name in ("auth", "config", "database", "main", "models", "users"))
    assert ours <= theirs
    said = (ROOT / "docs/from-fastapi.md").read_text()
    assert f"{theirs} lines" in said and ours <= int(re.search(r"one C\+\+ program of (\d+)", said).group(1))


def test_an_appliance_serves_beside_its_own_loop_and_ends_with_it(tmp_path):
    number = free_port()
    program = server_package.example("appliance")
    log = open(tmp_path / "log", "w")
    running = subprocess.Popen([program, tmp_path, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment(tmp_path))
    try:
        assert running.stdout.readline().strip() == f"http://127.0.0.1:{number}"
        assert ask(number, "GET", "/temperature").status == 401
        owner = {"username": "owner", "password": "printed-on-the-bottom-4711"}
        token = ask(number, "POST", "/login", json=owner).json()["access_token"]
        first = ask(number, "GET", "/temperature", token=token).json()
        assert 20 <= first["celsius"] < 21
        deadline = time.monotonic() + 20
        while ask(number, "GET", "/temperature", token=token).json()["measured"] == first["measured"]:
            assert time.monotonic() < deadline, "its own loop does not go on"
        assert ask(number, "POST", "/register", json={"username": "guest", "password": "pa55-of-the-tests"}).status == 403
        running.stdin.close()
        assert running.wait(30) == 0
    finally:
        running.kill()
        running.wait()
        running.stdout.close()
        log.close()
    assert "printed-on-the-bottom" not in (tmp_path / "log").read_text()
