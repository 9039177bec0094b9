# SPDX-License-Identifier: Apache-2.0
"""A guard and an issuer that lies, fails, rotates or is slow (lying_issuer.py): never a token too many, and no storm at the issuer."""
import json
import socket
import time

import jwt
import pytest
from certificates import Authority
from guard_package import Probe, probe
from guards import LANGUAGES, guard_of
from lying_issuer import DISCOVERY, INTROSPECT, KEYS, OAUTH, Issuer, Key
from people import Account
from server import PASSWORD, QUICK, free_port
from waiting import eventually, paced
from wire import ask

JSON = {"Content-Type": "application/json"}
DAY = 86400


@pytest.fixture
def issuer():
    started = Issuer()
    yield started
    started.stop()


@pytest.fixture
def guard():
    """Makes guards; each must end by itself."""
    probe()  # whoever measures does not mean the compiler
    made = []

    def make(kind, value, **options):
        made.append(Probe(kind, value, **options))
        return made[-1]

    yield make
    for one in made:
        assert one.stop() in (0, 1)


def test_an_issuers_tokens_are_taken_and_nobody_elses(issuer, guard):
    of_issuer = guard("issuer", issuer.url)
    assert of_issuer.said == "ready" and of_issuer.trouble() == ""
    assert of_issuer.check(issuer.token()) == "200 ann"
    assert of_issuer.check(issuer.token()) == "200 ann"
    assert of_issuer.check(issuer.token(key=Key("k0"))) == "401 token_signature"
    assert of_issuer.check(issuer.token(exp=int(time.time()) - 1)) == "401 token_expired"
    assert of_issuer.check(issuer.token(iss="https://id.example")) == "401 token_claims"
    assert of_issuer.check(issuer.token(iss=None)) == "401 token_claims"
    for audience in ("somebody", None):
        assert of_issuer.check(issuer.token(aud=audience)) == "401 token_claims"
    assert of_issuer.check(issuer.token(aud=["somebody", issuer.url])) == "200 ann"
    for kind in ("JWT", "logout+jwt", None):
        assert of_issuer.check(issuer.token(headers={"typ": kind})) == "401 token_claims"
    assert of_issuer.check(issuer.token(headers={"typ": "application/AT+JWT"})) == "200 ann"
    assert of_issuer.ask(f"scope a {issuer.token(scope='a b')}") == "200 ann"
    assert of_issuer.ask(f"scope c {issuer.token(scope='a b')}") == "403 insufficient_scope"
    assert issuer.fetches() == 1


def test_what_is_said_of_audience_and_type_counts_instead(issuer, guard):
    generous = guard("issuer", issuer.url, audience="", type="")
    assert generous.check(issuer.token(aud=None, headers={"typ": None})) == "200 ann"
    assert generous.check(issuer.token()) == "401 token_claims"  # it is for somebody
    own = guard("issuer", issuer.url, audience="notes", type="JWT")
    assert own.check(issuer.token(aud="notes", headers={"typ": "JWT"})) == "200 ann"
    assert own.check(issuer.token(aud="notes")) == own.check(issuer.token(headers={"typ": "JWT"})) == "401 token_claims"


def test_a_public_key_is_never_taken_for_a_secret(issuer, guard):
    of_issuer = guard("issuer", issuer.url, wait_for_keys=0)
    from cryptography.hazmat.primitives import serialization
    public = issuer.keys[0].private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    header = jwt.utils.base64url_encode(b'{"alg":"HS256","kid":"k0"}')
    body = jwt.utils.base64url_encode(json.dumps({"sub": "ann", "iss": issuer.url, "exp": time.time() + 60}).encode())
    import hashlib
    import hmac
    signature = jwt.utils.base64url_encode(hmac.new(public, header + b"." + body, hashlib.sha256).digest())
    assert of_issuer.check((header + b"." + body + b"." + signature).decode()) == "401 token_key_unknown"
    none = jwt.utils.base64url_encode(b'{"alg":"none"}')
    assert of_issuer.check((none + b"." + body + b".").decode()) == "401 token_malformed"


def test_discovery_is_found_where_rfc_8414_puts_it(issuer, guard):
    issuer.answers[DISCOVERY] = (404, {}, "")
    issuer.answers[OAUTH] = (200, JSON, json.dumps(issuer.discovery()))
    assert guard("issuer", issuer.url).check(issuer.token()) == "200 ann"


