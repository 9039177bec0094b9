# SPDX-License-Identifier: Apache-2.0
"""keyhold hash against Debian's passlib, Django, Werkzeug, argon2 and bcrypt: theirs are read here, ours there."""
import base64
import hashlib
import json

import argon2
import bcrypt
import django.contrib.auth.hashers as django
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.test.utils import override_settings
from passlib import hash as passlib
from server import run
from waiting import PATIENCE, eventually
from werkzeug.security import check_password_hash, generate_password_hash

if not settings.configured:  # another file of tests may have been first
    settings.configure()
PASSWORD = "pa55-p\u00e4ssword \u5bc6\u7801"
LONG = PASSWORD * 4  # over bcrypt's 72 bytes
REFUSED, MALFORMED, PROBLEMS = 4, 1, 8
QUICK = {"KEYHOLD_BCRYPT_COST": "4"}


class DjangoArgon2(django.Argon2PasswordHasher):
    memory_cost, parallelism = 1024, 2


class DjangoBcrypt(django.BCryptPasswordHasher):
    rounds = 4


class DjangoBcryptSha256(django.BCryptSHA256PasswordHasher):
    rounds = 4


def by_django(hasher, *cost):
    return lambda password: hasher.encode(password, hasher.salt(), *cost)


def by_werkzeug_scrypt(password, n=1 << 14):
    """Werkzeug 2.3 and later; Debian's 2.2 only has PBKDF2."""
    salt = "IrJlsS3vxMAVuyNW"
    return f"scrypt:{n}:8:1${salt}${hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=8, p=1, maxmem=1 << 27).hex()}"


def by_firebase(password):
    """github.com/firebase/scrypt: AES-256-CTR of the project's signer key under what scrypt makes of the password."""
    salt, separator, signer_key = b"0123456789", b"\x07", bytes(range(64))
    key = hashlib.scrypt(password.encode(), salt=salt + separator, n=1 << 12, r=8, p=1, maxmem=1 << 27, dklen=64)[:32]
    digest = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(signer_key)
    parts = (base64.b64encode(part).decode() for part in (salt, digest, separator, signer_key))
    return "$firescrypt$ln=12,r=8,p=1$" + "$".join(parts)


# The name that `identify` gives, and who makes such a hash.
MAKERS = [
    ("bcrypt", lambda p: bcrypt.hashpw(p.encode(), bcrypt.gensalt(4)).decode()),
    ("bcrypt", lambda p: bcrypt.hashpw(p.encode(), bcrypt.gensalt(4, prefix=b"2a")).decode()),
    ("bcrypt", passlib.bcrypt.using(rounds=4, ident="2y").hash),
    ("bcrypt", passlib.bcrypt.using(rounds=4, ident="2b").hash),
    ("bcrypt_sha256", passlib.bcrypt_sha256.using(rounds=4).hash),
    ("bcrypt_sha256", passlib.bcrypt_sha256.using(rounds=4, version=1).hash),
    ("bcrypt_sha256", passlib.bcrypt_sha256.using(rounds=4, version=1, ident="2a").hash),
    ("argon2id", argon2.PasswordHasher(time_cost=2, memory_cost=1024, parallelism=4).hash),
    ("argon2i", argon2.PasswordHasher(time_cost=2, memory_cost=1024, parallelism=1, type=argon2.Type.I).hash),
    ("scrypt", passlib.scrypt.using(rounds=10).hash),
    ("werkzeug_scrypt", by_werkzeug_scrypt),
    ("firebase_scrypt", by_firebase),
    ("pbkdf2_sha1", passlib.pbkdf2_sha1.using(rounds=1000).hash),
    ("pbkdf2_sha256", passlib.pbkdf2_sha256.using(rounds=1000).hash),
    ("pbkdf2_sha512", passlib.pbkdf2_sha512.using(rounds=1000).hash),
    ("sha256_crypt", passlib.sha256_crypt.using(rounds=1000).hash),
    ("sha256_crypt", passlib.sha256_crypt.using(rounds=5000).hash),  # the default, which is not written
    ("sha512_crypt", passlib.sha512_crypt.using(rounds=1000).hash),
    ("django_pbkdf2_sha256", by_django(django.PBKDF2PasswordHasher(), 1000)),
    ("django_pbkdf2_sha1", by_django(django.PBKDF2SHA1PasswordHasher(), 1000)),
    ("django_argon2", by_django(DjangoArgon2())),
    ("django_bcrypt", by_django(DjangoBcrypt())),
    ("django_bcrypt_sha256", by_django(DjangoBcryptSha256())),
    ("werkzeug_pbkdf2", lambda p: generate_password_hash(p, "pbkdf2:sha1:1000")),
    ("werkzeug_pbkdf2", lambda p: generate_password_hash(p, "pbkdf2:sha256:1000")),
    ("werkzeug_pbkdf2", lambda p: generate_password_hash(p, "pbkdf2:sha512:1000")),
]


@pytest.mark.parametrize("password", ["x", PASSWORD, LONG], ids=["one_letter", "unicode", "long"])
@pytest.mark.parametrize("name,make", MAKERS, ids=[f"{name}{i}" for i, (name, _) in enumerate(MAKERS)])
def test_a_hash_made_elsewhere_opens_to_its_password_alone(name, make, password, tmp_path):
    stored = make(password)
    assert run("hash", "verify", folder=tmp_path, env=QUICK, stdin=f"{stored}\n{password}\n", check=0).stdout == "ok\n"
    refused = run("hash", "verify", folder=tmp_path, env=QUICK, stdin=f"{stored}\nx{password}\n", check=REFUSED)
    assert refused.stdout == "" and password not in refused.stderr and stored not in refused.stderr
    assert run("hash", "identify", folder=tmp_path, env=QUICK, stdin=stored, check=0).stdout.startswith(f"{name}, ")


