# SPDX-License-Identifier: Apache-2.0
"""Every route of the document, asked for with whatever a path can hold: the answer is a refusal, and the server lives."""
import re

import pytest
from server import QUICK
from wire import Connection, ask, request_bytes

CONTROLS = [f"%{n:02x}" for n in [*range(32), 127]]
BAD_UTF8 = ["%80", "%c0%af", "%ff%fe", "%ed%a0%80", "%f4%90%80%80", "%c3"]
SEPARATORS = ["%2f", "%2F%2F", "%5c", "a%2fb", "%2e%2e", "..", ".", "%2f..%2f", ";a=b", "%3f", "%23", "%25", "%252f", "a/b", "//", "/"]
LINES = ["%0d%0aSet-Cookie:%20a=b", "%0a%0d%0a", "x%0aLocation:%20https://evil.example", "%00%0a"]
BROKEN = ["%", "%2", "%zz", "%0"]
ODD = CONTROLS + BAD_UTF8 + SEPARATORS + LINES + BROKEN
PATH_ON_THIS_HOST = re.compile(r"/(?![/\\])[\x21-\x7e]*\Z")


PARAMETER = re.compile(r"\{\w+\}")


def targets(path):
    """What is odd stands in the place of each parameter, or behind the path and before it, with and without a slash at the end."""
    for odd in ODD:
        places = [PARAMETER.sub(lambda _: odd, path)] if "{" in path else [path + odd, f"{path}/{odd}", f"/{odd}{path}"]
        for place in places:
            yield place
            yield place + "/"
            yield place + "/?a=%0a"
    plain = PARAMETER.sub("x", path)
    yield from (plain + "/", plain + "//", "/" + plain + "/", f"//evil.example{plain}/", f"/%2fevil.example{plain}/", f"/\\evil.example{plain}/", f"http://evil.example{plain}/")


def exchange(port, requests):
    """The answers, of as many connections as that takes."""
    answers, connection = [], Connection(port)
    for method, target in requests:
        connection.send(request_bytes(method, target))
        answers.append(connection.read(method))
        if answers[-1].header("connection") == "close":
            connection.socket.close()
            connection = Connection(port)
    connection.socket.close()
    return answers


@pytest.fixture(scope="module")
def operations(server):
    document = ask(server.port, "GET", "/openapi.json").json()
    return [(path, method.upper()) for path, item in document["paths"].items() for method in item]


def test_every_route_lives_through_every_path(server, operations):
    requests = [(method, target) for path, method in operations for target in targets(path)]
    assert len(requests) > 2000
    followed = []
    for (method, target), answer in zip(requests, exchange(server.port, requests), strict=True):
        where = f"{method} {target} -> {answer.status}"
        location = answer.header("location")
        assert (location is not None) == (answer.status == 307), where
        if location is None:
            # Public pages are found behind some spellings of their path: "/./x" is no such spelling, "/%6dx" is.
            assert 400 <= answer.status < 500 or (method == "GET" and answer.status in (200, 304)), where
            continue
        assert PATH_ON_THIS_HOST.match(location), f"{where}: {location}"
        assert location.partition("?")[0] + "/" == re.sub("^http://evil.example", "", target).partition("?")[0], f"{where}: {location}"
        followed.append((method, location))
    assert followed
    # 303: a form is answered by a page of its own (RFC 9110, section 15.4.4).
    for (method, target), answer in zip(followed, exchange(server.port, followed), strict=True):
        assert answer.status != 307 and (400 <= answer.status < 500 or method == "GET" or answer.status == 303), f"{method} {target} -> {answer.status}"
    assert server.process.poll() is None


def test_the_listener_for_administrators_lives_through_them_too(start):
    server = start(QUICK | {"KEYHOLD_ADMIN_BIND": "127.0.0.1:0"})
    requests = [("GET", target) for path in ("/livez", "/readyz", "/metrics") for target in targets(path)]
    for (method, target), answer in zip(requests, exchange(server.admin_port, requests), strict=True):
        assert answer.status in (200, 307, 400, 404, 421), f"{method} {target} -> {answer.status}"
        assert answer.status != 307 or PATH_ON_THIS_HOST.match(answer.header("location"))
    assert ask(server.admin_port, "GET", "/livez").status == 200


def test_what_is_odd_in_a_path_does_not_break_a_line_of_the_log(start):
    server = start(QUICK | {"KEYHOLD_LOG_FORMAT": "text"})
    for target in ("/sessions/%0aerror forged/".replace(" ", "%20"), "/%1b%5b31m", "/%9b31m"):
        assert ask(server.port, "DELETE", target).status in (307, 404)
    lines = server.log().splitlines()
    assert not any(line.startswith("error forged") for line in lines)
    assert "\x1b" not in server.log() and "\x9b" not in server.log()
    assert ask(server.port, "GET", "/nope").status == 404
