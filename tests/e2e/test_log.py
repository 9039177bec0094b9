# SPDX-License-Identifier: Apache-2.0
"""What the server says while it runs: a line per request, for programs or for people, and no secret in it."""
import json
import os
import pty
import re
import subprocess
import time

from server import BINARY, PASSWORD, SECRET_KEY, accepts, environment
from waiting import eventually
from wire import Connection, ask


def request_lines(server):
    return [json.loads(line) for line in server.log().splitlines() if line.startswith("{") and '"path"' in line]


def test_into_a_file_each_request_is_one_line_of_json(start):
    server = start()
    ask(server.port, "GET", "/nope?secret=pa55-in-the-query", [("X-Request-Id", "find-me")])
    line = next(line for line in request_lines(server) if line["request_id"] == "find-me")
    assert (line["method"], line["path"], line["status"], line["level"]) == ("GET", "/nope", 404, "warning")
    assert line["ms"] >= 0 and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])


def test_nothing_that_a_client_sends_breaks_a_line(start):
    server = start()
    for path in ['/"quoted"', "/\\back", "/%0a%0dnewline", "/{}", "/%s%n{0}", "/" + "x" * 3000]:
        ask(server.port, "GET", path)
    with Connection(server.port) as connection:
        connection.send(b"\x00\xff\x1b[31mgarbage\r\n\r\n")
        assert connection.read().status == 400
    assert len(request_lines(server)) >= 7
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", server.log())


def test_no_secret_is_in_it_whatever_is_sent_where_it_does_not_belong(start):
    server = start()
    ask(server.port, "POST", "/login", json={"username": PASSWORD, "password": PASSWORD})
    ask(server.port, "POST", f"/login?username=x&password={PASSWORD}")
    ask(server.port, "POST", "/login", json={"username": "x", "password": PASSWORD, "grant_type": PASSWORD})
    ask(server.port, "POST", "/login", json='{"username":"x","password":"' + PASSWORD)
    ask(server.port, "GET", "/protected", [("Authorization", f"Basic {PASSWORD}")])
    ask(server.port, "GET", f"/protected?access_token={PASSWORD}", [("Cookie", f"session={PASSWORD}"), ("Referer", f"http://x/?password={PASSWORD}")])
    assert PASSWORD not in server.log() and SECRET_KEY not in server.log()


def test_on_a_terminal_it_is_coloured_text(tmp_path):
    ours, theirs = pty.openpty()
    env = {name: value for name, value in environment(tmp_path, {"SECRET_KEY": SECRET_KEY}).items() if name != "NO_COLOR"} | {"TERM": "xterm"}
    process = subprocess.Popen([BINARY, "dev", "--bind", "127.0.0.1:0"], cwd=tmp_path, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", said)):
            said += os.read(ours, 4096).decode()
        eventually(lambda: accepts(int(found.group(1))))
        assert ask(int(found.group(1)), "GET", "/nope").status == 404
        deadline = time.monotonic() + 30
        while "/nope" not in said and time.monotonic() < deadline:
            said += os.read(ours, 4096).decode()
    finally:
        process.terminate()
        assert process.wait(20) == 0
        os.close(ours)
    assert re.search(r"\x1b\[3\dm404\x1b\[0m GET /nope", said), said
