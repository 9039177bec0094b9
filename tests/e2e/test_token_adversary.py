# SPDX-License-Identifier: Apache-2.0
"""keyhold token verify against whoever has time and a good token: every wrong one is the good one with one thing changed."""
import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from server import run
from tokens import base64url

OK, FAILED, REFUSED, NOT_ALLOWED = 0, 1, 8, 4
SECRET = bytes(range(64))
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
PAYLOAD = b'{"sub":"ann"}'


def number(value, length=None):
    return base64url(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def oct_jwk(secret=SECRET, **more):
    return {"kty": "oct", "alg": "HS256", "kid": "k", "k": base64url(secret)} | more


def rsa_jwk(key, **more):
    public = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": "k", "n": number(public.n), "e": number(public.e)} | more


def ec_jwk(key, **more):
    public = key.public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "kid": "k", "x": number(public.x, 32), "y": number(public.y, 32)} | more


def ed_jwk(key, **more):
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": base64url(raw)} | more


def signing_input(header, payload=PAYLOAD):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return f"{base64url(header)}.{base64url(payload)}"


def mac(text, secret=SECRET, digest="sha256"):
    return hmac.new(secret, text.encode(), digest).digest()


def hs256(header=None, payload=PAYLOAD):
    text = signing_input({"alg": "HS256", "kid": "k"} if header is None else header, payload)
    return f"{text}.{base64url(mac(text))}"


@pytest.fixture(scope="module")
def keys():
    return {"rsa": rsa.generate_private_key(65537, 2048), "ec": ec.generate_private_key(ec.SECP256R1()), "ed": ed25519.Ed25519PrivateKey.generate()}


def answers(folder, jwk, lines, *options, code=None):
    """One answer a line, whatever the lines are."""
    (folder / "jwk.json").write_text(jwk if isinstance(jwk, str) else json.dumps(jwk))
    done = run("token", "verify", "--jwk", "jwk.json", *options, folder=folder, stdin="".join(line + "\n" for line in lines), check=None)
    said = done.stdout.splitlines()
    assert len(said) == len(lines), (done.stdout, done.stderr)
    assert code is None or done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return said


def all_refused_but_the_first(folder, jwk, good, *wrong):
    """`wrong` are pairs of what was changed and the token."""
    said = answers(folder, jwk, [good, *(token for _, token in wrong)])
    assert said[0].startswith("ok "), said[0]
    accepted = [name for (name, _), line in zip(wrong, said[1:]) if not line.startswith("refused ")]
    assert not accepted, accepted


def all_accepted(folder, jwk, *good):
    said = answers(folder, jwk, [token for _, token in good])
    refused = [(name, line) for (name, _), line in zip(good, said) if not line.startswith("ok ")]
    assert not refused, refused


