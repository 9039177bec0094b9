# SPDX-License-Identifier: Apache-2.0
"""Whether an application hashes passwords as they are typed. Where it changes them before, its hashes look like any other, and no password fits them at Keyhold."""
import hashlib
import json

import bcrypt
import pytest
from reader import read
from server import run
from shapes import ENV_FILE
from test_decisions import application_of
from test_shapes import CONFIGURATION

pytestmark = pytest.mark.sqlite  # it makes databases by itself

HEAD = "import hashlib, bcrypt\nfrom passlib.context import CryptContext\npwd_context = CryptContext(schemes=['bcrypt'])\n"
SHA = "hashlib.sha256(p.encode()).hexdigest()"
PREHASH = "def _prehash(p):\n    return " + SHA + "\n\n\n"
METHOD = "class Passwords:\n    def __init__(self):\n        self._ctx = CryptContext(schemes=['bcrypt'])\n\n    def prepared(self, p):\n        return {0}\n\n    def hash(self, p):\n        return self._ctx.hash(self.prepared(p))\n"
# code -> what is told to be hashed, and None where it is the password itself.
CASES = {
    "a helper": (PREHASH + "def hash_password(p):\n    return pwd_context.hash(_prehash(p))\n", SHA),
    "a helper at the comparison alone": (PREHASH + "def verify(p, h):\n    return bcrypt.checkpw(_prehash(p).encode(), h)\n", SHA),
    "a helper of a helper": ("def inner(p):\n    return " + SHA + "\n\n\ndef outer(p):\n    found = inner(p)\n    return found[:72]\n\n\ndef hash_password(p):\n    return pwd_context.hash(outer(p))\n", SHA),
    "a method": (METHOD.format(SHA), SHA),
    "a method that cuts": (METHOD.format("p[:72]"), None),
    "another module": ("from utils import prepared\n\n\ndef hash_password(p):\n    return pwd_context.hash(prepared(p))\n", "hashlib.md5(p).digest()"),
    "another module's, by its name": ("import utils\n\n\ndef hash_password(p):\n    return pwd_context.hash(utils.prepared(p))\n", "hashlib.md5(p).digest()"),
    "a file that is not there": ("from elsewhere import prehash\n\n\ndef hash_password(p):\n    return pwd_context.hash(prehash(p))\n", "prehash(p)"),
    "by its word": ("def hash_password(p):\n    return pwd_context.hash(secret=" + SHA + ")\n", SHA),
    "a context of another name": ("ctx = pwd_context\n\n\ndef hash_password(p):\n    return ctx.hash(" + SHA + ")\n", SHA),
    "a function of another name": ("hashed = pwd_context.hash\n\n\ndef make(p):\n    return hashed(" + SHA + ")\n", SHA),
    "another thread": ("async def make(p):\n    return await run_in_threadpool(pwd_context.hash, " + SHA + ")\n", SHA),
    "format": ("def make(p):\n    return pwd_context.hash('{}{}'.format(SALT, p))\n", "'{}{}'.format(SALT, p)"),
    "join": ("def make(p):\n    return pwd_context.hash(''.join([SALT, p]))\n", "''.join([SALT, p])"),
    "small letters": ("def make(p):\n    return pwd_context.hash(p.lower())\n", "p.lower()"),
    "backwards": ("def make(p):\n    return pwd_context.hash(p[::-1])\n", "p[::-1]"),
    "given anew": ("def make(p):\n    p = " + SHA + "\n    return pwd_context.hash(p)\n", SHA),
    "the caller's pepper": ("def get_password_hash(password):\n    return pwd_context.hash(password)\n\n\ndef create(user):\n    return get_password_hash(user.password + PEPPER)\n", "user.password + PEPPER"),
    "the caller's caller's": ("def get_password_hash(password):\n    return pwd_context.hash(password)\n\n\ndef create(password):\n    return get_password_hash(password)\n\n\ndef route(form):\n    return create(f'{form.password}{PEPPER}')\n", "f'{form.password}{PEPPER}'"),
    "users that a script makes up": ("def get_password_hash(password):\n    return pwd_context.hash(password)\n\n\ndef seed():\n    return [get_password_hash(f'user{n}') for n in range(3)]\n", None),
    "a password that is made up": ("def generate_password(size):\n    return random.choice(LETTERS) + token(size)\n\n\ndef make():\n    return pwd_context.hash(generate_password(12))\n", None),
    "cut": ("def cut(p):\n    return str(p).encode('utf-8')[:72]\n\n\ndef make(p):\n    return bcrypt.hashpw(cut(p), bcrypt.gensalt())\n", None),
    "as it is": ("def make(p):\n    raw = p.get_secret_value().strip()\n    return bcrypt.hashpw(raw.encode(), bcrypt.gensalt()).decode()\n", None),
    "one name in a text": ("def make(p):\n    return pwd_context.hash(f'{p}')\n", None),
    "what is no password's": ("def etag(body):\n    return cache.hash(body + SALT)\n", None),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_hashed_is_followed_back_to_the_password(case, tmp_path):
    code, said = CASES[case]
    told = read(tmp_path, {"security.py": HEAD + code, "utils.py": "import hashlib\n\n\ndef prepared(p):\n    return hashlib.md5(p).digest()\n"})
    found = {guess["says"].split("`")[1] for guess in told["guesses"] if guess["what"] == "hashing"}
    assert found == ({said} if said else set()), told


@pytest.mark.parametrize("code", ["def safe(p):\n    b = p.encode()\n    if len(b) > 72:\n        b = hashlib.sha256(b).hexdigest().encode()\n    return b\n", "def safe(p):\n    return p if len(p) <= 72 else hashlib.sha256(p.encode()).hexdigest()\n"])
def test_where_long_passwords_alone_are_changed_that_is_a_guess_and_no_refusal(code, tmp_path):
    told = read(tmp_path, {"security.py": HEAD + code + "\n\ndef make(p):\n    return bcrypt.hashpw(safe(p), bcrypt.gensalt())\n"})
    assert [guess["what"] for guess in told["guesses"]] == ["long_passwords"]


def test_an_application_that_hashes_a_digest_is_refused_and_an_import_warns(tmp_path):
    def hashed(password):
        return bcrypt.hashpw(hashlib.sha256(password.encode()).hexdigest().encode(), bcrypt.gensalt(4)).decode()
    application = application_of(tmp_path, files=ENV_FILE | {"security.py": HEAD + CASES["a helper"][0]}, hash=hashed)
    before = application.database.dump()
    assert "sha256" in application.adopt("--apply", "--yes", check=CONFIGURATION).stderr and application.database.dump() == before
    assert any("sha256" in guess for guess in json.loads(application.adopt("--json").stdout)["guesses"])
    said = run("import", "app", ".", folder=tmp_path, env={"KEYHOLD_DATABASE_URL": "sqlite:///./new.db"}).stderr
    assert "Passwords are not hashed as they are typed" in said


def test_an_import_warns_of_a_column_of_salts(tmp_path):
    application_of(tmp_path, columns=", password_salt VARCHAR(40)", row=lambda _: {"password_salt": "abc"})
    assert "salts of its own in password_salt" in run("import", "app", ".", folder=tmp_path, env={"KEYHOLD_DATABASE_URL": "sqlite:///./new.db"}).stderr
