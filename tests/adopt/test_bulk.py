# SPDX-License-Identifier: Apache-2.0
"""Taking over thousands of users at once: over several transactions, with names that clash, after it was broken off, and while the application writes."""
import threading
from contextlib import closing

import pytest
from old_databases import KINDS
from server import PASSWORD, run
from shapes import bcrypt_text
from wire import ask

pytestmark = pytest.mark.sqlite  # it makes databases of all kinds by itself

DONE = 0
ENV = {"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_LOG_FORMAT": "json"}
USERS = 10_500  # six pages
HASH = bcrypt_text(PASSWORD)


def fill(database, names):
    for first in range(0, len(names), 200):
        some = names[first:first + 200]
        database.query("INSERT INTO users (username, email, password) VALUES " + ", ".join(["(?, ?, ?)"] * len(some)), *[value for name, email in some for value in (name, email, HASH)])


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    made = KINDS[request.param](tmp_path)
    exact = made.exact
    made.query(f"CREATE TABLE users (id {made.counting} PRIMARY KEY, username VARCHAR(50) {exact} UNIQUE NOT NULL, email VARCHAR(100) {exact} UNIQUE, password VARCHAR(100) NOT NULL)")
    return made


def log_in(keyhold, name, password=PASSWORD):
    return ask(keyhold.port, "POST", "/login", json={"username": name, "password": password}).status


def adopt(database, folder, *arguments):
    return run("adopt", *arguments, folder=folder, env=ENV | {"DATABASE_URL": database.url}, check=DONE)


def test_all_come_and_of_those_whose_names_clash_the_first(database, tmp_path, start):
    names = [(f"user{i}", f"user{i}@example.org") for i in range(USERS)]
    names[20] = ("User10", "another@example.org")         # within a page
    names[USERS - 1] = ("USER11", "third@example.org")    # in another one
    names[USERS - 2] = ("fresh", "USER12@example.org")    # its address is somebody's, but for the case
    fill(database, names)
    adopt(database, tmp_path, "--apply", "--yes")
    assert database.query("SELECT COUNT(*) FROM keyhold_accounts") == database.query("SELECT COUNT(*) FROM keyhold_adopted") == [(USERS - 2,)]
    assert database.query("SELECT COUNT(*) FROM keyhold_adopted_changes") == [(0,)]
    assert database.query("SELECT COUNT(*) FROM keyhold_accounts WHERE email IS NULL") == [(1,)], "the address stays with whoever came first"
    keyhold = start(ENV)
    assert [log_in(keyhold, name) for name in ("user10", "user11", f"user{USERS - 3}", "fresh")] == [200] * 4
    assert run("event", "list", "--json", folder=tmp_path, env=ENV, check=DONE).stdout.count('"application"') >= 3, "it is written down, by the page"


def test_what_was_broken_off_goes_on_where_it_was(database, tmp_path, start):
    fill(database, [(f"user{i}", f"user{i}@example.org") for i in range(USERS)])
    adopt(database, tmp_path, "--apply", "--yes")
    # As if it had ended behind half of the second page, and the application had changed somebody before the triggers came.
    database.transaction(("UPDATE keyhold_adoption SET complete = 0",), ("CREATE TABLE half AS SELECT account_id FROM keyhold_adopted WHERE CAST(old_id AS DECIMAL(10)) > 7500",),
                         ("DELETE FROM keyhold_adopted WHERE CAST(old_id AS DECIMAL(10)) > 7500",), ("DELETE FROM keyhold_accounts WHERE id IN (SELECT account_id FROM half)",), ("DROP TABLE half",))
    database.query("UPDATE users SET password = ? WHERE username = ?", bcrypt_text("pa55-another-one"), "user3")
    database.query("DELETE FROM keyhold_adopted_changes")
    adopt(database, tmp_path, "--apply", "--yes")
    assert database.query("SELECT COUNT(*) FROM keyhold_accounts") == database.query("SELECT COUNT(*) FROM users") == [(USERS,)]
    keyhold = start(ENV)
    assert [log_in(keyhold, f"user{i}") for i in (0, 3, 7499, 7500, USERS - 1)] == [200, 401, 200, 200, 200]
    assert log_in(keyhold, "user3", "pa55-another-one") == 200


def register_people(database, word, is_over, registered):
    """One after the other, each a transaction, as the application does; with a moment between: on SQLite nobody else ever got in, and servers whose
    files are in memory take a hundred thousand people meanwhile, whom the log-ins behind it wait for."""
    moment = 0.01 if database.placeholder == "?" else 0.002  # seconds
    insert = "INSERT INTO users (username, password) VALUES (?, ?)".replace("?", database.placeholder)
    with closing(database.connect()) as connection:
        cursor = connection.cursor()
        while not is_over.wait(moment):
            cursor.execute(insert, (f"{word}{len(registered)}", HASH))
            connection.commit()
            registered.append(f"{word}{len(registered)}")


def test_the_application_registers_people_meanwhile_and_all_of_them_come(database, tmp_path, start):
    """On MariaDB the trial of the triggers took the notes of others for its own."""
    fill(database, [(f"user{i}", None) for i in range(USERS)])
    is_over, lists = threading.Event(), [[], []]
    threads = [threading.Thread(target=register_people, args=(database, f"meanwhile{number}of", is_over, list_), daemon=True) for number, list_ in enumerate(lists)]
    for thread in threads:
        thread.start()
    try:
        adopt(database, tmp_path, "--apply", "--yes")
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert all(lists), "nobody was kept from registering"
    keyhold = start(ENV)
    assert [log_in(keyhold, name) for name in ("user7", lists[0][0], lists[1][0], lists[0][-1], lists[1][-1])] == [200] * 5
    assert database.query("SELECT COUNT(*) FROM keyhold_accounts") == database.query("SELECT COUNT(*) FROM users") == [(USERS + sum(map(len, lists)),)]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_table_that_was_never_analyzed_is_read_by_its_key(database, tmp_path):
    """PostgreSQL's planner would read and sort all of it for each page: a time that grows with the square of the users."""
    database.query("ALTER TABLE users SET (autovacuum_enabled = false)")
    fill(database, [(f"user{i}", None) for i in range(USERS)])
    adopt(database, tmp_path, "--apply", "--yes")
    [(read,)] = database.query("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'users'")
    assert read < 6 * USERS, "what is counted and looked over, once each"
