# SPDX-License-Identifier: Apache-2.0
"""Asking the issuer: https, or http on this machine; no redirect, no proxy of the environment, no long answer."""
import http.client
import json
import socket
import ssl
import threading
from urllib.parse import urlsplit

MOST = 1 << 20  # bytes of an answer
LONGEST_DETAIL = 300  # longer ones are no sentence for a log
ON_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


class Unreachable(Exception):
    """No answer came, or none that can be used. The sentence is for logs."""


def check_url(url, allow_http=False):
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{url}: not the URL of an issuer")
    if parts.scheme == "http" and not allow_http and parts.hostname not in ON_THIS_MACHINE:
        raise ValueError(f"{url}: http is for this machine alone; use https")
    return url


def _reason_in(body):
    """What the issuer says of its refusal (RFC 9457), as JSON, so that it cannot begin a line of a log; empty if it says nothing."""
    try:
        detail = json.loads(body)["detail"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return f": {json.dumps(detail)}" if isinstance(detail, str) and 0 < len(detail) <= LONGEST_DETAIL else ""


class Connection:
    """Kept open between requests. One thread asks; close() may come from another and ends what it waits for."""
    def __init__(self, ca_file=None):
        self._tls = ssl.create_default_context(cafile=ca_file)
        self._lock = threading.Lock()
        self._open = None  # under the lock: (origin, connection)
        self._closed = False  # under the lock

    def get(self, url, timeout):
        """The body of an answer 200. Raises Unreachable."""
        try:
            return self._get(url, timeout)
        except (OSError, http.client.HTTPException, ValueError) as problem:
            self._drop()
            raise Unreachable(f"{url.partition('?')[0]}: {problem or type(problem).__name__}") from problem

    def _get(self, url, timeout):
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        was_open = self._open is not None
        try:
            answer = self._ask(parts, target, timeout)
        except (ConnectionError, http.client.RemoteDisconnected, http.client.CannotSendRequest):
            if not was_open:
                raise
            self._drop()  # it was closed while nobody asked
            answer = self._ask(parts, target, timeout)
        body = answer.read(MOST + 1)
        if len(body) > MOST:
            raise ValueError("the answer is too large")
        if answer.status != 200:
            raise ValueError(f"status {answer.status}{_reason_in(body)}")
        return body

    def _ask(self, parts, target, timeout):
        origin = (parts.scheme, parts.netloc)
        with self._lock:
            if self._closed:
                raise OSError("closed")
            if self._open is None or self._open[0] != origin:
                if parts.scheme == "https":
                    made = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=self._tls)
                else:
                    made = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
                self._open = (origin, made)
            connection = self._open[1]
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        else:
            connection.timeout = timeout
        connection.request("GET", target, headers={"User-Agent": "keyhold-python"})
        return connection.getresponse()

    def _drop(self):
        with self._lock:
            connection, self._open = self._open, None
        if connection is not None:
            connection[1].close()

    def close(self):
        with self._lock:
            self._closed = True
            sock = self._open[1].sock if self._open is not None else None
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it was over already
