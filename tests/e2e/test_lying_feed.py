# SPDX-License-Identifier: Apache-2.0
"""A revocation feed that lies, is cut, or is signed by somebody else: no guard of any language believes it, and a true one is believed."""
import base64
import hashlib
import json
import time

import jwt
import pytest
from feed import fingerprint
from guards import LANGUAGES, guard_of
from lying_issuer import DISCOVERY, Issuer, Key

FEED = "/feed"


class Feeding(Issuer):
    """Tells that session "gone" has ended, once; then that there are no news."""
    def __init__(self):
        super().__init__()
        self.change = lambda claims, entries: (claims, entries)  # before it is signed
        self.spoil = lambda body: body                           # afterwards
        self.signed_by, self.typ = self.keys[0], "revocations+jwt"
        self.answers[DISCOVERY] = (200, {"Content-Type": "application/json"}, json.dumps(self.discovery(revocation_feed_endpoint=self.url + FEED)))

    def answer(self, handler):
        if not handler.path.startswith(FEED):
            return super().answer(handler)
        after = handler.path.partition("&after=")[2]
        now = int(time.time())
        entries = b"" if after else fingerprint("gone")
        claims = {"iss": self.url, "aud": self.url + FEED, "iat": now, "exp": now + 60, "last": 7, "whole": bool(after), "more": False, "keep": 600,
                  "sessions": len(entries) // 8, "accounts": 0} | ({"after": int(after)} if after else {})
        claims, entries = self.change(claims, entries)
        claims = {"sha256": base64.urlsafe_b64encode(hashlib.sha256(entries).digest()).rstrip(b"=").decode()} | claims
        token = jwt.encode({name: value for name, value in claims.items() if value is not None}, self.signed_by.private, algorithm="ES256",
                           headers={"kid": self.keys[0].kid, "typ": self.typ})
        self.answers[handler.path] = (200, {}, self.spoil(token.encode() + b"\n" + entries))
        return super().answer(handler)

    def token(self, sid):
        return super().token(headers={"kid": self.keys[0].kid}, sid=sid)


@pytest.fixture
def issuer():
    started = Feeding()
    yield started
    started.stop()


def outcome(language, issuer):
    guard = guard_of(language, issuer.url)
    try:
        assert guard.check(issuer.token("here")).startswith("200")
        return guard.check(issuer.token("gone")), guard.trouble()
    finally:
        assert guard.stop() == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_true_feed_is_believed(language, issuer):
    assert outcome(language, issuer) == ("401 token_not_live", "")


def claims(**changed):
    return "change", lambda said, entries: (said | changed, entries)


LIES = {
    "another entry than was signed": ("spoil", lambda body: body[:-1] + bytes([body[-1] ^ 1])),
    "an entry too few": ("spoil", lambda body: body[:-8]),
    "an entry too many": ("spoil", lambda body: body + b"12345678"),
    "a page of HTML": ("spoil", lambda body: b"<html>"),
    "nothing": ("spoil", lambda body: b""),
    "a signature of another key": ("signed_by", Key("k0")),
    "another type": ("typ", "at+jwt"),
    "another audience": claims(aud="https://id.example/feed"),
    "another issuer": claims(iss="https://id.example"),
    "an old answer": claims(exp=int(time.time()) - 3600, iat=int(time.time()) - 3660),
    "an answer to another question": claims(after=6),
    "more entries than there are": claims(sessions=2),
    "entries without end": claims(sessions=2**60),
    "fewer than none": claims(sessions=-1, accounts=1),
    "no lifetime": claims(keep=0),
    "no number": claims(last=None),
    "always more": claims(more=True, sessions=0, sha256=None),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lie", LIES)
def test_a_false_one_is_not(language, issuer, lie):
    what, change = LIES[lie]
    setattr(issuer, what, change)
    answer, trouble = outcome(language, issuer)
    assert answer.startswith("200") and trouble != "", (answer, trouble)
    assert len([path for path in issuer.asked if path.startswith(FEED)]) < 20
