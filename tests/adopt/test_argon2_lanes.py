# SPDX-License-Identifier: Apache-2.0
"""Argon2 in as many lanes as the application's library writes: it would hash anew, at its users' next log-in, what Keyhold wrote in one.

The libraries say so themselves: argon2-cffi's check_needs_rehash(), passlib's needs_update(), Django's must_update()."""
import argon2
import django.contrib.auth.hashers as django
import pytest
from passlib import hash as passlib
from server import run
from shapes import ENV_FILE, signs
from test_decisions import application_of, register
from test_shapes import ENV, log_in

pytestmark = pytest.mark.sqlite  # it makes databases of all kinds by itself

# What argon2-cffi 21.2 and later write by default; Debian's 21.1 writes shorter digests.
DIGEST = {"hash_len": 32, "salt_len": 16}
FILES = ENV_FILE | signs("user.username")


class DjangoArgon2(django.Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 2, 19456, 8  # Django's eight lanes, with less memory


def written(folder):
    return dict(line.split(" = ", 1) for line in (folder / "keyhold.toml").read_text().splitlines() if " = " in line)


def test_what_keyhold_writes_for_argon2_cffi_it_need_not_hash_anew(tmp_path, start):
    theirs = argon2.PasswordHasher(time_cost=2, memory_cost=8192, parallelism=4, **DIGEST)
    application = application_of(tmp_path, files=FILES, hash=theirs.hash, verify=lambda password, stored: theirs.verify(stored, password))
    application.adopt("--apply", "--yes")
    settings = written(tmp_path)
    assert (settings["password_hash"], settings["argon2_memory"], settings["argon2_passes"], settings["argon2_lanes"]) == ('"argon2id"', "8192", "2", "4")
    keyhold = start(ENV)
    before = application.row("ann", "password")
    assert log_in(keyhold, "ann") == 200 and application.row("ann", "password") == before, "as it was"
    assert register(keyhold, "dan").status == 200 and application.logs_in("dan") and log_in(keyhold, "dan") == 200
    [stored] = application.row("dan", "password")
    assert not theirs.check_needs_rehash(stored), stored
    assert not passlib.argon2.using(rounds=2, memory_cost=8192, parallelism=4, digest_size=DIGEST["hash_len"]).needs_update(stored), stored


def test_what_keyhold_writes_for_django_it_need_not_hash_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(argon2, "DEFAULT_HASH_LENGTH", DIGEST["hash_len"])
    theirs = DjangoArgon2()
    application_of(tmp_path, files=FILES, hash=lambda password: theirs.encode(password, theirs.salt()), verify=theirs.verify).adopt("--apply", "--yes")
    method = written(tmp_path)["password_hash"].strip('"')
    assert method == "argon2$argon2id$v=19$m=19456,t=2,p=8"
    stored = run("hash", "make", folder=tmp_path, stdin="a password\n", check=0).stdout.strip()
    assert stored.startswith(f"{method}$") and theirs.verify("a password", stored) and not theirs.must_update(stored), stored
