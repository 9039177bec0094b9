# SPDX-License-Identifier: Apache-2.0
"""Databases of another application, on each kind of server: made, asked and looked over by their own Python drivers."""
import os
import sqlite3
from itertools import count
from urllib.parse import unquote, urlsplit

import databases
from waiting import PATIENCE

numbers = count(1)


def shown(row):
    """As a text that is the same for the same row: psycopg2's bytes have their address in theirs."""
    return str([bytes(value) if isinstance(value, memoryview) else value for value in row])


class OldDatabase:
    """`url` is what the application's settings say. Questions have ? for values."""
    def query(self, sql, *values):
        [rows] = self.transaction((sql, *values))
        return rows

    def transaction(self, *questions):
        """All or none; what each of them answers."""
        connection = self.connect()
        try:
            cursor = connection.cursor()
            answers = []
            for sql, *values in questions:
                cursor.execute(sql.replace("?", self.placeholder), values)
                answers.append([tuple(row) for row in cursor.fetchall()] if cursor.description else [])
            connection.commit()
            return answers
        finally:
            connection.close()

    def make_users(self, names, hash_of, collation=""):
        """The tutorial's table, as SQLAlchemy makes it, with a password for each."""
        self.query(f"CREATE TABLE users (id {self.counting} NOT NULL, username VARCHAR(255) {collation and self.exact}, password VARCHAR(255), PRIMARY KEY (id))")
        self.query("CREATE UNIQUE INDEX ix_users_username ON users (username)")
        self.query("CREATE INDEX ix_users_id ON users (id)")
        if names:
            self.transaction(*[("INSERT INTO users (username, password) VALUES (?, ?)", name, hash_of(name)) for name in names])


class OldSqlite(OldDatabase):
    placeholder, counting, exact, note_trigger = "?", "INTEGER", "", "keyhold_adopted_note_insert"

    def __init__(self, folder, name="test.db"):
        self.path = folder / name
        self.url = f"sqlite:///./{name}"

    def connect(self):
        return sqlite3.connect(self.path, timeout=PATIENCE)

    def dump(self):
        connection = self.connect()
        text, mode = "\n".join(connection.iterdump()), connection.execute("PRAGMA journal_mode").fetchone()
        connection.close()
        return text, mode


class OldServer(OldDatabase):
    placeholder = "%s"

    def __init__(self, _folder):
        self.url = databases.create(self.kind, f"old_{os.getpid()}_{next(numbers)}")
        place = urlsplit(self.url)
        self.place = {"host": place.hostname, "port": place.port, "user": place.username, "password": unquote(place.password), "database": place.path[1:]}

    def dump(self):
        """Every table with its columns, indexes and rows; triggers and functions."""
        found = [self.query(question) for question in self.questions]
        return found, [(table, sorted(map(shown, self.query(f"SELECT * FROM {table}")))) for (table, *_) in self.query(self.tables)]


class OldPostgresql(OldServer):
    kind, counting, exact, note_trigger = "postgresql", "SERIAL", "", "keyhold_adopted_note ON users"
    tables = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    questions = ["SELECT table_name, column_name, data_type, column_default, is_nullable FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
                 "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1", "SELECT tgname FROM pg_trigger ORDER BY 1",
                 "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE nspname = 'public' ORDER BY 1"]

    def connect(self):
        import psycopg2
        return psycopg2.connect(**self.place)


class OldMariadb(OldServer):
    # With the server's own collation, which calls Bob and bob the same; `exact` where a test wants both.
    kind, counting, exact, note_trigger = "mariadb", "INTEGER AUTO_INCREMENT", "COLLATE utf8mb4_bin", "keyhold_adopted_note_insert"
    tables = "SELECT CONCAT('`', table_name, '`') FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1"
    questions = ["SELECT table_name, column_name, column_type, column_default, is_nullable FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY 1, 2",
                 "SELECT table_name, index_name, column_name FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY 1, 2, 3",
                 "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY 1",
                 "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE() ORDER BY 1"]

    def connect(self):
        import pymysql
        return pymysql.connect(**self.place, charset="utf8mb4")


KINDS = {"sqlite": OldSqlite, "postgresql": OldPostgresql, "mariadb": OldMariadb}
