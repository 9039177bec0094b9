"""Message syntax (RFC 9112): what is one request to us must be one request to every proxy before us."""
import json
import time

import pytest
from expect import problem
from server import PASSWORD
from wire import Connection, request_bytes

BODY = json.dumps({"username": "framing", "password": PASSWORD}).encode()
HEAD = b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
GET = b"GET /nope HTTP/1.1\r\nHost: a\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
WHOLE = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)

# (what, bytes, status): refused and closed, so that nothing behind it is ever taken for a request.
REFUSED = [
    ("a length and chunks", HEAD + LENGTH + CHUNKED + b"\r\n" + WHOLE, 400),
    ("chunks and a length", HEAD + CHUNKED + LENGTH + b"\r\n" + WHOLE, 400),
    ("two lengths that differ", HEAD + LENGTH + b"Content-Length: 3\r\n\r\n" + BODY, 400),
    ("two lengths that agree", HEAD + LENGTH + LENGTH + b"\r\n" + BODY, 400),
    ("a list of lengths", HEAD + b"Content-Length: 5, 5\r\n\r\nhello", 400),
    ("a length below zero", HEAD + b"Content-Length: -1\r\n\r\n", 400),
    ("a length with a plus", HEAD + b"Content-Length: +5\r\n\r\nhello", 400),
    ("a length in hex", HEAD + b"Content-Length: 0x5\r\n\r\nhello", 400),
    ("a length that is empty", HEAD + b"Content-Length: \r\n\r\n", 400),
    ("a length beyond 64 bits", HEAD + b"Content-Length: 18446744073709551621\r\n\r\nhello", 400),
    ("chunks twice", HEAD + CHUNKED + CHUNKED + b"\r\n" + WHOLE, 400),
    ("a coding before chunks", HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + WHOLE, 501),
    ("a coding that is unknown", HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + WHOLE, 501),
    ("the coding identity", HEAD + b"Transfer-Encoding: identity\r\n\r\n" + WHOLE, 501),
    ("chunked in quotes", HEAD + b'Transfer-Encoding: "chunked"\r\n\r\n' + WHOLE, 501),
    ("chunks in HTTP/1.0", HEAD.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n" + WHOLE, 400),
    ("a chunk size that is no number", HEAD + CHUNKED + b"\r\nzz\r\n", 400),
    ("a chunk size below zero", HEAD + CHUNKED + b"\r\n-1\r\n", 400),
    ("a chunk size with 0x", HEAD + CHUNKED + b"\r\n0x5\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk longer than its size", HEAD + CHUNKED + b"\r\n3\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk size beyond 64 bits", HEAD + CHUNKED + b"\r\n10000000000000005\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk that ends with LF alone", HEAD + CHUNKED + b"\r\n5\r\nhello\n0\r\n\r\n", 400),
    ("a chunk size that ends with LF alone", HEAD + CHUNKED + b"\r\n5\nhello\r\n0\r\n\r\n", 400),
    ("a folded line", HEAD + b"X-A: b\r\n c\r\n" + LENGTH + b"\r\n" + BODY, 400),
    ("a folded length", HEAD + b"Content-Length:\r\n 5\r\n\r\nhello", 400),
    ("lines that end with LF alone", GET.replace(b"\r\n", b"\n"), (400, 505)),
    ("one line that ends with LF alone", b"GET /nope HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
    ("a CR within a line", b"GET /nope HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n", 400),
    ("a space before the colon", b"GET /nope HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    ("a space before a name", b"GET /nope HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    ("a field without a name", b"GET /nope HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400),
    ("a field without a colon", b"GET /nope HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 400),
    ("a NUL in a value", b"GET /nope HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
    ("a NUL in a name", b"GET /nope HTTP/1.1\r\nHost: a\r\nX\0: ab\r\n\r\n", 400),
    ("a NUL in the target", b"GET /no\0pe HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a control character in a value", b"GET /nope HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n", 400),
    ("bytes above ASCII in the target", "GET /ü HTTP/1.1\r\nHost: a\r\n\r\n".encode(), 400),
    ("a space in the target", b"GET /no pe HTTP/1.1\r\nHost: a\r\n\r\n", (400, 505)),
    ("a tab for a space", b"GET\t/nope HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("two spaces", b"GET  /nope HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("no target", b"GET HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a target without a slash", b"GET nope HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("no version", b"GET /nope\r\nHost: a\r\n\r\n", 400),
    ("no Host", b"GET /nope HTTP/1.1\r\n\r\n", 400),
    ("two Hosts", b"GET /nope HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    ("a TLS client's hello", bytes.fromhex("16030100c6010000c2"), 400),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505)),
    ("HTTP/3.7", b"GET /nope HTTP/3.7\r\nHost: a\r\n\r\n", (400, 505)),
    ("HTTP/1.2", b"GET /nope HTTP/1.2\r\nHost: a\r\n\r\n", (400, 505)),
    ("a lower-case protocol", b"GET /nope http/1.1\r\nHost: a\r\n\r\n", (400, 505)),
    ("garbage", b"garbage\r\n\r\n", 400),
    ("an expectation that nobody knows", HEAD + LENGTH + b"Expect: a-miracle\r\n\r\n" + BODY, 417),
    ("a target of 9 KiB", b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    ("a target of 70 KiB", b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    ("a field of 17 KiB", b"GET /nope HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 17000 + b"\r\n\r\n", 431),
    ("70 KiB of fields", b"GET /nope HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 12000 + b"\r\n", 431),
    ("a body of 64 KiB and a byte", HEAD + b"Content-Length: 65537\r\n\r\n", 413),
    ("a body of a terabyte", HEAD + b"Content-Length: 1099511627776\r\n\r\n", 413),
    ("chunks of 64 KiB and a byte", HEAD + CHUNKED + b"\r\n10001\r\n" + b"x" * 65537, 413),
]

WELL_FORMED = [
    ("one chunk", HEAD + CHUNKED + b"\r\n" + WHOLE),
    ("a chunk per byte", HEAD + CHUNKED + b"\r\n" + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"),
    ("a chunk extension", HEAD + CHUNKED + b"\r\n%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
    ("a trailer", HEAD + CHUNKED + b"\r\n%x\r\n%s\r\n0\r\nX-Sum: 1\r\n\r\n" % (len(BODY), BODY)),
    ("CHUNKED in capitals", HEAD + b"Transfer-Encoding: Chunked\r\n\r\n" + WHOLE),
    ("a length with zeros before it", HEAD + b"Content-Length: 000%d\r\n\r\n" % len(BODY) + BODY),
    ("no space behind a colon", HEAD.replace(b": ", b":") + LENGTH + b"\r\n" + BODY),
    ("an empty line before it", b"\r\n" + HEAD + LENGTH + b"\r\n" + BODY),
]


@pytest.mark.parametrize(("sent", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_others_might_read_differently_is_refused_and_the_connection_closed(server, sent, status):
    with Connection(server.port) as connection:
        connection.send(sent + GET)
        answer = connection.read()
        assert answer.status in (status if isinstance(status, tuple) else (status,)), answer
        problem(answer, answer.status)
        assert answer.header("connection") == "close"
        assert connection.ended(), f"more came: {connection.buffer!r}"


@pytest.mark.parametrize("sent", [row[1] for row in WELL_FORMED], ids=[row[0] for row in WELL_FORMED])
def test_what_is_well_formed_is_read_and_the_next_request_too(server, sent):
    with Connection(server.port) as connection:
        connection.send(sent + GET)
        assert connection.read("POST").json()["detail"] == "Invalid credentials"
        assert connection.read().status == 404


def test_a_request_may_arrive_byte_by_byte(server):
    sent = HEAD + CHUNKED + b"\r\n" + WHOLE
    with Connection(server.port) as connection:
        for byte in sent:
            connection.send(bytes([byte]))
            time.sleep(0.0005)
        assert connection.read("POST").status == 401


def test_requests_sent_at_once_are_answered_in_their_order(server, testuser):
    login = request_bytes("POST", "/login", [("Content-Type", "application/json")], json.dumps({"username": "testuser", "password": "pa55-wrong"}).encode())
    opened = request_bytes("GET", "/protected", [("Authorization", f"Bearer {testuser.token}")])
    with Connection(server.port) as connection:
        connection.send(opened + login + GET + opened + login + opened)
        statuses = [connection.read(method).status for method in ("GET", "POST", "GET", "GET", "POST", "GET")]
        assert statuses == [200, 401, 404, 200, 401, 200]


def test_a_thousand_pipelined_requests_are_all_answered(server):
    with Connection(server.port) as connection:
        connection.send(GET * 1000)
        assert all(connection.read().status == 404 for _ in range(1000))


def close_of(server, sent, method="GET"):
    """Whether the answer says close, and whether the connection then ended."""
    with Connection(server.port) as connection:
        connection.send(sent)
        answer = connection.read(method)
        says = (answer.header("connection") or "").lower()
        return answer.status, says, connection.ended(seconds=0.3)


@pytest.mark.parametrize(("sent", "closed"), [
    (GET, False),
    (b"GET /nope HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", True),
    (b"GET /nope HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", True),
    (b"GET /nope HTTP/1.0\r\n\r\n", True),
    (b"GET /nope HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", False)], ids=["1.1", "close", "a list with close", "1.0", "1.0 keep-alive"])
def test_a_connection_is_kept_or_closed_as_it_was_asked(server, sent, closed):
    status, says, ended = close_of(server, sent)
    assert (status, ended) == (404, closed)
    assert says == ("close" if closed else "keep-alive" if b"1.0" in sent else "")


def test_who_expects_100_continue_is_told_to_continue(server):
    with Connection(server.port) as connection:
        connection.send(HEAD + LENGTH + b"Expect: 100-continue\r\n\r\n")
        assert connection.read().status == 100
        connection.send(BODY)
        assert connection.read("POST").status == 401


def test_who_expects_100_continue_but_sends_too_much_is_refused_at_once(server):
    with Connection(server.port) as connection:
        connection.send(HEAD + b"Content-Length: 70000\r\nExpect: 100-continue\r\n\r\n")
        problem(connection.read("POST"), 413, "body_too_large")


def test_who_sends_the_body_without_waiting_is_not_told_to_continue(server):
    with Connection(server.port) as connection:
        connection.send(HEAD + LENGTH + b"Expect: 100-continue\r\n\r\n" + BODY)
        answer = connection.read("POST")
        if answer.status == 100:
            answer = connection.read("POST")
        assert answer.status == 401


def test_half_a_request_and_a_closed_connection_harm_nobody(server):
    for cut in range(1, len(HEAD + LENGTH), 7):
        with Connection(server.port) as connection:
            connection.send((HEAD + LENGTH)[:cut])
    with Connection(server.port) as connection:
        connection.send(GET)
        assert connection.read().status == 404