def test_the_keys_alone_will_do(issuer, guard):
    of_keys = guard("jwks", issuer.url + KEYS, issuer=issuer.url)
    assert of_keys.check(issuer.token()) == "200 ann"
    assert of_keys.check(issuer.token(headers={"typ": "JWT"})) == of_keys.check(issuer.token(aud="somebody")) == "401 token_claims"
    assert guard("jwks", issuer.url + KEYS, issuer="https://id.example").check(issuer.token()) == "401 token_claims"


# What the keys' address answers instead of keys: (status, fields, body). None of it may let anybody in, or end the guard.
LIES = {
    "404": (404, {}, ""),
    "500 with good keys": (500, JSON, None),
    "a page": (200, {"Content-Type": "text/html"}, "<!doctype html><title>Sign in</title>"),
    "nothing": (200, JSON, ""),
    "no JSON": (200, JSON, "{"),
    "other JSON": (200, JSON, '{"a":1}'),
    "keys that are no list": (200, JSON, '{"keys":{"kty":"EC"}}'),
    "numbers for keys": (200, JSON, '{"keys":[1,2,3]}'),
    "10 MB": (200, JSON, " " * 10_000_000 + '{"keys":[]}'),
    "10 MB of keys": (200, JSON, json.dumps({"keys": [{"kty": "EC"}] * 800_000})),
    "deep": (200, JSON, '{"keys":' + "[" * 100_000 + "]" * 100_000 + "}"),
    "a redirect to a file": (302, {"Location": "file:///etc/passwd"}, ""),
    "a redirect to elsewhere": (302, {"Location": "https://id.example/keys"}, ""),
    "a redirect to this machine": (307, {"Location": "http://127.0.0.1:1/keys"}, ""),
    "a compressed body that is none": (200, JSON | {"Content-Encoding": "gzip"}, "x"),
    "a length that is too large": (200, JSON | {"Content-Length": "99999999"}, "{}"),
    "a name twice": (200, JSON, '{"keys":[],"keys":[]}'),
    "a weak key": (200, JSON, '{"keys":[{"kty":"RSA","kid":"k0","n":"AQAB","e":"AQAB"}]}'),
    "a secret": (200, JSON, '{"keys":[{"kty":"oct","kid":"k0","alg":"HS256","k":"' + "A" * 43 + '"}]}'),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_issuer_that_lies_from_the_start_lets_nobody_in(issuer, guard, lie):
    status, fields, body = LIES[lie]
    issuer.answers[KEYS] = (status, fields, json.dumps(issuer.jwks()) if body is None else body)
    of_issuer = guard("issuer", issuer.url)
    assert of_issuer.said == "ready"
    assert of_issuer.check(issuer.token()) == "503 issuer_unavailable"
    assert of_issuer.trouble().startswith(issuer.url)
    del issuer.answers[KEYS]  # and when it has come to its senses, nobody restarts the guard
    eventually(lambda: of_issuer.check(issuer.token()) == "200 ann", what=of_issuer.trouble)


@pytest.mark.parametrize("lie", LIES)
def test_an_issuer_that_begins_to_lie_is_served_by_its_last_good_keys(issuer, guard, lie):
    of_issuer = guard("issuer", issuer.url, cool_down=0, wait_for_keys=20_000)
    assert of_issuer.check(issuer.token()) == "200 ann"
    status, fields, body = LIES[lie]
    issuer.answers[KEYS] = (status, fields, json.dumps(issuer.jwks()) if body is None else body)
    stranger = issuer.token(key=Key("k1"))
    assert of_issuer.check(stranger) == "503 issuer_unavailable"  # nobody can say
    assert of_issuer.check(issuer.token()) == "200 ann"
    assert of_issuer.trouble() != ""


# What the discovery document says that it must not.
@pytest.mark.parametrize("wrong", [
    {"issuer": "https://id.example"}, {"issuer": None}, {"issuer": 5}, {"jwks_uri": 5}, {"jwks_uri": "file:///etc/passwd"},
    {"jwks_uri": "http://id.example/keys"}, {"jwks_uri": "gopher://127.0.0.1/"}, {"jwks_uri": ""}, {"jwks_uri": None}])
def test_a_discovery_document_that_is_wrong_is_not_believed(issuer, guard, wrong):
    issuer.answers[DISCOVERY] = (200, JSON, json.dumps(issuer.discovery() | wrong))
    of_issuer = guard("issuer", issuer.url)
    assert of_issuer.check(issuer.token()) == "503 issuer_unavailable"
    assert issuer.fetches() == 0 and of_issuer.trouble() != ""


def test_an_issuer_cannot_speak_for_another(issuer, guard):
    other = Issuer()
    issuer.answers[DISCOVERY] = (200, JSON, json.dumps(other.discovery()))
    of_issuer = guard("issuer", issuer.url)
    assert of_issuer.check(other.token()) == "503 issuer_unavailable"
    assert of_issuer.check(issuer.token()) == "503 issuer_unavailable"
    other.stop()


def test_published_private_keys_are_no_keys(issuer, guard):
    issuer.answers[KEYS] = (200, JSON, json.dumps({"keys": [issuer.keys[0].private_jwk()]}))
    of_issuer = guard("issuer", issuer.url)
    assert of_issuer.check(issuer.token()) == "503 issuer_unavailable"
    assert "private" in of_issuer.trouble()


def test_an_issuer_that_is_down_is_no_reason_to_start_late_or_to_let_in(guard):
    port = free_port()
    begun = time.monotonic()
    of_issuer = guard("issuer", f"http://127.0.0.1:{port}")
    assert of_issuer.said == "ready" and time.monotonic() - begun < 20
    assert of_issuer.check("a.b.c") == "503 issuer_unavailable"


def test_an_issuer_that_is_slow_holds_nobody_longer_than_the_timeout(issuer, guard):
    issuer.answers[KEYS] = issuer.never((200, JSON, json.dumps(issuer.jwks())))
    begun = time.monotonic()
    of_issuer = guard("issuer", issuer.url, timeout=300)
    assert of_issuer.check(issuer.token()) == "503 issuer_unavailable"
    assert time.monotonic() - begun < 20


def test_an_issuer_that_drips_is_over_at_the_timeout_too(issuer, guard):
    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in paced(range(600), 0.05):
                handler.wfile.write(b" ")
        except OSError:
            pass
        handler.close_connection = True
    issuer.answers[KEYS] = drip
    begun = time.monotonic()
    assert guard("issuer", issuer.url, timeout=300).check(issuer.token()) == "503 issuer_unavailable"
    assert time.monotonic() - begun < 15  # of 30


def test_a_guard_ends_while_its_issuer_does_not_answer(guard):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        of_issuer = guard("issuer", f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=300, cool_down=0)
        begun = time.monotonic()
        assert of_issuer.stop() == 0
        assert time.monotonic() - begun < 15


def test_a_new_key_is_taken_with_its_first_token(issuer, guard):
    of_issuer = guard("issuer", issuer.url, wait_for_keys=20_000)
    old = issuer.token()
    assert of_issuer.check(old) == "200 ann"
    issuer.keys = [Key("k1")]
    assert of_issuer.check(issuer.token()) == "200 ann"
    assert issuer.fetches() == 2
    assert of_issuer.check(old) == "401 token_key_unknown"  # although it was seen before


def test_a_storm_of_unknown_kids_costs_one_fetch(issuer, guard):
    of_issuer = guard("issuer", issuer.url, wait_for_keys=20_000)
    for number in range(200):
        assert of_issuer.check(issuer.token(key=Key("k0"), headers={"kid": f"no{number}"})) == "401 token_key_unknown"
    assert of_issuer.check(issuer.token()) == "200 ann"
    assert issuer.fetches() == 2


def test_an_issuer_that_rotates_all_the_time_is_followed_no_faster_than_the_cool_down(issuer, guard):
    of_issuer = guard("issuer", issuer.url, cool_down=1)
    begun, good, bad = time.monotonic(), 0, set()
    for number in paced(range(1, 60), 0.05):
        issuer.keys = [Key(f"k{number}")]
        said = of_issuer.check(issuer.token())
        good, bad = good + (said == "200 ann"), bad | ({said} - {"200 ann"})
        assert of_issuer.check(issuer.token(key=Key(f"k{number}"))) in ("401 token_signature", "401 token_key_unknown")
    assert good >= 1 and bad <= {"401 token_key_unknown"}
    assert issuer.fetches() <= 2 + (time.monotonic() - begun)


def test_keys_are_looked_at_again_without_being_asked(issuer, guard):
    of_issuer = guard("issuer", issuer.url, refresh_every=1)
    old = issuer.token()
    assert of_issuer.check(old) == "200 ann"
    issuer.answers[KEYS] = (200, JSON, '{"keys":[]}')  # it trusts none of its keys any more
    eventually(lambda: of_issuer.check(old) != "200 ann")
    assert of_issuer.check(old) == "401 token_key_unknown" and of_issuer.trouble() == ""


def test_the_last_good_keys_are_not_good_for_ever(issuer, guard):
    of_issuer = guard("issuer", issuer.url, refresh_every=1, stale_if_error=0, timeout=3000)
    token = issuer.token()
    assert of_issuer.check(token) == "200 ann"
    issuer.answers[KEYS] = issuer.answers[DISCOVERY] = (500, {}, "")
    eventually(lambda: of_issuer.check(token) != "200 ann")
    assert of_issuer.check(token) == "503 issuer_unavailable"


def test_https_is_checked(tmp_path, guard):
    authority = Authority(tmp_path)
    authority.issue()
    issuer = Issuer((tmp_path / "tls.pem", tmp_path / "tls.key"))
    known = guard("issuer", issuer.url, ca_file=authority.path)
    assert known.check(issuer.token()) == "200 ann", known.trouble()
    unknown = guard("issuer", issuer.url)
    assert unknown.check(issuer.token()) == "503 issuer_unavailable" and "certificate" in unknown.trouble()
    issuer.answers[DISCOVERY] = (200, JSON, json.dumps(issuer.discovery(jwks_uri="http://127.0.0.1:1/keys")))
    downgraded = guard("issuer", issuer.url, ca_file=authority.path)
    assert downgraded.check(issuer.token()) == "503 issuer_unavailable" and "not https" in downgraded.trouble()
    issuer.stop()
    authority.issue(names=("id.example",))
    impostor = Issuer((tmp_path / "tls.pem", tmp_path / "tls.key"))
    assert guard("issuer", impostor.url, ca_file=authority.path).check(impostor.token()) == "503 issuer_unavailable"
    impostor.stop()


@pytest.mark.parametrize("url", ["http://id.example", "file:///etc/passwd", "https://", "ftp://127.0.0.1", "https://a:b@id.example", ""])
def test_what_is_no_issuer_is_refused_at_once(guard, url):
    assert guard("issuer", url).said.startswith("refused")


def test_opaque_tokens_are_asked_about(issuer, guard):
    live = {"opaque-1": {"active": True, "sub": "bea", "scope": "a"}, "expired": {"active": True, "sub": "x", "exp": 1},
            "other": {"active": True, "sub": "x", "iss": "https://id.example"}, "another": {"active": True, "sub": "x", "aud": "somebody"},
            "bearer": {"active": True, "sub": "bea", "token_type": "bearer", "aud": [issuer.url]}, "refresh": {"active": True, "sub": "x", "token_type": "refresh_token"}}
    issuer.answers[INTROSPECT] = lambda handler: (200, JSON, json.dumps(live.get(handler.form.split("&")[0].removeprefix("token="), {"active": False})))
    of_issuer = guard("issuer", issuer.url, client="rs:a secret:&")
    assert of_issuer.check("opaque-1") == "200 bea"
    assert of_issuer.ask("scope a opaque-1") == "200 bea" and of_issuer.ask("scope b opaque-1") == "403 insufficient_scope"
    assert of_issuer.check("opaque-2") == "401 token_not_live"
    assert of_issuer.check("expired") == "401 token_expired"
    assert [of_issuer.check(each) for each in ("other", "another", "refresh")] == ["401 token_claims"] * 3
    assert of_issuer.check("bearer") == "200 bea"
    named = guard("issuer", issuer.url, client="rs:a secret:&", audience="notes")
    assert named.check("opaque-1") == "401 token_claims"  # who named an audience wants to see it
    asked = issuer.asked.count(INTROSPECT)
    assert of_issuer.check("<script>") == "401 token_malformed"
    assert of_issuer.check(issuer.token(key=Key("k0"))) == "401 token_signature"
    assert issuer.asked.count(INTROSPECT) == asked  # nobody is asked about what cannot be good


@pytest.mark.parametrize("lie", [
    (404, {}, ""), (401, {}, ""), (200, JSON, ""), (200, JSON, "{}"), (200, JSON, '{"active":"true"}'), (200, JSON, '{"active":1}'),
    (200, JSON, '{"active":false,"active":true}'), (200, JSON, "[true]"), (200, {}, "<html>"), (302, {"Location": "file:///etc/passwd"}, ""),
    (200, JSON, '{"active":true,"x":"' + "x" * 2_000_000 + '"}'), (500, JSON, '{"active":true}')])
def test_an_introspection_that_says_nothing_clear_lets_nobody_in(issuer, guard, lie):
    issuer.answers[INTROSPECT] = lie
    of_issuer = guard("issuer", issuer.url, client="rs:secret")
    assert of_issuer.check("opaque") == "503 issuer_unavailable"
    assert of_issuer.check(issuer.token()) == "503 issuer_unavailable"
    assert of_issuer.trouble() != ""


def test_a_slow_introspection_holds_one_of_many_checks(issuer, guard):
    issuer.answers[INTROSPECT] = issuer.never((200, JSON, '{"active":true}'))
    of_issuer = guard("issuer", issuer.url, client="rs:secret", timeout=1000)
    begun = time.monotonic()
    for _ in range(20):
        assert of_issuer.check("opaque") == "503 issuer_unavailable"
    assert time.monotonic() - begun < 10  # 20 time-outs would be 20 s


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("said", "shown"), [('{"detail": "Set `issuer`\\nnow"}', r': "Set `issuer`\nnow"'), ('{"detail": 7}', ""), ('["detail"]', ""), ("<html>", ""),
                                             (json.dumps({"detail": "x" * 301}), "")])
