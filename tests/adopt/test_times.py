# SPDX-License-Identifier: Apache-2.0
"""The moments that Keyhold writes into an application's table, read by what the application reads them with: SQLAlchemy, Django, datetime, and Node as Prisma and Sequelize do."""
import datetime
import json
import sqlite3
import subprocess

import pytest
from django.utils.dateparse import parse_datetime
from old_databases import KINDS
from server import run
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, create_engine, select
from test_decisions import application_of, register
from test_shapes import CONFIGURATION, DONE, ENV, log_in

pytestmark = pytest.mark.sqlite  # it makes databases of all kinds by itself

UTC = datetime.timezone.utc
THEN = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901)


def naive(moment):
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def iso(text):
    return naive(datetime.datetime.fromisoformat(text))


def strptime(form):
    return lambda text: naive(datetime.datetime.strptime(text, form))


def node(text):
    """`new Date(text)`, which takes a date and time without a zone for one of the machine's zone."""
    said = subprocess.run(["node", "-e", f"console.log(new Date({json.dumps(text)}).toISOString())"], capture_output=True, text=True, check=True, env={"TZ": "Asia/Tokyo", "PATH": "/usr/bin:/bin:/usr/local/bin"}).stdout
    return datetime.datetime.fromisoformat(said.strip().replace("Z", "+00:00"))


def seconds(per_second):
    return lambda value: datetime.datetime.fromtimestamp(float(value) / per_second, UTC)


def is_now(moment):
    return abs(datetime.datetime.now(UTC) - moment) < datetime.timedelta(minutes=10)


EPOCH = THEN.replace(tzinfo=UTC).timestamp()
FORMS = [  # the column, what the application writes there, how it reads it
    ("VARCHAR(40)", THEN.isoformat(), iso), ("VARCHAR(40)", THEN.isoformat(timespec="seconds"), strptime("%Y-%m-%dT%H:%M:%S")), ("VARCHAR(40)", THEN.strftime("%Y-%m-%dT%H:%M:%SZ"), strptime("%Y-%m-%dT%H:%M:%SZ")),
    ("VARCHAR(40)", "2026-01-02T03:04:05.678Z", node), ("VARCHAR(40)", "2026-01-02 03:04:05.678 +00:00", node), ("VARCHAR(40)", "2026-01-02T05:04:05.678901+02:00", iso), ("VARCHAR(40)", "2026-01-02 03:04:05", strptime("%Y-%m-%d %H:%M:%S")),
    ("VARCHAR(40)", "2026-01-02", strptime("%Y-%m-%d")), ("VARCHAR(40)", str(int(EPOCH)), seconds(1)), ("BIGINT", int(EPOCH), seconds(1)), ("BIGINT", int(EPOCH * 1000), seconds(1000)), ("BIGINT", int(EPOCH * 1000000), seconds(1000000)),
    ("DOUBLE PRECISION", EPOCH, seconds(1)),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("column", "value", "reads"), FORMS, ids=[f"{column} {value}" for column, value, _ in FORMS])
def test_a_newcomer_has_a_time_in_the_form_of_the_rows(column, value, reads, kind, tmp_path, start):
    gone_as, gone_at = ("BIGINT", int(value)) if column.startswith("DOUBLE") else (column, value)  # a fraction of seconds is not followed as a lock-out
    application = application_of(tmp_path, kind, f", created_at {column} NOT NULL, deleted_at {gone_as} NULL", row=lambda name: {"created_at": value, "deleted_at": gone_at if name == "cat" else None})
    assert "created_at = the time, as in the other rows" in application.adopt().stdout
    application.adopt("--apply", "--yes")
    keyhold = start(ENV)
    assert [log_in(keyhold, name) for name in ("ann", "bob", "cat")] == [200, 200, 401]
    assert register(keyhold, "dan").status == 200
    [written, deleted] = application.row("dan", "created_at", "deleted_at")
    near = is_now(reads(written)) if len(str(value)) > 10 or not isinstance(value, str) or value.isdigit() else written == datetime.datetime.now(UTC).date().isoformat()
    assert near and len(str(written)) == len(str(value)) or column.startswith("DOUBLE") and near, written
    assert deleted is None, "who has not gone has nothing there"
    run("user", "disable", "ann", folder=tmp_path, env=ENV, check=DONE)
    [gone] = application.row("ann", "deleted_at")
    assert is_now(reads(gone)) or len(str(gone)) == 10 and gone == written, gone
    run("user", "enable", "ann", folder=tmp_path, env=ENV, check=DONE)
    assert application.row("ann", "deleted_at") == (None,) and log_in(keyhold, "ann") == 200