def test_each_segment_has_one_spelling(tmp_path):
    header, payload, signature = hs256().split(".")
    resigned = lambda text: f"{text}.{base64url(mac(text))}"
    wrong = []
    for inserted in ("=", "==", " ", "\t", "\0", "?", "#", "+", "/", ".", "%3D", "é", "A", "AA", "AAA", "AAAA", "\x7f", "\r"):
        for at in (0, 5, None):
            place = lambda text: text + inserted if at is None else text[:at] + inserted + text[at:]
            wrong.append((f"{inserted!r} at {at} of the header", resigned(f"{place(header)}.{payload}")))
            if (inserted, at) != ("\r", None):  # that ends the line
                wrong.append((f"{inserted!r} at {at} of the signature", f"{header}.{payload}.{place(signature)}"))
            if inserted not in ("A", "AA", "AAA", "AAAA"):  # those make another payload, well signed
                wrong.append((f"{inserted!r} at {at} of the payload", resigned(f"{header}.{place(payload)}")))
    # RFC 4648 §3.5: bits that no byte takes. The MAC's 43 characters end in two of them, the payload of 1 byte in four.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for bit in (1, 2):
        wrong.append((f"unused bit {bit} of the signature", f"{header}.{payload}.{signature[:-1]}{alphabet[alphabet.index(signature[-1]) ^ bit]}"))
    for last in "BCDEFGHIJKLMNOP":
        wrong.append((f"unused bits of the payload: A{last}", resigned(f"{header}.A{last}")))
    for standard in ("+", "/"):
        wrong.append((f"the other alphabet's {standard}", resigned(f"{header}.{base64.b64encode(b'>>>???').decode().rstrip('=')}")))
    wrong += [("no signature", f"{header}.{payload}."), ("no signature, no dot", f"{header}.{payload}"), ("no header", f".{payload}.{signature}"),
              ("four segments", f"{header}.{payload}.{signature}."), ("five", f"{header}.{payload}.{signature}.."), ("dots alone", ".."), ("nothing", ""),
              ("a space", " "), ("a space before", " " + hs256()), ("a space behind", hs256() + " "), ("Bearer", "Bearer " + hs256()), ("quotes", f'"{hs256()}"'),
              ("a byte order mark", "\ufeff" + hs256()), ("JSON, flattened", json.dumps({"payload": payload, "protected": header, "signature": signature})),
              ("a dot more in the payload", resigned(f"{header}.{payload[:4]}.{payload[4:]}"))]
    all_refused_but_the_first(tmp_path, oct_jwk(), hs256(), *wrong)
    all_accepted(tmp_path, oct_jwk(), ("a payload of one byte", resigned(f"{header}.AA")), ("an empty payload", resigned(f"{header}.")),
                 ("4 characters more", resigned(f"{header}.AAAA{base64url(b'x')}")))


HEADERS = {
    "no alg": {"kid": "k"}, "alg null": {"alg": None}, "alg a number": {"alg": 256}, "alg a list": {"alg": ["HS256"]}, "alg an object": {"alg": {"alg": "HS256"}},
    "alg none": {"alg": "none"}, "alg nOnE": {"alg": "nOnE"}, "alg empty": {"alg": ""}, "alg hs256": {"alg": "hs256"}, "alg with a space": {"alg": "HS256 "},
    "alg with NUL": {"alg": "HS256\0"}, "alg HS512": {"alg": "HS512"}, "alg HS1": {"alg": "HS1"}, "alg RS256": {"alg": "RS256"}, "alg of a JWE": {"alg": "dir", "enc": "A128GCM"},
    "crit": {"alg": "HS256", "crit": ["exp"], "exp": 9999999999}, "crit empty": {"alg": "HS256", "crit": []}, "crit null": {"alg": "HS256", "crit": None},
    "crit of its own name": {"alg": "HS256", "crit": ["crit"]}, "crit of a registered name": {"alg": "HS256", "crit": ["alg"]}, "crit a string": {"alg": "HS256", "crit": "exp"},
    "b64 false": {"alg": "HS256", "b64": False}, "b64 false and crit": {"alg": "HS256", "b64": False, "crit": ["b64"]}, "b64 a string": {"alg": "HS256", "b64": "false"}, "b64 true and crit": {"alg": "HS256", "b64": True, "crit": ["b64"]}, "b64 null": {"alg": "HS256", "b64": None}, "b64 1": {"alg": "HS256", "b64": 1},
    "crit twice the same": {"alg": "HS256", "crit": ["exp", "exp"], "exp": 1}, "crit of what is absent": {"alg": "HS256", "crit": ["exp"]}, "crit an object": {"alg": "HS256", "crit": {"exp": 1}}, "crit by escape": b'{"alg":"HS256","cri\\u0074":["exp"],"exp":1}',
    "zip": {"alg": "HS256", "zip": "DEF"}, "enc": {"alg": "HS256", "enc": "A128GCM"},
    "kid of another key": {"alg": "HS256", "kid": "other"}, "kid empty": {"alg": "HS256", "kid": ""}, "kid a number": {"alg": "HS256", "kid": 0}, "kid null": {"alg": "HS256", "kid": None},
    "kid a path": {"alg": "HS256", "kid": "../../dev/null"}, "kid with NUL": {"alg": "HS256", "kid": "k\0"}, "kid a list": {"alg": "HS256", "kid": ["k"]},
    "typ a number": {"alg": "HS256", "typ": 1}, "typ null": {"alg": "HS256", "typ": None}, "cty an object": {"alg": "HS256", "cty": {}},
    "alg twice": b'{"alg":"HS256","alg":"HS256"}', "alg twice, none first": b'{"alg":"none","alg":"HS256"}', "alg twice, none last": b'{"alg":"HS256","alg":"none"}',
    "alg twice by escape": b'{"alg":"HS256","\\u0061lg":"none"}', "kid twice": b'{"alg":"HS256","kid":"k","kid":"k"}', "a member twice, deep": b'{"alg":"HS256","x":[{"a":1,"a":2}]}',
    "an array": b'[{"alg":"HS256"}]', "a string": b'"HS256"', "null": b"null", "nothing": b"", "cut": b'{"alg":"HS256"', "two values": b'{"alg":"HS256"}{}', "a comma behind": b'{"alg":"HS256",}',
    "a comment": b'{"alg":"HS256"/**/}', "single quotes": b"{'alg':'HS256'}", "NaN": b'{"alg":"HS256","x":NaN}', "1e400": b'{"alg":"HS256","x":1e400}', "a leading zero": b'{"alg":"HS256","x":01}',
    "a byte order mark": b'\xef\xbb\xbf{"alg":"HS256"}', "UTF-16": '{"alg":"HS256"}'.encode("utf-16"), "NUL behind": b'{"alg":"HS256"}\0', "a control character": b'{"alg":"HS256","x":"\x01"}',
    "invalid UTF-8": b'{"alg":"HS256","x":"\xff"}', "overlong UTF-8": b'{"alg":"HS256","x":"\xc0\xaf"}', "a surrogate in UTF-8": b'{"alg":"HS256","x":"\xed\xa0\x80"}',
    "a lone surrogate": b'{"alg":"HS256","x":"\\ud800"}', "a bad escape": b'{"alg":"HS256","x":"\\x41"}', "100 deep": b'{"alg":"HS256","x":' + b"[" * 100 + b"]" * 100 + b"}",
    "100,000 deep": b'{"alg":"HS256","x":' + b"[" * 100000 + b"]" * 100000 + b"}", "100,000 deep and open": b"[" * 100000,
}