def test_why_an_issuer_refuses_stands_in_the_trouble(issuer, language, said, shown):
    """On one line, and not if it is anything but a sentence (RFC 9457)."""
    issuer.answers[DISCOVERY] = issuer.answers[OAUTH] = (404, {"Content-Type": "application/problem+json"}, said)
    one = guard_of(language, issuer.url)
    try:
        assert one.check(issuer.token()).startswith("503 ")
        assert one.trouble().endswith(f"{issuer.url}{DISCOVERY}: status 404{shown}")
    finally:
        assert one.stop() == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_keyhold_that_does_not_know_its_url_says_so_in_the_trouble(start, language):
    of_no_port = start({name: value for name, value in QUICK.items() if name != "SECRET_KEY"}, arguments=("dev", "--bind", "127.0.0.1:0"))
    one = guard_of(language, of_no_port.url)
    try:
        assert one.trouble().endswith(': status 404: "Nobody knows by which URL we are reached: set `issuer`"')
    finally:
        assert one.stop() == 0


@pytest.fixture
def keyhold(start):
    """The real one, with keys of its own and a client that may ask."""
    port = free_port()
    environment = {name: value for name, value in QUICK.items() if name != "SECRET_KEY"}
    url = f"http://127.0.0.1:{port}"
    return start(environment | {"KEYHOLD_ISSUER": url, "KEYHOLD_CLIENTS": "rs:0123456789abcdef0123"},
                 arguments=("dev", "--bind", f"127.0.0.1:{port}"))


