# SPDX-License-Identifier: Apache-2.0
"""Takes the accounts of a database back to the first schema, as version 0.1.0 made it, so that `db migrate` has all of its steps before it."""

COMPARED = {"SQLite": "TEXT", "PostgreSQL": 'TEXT COLLATE "C"', "MariaDB": "VARCHAR(256) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"}
COLUMNS = "id, username, name_key, password_hash, disabled, created_at"


def go_back(database):
    """`database` has name, tables() and sql(text)."""
    compared = COMPARED[database.name]
    database.sql("ALTER TABLE keyhold_accounts RENAME TO accounts_of_today")
    database.sql(f"CREATE TABLE keyhold_accounts (id {compared} NOT NULL PRIMARY KEY, username TEXT NOT NULL, name_key {compared} NOT NULL UNIQUE, "
                 "password_hash TEXT NOT NULL, disabled INTEGER NOT NULL, created_at BIGINT NOT NULL)")
    database.sql(f"INSERT INTO keyhold_accounts ({COLUMNS}) SELECT {COLUMNS} FROM accounts_of_today")
    database.sql("DROP TABLE accounts_of_today")
    for table in set(database.tables()) - {"keyhold_accounts", "keyhold_schema"}:
        database.sql(f"DROP TABLE {table}")
    database.sql("DELETE FROM keyhold_schema WHERE version > 1")
