# SPDX-License-Identifier: Apache-2.0
"""keyhold db info|check|create|migrate, on every database: what they say of a new one, an old one, a newer one, a wrong one and none."""
import json
import os
import re
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import databases
import pytest
from server import DATABASE, PASSWORD, QUICK, database_of, run

DONE, NOT_FOUND, UNREACHABLE, CONFIGURATION, PROBLEMS = 0, 3, 6, 7, 8


@pytest.fixture
def db(tmp_path):
    def command(*arguments, exit_code=DONE, **env):
        done = run("db", *arguments, folder=tmp_path, env=QUICK | env, check=exit_code)
        for secret in (databases.PASSWORD, databases.PASSWORD_IN_URL):
            assert secret not in done.stdout + done.stderr
        return done
    return command


@pytest.fixture
def sql(tmp_path):
    """Runs SQL with the database's own client; what it answers."""
    def execute(text):
        if DATABASE == "sqlite":
            with sqlite3.connect(tmp_path / "keyhold.db") as connection:
                return "\n".join("|".join(map(str, row)) for statement in text.split(";") for row in connection.execute(statement))
        url = urlsplit(database_of(tmp_path)["DATABASE_URL"])
        place = {"postgresql": ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", url.hostname, "-p", str(url.port), "-U", url.username, "-d", url.path[1:], "-c"],
                 "mariadb": ["mariadb", "--no-defaults", "-N", "-B", "-h", url.hostname, "-P", str(url.port), "-u", url.username, url.path[1:], "-e"]}[DATABASE]
        secret = unquote(url.password)
        return subprocess.run([*place, text], check=True, capture_output=True, text=True, env=os.environ | {"PGPASSWORD": secret, "MYSQL_PWD": secret}).stdout.strip()
    return execute


def told(done):
    return json.loads(done.stdout)


NEWEST = "SELECT MAX(version) FROM keyhold_schema"
# How what a step does is taken back. A step only adds.
TAKEN_BACK = {r"ALTER TABLE (\w+) ADD COLUMN (\w+)": r"ALTER TABLE \1 DROP COLUMN \2",
              r"CREATE TABLE (\w+)": r"DROP TABLE \1",
              r"(?:UPDATE|INSERT INTO) (\w+)": "",  # what the step would write once more, or went with its table
              r"CREATE (?:UNIQUE )?INDEX (\w+) ON (\w+)": r"DROP INDEX \1 ON \2" if DATABASE == "mariadb" else r"DROP INDEX \1"}


def taken_back(statement):
    for made, back in TAKEN_BACK.items():
        if found := re.match(made, statement):
            return found.expand(back)
    raise AssertionError(f"this test does not know how to take back: {statement}")


def one_step_back(newest_schema):
    """What leaves a database as the release before the newest step did."""
    source = (Path(__file__).resolve().parents[2] / "src/store/schema/migration_steps_2.cpp").read_text()
    newest = re.search(r"later_steps[^{;]*\{([^}]*)\}", source).group(1).split(",")[-1].strip()
    written = re.search(rf"{newest}\[\]\{{(.*?)\n\}};", source, re.DOTALL).group(1)
    literals = re.findall(r'((?:\s*"[^"]*")+),', written)  # as the compiler puts them together
    statements = ["".join(re.findall(r'"([^"]*)"', literal)) for literal in literals]
    assert statements
    return "; ".join([*filter(None, map(taken_back, reversed(statements))), f"DELETE FROM keyhold_schema WHERE version = {newest_schema}"])


def test_a_database_is_brought_up_to_date_once_and_then_found_good(db, sql):
    first = told(db("migrate", "--json"))
    assert first["from"] == 0 and first["to"] == int(sql(NEWEST))
    assert told(db("migrate", "--json")) == {"from": first["to"], "to": first["to"]}
    assert "nothing to do" in db("migrate").stderr
    info = told(db("info", "--json"))
    assert (info["driver"], info["schema"], info["newest_schema"]) == ({"mariadb": "mysql"}.get(DATABASE, DATABASE), first["to"], first["to"])
    assert told(db("check", "--json"))["problems"] == []
    assert "good" in db("check").stdout and str(first["to"]) in db("info").stdout