def test_keyholds_own_tokens_are_taken(keyhold, guard):
    account = Account(keyhold.port, "ann")
    claims = jwt.decode(account.token, options={"verify_signature": False})
    of_keyhold = guard("issuer", keyhold.url)
    assert of_keyhold.check(account.token) == f"200 {claims['sub']}", of_keyhold.trouble()
    assert of_keyhold.check(account.token[:-8] + "AAAAAAAA").startswith("401 ")
    keyhold.stop()
    assert of_keyhold.check(account.token) == f"200 {claims['sub']}"


def test_a_log_out_is_seen_at_once_by_introspection_and_not_by_the_keys_alone(keyhold, guard):
    account = Account(keyhold.port, "ann")
    claims = jwt.decode(account.token, options={"verify_signature": False})
    by_keys = guard("issuer", keyhold.url, follow="no")
    asking = guard("issuer", keyhold.url, client="rs:0123456789abcdef0123")
    for one in (by_keys, asking):
        assert one.check(account.token) == f"200 {claims['sub']}", one.trouble()
    assert ask(keyhold.port, "POST", "/logout", token=account.token).status in (200, 204)
    assert asking.check(account.token) == "401 token_not_live"
    assert by_keys.check(account.token) == f"200 {claims['sub']}"


def test_a_key_that_keyhold_rotates_to_is_taken_with_its_first_token(keyhold, guard):
    from server import run
    first = Account(keyhold.port, "ann")
    of_keyhold = guard("issuer", keyhold.url, wait_for_keys=20_000)
    assert of_keyhold.check(first.token).startswith("200 ")
    run("key", "rotate", "--at-once", folder=keyhold.folder, env=keyhold.env, check=0)
    second = ask(keyhold.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json()["access_token"]
    assert jwt.get_unverified_header(second)["kid"] != jwt.get_unverified_header(first.token)["kid"]
    assert of_keyhold.check(second).startswith("200 ")
    assert of_keyhold.check(first.token).startswith("200 ")
