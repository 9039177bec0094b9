# SPDX-License-Identifier: Apache-2.0
"""Keys that are found and followed, tokens, and refusals that are ready to be sent."""
import base64
import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional

import jwt
from jwt.algorithms import OKPAlgorithm

from ._http import Connection, Unreachable, check_url
from ._revocations import Revocable, Revocations

# None with a shared secret: whoever can read a published one can sign (RFC 8725 §2.1).
ALGORITHMS = {"ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "ES512": ("EC", "P-521"), "ES256K": ("EC", "secp256k1"), "EdDSA": ("OKP", None), "Ed25519": ("OKP", "Ed25519"),
              "Ed448": ("OKP", "Ed448"), "RS256": ("RSA", None), "RS384": ("RSA", None), "RS512": ("RSA", None), "PS256": ("RSA", None), "PS384": ("RSA", None), "PS512": ("RSA", None)}
# RFC 9864 §2.2: EdDSA by the names of its curves, which PyJWT does not know. One that comes to know them refuses to be told.
for _name in ("Ed25519", "Ed448"):
    with contextlib.suppress(ValueError):
        jwt.register_algorithm(_name, OKPAlgorithm())
LONGEST_TOKEN = 8192
LONGEST_WAIT = 8  # seconds: a Keyhold answers anything within 10


class Refused(Exception):
    """Why there is no User. `status`, `headers` and `body` are ready to be sent; `code` is a stable word, for logs."""
    def __init__(self, status: int, code: str, scopes: str = ""):
        super().__init__(code)
        self.status, self.code = status, code
        self.headers = {"Cache-Control": "no-store"}
        challenge = {401: 'Bearer realm="protected"', 403: f'Bearer realm="protected", error="insufficient_scope", scope="{scopes}"'}.get(status)
        if status == 401 and code != "not_authenticated":
            challenge += ', error="invalid_token"'
        if challenge:
            self.headers["WWW-Authenticate"] = challenge
        else:
            self.headers["Retry-After"] = "1"
        self.detail = {401: "Not authenticated" if code == "not_authenticated" else "Could not validate credentials", 403: "This needs other scopes"}.get(
            status, "Nobody can say now who this is")

    @property
    def body(self) -> str:
        title = {401: "Unauthorized", 403: "Forbidden"}.get(self.status, "Service Unavailable")
        code = self.code if self.status == 403 or self.code == "not_authenticated" else {401: "invalid_token"}.get(self.status, "unavailable")
        return json.dumps({"type": "about:blank", "title": title, "status": self.status, "detail": self.detail, "code": code})


@dataclass(frozen=True)
class User:
    """Who is asking."""
    id: str
    name: Optional[str]
    scopes: frozenset
    roles: frozenset
    claims: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class RevocationsKnown:
    followed: bool             # the issuer says what was revoked
    age: Optional[float]       # seconds since it last did; None: never
    sessions: int              # that ended, and whose tokens may not have expired


class _NotNow(Exception):
    """Nobody can say whether the token is good."""


