# SPDX-License-Identifier: Apache-2.0
"""`keyhold adopt --apply` of a million users on each of the databases, and what the application's own inserts take meanwhile against before and after: one after the
other, each its own transaction. PostgreSQL and MariaDB are private servers with a buffer of 64 MB, on this machine."""
import contextlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from urllib.parse import unquote, urlsplit

from peers import KEYHOLD, ROOT, SECRET_KEY, clean_environment
from table import say

sys.path.insert(0, str(ROOT / "tests"))
import databases  # noqa: E402

USERS = 1_000_000
PASSWORD_HASH = "$2b$12$" + "A" * 53  # which nobody checks here
TABLE = "CREATE TABLE users (id {counting} PRIMARY KEY, username VARCHAR(255) UNIQUE NOT NULL, password VARCHAR(255) NOT NULL, is_active BOOLEAN NOT NULL)"


class Sqlite:
    name, placeholder, counting = "SQLite", "?", "INTEGER"

    def __init__(self, folder):
        self.path = folder / "app.db"
        self.url = f"sqlite:///{self.path}"

    def connect(self):
        return sqlite3.connect(self.path, timeout=60)

    def remove(self):
        pass


class Server:
    placeholder = "%s"

    def __init__(self, kind):
        self.server = kind().make().start()
        self.name, self.counting = {"postgresql": ("PostgreSQL", "SERIAL"), "mariadb": ("MariaDB", "INTEGER AUTO_INCREMENT")}[self.server.name]
        self.url = self.server.create("bench")
        place = urlsplit(self.url)
        self.place = {"host": place.hostname, "port": place.port, "user": place.username, "password": unquote(place.password), "database": place.path[1:]}

    def connect(self):
        if self.name == "PostgreSQL":
            import psycopg2
            return psycopg2.connect(**self.place)
        import pymysql
        return pymysql.connect(**self.place)

    def remove(self):
        self.server.remove()


def fill(database, users):
    """One transaction; 400 rows a statement on SQLite and 5,000 elsewhere, because the number of values in one is limited."""
    with contextlib.closing(database.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute(TABLE.format(counting=database.counting))
        row, at_once = f"({database.placeholder}, {database.placeholder}, TRUE)", 5000 if database.name != "SQLite" else 400
        for first in range(0, users, at_once):
            some = range(first, min(users, first + at_once))
            cursor.execute("INSERT INTO users (username, password, is_active) VALUES " + ", ".join([row] * len(some)), [value for i in some for value in (f"user{i}", PASSWORD_HASH)])
        connection.commit()


class Application(threading.Thread):
    """Registers users, one after the other; how long each took."""
    def __init__(self, database, word):
        super().__init__(daemon=True)
        self.database, self.word, self.over, self.took = database, word, threading.Event(), []

    def run(self):
        with contextlib.closing(self.database.connect()) as connection:
            cursor = connection.cursor()
            while not self.over.wait(0.01):
                begun = time.perf_counter()
                cursor.execute(f"INSERT INTO users (username, password, is_active) VALUES ({self.database.placeholder}, {self.database.placeholder}, TRUE)", (f"{self.word}{len(self.took)}", PASSWORD_HASH))
                connection.commit()
                self.took.append(time.perf_counter() - begun)

    def stop(self):
        self.over.set()
        self.join()
        return median(self.took) * 1000


def alone(database, word):
    """Milliseconds of an insert, for five seconds, while nothing else runs."""
    application = Application(database, word)
    application.start()
    time.sleep(5)
    return application.stop()


def adopt(folder, database, *arguments):
    """Seconds of the whole program, its start included."""
    env = clean_environment() | {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database.url}
    started = time.perf_counter()
    done = subprocess.run([str(KEYHOLD), "adopt", *arguments, "--json"], cwd=folder, env=env, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    assert done.returncode == 0, done.stdout + done.stderr
    return seconds


def measure_on(database, folder, users):
    """A row: the application inserts before, while and after `--apply` runs. In the end each user has an account or a noted change."""
    say(f"adopting {users:,} users on {database.name}")
    fill(database, users)
    looked = adopt(folder, database)
    before = alone(database, "before")
    beside = Application(database, "beside")
    beside.start()
    applied = adopt(folder, database, "--apply", "--yes")
    meanwhile = beside.stop()
    after = alone(database, "after")
    with contextlib.closing(database.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT (SELECT COUNT(*) FROM keyhold_accounts), (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM keyhold_adopted_changes)")
        accounts, rows, notes = cursor.fetchone()
    assert accounts + notes >= rows, (accounts, rows, notes)
    (folder / "keyhold.toml").unlink()
    return [database.name, f"{looked:.1f}", f"{applied:.1f}", f"{before:.2f}", f"{meanwhile:.2f}", f"{after:.2f}"]


def measure(options):
    users = 20_000 if options.quick else USERS
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for make in (lambda: Sqlite(folder), lambda: Server(databases.Postgresql), lambda: Server(databases.Mariadb)):
            database = make()
            try:
                rows.append(measure_on(database, folder, users))
            finally:
                database.remove()
    yield (f"keyhold adopt of {users:,} users, and one insert of the application's (median)",
           ["database", "s for the report", "s for --apply", "ms an insert before", "ms meanwhile", "ms after"], rows)
