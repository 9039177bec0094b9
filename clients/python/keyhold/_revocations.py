# SPDX-License-Identifier: Apache-2.0
"""Which tokens are over before they expire, as the issuer's feed has told (docs/revocations.md)."""
import hashlib
import struct
import threading
from array import array
from bisect import bisect_left
from dataclasses import dataclass

PIECES = 1024
GENERATIONS = 5  # each is filled for a third of the time for which entries matter, and kept for four thirds behind that
LONGEST = 3650 * 86400
LATEST = 2**32 - 1  # what is behind 2106 is taken for that: whatever was issued until then is meant


def fingerprint(text):
    """The first 64 bits of the SHA-256 of an id's text."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


class Fingerprints:
    """Sorted numbers of 64 bits in 8 bytes each: a Python set would take 60."""
    def __init__(self):
        self._pieces = None
        self.size = 0

    def add(self, number):
        if self._pieces is None:
            self._pieces = [array("Q") for _ in range(PIECES)]
        piece = self._pieces[number >> 54]
        at = bisect_left(piece, number)
        if at == len(piece) or piece[at] != number:
            piece.insert(at, number)
            self.size += 1

    def __contains__(self, number):
        if self._pieces is None:
            return False
        piece = self._pieces[number >> 54]
        at = bisect_left(piece, number)
        return at < len(piece) and piece[at] == number


class DatedFingerprints:
    """The same with the latest time of each, in seconds since 1970: 12 bytes, where an entry of a dict would take 150."""
    def __init__(self):
        self._pieces = None

    def add(self, number, at):
        if self._pieces is None:
            self._pieces = [(array("Q"), array("I")) for _ in range(PIECES)]
        numbers, times = self._pieces[number >> 54]
        place, at = bisect_left(numbers, number), min(at, LATEST)
        if place < len(numbers) and numbers[place] == number:
            times[place] = max(times[place], at)
            return
        numbers.insert(place, number)
        times.insert(place, at)

    def get(self, number):
        if self._pieces is None:
            return None
        numbers, times = self._pieces[number >> 54]
        place = bisect_left(numbers, number)
        return times[place] if place < len(numbers) and numbers[place] == number else None


@dataclass
class Generation:
    begun: float
    sessions: Fingerprints
    accounts: DatedFingerprints


class Known:
    def __init__(self):
        self.generations = []
        self.roles_changed_at = 0
        self.valid_from = 0

    def current(self, now, keep):
        if not self.generations or now - self.generations[-1].begun > keep / 3 + 1:
            self.generations = [*self.generations, Generation(now, Fingerprints(), DatedFingerprints())][-GENERATIONS:]
        return self.generations[-1]


@dataclass(frozen=True)
class Revocable:
    """What of a token a revocation may name."""
    session: "int | None"
    account: int
    issued_at: float
    has_rights: bool

    @classmethod
    def of(cls, claims):
        sid, sub, iat = claims.get("sid"), claims.get("sub"), claims.get("iat")
        is_number = isinstance(iat, (int, float)) and not isinstance(iat, bool)
        return cls(fingerprint(sid) if isinstance(sid, str) else None, fingerprint(sub if isinstance(sub, str) else ""),
                   iat if is_number else float("-inf"), bool(claims.get("scope") or claims.get("roles")))


class Revocations:
    """Any thread asks, one applies."""
    def __init__(self):
        self._lock = threading.Lock()
        self._known = Known()
        self._next = None  # where the feed begins anew: takes the other's place when it is complete
        self.version = 0

    def apply(self, claims, entries, now, leeway=0):
        """One answer, whose signature was checked. Raises ValueError if it is none."""
        numbers = {name: claims.get(name) for name in ("last", "keep", "sessions", "accounts")} | {name: claims.get(name, 0) for name in ("roles_changed_at", "valid_from")}
        if any(type(number) is not int or number < 0 for number in numbers.values()) or not 0 < numbers["keep"] <= LONGEST:
            raise ValueError("not an answer of a revocation feed")
        sessions, accounts = numbers["sessions"], numbers["accounts"]
        if 8 * sessions + 16 * accounts != len(entries):
            raise ValueError("the entries are not as many as it says")
        with self._lock:
            if claims.get("whole") is not True:
                self._next = Known()
            known = self._next or self._known
            generation = known.current(now, numbers["keep"] + leeway)
            for (number,) in struct.iter_unpack(">Q", entries[:8 * sessions]):
                generation.sessions.add(number)
            for number, at in struct.iter_unpack(">QQ", entries[8 * sessions:]):
                generation.accounts.add(number, at)
            known.roles_changed_at = max(known.roles_changed_at, numbers["roles_changed_at"])
            known.valid_from = numbers["valid_from"]
            if self._next is not None and claims.get("more") is not True:
                self._known, self._next = self._next, None
            self.version += 1

    def is_over(self, token):
        with self._lock:
            known = self._known
            if token.issued_at < known.valid_from or (token.has_rights and token.issued_at <= known.roles_changed_at):
                return True
            for generation in known.generations:
                if token.session is not None and token.session in generation.sessions:
                    return True
                at = generation.accounts.get(token.account)
                if at is not None and token.issued_at <= at and (token.session is None or token.has_rights):
                    return True
            return False

    @property
    def sessions(self):
        with self._lock:
            return sum(generation.sessions.size for generation in self._known.generations)