class _Bad(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class _Seen:
    claims: dict
    user: User
    revocable: Revocable
    version: int  # of the keys


class Guard:
    """Any number of threads. Waits for the issuer's first answer; one that cannot be reached is no error: it is tried again, and check() says 503 until
    it answers. Raises ValueError for what is no issuer's URL. close() ends its threads."""

    def __init__(self, issuer: str, *, audience: Optional[str] = None, types=("at+jwt",), leeway: float = 60, refresh_every: float = 300,
                 cool_down: float = 30, stale_if_error: float = 86400, wait_for_keys: float = 1, timeout: float = 5, ca_file: Optional[str] = None,
                 allow_http: bool = False, follow_revocations: bool = True, revocations_stale_after: Optional[float] = None,
                 remembered_tokens: int = 1024):
        self.issuer = check_url(issuer, allow_http)
        self.audience = audience or issuer
        self._types = tuple(name.lower() for name in types)
        self._allow_http, self._leeway, self._timeout = allow_http, leeway, timeout
        self._refresh_every, self._cool_down, self._stale_if_error, self._wait_for_keys = refresh_every, cool_down, stale_if_error, wait_for_keys
        self._follow, self._stale_after = follow_revocations, revocations_stale_after
        if revocations_stale_after is not None and (not follow_revocations or revocations_stale_after < 2):
            raise ValueError("revocations_stale_after: at least two seconds, of a feed that is followed")
        self._http, self._feed_http = Connection(ca_file), Connection(ca_file)
        self._lock = threading.Condition()
        self._keys, self._version, self._good_until = {}, 0, float("-inf")  # under the lock, as all that follows
        self._begun, self._over, self._awaited, self._asked_at = 0, 0, 0, float("-inf")
        self._feed_url = None
        self._closed = False
        self._troubles = {"keys": "", "revocations": ""}
        self._seen, self._most_seen = OrderedDict(), remembered_tokens
        self._revocations, self._after, self._answered_at = Revocations(), None, None
        self._fetch_keys()
        self._start(self._keep_keys)  # before the feed, which may be signed by a key that was made a moment ago
        if self._feed_url:
            self._catch_up(0)
        self._start(self._keep_revocations)

    # What others ask.

    def check(self, authorization: Optional[str], *scopes: str) -> User:
        """`authorization`: the field's value, None if none came. All scopes are asked for. Raises Refused."""
        try:
            scheme, _, token = (authorization or "").partition(" ")
            token = token.strip(" ")
            if scheme.lower() != "bearer" or not token:
                raise _Bad("not_authenticated")
            seen = self._find(token)
            if seen.claims["exp"] <= time.time():
                raise _Bad("token_expired")
            if self._follow:
                self._check_revoked(seen.revocable)
        except _Bad as bad:
            raise Refused(401, bad.code) from None
        except _NotNow:
            raise Refused(503, "unavailable") from None
        if not seen.user.scopes.issuperset(scopes):
            raise Refused(403, "insufficient_scope", " ".join(scopes))
        return seen.user

    def revocations(self) -> RevocationsKnown:
        with self._lock:
            at, followed = self._answered_at, self._feed_url is not None
        return RevocationsKnown(followed, None if at is None else time.monotonic() - at, self._revocations.sessions)

    @property
    def trouble(self) -> str:
        """What went wrong with the issuer last; empty if all is well."""
        with self._lock:
            return "; ".join(text for text in self._troubles.values() if text)

    def close(self):
        with self._lock:
            self._closed = True
            self._lock.notify_all()
        self._http.close()
        self._feed_http.close()

    def _start(self, work):
        threading.Thread(target=work, name=f"keyhold{work.__name__}", daemon=True).start()

    # Tokens.

    def _find(self, token):
        if len(token) > LONGEST_TOKEN:
            raise _Bad("token_malformed")
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()  # nobody learns by a clock how far a guess was right
        with self._lock:
            version = self._version if time.monotonic() < self._good_until else 0
            seen = self._seen.get(digest)
            if seen is not None and seen.version == version:
                self._seen.move_to_end(digest)
                return seen
        claims, version = self._verify(token, self._types, self.audience, ("exp", "sub"))
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise _Bad("token_claims")
        roles = claims.get("roles")
        roles = [roles] if isinstance(roles, str) else roles if isinstance(roles, list) else []
        scope = claims.get("scope")
        user = User(claims["sub"], claims.get("preferred_username"), frozenset(scope.split()) if isinstance(scope, str) else frozenset(),
                    frozenset(role for role in roles if isinstance(role, str)), claims)
        seen = _Seen(claims, user, Revocable.of(claims), version)
        with self._lock:
            if self._most_seen > 0:
                self._seen[digest] = seen
                while len(self._seen) > self._most_seen:
                    self._seen.popitem(last=False)
        return seen

    def _verify(self, token, types, audience, required, by_issuer=False):
        """Claims, and the version of the keys. `by_issuer`: it has just come from there, and no stranger."""
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError):
            raise _Bad("token_malformed") from None
        if str(header.get("typ", "")).lower().removeprefix("application/") not in types or "crit" in header:
            raise _Bad("token_claims")
        key, version = self._key(header.get("kid"), by_issuer)
        if header.get("alg") != key.algorithm:
            raise _Bad("token_signature")
        try:
            claims = jwt.decode(token, key.key, algorithms=[key.algorithm], issuer=self.issuer, audience=audience,
                                options={"require": list(required), "verify_iat": False, "verify_nbf": False})
        except jwt.InvalidSignatureError:
            raise _Bad("token_signature") from None
        except jwt.ExpiredSignatureError:
            raise _Bad("token_expired") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise _Bad("token_claims") from None
        for name in ("exp", "iat", "nbf"):
            if name in claims and (not isinstance(claims[name], (int, float)) or isinstance(claims[name], bool)):
                raise _Bad("token_claims")
            if name != "exp" and claims.get(name, 0) > time.time() + self._leeway:
                raise _Bad("token_not_yet_valid")
        return claims, version

    def _check_revoked(self, revocable):
        if self._stale_after is not None:
            age = self.revocations().age
            if age is None or age > self._stale_after:
                raise _NotNow
        if self._revocations.is_over(revocable):
            raise _Bad("token_not_live")

    # Keys.

    def _key(self, kid, by_issuer):
        for may_ask in (True, False):
            with self._lock:
                if self._version == 0 or time.monotonic() >= self._good_until:
                    raise _NotNow
                # A token that names no key is under the only one there is.
                found = self._keys.get(kid) if isinstance(kid, str) else next(iter(self._keys.values())) if len(self._keys) == 1 else None
                if found is not None:
                    return found, self._version
                if not may_ask:
                    # The issuer may have a key that we could not be told of.
                    if self._troubles["keys"]:
                        raise _NotNow
                    raise _Bad("token_key_unknown")
                self._ask_again(by_issuer)
        raise AssertionError

    def _ask_again(self, by_issuer):
        """Under the lock: has the keys fetched, unless a stranger had that done within the cool-down, and waits for that, but not for long."""
        now = time.monotonic()
        if by_issuer or now - self._asked_at >= self._cool_down:
            self._asked_at = self._asked_at if by_issuer else now
            self._awaited = self._begun + 1
            self._lock.notify_all()
        self._lock.wait_for(lambda: self._over >= self._awaited or self._closed, self._wait_for_keys)

    def _keep_keys(self):
        failures = 0
        while True:
            pause = self._refresh_every if failures == 0 else min(self._refresh_every, 2.0 ** min(failures - 1, 10))
            with self._lock:
                self._lock.wait_for(lambda: self._awaited > self._begun or self._closed, pause)
                if self._closed:
                    return
            failures = 0 if self._fetch_keys() else failures + 1

    def _fetch_keys(self):
        with self._lock:
            self._begun += 1
        keys, feed, trouble = None, None, ""
        try:
            discovery = self._json(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if discovery.get("issuer") != self.issuer:
                raise ValueError("its discovery document names another issuer (even a / at the end counts)")
            keys = read_keys(self._json(self._endpoint(discovery, "jwks_uri")))
            if self._follow and "revocation_feed_endpoint" in discovery:
                feed = self._endpoint(discovery, "revocation_feed_endpoint")
        except (Unreachable, ValueError, AttributeError) as problem:
            trouble = f"{self.issuer}: {problem}"
        with self._lock:
            if keys is not None:
                if {kid: key.text for kid, key in keys.items()} != {kid: key.text for kid, key in self._keys.items()} or self._version == 0:
                    self._keys, self._version = keys, self._version + 1
                self._good_until = time.monotonic() + self._refresh_every + 3 * self._timeout + self._stale_if_error
            self._feed_url = feed or self._feed_url
            self._troubles["keys"] = trouble
            self._over += 1
            self._lock.notify_all()
        return not trouble

    def _json(self, url):
        answer = json.loads(self._http.get(url, self._timeout))
        if not isinstance(answer, dict):
            raise ValueError(f"{url}: not a JSON object")
        return answer

    def _endpoint(self, discovery, name):
        url = discovery.get(name)
        if not isinstance(url, str):
            raise ValueError(f"its discovery document has no {name}")
        # Otherwise an issuer far away could have us ask what listens on this machine alone.
        if self.issuer.startswith("https:") and not url.startswith("https:"):
            raise ValueError(f"{name} is not https, and the issuer is")
        return check_url(url, self._allow_http)

    # What was revoked.

    def _keep_revocations(self):
        pause = 0.05
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._closed, pause)
                if self._feed_url is None:
                    self._lock.wait_for(lambda: self._closed or self._feed_url is not None)
                if self._closed:
                    return
            before, begin = self._after, time.monotonic()
            wait = LONGEST_WAIT if self._stale_after is None else max(1, min(LONGEST_WAIT, int(self._stale_after / 2)))
            if not self._catch_up(wait):
                pause = max(0.25, min(2 * pause, 5))
            else:
                pause = 0.25 if self._after == before and time.monotonic() - begin < 1 else 0.05

    def _catch_up(self, wait):
        trouble = ""
        try:
            while self._ask_for_revocations(wait):
                pass
        except (Unreachable, ValueError) as problem:
            trouble = str(problem)
        except (_Bad, _NotNow) as problem:
            trouble = f"{self._feed_url}: its signature: {problem or 'there is no key'}"
        with self._lock:
            self._troubles["revocations"] = trouble
        return not trouble

    def _ask_for_revocations(self, wait):
        """True: there is more already."""
        url = self._feed_url
        asked = f"{url}?wait={wait}" + (f"&after={self._after}" if self._after is not None else "")
        token, line, entries = self._feed_http.get(asked, self._timeout + wait).partition(b"\n")
        if not line:
            raise ValueError(f"{url}: no answer as a revocation feed has them")
        claims, _ = self._verify(token.decode("ascii", "replace"), ("revocations+jwt",), url, ("exp",), by_issuer=True)
        digest = base64.urlsafe_b64encode(hashlib.sha256(entries).digest()).rstrip(b"=").decode()
        if not hmac.compare_digest(str(claims.get("sha256")).encode(), digest.encode()) or claims.get("after") != self._after:
            raise ValueError(f"{url}: no answer to what was asked")
        more = claims.get("more") is True
        if more and claims.get("last") == self._after:
            raise ValueError(f"{url}: it does not go on")
        self._revocations.apply(claims, entries, time.monotonic())
        with self._lock:
            self._after = claims["last"]
            if not more:
                self._answered_at = time.monotonic()
            if claims.get("keys_changed") is True:
                self._awaited = self._begun + 1
                self._lock.notify_all()
        return more