def ours(password, folder):
    return run("hash", "make", folder=folder, env=QUICK, stdin=password + "\n", check=0).stdout.strip()


def test_a_hash_of_ours_is_read_by_python(tmp_path):
    stored = ours(PASSWORD, tmp_path)
    assert stored.startswith("$2b$04$")
    assert bcrypt.checkpw(PASSWORD.encode(), stored.encode())
    assert passlib.bcrypt.verify(PASSWORD, stored)
    assert not passlib.bcrypt.verify("x" + PASSWORD, stored)


def test_a_long_password_of_ours_is_read_by_passlib_and_not_cut(tmp_path):
    stored = ours(LONG, tmp_path)
    assert stored.startswith("$bcrypt-sha256$v=2,t=2b,r=4$")
    assert passlib.bcrypt_sha256.verify(LONG, stored)
    assert not passlib.bcrypt_sha256.verify(LONG[:-1], stored)


def test_what_is_no_hash_is_said_to_be_none(tmp_path):
    lines = ["testpass", "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", "$argon2id$v=19$m=999999999,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
             "$2b$16$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", ours("x", tmp_path)]
    said = run("hash", "identify", folder=tmp_path, env=QUICK, stdin="\n".join(lines), check=PROBLEMS).stdout.splitlines()
    assert [line.split(",")[0].split(":")[0] for line in said] == ["unknown", "unknown", "refused", "refused", "bcrypt"]
    assert "would take" in said[3], "it can be read, and no log-in waits for it"
    told = [json.loads(line) for line in run("hash", "identify", "--json", folder=tmp_path, env=QUICK, stdin="\n".join(lines), check=PROBLEMS).stdout.splitlines()]
    assert ["refused" in line for line in told] == [False, False, True, True, False]
    for line in lines[:4]:
        run("hash", "verify", folder=tmp_path, env=QUICK, stdin=f"{line}\nx\n", check=MALFORMED)


def test_calibrate_measures_and_suggests(tmp_path):
    def is_dearer_the_higher():
        measured = json.loads(run("hash", "calibrate", "--json", folder=tmp_path, check=0).stdout)
        costs = measured["costs"]
        assert [row["cost"] for row in costs] == [10, 11, 12, 13, 14]
        assert measured["suggested_cost"] in range(10, 15)
        return all(later["microseconds"] > sooner["microseconds"] for sooner, later in zip(costs, costs[1:]))
    eventually(is_dearer_the_higher, 2 * PATIENCE)  # while nobody else keeps it from one of them


# The beginning of a hash up to its salt, and what the application's own library says of the whole.
WRITTEN = [
    ("$2y$04", passlib.bcrypt.verify), ("$bcrypt-sha256$v=2,t=2b,r=5", passlib.bcrypt_sha256.verify), ("bcrypt$$2b$04", django.check_password), ("bcrypt_sha256$$2b$04", django.check_password),
    ("argon2$argon2id$v=19$m=1024,t=2,p=1", django.check_password), ("argon2$argon2id$v=19$m=1024,t=2,p=8", django.check_password), ("$scrypt$ln=8,r=8,p=1", passlib.scrypt.verify), ("$pbkdf2-sha256$1000", passlib.pbkdf2_sha256.verify),
    ("$pbkdf2-sha512$1000", passlib.pbkdf2_sha512.verify), ("$pbkdf2$1000", passlib.pbkdf2_sha1.verify), ("pbkdf2_sha256$1000", django.check_password), ("pbkdf2_sha1$1000", django.check_password),
    ("pbkdf2:sha256:1000", lambda password, stored: check_password_hash(stored, password)), ("pbkdf2:sha512:1000", lambda password, stored: check_password_hash(stored, password)),
    ("scrypt:1024:8:1", lambda password, stored: by_werkzeug_scrypt_is(password, stored)), ("$5$rounds=1000", passlib.sha256_crypt.verify), ("$6$rounds=1000", passlib.sha512_crypt.verify),
]
THEIRS = {"PASSWORD_HASHERS": ["django.contrib.auth.hashers." + name for name in ("PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "Argon2PasswordHasher", "BCryptPasswordHasher",
                                                                                 "BCryptSHA256PasswordHasher")]}


def by_werkzeug_scrypt_is(password, stored):
    """As werkzeug.security 2.3 computes it: https://werkzeug.palletsprojects.com/en/2.3.x/utils/#module-werkzeug.security."""
    method, salt, digest = stored.split("$")
    _, n, r, p = method.split(":")
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=int(n), r=int(r), p=int(p), maxmem=1 << 27).hex() == digest


@pytest.mark.parametrize("method, verify", WRITTEN, ids=[method for method, _ in WRITTEN])
def test_what_we_write_for_an_application_its_own_library_reads(method, verify, tmp_path):
    with override_settings(**THEIRS):
        made = run("hash", "make", "--password-hash", method, folder=tmp_path, stdin=PASSWORD + "\n", check=0).stdout.strip()
        assert made.startswith(method + "$")
        assert verify(PASSWORD, made) and not verify(PASSWORD + "x", made)


def test_a_method_that_nobody_reads_is_refused(tmp_path):
    for method in ("md5", "$1", "pbkdf2:md5:1000", "pbkdf2_sha256$1000$salt$", "argon2$argon2id$v=19$m=1024,t=2,p=65"):
        done = run("hash", "make", "--password-hash", method, folder=tmp_path, stdin=PASSWORD + "\n")
        assert done.returncode == 7 and "password_hash" in done.stderr, (method, done)
