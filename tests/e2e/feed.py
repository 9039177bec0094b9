# SPDX-License-Identifier: Apache-2.0
"""The revocation feed as docs/revocations.md has it, read by nobody's library but PyJWT."""
import base64
import hashlib
from dataclasses import dataclass

import jwt
from wire import Connection, ask

PATH = "/events/revocations"


def fingerprint(text):
    return hashlib.sha256(text.encode()).digest()[:8]


def sid_of(token):
    return jwt.decode(token, options={"verify_signature": False})["sid"]


@dataclass
class Page:
    claims: dict
    sessions: list
    accounts: dict


def read(provider, body):
    """Checks what an answer says of itself."""
    token, _, entries = body.partition(b"\n")
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == ("ES256", "revocations+jwt")
    keys = jwt.PyJWKSet.from_dict(ask(provider.port, "GET", "/.well-known/jwks.json").json())
    claims = jwt.decode(token, keys[header["kid"]].key, algorithms=["ES256"], issuer=provider.url, audience=provider.url + PATH,
                        options={"require": ["exp", "iat"]})
    assert claims["sha256"] == base64.urlsafe_b64encode(hashlib.sha256(entries).digest()).rstrip(b"=").decode()
    many = claims["sessions"]
    sessions = [entries[at:at + 8] for at in range(0, 8 * many, 8)]
    rest = entries[8 * many:]
    assert len(rest) == 16 * claims["accounts"]
    accounts = {rest[at:at + 8]: int.from_bytes(rest[at + 8:at + 16], "big") for at in range(0, len(rest), 16)}
    return Page(claims, sessions, accounts)


def get(provider, after=None, wait=0):
    answer = ask(provider.port, "GET", f"{PATH}?wait={wait}" + (f"&after={after}" if after is not None else ""))
    assert answer.status == 200, answer.body
    assert answer.header("content-type") == "application/vnd.keyhold.revocations" and answer.header("cache-control") == "no-store"
    return read(provider, answer.body)


def newest(provider):
    page = get(provider)
    while page.claims["more"]:
        page = get(provider, page.claims["last"])
    return page.claims["last"]


def quiet(provider):
    """The number behind which nothing came for three seconds: a server that began a second ago makes a key, and says so."""
    last = newest(provider)
    while (page := get(provider, last, wait=3)).claims["last"] != last:
        last = page.claims["last"]
    return last


class Waiting:
    """Somebody who waits for news on a connection of their own."""
    def __init__(self, provider, after, wait=8):
        self.provider = provider
        self.connection = Connection(provider.port)
        self.connection.send(f"GET {PATH}?after={after}&wait={wait} HTTP/1.1\r\nHost: h\r\n\r\n".encode())

    def answer(self):
        return self.connection.read()

    def hang_up(self):
        self.connection.socket.close()
