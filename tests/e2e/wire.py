# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 over a plain socket: sends exactly the bytes it is given and reads answers as RFC 9112 writes them."""
import json as jsonlib
import os
import re
import socket
from dataclasses import dataclass, field
from urllib.parse import urlencode

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) [\t\x20-\x7e]*\Z")
FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?|)\Z")
SECONDS = int(os.environ.get("KEYHOLD_TEST_SECONDS", "30"))  # for an answer; a sanitizer makes all of it slower
REFRESH_TOKENS = re.compile(rb"khr_[A-Za-z0-9_-]{86}")
handed_out = {}  # by port: the refresh tokens that a server gave us, which it must not keep


@dataclass
class Answer:
    status: int
    fields: list = field(default_factory=list)  # (name in lower case, value) in their order
    body: bytes = b""

    def header(self, name):
        """The value of a field that may stand there once; None if it does not."""
        values = [value for key, value in self.fields if key == name.lower()]
        assert len(values) <= 1, f"{name} stands there {len(values)} times"
        return values[0] if values else None

    def items(self, name):
        """The items, in lower case, of a field that is a list and may stand there more than once (RFC 9110 §5.3)."""
        return {item.strip().lower() for key, value in self.fields if key == name.lower() for item in value.split(",")}

    def json(self):
        """The body, which must be JSON without duplicate names and be called so."""
        kind = self.header("content-type")
        assert kind in ("application/json", "application/problem+json", "application/jwk-set+json"), kind
        return jsonlib.loads(self.body.decode(), object_pairs_hook=without_duplicates)


def without_duplicates(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"duplicate names: {names}"
    return dict(pairs)


class Connection:
    """To a port, from the address `source` if one is given; or to a Unix socket by its path."""
    def __init__(self, port, host="127.0.0.1", source=None):
        self.port = port
        if isinstance(port, int):
            self.socket = socket.create_connection((host, port), SECONDS, source_address=(source, 0) if source else None)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(SECONDS)
            self.socket.connect(str(port))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _fill(self):
        received = self.socket.recv(65536)
        assert received, f"the connection ended within an answer: {self.buffer[:200]!r}"
        self.buffer += received

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _bytes(self, count):
        while len(self.buffer) < count:
            self._fill()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def read(self, method="GET"):
        """One answer to a request of that method."""
        status = STATUS_LINE.match(line := self._line())
        assert status, f"no status line: {line!r}"
        answer = Answer(int(status.group(1)))
        while line := self._line():
            assert (parts := FIELD_LINE.match(line)), f"no field line: {line!r}"
            answer.fields.append((parts.group(1).decode().lower(), parts.group(2).decode()))
        if answer.status >= 200:
            assert answer.header("transfer-encoding") is None
            self._read_body(answer, method)
        for text in [answer.body, *(value.encode() for name, value in answer.fields if name == "set-cookie")]:
            handed_out.setdefault(self.port, set()).update(REFRESH_TOKENS.findall(text))
        return answer

    def _read_body(self, answer, method):
        length = answer.header("content-length")
        if answer.status in (204, 304):
            assert length is None or answer.status == 304  # RFC 9110 §8.6
            return
        assert length is not None and length.isdigit(), f"Content-Length: {length}"
        if method != "HEAD":
            answer.body = self._bytes(int(length))

    def ended(self, seconds=SECONDS):
        """Whether the server closed, with nothing more sent."""
        self.socket.settimeout(seconds)
        try:
            return not self.buffer and self.socket.recv(1) == b""
        except (ConnectionResetError, BrokenPipeError):
            return True
        except TimeoutError:
            return False


def request_bytes(method, target, fields=(), body=b"", host="127.0.0.1"):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in fields)]
    if body and not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in fields):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def ask(port, method, target, fields=(), body=b"", json=None, form=None, token=None, host="127.0.0.1"):
    """One request on a connection of its own."""
    fields = list(fields)
    if json is not None:
        body = (json if isinstance(json, str) else jsonlib.dumps(json)).encode() if not isinstance(json, bytes) else json
        fields.append(("Content-Type", "application/json"))
    if form is not None:
        body = (form if isinstance(form, str) else urlencode(form)).encode()
        fields.append(("Content-Type", "application/x-www-form-urlencoded"))
    if token is not None:
        fields.append(("Authorization", f"Bearer {token}"))
    with Connection(port) as connection:
        connection.send(request_bytes(method, target, fields, body, host))
        return connection.read(method)