def test_sqlalchemy_reads_what_is_written_beside_its_own(tmp_path, start):
    application = application_of(tmp_path, columns=", created_at DATETIME NOT NULL, updated_at DATETIME", row=lambda _: {"created_at": str(THEN), "updated_at": str(THEN)})
    application.adopt("--apply", "--yes")
    assert register(start(ENV), "dan").status == 200
    users = Table("users", MetaData(), Column("id", Integer, primary_key=True), Column("created_at", DateTime), Column("updated_at", DateTime))
    with create_engine(f"sqlite:///{application.database.path}").connect() as connection:
        rows = connection.execute(select(users.c.created_at, users.c.updated_at).order_by(users.c.id)).fetchall()
    assert [tuple(row) for row in rows[:3]] == [(THEN, THEN)] * 3 and all(is_now(naive(one)) for one in rows[3])


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
@pytest.mark.parametrize("column", ["TIMESTAMP NOT NULL", "TIMESTAMP WITH TIME ZONE NOT NULL", "DATETIME NOT NULL"])
def test_a_time_without_a_zone_is_in_utc_whatever_zone_the_server_has(column, kind, tmp_path, start):
    """As datetime.utcnow(), Laravel and Sequelize write theirs."""
    if (kind == "postgresql") == (column == "DATETIME NOT NULL") or (kind == "mariadb" and "ZONE" in column):
        pytest.skip("no type of this database")
    application = application_of(tmp_path, kind, f", created_at {column}", row=lambda _: {"created_at": str(THEN)[:19]})
    if kind == "postgresql":
        application.database.query(f'ALTER DATABASE "{application.database.place["database"]}" SET timezone TO \'Asia/Tokyo\'')
    application.adopt("--apply", "--yes")
    assert register(start(ENV), "dan").status == 200
    [written] = application.row("dan", "created_at")
    assert is_now(naive(written)), written


def test_django_reads_what_is_written_beside_its_own(tmp_path, start):
    application = application_of(tmp_path, columns=", date_joined datetime NOT NULL", row=lambda _: {"date_joined": str(THEN)})
    application.adopt("--apply", "--yes")
    assert register(start(ENV), "dan").status == 200
    assert is_now(naive(parse_datetime(application.row("dan", "date_joined")[0])))


def test_prismas_times_are_milliseconds_also_where_nobody_has_one_yet(tmp_path, start):
    """A DateTime of Prisma on SQLite is a whole number in a column of DATETIME; of the column deletedAt no row says so."""
    application = application_of(tmp_path, columns=', "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, "updatedAt" DATETIME NOT NULL, "deletedAt" DATETIME', row=lambda _: {"createdAt": int(EPOCH * 1000), "updatedAt": int(EPOCH * 1000)})
    application.adopt("--apply", "--yes")
    assert register(start(ENV), "dan").status == 200
    run("user", "disable", "ann", folder=tmp_path, env=ENV, check=DONE)
    connection = sqlite3.connect(application.database.path)
    kinds = connection.execute("SELECT typeof(updatedAt), updatedAt FROM users WHERE username = 'dan' UNION ALL SELECT typeof(deletedAt), deletedAt FROM users WHERE username = 'ann'").fetchall()
    assert [kind for kind, _ in kinds] == ["integer", "integer"] and all(is_now(seconds(1000)(value)) for _, value in kinds), kinds
    [created] = application.row("dan", "createdAt")
    assert isinstance(created, int) and is_now(seconds(1000)(created)), "a default of the database that the application never uses"


@pytest.mark.parametrize(("column", "values"), [("created_at DATETIME NOT NULL", (1700000000123, "2026-01-02 03:04:05", "2026-01-02 03:04:05")), ("updated_at TIMESTAMP NOT NULL", ("Fri Jan 02 2026", "Fri Jan 02 2026", "Fri Jan 02 2026")),
                                                ("created_at DATETIME NOT NULL", ("02/01/2026", "2026-01-02", "2026-01-02"))])
def test_times_in_several_forms_or_in_none_that_is_known_are_not_written(column, values, tmp_path):
    name = column.split()[0]
    left = list(values)
    application = application_of(tmp_path, columns=", " + column, row=lambda _: {name: left.pop()})
    before = application.database.dump()
    assert name in application.adopt("--apply", "--yes", check=CONFIGURATION).stderr and application.database.dump() == before
    application.adopt("--value", f"{name}={values[-1]}")
