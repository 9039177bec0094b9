# SPDX-License-Identifier: Apache-2.0
"""Message syntax (RFC 9112): what is one request to us must be one request to every proxy before us."""
import json

import pytest
from expect import problem
from queues import wait_until_read
from server import PASSWORD
from wire import SECONDS, Connection, request_bytes

# A password that is a number: the answer shows that this and nothing else was read, and counts as no failed log-in.
BODY = json.dumps({"username": "framing", "password": 12345}).encode()
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
    ("a length with a space in it", HEAD + b"Content-Length: 5 5\r\n\r\nhello", 400),
    ("a length with a comma behind it", HEAD + b"Content-Length: 5,\r\n\r\nhello", 400),
    ("a length with an underscore", HEAD + b"Content-Length: 1_0\r\n\r\n0123456789", 400),
    ("a length with a fraction", HEAD + b"Content-Length: 5.0\r\n\r\nhello", 400),
    ("a length in Arabic digits", HEAD + "Content-Length: \u0665\r\n\r\nhello".encode(), 400),
    ("chunks twice", HEAD + CHUNKED + CHUNKED + b"\r\n" + WHOLE, 400),
    ("a coding before chunks", HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + WHOLE, 501),
    ("a coding that is unknown", HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + WHOLE, 501),
    ("the coding identity", HEAD + b"Transfer-Encoding: identity\r\n\r\n" + WHOLE, 501),
    ("chunked in quotes", HEAD + b'Transfer-Encoding: "chunked"\r\n\r\n' + WHOLE, 501),
    ("chunked with a parameter", HEAD + b"Transfer-Encoding: chunked;q=1\r\n\r\n" + WHOLE, 501),
    ("chunked and a comma", HEAD + b"Transfer-Encoding: chunked,\r\n\r\n" + WHOLE, 501),
    ("chunked twice in a list", HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + WHOLE, 501),
    ("chunked before a coding", HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n" + WHOLE, 501),
    ("chunked behind a vertical tab", HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + WHOLE, 400),
    ("chunked behind a NUL", HEAD + b"Transfer-Encoding: \0chunked\r\n\r\n" + WHOLE, 400),
    ("chunked that is folded", HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + WHOLE, 400),
    ("no coding at all", HEAD + b"Transfer-Encoding: \r\n\r\n" + WHOLE, 501),
    ("a space before the colon of a coding", HEAD + b"Transfer-Encoding : chunked\r\n\r\n" + WHOLE, 400),
    ("chunks in HTTP/1.0", HEAD.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n" + WHOLE, 400),
    ("a chunk size that is no number", HEAD + CHUNKED + b"\r\nzz\r\n", 400),
    ("a chunk size below zero", HEAD + CHUNKED + b"\r\n-1\r\n", 400),
    ("a chunk size with 0x", HEAD + CHUNKED + b"\r\n0x5\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk longer than its size", HEAD + CHUNKED + b"\r\n3\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk size beyond 64 bits", HEAD + CHUNKED + b"\r\n10000000000000005\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk that ends with LF alone", HEAD + CHUNKED + b"\r\n5\r\nhello\n0\r\n\r\n", 400),
    ("a chunk size that ends with LF alone", HEAD + CHUNKED + b"\r\n5\nhello\r\n0\r\n\r\n", 400),
    ("a chunk size with a plus", HEAD + CHUNKED + b"\r\n+5\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk size with an underscore", HEAD + CHUNKED + b"\r\n1_0\r\n0123456789abcdef\r\n0\r\n\r\n", 400),
    ("a chunk size behind a space", HEAD + CHUNKED + b"\r\n 5\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk size before a space", HEAD + CHUNKED + b"\r\n5 \r\nhello\r\n0\r\n\r\n", 400),
    ("no chunk size", HEAD + CHUNKED + b"\r\n\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk extension without a size", HEAD + CHUNKED + b"\r\n;a=b\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk extension with LF in it", HEAD + CHUNKED + b"\r\n5;a\nb\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk extension with CR in it", HEAD + CHUNKED + b"\r\n5;a\rb\r\nhello\r\n0\r\n\r\n", 400),
    ("a chunk extension with LF in quotes", HEAD + CHUNKED + b'\r\n5;a="\n"\r\nhello\r\n0\r\n\r\n', 400),
    ("a chunk extension with a line in quotes", HEAD + CHUNKED + b'\r\n5;a="\r\nhello\r\n0\r\n\r\n"\r\n', 400),
    ("a chunk extension without a name", HEAD + CHUNKED + b"\r\n5;=b\r\nhello\r\n0\r\n\r\n", 400),
    ("a last chunk that ends with LF alone", HEAD + CHUNKED + b"\r\n5\r\nhello\r\n0\n\r\n", 400),
    ("chunks that end with LF alone", HEAD + CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\n\r\n\r\n", 400),
    ("a trailer with LF alone", HEAD + CHUNKED + b"\r\n5\r\nhello\r\n0\r\nX: y\nZ: a\r\n\r\n", 400),
    ("a trailer with a space before the colon", HEAD + CHUNKED + b"\r\n5\r\nhello\r\n0\r\nX : y\r\n\r\n", 400),
    ("a trailer that is a length", HEAD + CHUNKED + b"\r\n5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n", 400),
    ("a trailer that is a coding", HEAD + CHUNKED + b"\r\n5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
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
    ("DEL in a value", b"GET /nope HTTP/1.1\r\nHost: a\r\nX: a\x7fb\r\n\r\n", 400),
    ("a name in quotes", b'GET /nope HTTP/1.1\r\nHost: a\r\n"X": y\r\n\r\n', 400),
    ("a name above ASCII", "GET /nope HTTP/1.1\r\nHost: a\r\nXü: y\r\n\r\n".encode(), 400),
    ("a name with a space in it", b"GET /nope HTTP/1.1\r\nHost: a\r\nX Y: y\r\n\r\n", 400),
    ("a tab before the colon", b"GET /nope HTTP/1.1\r\nHost\t: a\r\n\r\n", 400),
    ("a CR before the end of a line", b"GET /nope HTTP/1.1\r\nHost: a\r\r\nX: y\r\n\r\n", 400),
    ("a CR before a line", b"GET /nope HTTP/1.1\r\n\rHost: a\r\n\r\n", 400),
    ("a CR in the request line", b"GET /nope\rX HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a CR at the end of the request line", b"GET /nope HTTP/1.1\r\r\nHost: a\r\n\r\n", 400),
    ("a LF before a request", b"\n" + GET, 400),
    ("a space before a request", b" " + GET, 400),
    ("a fragment", b"GET /nope#x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a method that is no token", b"G(T /nope HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("bytes above ASCII in the target", "GET /ü HTTP/1.1\r\nHost: a\r\n\r\n".encode(), 400),
    ("a space in the target", b"GET /no pe HTTP/1.1\r\nHost: a\r\n\r\n", (400, 505)),
    ("a tab for a space", b"GET\t/nope HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("two spaces", b"GET  /nope HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("no target", b"GET HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("a target without a slash", b"GET nope HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("no version", b"GET /nope\r\nHost: a\r\n\r\n", 400),
    ("no Host", b"GET /nope HTTP/1.1\r\n\r\n", 400),
    ("two Hosts", b"GET /nope HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    ("two Hosts that differ", b"GET /nope HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ("two Hosts in HTTP/1.0", b"GET /nope HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    ("a list of Hosts", b"GET /nope HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
    ("a Host with a path", b"GET /nope HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    ("a Host with a user", b"GET /nope HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
    ("a Host with a port that is no number", b"GET /nope HTTP/1.1\r\nHost: a:b\r\n\r\n", 400),
    ("a Host that is a port alone", b"GET /nope HTTP/1.1\r\nHost: :80\r\n\r\n", 400),
    ("a Host with half a bracket", b"GET /nope HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
    ("an absolute target without a host", b"GET http:///nope HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("an absolute target with a user", b"GET http://u@a/nope HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("an absolute target of another scheme", b"GET ftp://a/nope HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("an absolute target and no Host", b"GET http://a/nope HTTP/1.1\r\n\r\n", 400),
    ("CONNECT", b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 400),
    ("the asterisk with GET", b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("HTTP/0.9", b"GET /nope\r\n\r\n", 400),
    ("a version with a space behind it", b"GET /nope HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
    ("a version of three parts", b"GET /nope HTTP/1.1.1\r\nHost: a\r\n\r\n", 400),
    ("a version with a zero before it", b"GET /nope HTTP/01.1\r\nHost: a\r\n\r\n", 400),
    ("another protocol", b"GET /nope ICY/1.1\r\nHost: a\r\n\r\n", 400),
    ("a TLS client's hello", bytes.fromhex("16030100c6010000c2"), 400),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505)),
    ("HTTP/3.7", b"GET /nope HTTP/3.7\r\nHost: a\r\n\r\n", (400, 505)),
    ("HTTP/1.2", b"GET /nope HTTP/1.2\r\nHost: a\r\n\r\n", (400, 505)),
    ("a lower-case protocol", b"GET /nope http/1.1\r\nHost: a\r\n\r\n", (400, 505)),
    ("garbage", b"garbage\r\n\r\n", 400),
    ("an expectation that nobody knows", HEAD + LENGTH + b"Expect: a-miracle\r\n\r\n" + BODY, 417),
    ("an expectation and another", HEAD + LENGTH + b"Expect: 100-continue, tea\r\n\r\n" + BODY, 417),
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
    ("a length with thirty zeros before it", HEAD + b"Content-Length: " + b"0" * 30 + b"%d\r\n\r\n" % len(BODY) + BODY),
    ("a chunk size with thirty zeros before it", HEAD + CHUNKED + b"\r\n" + b"0" * 30 + WHOLE),
    ("a chunk size in capitals", HEAD + CHUNKED + b"\r\n" + WHOLE.replace(b"%x" % len(BODY), b"%X" % len(BODY), 1)),
    ("a last chunk of many zeros", HEAD + CHUNKED + b"\r\n%x\r\n%s\r\n0000\r\n\r\n" % (len(BODY), BODY)),
    ("chunk extensions of every kind", HEAD + CHUNKED + b'\r\n%x ; a ;b=c; d="e;\\"f"\r\n%s\r\n0;x\r\n\r\n' % (len(BODY), BODY)),
    ("a trailer that names a Host", HEAD + CHUNKED + b"\r\n%x\r\n%s\r\n0\r\nHost: b\r\nAuthorization: x\r\n\r\n" % (len(BODY), BODY)),
    ("chunked between tabs", HEAD + b"Transfer-Encoding:\tchunked\t\r\n\r\n" + WHOLE),
    ("a length between tabs", HEAD + b"Content-Length:\t%d \t\r\n\r\n" % len(BODY) + BODY),
    ("another length with an underscore", HEAD + LENGTH + b"Content_Length: 3\r\nTransfer_Encoding: chunked\r\n\r\n" + BODY),
    ("a wish to talk HTTP/2", HEAD + LENGTH + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n" + BODY),
    ("an absolute target", HEAD.replace(b"/login", b"http://a/login") + LENGTH + b"\r\n" + BODY),
    ("a Host that is empty", HEAD.replace(b"Host: a", b"Host:") + LENGTH + b"\r\n" + BODY),
    ("a Host that is an IPv6 address", HEAD.replace(b"Host: a", b"Host: [::1]:8000") + LENGTH + b"\r\n" + BODY),
    ("bytes above ASCII in a value", HEAD + "X: ü\r\n".encode() + LENGTH + b"\r\n" + BODY),
    ("three empty lines before it", b"\r\n\r\n\r\n" + HEAD + LENGTH + b"\r\n" + BODY),
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
        assert [error["type"] for error in connection.read("POST").json()["errors"]] == ["string_type"]
        assert connection.read().status == 404


def test_a_request_may_arrive_byte_by_byte(server):
    sent = HEAD + CHUNKED + b"\r\n" + WHOLE
    with Connection(server.port) as connection:
        for byte in sent:
            connection.send(bytes([byte]))
            wait_until_read(connection)
        assert connection.read("POST").status == 422


def test_an_empty_line_before_a_request_may_arrive_in_two_pieces(server):
    with Connection(server.port) as connection:
        for piece in (b"\r", b"\n" + GET + b"\r", b"\n" + GET):
            connection.send(piece)
            wait_until_read(connection)
        assert [connection.read().status for _ in range(2)] == [404, 404]


def test_an_expectation_in_http_1_0_is_ignored(server):
    with Connection(server.port) as connection:
        connection.send(HEAD.replace(b"1.1", b"1.0") + LENGTH + b"Expect: a-miracle\r\n\r\n" + BODY)
        assert connection.read("POST").status == 422


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
        return answer.status, says, connection.ended(SECONDS if says == "close" else 0.3)


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
        assert connection.read("POST").status == 422


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
        assert answer.status == 422


def test_half_a_request_and_a_closed_connection_harm_nobody(server):
    for cut in range(1, len(HEAD + LENGTH), 7):
        with Connection(server.port) as connection:
            connection.send((HEAD + LENGTH)[:cut])
    with Connection(server.port) as connection:
        connection.send(GET)
        assert connection.read().status == 404