def test_a_header_is_one_object_that_says_what_we_understand(tmp_path):
    all_refused_but_the_first(tmp_path, oct_jwk(), hs256(), *((name, hs256(header)) for name, header in HEADERS.items()))


def test_a_header_may_hold_what_nobody_needs_to_understand(tmp_path):
    good = [b'{"alg":"HS256"}', b' \r\n\t{ "alg" : "HS256" } \n', b'{"\\u0061lg":"\\u0048S256"}', b'{"alg":"HS256","jku":"https://evil.example","x5u":1,"x5c":[],"nonce":{"a":[1,2.5e3,null]}}',
            '{"alg":"HS256","x":"é𝄞"}'.encode(), b'{"alg":"HS256","typ":"anything","cty":"text/plain"}', b'{"alg":"HS256","b64":true}', b'{"alg":"HS256","x":' + b"[" * 20 + b"]" * 20 + b"}"]
    all_accepted(tmp_path, oct_jwk(), *((header, hs256(header)) for header in good))


CLAIMS = {
    "exp a string": {"exp": "9999999999"}, "exp null": {"exp": None}, "exp a list": {"exp": [9999999999]}, "exp true": {"exp": True}, "exp in the past": {"exp": 1}, "exp now": {"exp": 1700000000},
    "exp negative": {"exp": -1}, "exp zero": {"exp": 0}, "exp -1e300": {"exp": -1e300}, "nbf in the future": {"nbf": 1700000001}, "nbf a string": {"nbf": "0"}, "iat an object": {"iat": {}},
    "iat in the future": {"iat": 1700000060}, "aud a number": {"aud": 1}, "aud nested": {"aud": [["api"]]}, "aud mixed": {"aud": ["api", 1]}, "aud an object": {"aud": {"api": True}}, "aud null": {"aud": None},
    "iss a list": {"iss": ["a"]}, "sub a number": {"sub": 1}, "sub null": {"sub": None}, "jti a number": {"jti": 1},
    "exp twice": b'{"exp":1,"exp":9999999999}', "exp twice by escape": b'{"exp":9999999999,"\\u0065xp":1}', "exp 1e400": b'{"exp":1e400}', "exp with a plus": b'{"exp":+9999999999}', "exp in hex": b'{"exp":0xFFFFFFFFF}',
    "exp Infinity": b'{"exp":Infinity}', "a list that says JWT": b"[]", "cut": b'{"exp":9999999999', "invalid UTF-8": b'{"sub":"\xff"}', "two values": b"{}{}", "100,000 deep": b'{"x":' + b"[" * 100000 + b"]" * 100000 + b"}",
}


