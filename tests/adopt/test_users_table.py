# SPDX-License-Identifier: Apache-2.0
"""Which table `keyhold adopt` takes for that of the users of a Django application."""
import json
import os
import sqlite3
import subprocess

import pytest
from reader import read, write
from server import BINARY

SETTINGS = {"proj/settings.py": "AUTH_USER_MODEL = 'accounts.Member'\n"}
MODEL = "class Member(AbstractBaseUser):\n    email = models.EmailField(unique=True)\n"


@pytest.mark.parametrize("files, table", [
    ({}, "accounts_member"),
    ({"accounts/models.py": MODEL}, "accounts_member"),
    ({"accounts/models.py": MODEL + "    class Meta:\n        db_table = 'people'\n"}, "people"),
    ({"apps/accounts/models/member.py": MODEL + "    class Meta:\n        db_table = 'people'\n"}, "people"),
    ({"other/models.py": MODEL + "    class Meta:\n        db_table = 'people'\n"}, "accounts_member"),
    ({"accounts/models.py": MODEL + "    class Meta:\n        verbose_name = 'member'\n"}, "accounts_member"),
])
def test_the_table_is_that_of_auth_user_model(files, table, tmp_path):
    told = read(tmp_path, SETTINGS | files)
    assert told["found"]["table"] == {"value": table, "where": "proj/settings.py:1"} and not told["guesses"]


def test_a_table_that_is_computed_is_not_found(tmp_path):
    told = read(tmp_path, SETTINGS | {"accounts/models.py": MODEL + "    class Meta:\n        db_table = name()\n"})
    assert "table" not in told["found"]
    assert told["not_found"] == [{"where": "accounts/models.py:4", "why": "table: name() is not known"}]


def test_settings_that_differ_are_a_guess(tmp_path):
    told = read(tmp_path, SETTINGS | {"proj/other.py": "AUTH_USER_MODEL = 'staff.Person'\n"})
    assert told["guesses"][0]["what"] == "table" and "proj/settings.py:1" in told["guesses"][0]["says"]


def test_an_empty_auth_user_beside_it_is_passed_over(tmp_path):
    write(tmp_path, {"proj/settings.py": "BASE_DIR = Path(__file__).resolve().parent.parent\nSECRET_KEY = 'of-this-test-and-long-enough-for-a-signature'\nAUTH_USER_MODEL = 'accounts.Member'\nDATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}\n"})
    database = sqlite3.connect(tmp_path / "db.sqlite3")
    for table in ("auth_user", "accounts_member"):
        database.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT UNIQUE NOT NULL, password TEXT NOT NULL)")
    for name in ("ann", "bob"):
        database.execute("INSERT INTO accounts_member (username, password) VALUES (?, ?)", (name, "pbkdf2_sha256$1000$abcdefgh$" + "A" * 43 + "="))
    database.commit()
    database.close()
    done = subprocess.run([BINARY, "adopt", str(tmp_path), "--json"], capture_output=True, text=True, timeout=60, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == 2, done.stdout
