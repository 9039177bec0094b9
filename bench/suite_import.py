# SPDX-License-Identifier: Apache-2.0
"""A million users from a CSV file into each of the databases, the same file once more, and `keyhold db migrate` from the first schema to today's with all
of them there. PostgreSQL and MariaDB are private servers with a buffer of 64 MB, on this machine."""
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import first_schema
from peers import KEYHOLD, ROOT, SECRET_KEY, clean_environment
from table import say

sys.path.insert(0, str(ROOT / "tests"))
import databases  # noqa: E402

USERS = int(os.environ.get("KEYHOLD_BENCH_USERS", 1_000_000))
STEP = 7368787  # names come in no order, each once
PASSWORD_HASH = "$2b$12$" + "A" * 53  # which nobody checks here


class Sqlite:
    name = "SQLite"

    def __init__(self, folder):
        self.url, self.path = "sqlite:///./keyhold.db", folder / "keyhold.db"

    def sql(self, text):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            rows = connection.execute(text).fetchall()
            connection.commit()
        return [str(row[0]) for row in rows]

    def tables(self):
        return self.sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'keyhold%'")

    def remove(self):
        pass


class Server:
    def __init__(self, kind):
        self.server = kind().make().start()
        self.name = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}[self.server.name]
        self.url = self.server.create("bench")

    def sql(self, text):
        return self.server.run_sql(text, "bench").split()

    def tables(self):
        return self.sql("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'keyhold%' AND 'bench' IN (table_schema, table_catalog)")

    def remove(self):
        self.server.remove()


def keyhold(folder, database, *arguments):
    """What it says, and the seconds that it takes."""
    env = clean_environment() | {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database.url}
    started = time.perf_counter()
    done = subprocess.run([str(KEYHOLD), *arguments, "--json"], cwd=folder, env=env, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout), seconds


def measure_on(database, folder):
    """A row. Each step finds what the one before left: the second import finds every user there, and the migration has all of them in the first schema."""
    say(f"importing {USERS:,} users into {database.name}")
    keyhold(folder, database, "db", "create")
    told, first = keyhold(folder, database, "import", "csv", "users.csv", "--apply")
    assert told["added"] == USERS, told
    told, again = keyhold(folder, database, "import", "csv", "users.csv", "--apply")
    assert told["present"] == USERS, told
    first_schema.go_back(database)
    told, migrating = keyhold(folder, database, "db", "migrate")
    assert told["from"] == 1 and told["to"] > 1 and keyhold(folder, database, "db", "check")[0]["problems"] == []
    return [database.name, f"{USERS / first:,.0f}", f"{USERS / again:,.0f}", f"{migrating * 1000:,.0f}"]


def measure(options):
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open(folder / "users.csv", "w") as file:
            file.write("username,password_hash\n")
            file.writelines(f"user{(i * STEP) % USERS},{PASSWORD_HASH}\n" for i in range(USERS))
        for make in (lambda: Sqlite(folder), lambda: Server(databases.Postgresql), lambda: Server(databases.Mariadb)):
            database = make()
            try:
                rows.append(measure_on(database, folder))
            finally:
                database.remove()
    yield (f"{USERS:,} users into each database: from a CSV file, the same file once more, and migrating from the first schema",
           ["database", "imported/s", "there already/s", "ms to migrate"], rows)