@dataclass(frozen=True)
class _Key:
    key: Any
    algorithm: str
    text: str


def read_keys(document):
    """By `kid`. A set with a secret, or with the private half of a key, is not believed: everybody could sign. Keys that we do not know are passed over."""
    if not isinstance(document.get("keys"), list):
        raise ValueError("no JWK Set")
    keys = {}
    for number, jwk in enumerate(document["keys"]):
        if not isinstance(jwk, dict):
            raise ValueError("no JWK Set")
        if jwk.get("kty") == "oct" or "d" in jwk:
            raise ValueError("it publishes a secret")
        kind = (jwk.get("kty"), jwk.get("crv"))
        algorithm = jwk.get("alg") or next((name for name, (kty, crv) in ALGORITHMS.items() if kty == kind[0] and crv in (None, kind[1])), None)
        kty, crv = ALGORITHMS.get(algorithm, (None, None)) if isinstance(algorithm, str) else (None, None)
        if kty is None or kty != kind[0] or crv not in (None, kind[1]) or jwk.get("use", "sig") != "sig":
            continue
        try:
            keys[jwk.get("kid", f"#{number}")] = _Key(jwt.PyJWK(jwk, "EdDSA" if kty == "OKP" else algorithm).key, algorithm, json.dumps(jwk, sort_keys=True))
        except (jwt.PyJWTError, ValueError, KeyError, TypeError):
            continue
    return keys