def test_claims_are_of_their_types_and_times(tmp_path):
    header = {"alg": "HS256", "typ": "JWT"}
    encode = lambda claims: claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    good = [{}, {"exp": 1700000001}, {"exp": 1700000000.5}, {"exp": 1e300}, {"nbf": 1700000000, "iat": 1700000000}, {"aud": []}, {"aud": "api"}, {"aud": ["a", "b"]}, {"x": [[{"exp": "1"}]]}]
    wrong = [(name, hs256(header, encode(claims))) for name, claims in CLAIMS.items()]
    said = answers(tmp_path, oct_jwk(), [hs256(header, encode(claims)) for claims in good] + [token for _, token in wrong], "--now", "1700000000")
    assert [line.split()[0] for line in said[:len(good)]] == ["ok"] * len(good), said[:len(good)]
    accepted = [name for (name, _), line in zip(wrong, said[len(good):]) if not line.startswith("refused ")]
    assert not accepted, accepted


def test_ecdsa_signatures_are_two_numbers_below_the_order_in_64_bytes(tmp_path, keys):
    text = signing_input({"alg": "ES256", "kid": "k"})
    r, s = utils.decode_dss_signature(keys["ec"].sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    token = lambda signature: f"{text}.{base64url(signature)}"
    raw = lambda a, b, half=32: a.to_bytes(half, "big") + b.to_bytes(half, "big")
    n = P256_ORDER
    wrong = [(f"r = {a}, s = {b}", token(raw(x, y))) for a, x in (("0", 0), ("1", 1), ("n-1", n - 1), ("n", n), ("r", r)) for b, y in (("0", 0), ("1", 1), ("n-1", n - 1), ("n", n))]
    wrong += [("DER", token(utils.encode_dss_signature(r, s))), ("33 bytes each", token(raw(r, s, 33))), ("r + n in 33 bytes", token(raw(r + n, s, 33))), ("a zero behind", token(raw(r, s) + b"\0")),
              ("a zero before", token(b"\0" + raw(r, s))), ("63 bytes", token(raw(r, s)[:-1])), ("r alone", token(raw(r, s)[:32])), ("empty", token(b"")), ("swapped", token(raw(s, r))), ("s + 1", token(raw(r, s + 1))),
              ("2,000 bytes", token(raw(r, s, 1000))), ("all ones", token(b"\xff" * 64)), ("10,000 bytes", token(b"\0" * 10000))]
    wrong += [(f"alg {alg}", signing_input({"alg": alg}) + "." + base64url(raw(r, s))) for alg in ("ES384", "ES512", "ES256K", "HS256", "RS256", "EdDSA", "none")]
    if r + n < 2**256:
        wrong.append(("r + n", token(raw(r + n, s))))
    all_refused_but_the_first(tmp_path, ec_jwk(keys["ec"]), token(raw(r, s)), *wrong)
    all_accepted(tmp_path, ec_jwk(keys["ec"]), ("n - s, which FIPS 186-5 accepts too", token(raw(r, n - s))))


SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017 §9.2, note 1


def test_pkcs1_padding_is_compared_whole(tmp_path, keys):
    """RFC 8017 §8.2.2: EM is made anew and compared. Each EM here is signed with the private key itself."""
    text = signing_input({"alg": "RS256", "kid": "k"})
    private = keys["rsa"].private_numbers()
    n, d, digest = private.public_numbers.n, private.d, hashlib.sha256(text.encode()).digest()
    raw = lambda em: pow(int.from_bytes(em, "big"), d, n)
    token = lambda em: f"{text}.{base64url(raw(em).to_bytes(256, 'big'))}"
    padded = lambda info, first=b"\0\1", fill=b"\xff", behind=b"": first + fill * (256 - len(first) - 1 - len(info) - len(behind)) + b"\0" + info + behind
    good = padded(SHA256_PREFIX + digest)
    no_null = bytes.fromhex("302f300b06096086480165030402010420") + digest
    long_length = bytes.fromhex("308131300d060960864801650304020105000420") + digest
    wrong = [("block type 2", padded(SHA256_PREFIX + digest, b"\0\2")), ("block type 0", padded(SHA256_PREFIX + digest, b"\0\0", b"\0")), ("filled with 0xFE", padded(SHA256_PREFIX + digest, fill=b"\xfe")),
             ("8 bytes of padding and garbage behind", b"\0\1" + b"\xff" * 8 + b"\0" + SHA256_PREFIX + digest + b"\0" * (256 - 11 - 51)), ("a zero behind", padded(SHA256_PREFIX + digest, behind=b"\0")),
             ("no NULL", padded(no_null)), ("a length in long form", padded(long_length)), ("no DigestInfo", padded(digest)), ("SHA-1's identifier", padded(bytes.fromhex("3021300906052b0e03021a05000414") + digest[:20])),
             ("SHA-512's identifier", padded(bytes.fromhex("3051300d060960864801650304020305000440") + hashlib.sha512(text.encode()).digest())), ("another digest", padded(SHA256_PREFIX + digest[::-1])),
             ("no padding", (SHA256_PREFIX + digest).rjust(256, b"\0"))]
    pss = keys["rsa"].sign(text.encode(), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    signature = raw(good).to_bytes(256, "big")
    others = [("PSS", f"{text}.{base64url(pss)}"), ("255 bytes", f"{text}.{base64url(signature[1:])}"), ("257 bytes", f"{text}.{base64url(bytes(1) + signature)}"), ("zero", f"{text}.{base64url(bytes(256))}"),
              ("one", f"{text}.{base64url(bytes(255) + bytes([1]))}"), ("n - s", f"{text}.{base64url((n - raw(good)).to_bytes(256, 'big'))}"), ("all ones", f"{text}.{base64url(bytes([255]) * 256)}")]
    if raw(good) + n < 2**2048:
        others.append(("s + n", f"{text}.{base64url((raw(good) + n).to_bytes(256, 'big'))}"))
    all_refused_but_the_first(tmp_path, rsa_jwk(keys["rsa"]), token(good), *((name, token(em)) for name, em in wrong), *others)


def test_pss_has_the_hash_the_mask_and_the_salt_of_its_name(tmp_path, keys):
    text = signing_input({"alg": "PS256", "kid": "k"})
    sha1, sha256, sha384 = hashes.SHA1(), hashes.SHA256(), hashes.SHA384()
    token = lambda mask=sha256, salt=32, digest=sha256: f"{text}.{base64url(keys['rsa'].sign(text.encode(), padding.PSS(padding.MGF1(mask), salt), digest))}"
    wrong = [(f"a salt of {salt} bytes", token(salt=salt)) for salt in (0, 20, 31, 33, 48, 64, padding.PSS.MAX_LENGTH)]
    wrong += [("a mask by SHA-1", token(mask=sha1)), ("a mask by SHA-384", token(mask=sha384)), ("SHA-384", token(digest=sha384)), ("SHA-384 all through", token(sha384, 48, sha384)),
              ("PKCS #1", f"{text}.{base64url(keys['rsa'].sign(text.encode(), padding.PKCS1v15(), sha256))}")]
    all_refused_but_the_first(tmp_path, rsa_jwk(keys["rsa"]), token(), *wrong)


def test_ed25519_signatures_are_canonical(tmp_path, keys):
    text = signing_input({"alg": "EdDSA", "kid": "k"})
    signature = keys["ed"].sign(text.encode())
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    token = lambda r, s: f"{text}.{base64url(r + s.to_bytes(32, 'little'))}"
    identity = bytes([1]) + bytes(31)
    wrong = [("S + L", token(r, s + ED25519_ORDER)), ("S = L", token(r, ED25519_ORDER)), ("S = 0", token(r, 0)), ("R of small order, S = 0", token(identity, 0)), ("zeros", token(bytes(32), 0)),
             ("R's sign", token(r[:31] + bytes([r[31] ^ 0x80]), s)), ("63 bytes", f"{text}.{base64url(signature[:-1])}"), ("65 bytes", f"{text}.{base64url(signature + bytes(1))}"),
             ("alg ES256", signing_input({"alg": "ES256"}) + "." + base64url(signature)), ("alg Ed448", signing_input({"alg": "Ed448"}) + "." + base64url(signature))]
    all_refused_but_the_first(tmp_path, ed_jwk(keys["ed"]), f"{text}.{base64url(signature)}", *wrong)


def test_a_public_key_signs_nothing(tmp_path, keys):
    """RFC 8725 §2.1: the text of the public key, in every form that somebody might have taken for a secret."""
    for name, jwk in (("rsa", rsa_jwk(keys["rsa"])), ("ec", ec_jwk(keys["ec"])), ("ed", ed_jwk(keys["ed"]))):
        public = keys[name].public_key()
        encodings = [public.public_bytes(form, serialization.PublicFormat.SubjectPublicKeyInfo) for form in (serialization.Encoding.PEM, serialization.Encoding.DER)]
        secrets = [*encodings, encodings[0].strip(), json.dumps(jwk).encode(), (jwk.get("n") or jwk["x"]).encode(), base64.urlsafe_b64decode((jwk.get("n") or jwk["x"]) + "=="), b""]
        lines = []
        for secret in secrets:
            for alg, digest in (("HS256", "sha256"), ("HS512", "sha512")):
                text = signing_input({"alg": alg, "kid": "k"})
                lines.append(f"{text}.{base64url(mac(text, secret, digest))}")
        assert all(line.startswith("refused token_key_unknown") for line in answers(tmp_path, jwk, lines, code=REFUSED))
        (tmp_path / "pem").write_bytes(encodings[0])
        done = run("token", "verify", "--secret-file", "pem", folder=tmp_path, stdin=lines[0] + "\n", check=None)
        assert "ok" not in done.stdout and done.returncode == FAILED, done


def test_a_key_that_comes_with_the_token_is_not_used(tmp_path, keys):
    forger = ec.generate_private_key(ec.SECP256R1())
    tokens = []
    for header in ({"jwk": ec_jwk(forger)}, {"jwk": ec_jwk(forger), "kid": "k"}, {"jku": "file:forger.json", "kid": "k"}, {"x5c": ["MIIB"], "kid": "k"}):
        text = signing_input({"alg": "ES256"} | header)
        r, s = utils.decode_dss_signature(forger.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        tokens.append(f"{text}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}")
    assert all(line.startswith("refused token_signature") for line in answers(tmp_path, ec_jwk(keys["ec"]), tokens))


@pytest.mark.parametrize(("name", "jwk"), [
    ("a short secret", oct_jwk(SECRET[:31])), ("an empty secret", oct_jwk(b"")), ("a secret for RS256", oct_jwk(alg="RS256")), ("a secret for A256GCM", oct_jwk(alg="A256GCM")), ("a secret for encryption", oct_jwk(use="enc")),
    ("a secret that only signs", oct_jwk(key_ops=["sign"])), ("a padded secret", oct_jwk(k=base64.urlsafe_b64encode(SECRET).decode())), ("a secret that is a number", oct_jwk(k=1)), ("no kty", {"alg": "HS256", "k": "AAAA"}),
    ("a member twice", '{"kty":"oct","alg":"HS256","k":"AAAA","k":"%s"}' % base64url(SECRET)), ("no JSON", "x"), ("nothing", ""), ("an empty set", {"keys": []}), ("one kid twice", {"keys": [oct_jwk(), oct_jwk(bytes(64))]})])
def test_under_a_key_that_cannot_be_used_every_token_is_refused(tmp_path, name, jwk):
    """The command fails, and still answers each line by a line."""
    said = answers(tmp_path, jwk, [hs256(), hs256({"alg": "HS256"}), "x"])
    assert all(line.startswith("refused ") for line in said), said
    assert answers(tmp_path, oct_jwk(), [hs256()], code=OK)[0].startswith("ok ")


def test_a_weak_rsa_key_is_refused_under_each_of_its_algorithms(tmp_path):
    weak = rsa.generate_private_key(65537, 1024)
    text = signing_input({"alg": "RS256", "kid": "k"})
    token = f"{text}.{base64url(weak.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
    for more in ({}, {"alg": "RS256"}):
        assert answers(tmp_path, rsa_jwk(weak, **more), [token], code=NOT_ALLOWED)[0].startswith("refused key_weak")
    pem = weak.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    assert answers(tmp_path, pem, [token], code=NOT_ALLOWED)[0].startswith("refused key_weak")


def test_an_rsa_key_in_pem_reads_every_algorithm_that_it_fits(tmp_path, keys):
    pem = keys["rsa"].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    text = signing_input({"alg": "RS256", "kid": "any"})
    assert answers(tmp_path, pem, [f"{text}.{base64url(keys['rsa'].sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"], code=OK)


def test_lines_end_as_lines_do(tmp_path):
    """LF or CR LF, the last one with the end of the file; a line of 2 MB is refused, and the next one read."""
    (tmp_path / "jwk.json").write_text(json.dumps(oct_jwk()))
    good = hs256()
    for text, expected in ((good, ["ok"]), (good + "\n", ["ok"]), (good + "\r\n", ["ok"]), (good + "\r\r\n", ["refused"]), (f"{good}\n\n{good}", ["ok", "refused", "ok"]), (f"{good}\r\n{good}\r\n", ["ok", "ok"]),
                           (f"{good}\r{good}\n", ["refused"]), (f"{good}\n" + "A" * 2000000 + f"\n{good}\n", ["ok", "refused", "ok"]), (f"{good}\v\n{good}\f\n{good}\u2028\n{good}", ["refused"] * 3 + ["ok"]),
                           (f"{good}\0\n{good}", ["refused", "ok"]), ("", [])):
        done = run("token", "verify", "--jwk", "jwk.json", folder=tmp_path, stdin=text, check=None)
        assert [line.split(" ")[0] for line in done.stdout.split("\n")[:-1]] == expected, (text[:100], done.stdout[:300])


def test_a_token_of_a_megabyte_is_read(tmp_path):
    """Files hold larger tokens than requests do; beyond 1 MiB a line is refused unread."""
    sizes = {size: hs256(payload=b"x" * size) for size in (10_000, 780_000, 790_000)}
    said = answers(tmp_path, oct_jwk(), sizes.values())
    assert [line.split(" ")[0] for line in said] == ["ok", "ok", "refused"], [len(token) for token in sizes.values()]


def test_an_answer_is_one_line_whatever_the_claims_hold(tmp_path):
    claims = json.dumps({"sub": "a\nok {}\r\u2028\x1b[31m", "x": "\x7f"}).encode()
    done = answers(tmp_path, oct_jwk(), [hs256(payload=claims)])
    assert done[0].startswith("ok ") and json.loads(done[0][3:]) == json.loads(claims) and "\x1b" not in done[0]
