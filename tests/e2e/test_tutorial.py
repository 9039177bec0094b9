# SPDX-License-Identifier: Apache-2.0
"""The three commands of the tutorial's section 9, verbatim, by curl itself."""
import json
import re
import subprocess

import pytest
from server import ROOT, Server, environment, free_port

COPY = ROOT / "tests/data/tutorial-curls.sh"
TEXT = ROOT.parent / "shared/seed/jwt-authentication-in-fastapi.md"
PORT = 8000


def commands_of(text):
    return [line.strip() for line in text.splitlines() if line.strip().startswith("curl ")]


def copied():
    return commands_of(COPY.read_text())


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """`keyhold dev` as a newcomer starts it; on another port if somebody has 8000 already."""
    folder = tmp_path_factory.mktemp("tutorial")
    try:
        started = Server(folder, arguments=("dev",))
    except AssertionError as refused:
        if "in use" not in str(refused):
            raise
        port = free_port()
        print(f"port {PORT} is taken: the commands run with {port} in its place")
        started = Server(folder, arguments=("dev", "--bind", f"127.0.0.1:{port}"))
    yield started
    started.stop()


def curl(command, server, folder):
    """Runs one command line in a shell; its status and body."""
    line = command.replace(f":{PORT}/", f":{server.port}/")
    done = subprocess.run(["sh", "-c", line + " -sS -w '\\n%{http_code}'"], capture_output=True, text=True, timeout=60, env=environment(folder))
    assert done.returncode == 0, done.stderr
    body, status = done.stdout.rsplit("\n", 1)
    return int(status), json.loads(body)


def test_our_copy_of_the_commands_is_what_the_tutorial_says():
    if not TEXT.exists():
        pytest.skip("the tutorial's text is not beside this repository")
    section = TEXT.read_text().split("## **9. Testing the API**")[1]
    assert commands_of(section) == copied()


def test_the_three_commands_register_log_in_and_open_the_protected_route(tutorial, tmp_path):
    register, login, protected = copied()
    status, created = curl(register, tutorial, tmp_path)
    assert (status, created["msg"]) == (200, "User created successfully")
    status, token = curl(login, tutorial, tmp_path)
    assert (status, token["token_type"]) == (200, "bearer")
    assert curl(protected.replace("<your_token>", token["access_token"]), tutorial, tmp_path) == (200, {"message": "Welcome testuser"})


def test_run_again_they_say_that_the_name_is_taken_and_the_token_was_not_put_in(tutorial, tmp_path):
    register, _, protected = copied()
    status, taken = curl(register, tutorial, tmp_path)
    assert (status, taken["detail"]) == (400, "Username already exists")
    status, refused = curl(protected, tutorial, tmp_path)
    assert (status, refused["detail"]) == (401, "Could not validate credentials")


def test_the_requests_are_in_the_log_and_the_password_is_not(tutorial, tmp_path):
    for command in copied():
        curl(command, tutorial, tmp_path)
    lines = [line for line in tutorial.log().splitlines() if re.search(r"(POST|GET) /(register|login|protected)\b", line)]
    assert len(lines) >= 3
    assert not any("testpass" in line for line in lines)