def test_a_database_is_made_by_its_name_once_and_by_no_other_command(db, sql, tmp_path):
    """On a database server its tables are."""
    refused = run("user", "list", folder=tmp_path, env=QUICK, check=NOT_FOUND).stderr
    assert "keyhold db create" in refused and refused.count("\n") == 1
    assert DATABASE != "sqlite" or os.listdir(tmp_path) == []
    assert told(db("create", "--json"))["made"] is True
    assert told(db("create", "--json"))["made"] is False
    assert "good" in db("check").stdout
    assert run("user", "list", folder=tmp_path, env=QUICK, check=DONE).stdout == ""


def test_an_older_schema_is_a_problem_until_it_is_migrated_and_its_users_stay(db, sql, tmp_path):
    db("migrate")
    newest = int(sql(NEWEST))
    run("user", "add", "ann", folder=tmp_path, env=QUICK, stdin=PASSWORD + "\n", check=DONE)
    before = run("user", "export", folder=tmp_path, env=QUICK, check=DONE).stdout
    sql(one_step_back(newest))
    checked = db("check", exit_code=PROBLEMS)
    assert f"schema {newest - 1}" in checked.stdout and "keyhold db migrate" in checked.stdout
    assert len(told(db("check", "--json", exit_code=PROBLEMS))["problems"]) == 1
    refused = run("user", "list", folder=tmp_path, env=QUICK, check=CONFIGURATION).stderr
    assert "keyhold db migrate" in refused and refused.count("\n") == 1
    assert told(db("info", "--json"))["schema"] == newest - 1, "only a look"
    assert f"schema {newest - 1} is now schema {newest}" in db("migrate").stderr
    assert told(db("check", "--json"))["problems"] == []
    assert run("user", "export", folder=tmp_path, env=QUICK, check=DONE).stdout == before


def test_a_newer_schema_is_refused_in_one_line_and_left_alone(db, sql, tmp_path):
    db("migrate")
    newer = int(sql(NEWEST)) + 1
    sql(f"INSERT INTO keyhold_schema (version) VALUES ({newer})")
    assert "run the newer" in db("check", exit_code=PROBLEMS).stdout
    assert told(db("info", "--json"))["schema"] == newer
    for refused in (db("migrate", exit_code=CONFIGURATION), run("user", "list", folder=tmp_path, env=QUICK, check=CONFIGURATION),
                    run("dev", "--bind", "127.0.0.1:0", folder=tmp_path, env=QUICK, check=CONFIGURATION)):
        assert "newer Keyhold" in refused.stderr and refused.stderr.count("\n") == 1
    assert int(sql(NEWEST)) == newer


def test_an_empty_database_is_a_problem_to_check_and_looking_makes_nothing(db, sql, tmp_path):
    if DATABASE == "sqlite":
        for command in ("info", "check"):
            assert "there is no database at" in db(command, exit_code=NOT_FOUND).stderr
        assert os.listdir(tmp_path) == []
    else:
        assert told(db("info", "--json"))["schema"] == 0
        assert "keyhold db migrate" in db("check", exit_code=PROBLEMS).stdout
        assert sql("SELECT COUNT(*) FROM information_schema.tables WHERE table_name LIKE 'keyhold%' AND "
                   f"'{urlsplit(database_of(tmp_path)['DATABASE_URL']).path[1:]}' IN (table_schema, table_catalog)") == "0"


@pytest.mark.parametrize("url", ["nothing://here", "sqlite://host/file", "postgresql://u:p%ZZ@h/d", "mysql://u@h/d?nonsense=1"])
def test_a_url_that_cannot_be_read_is_refused_by_all_three(db, url):
    for command in ("info", "check", "migrate"):
        db(command, exit_code=CONFIGURATION, DATABASE_URL=url)


def test_a_database_that_is_not_there_or_does_not_answer_is_unreachable(db, tmp_path):
    if DATABASE == "sqlite":
        (tmp_path / "keyhold.db").write_bytes(b"this is no database at all" * 200)
        gone = {}
    else:
        gone = {"DATABASE_URL": database_of(tmp_path)["DATABASE_URL"].replace("e2e_", "nobodys_")}
    for command in ("info", "check", "migrate"):
        db(command, exit_code=UNREACHABLE, **gone)


@pytest.mark.skipif(DATABASE == "sqlite", reason="there is no server to log in to")
def test_a_wrong_password_is_unreachable_and_not_repeated(db, tmp_path):
    wrong = database_of(tmp_path)["DATABASE_URL"].replace(databases.PASSWORD_IN_URL, "pa55-wrong")
    for command in ("info", "check", "migrate"):
        assert "pa55-wrong" not in db(command, exit_code=UNREACHABLE, DATABASE_URL=wrong).stderr
