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


def test_a_reader_that_stands_still_holds_up_no_request_and_no_stop(tmp_path):
    """A pipe takes 64 KiB, and the server keeps 1 MiB besides; what is more than that is dropped, and said when somebody reads again."""
    reading, writing = os.pipe()
    env = environment(tmp_path, {"SECRET_KEY": SECRET_KEY, "KEYHOLD_LOG_FORMAT": "json", "KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_DRAIN_TIMEOUT": "1"})
    process = subprocess.Popen([BINARY, "dev", "--bind", "127.0.0.1:0"], cwd=tmp_path, env=env, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing)
    os.close(writing)
    try:
        said = b""
        while not (found := re.search(rb"http://127\.0\.0\.1:(\d+)\s", said)):
            said += os.read(reading, 4096)
        port = int(found.group(1))
        eventually(lambda: accepts(port))

        def fill():
            """The path of each stands in its line: 2 MB, in the end."""
            for number in range(700):
                assert ask(port, "GET", f"/nope/{number}/" + "x" * 3000).status == 404
        fill()
        while b"were dropped" not in said:
            assert (part := os.read(reading, 65536)), "it ended"
            said += part
        while not said.endswith(b"\n"):
            said += os.read(reading, 65536)
        lines = [json.loads(line) for line in said.splitlines() if line.startswith(b"{")]
        dropped = next(int(found.group(1)) for line in lines if (found := re.match(r"(\d+) lines of the log were dropped", line["message"])))
        paths = [int(line["path"].split("/")[2]) for line in lines if line.get("path", "").startswith("/nope/")]
        # The line of the last one may have been written behind that which says what is missing.
        assert paths[:-1] == list(range(len(paths) - 1)) and dropped > 0 and len(paths) + dropped in (699, 700), "in their order, whole, and none is missing but those that it says"
        fill()  # and now nobody ever reads again
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        os.close(reading)
