# SPDX-License-Identifier: Apache-2.0
"""What a server asks its database for while nobody asks it anything (docs/scale.md): the lease, with which it sees all else."""
import re

import databases
import pytest
from people import Account
from server import QUICK, run
from waiting import eventually

pytestmark = pytest.mark.sqlite  # it starts a database server of its own
RENEWAL = "UPDATE keyhold_nodes SET beat = beat + 1"
RENEWALS = 6


@pytest.fixture(scope="module")
def database():
    yield from databases.alone("postgresql", "of-idle-nodes")


def statements(database, since):
    """Those that PostgreSQL has logged, one a line; protocol messages of the same statement are one."""
    return re.findall(r"LOG:  (?:execute \w+|statement): (.*)", database.log()[since:])


def between_renewals(database):
    """What was asked from one renewal of the lease to the sixth behind it."""
    since = len(database.log())
    asked = eventually(lambda: [text for text in [statements(database, since)] if sum(RENEWAL in line for line in text) > RENEWALS], 60)[0]
    renewals = [number for number, line in enumerate(asked) if RENEWAL in line]
    return asked[renewals[0]:renewals[RENEWALS]]


def test_a_node_that_nobody_asks_anything_makes_a_statement_a_second(database, start, fresh_name):
    """It made eight: five for its lease, and one for each queue that may have something."""
    keyhold = start(QUICK | {"DATABASE_URL": database.create(fresh_name)})
    Account(keyhold.port, "ann")
    database.run_sql(f'ALTER DATABASE "{fresh_name}" SET log_statement = \'all\'')
    database.run_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{fresh_name}'")  # whoever connects anew logs
    # Once what was put there before is done, and no job of the minute's comes between.
    eventually(lambda: len(between_renewals(database)) <= 1.5 * RENEWALS, 60, lambda: "\n".join(between_renewals(database)))


def test_what_a_command_writes_is_sealed_by_a_node_that_nobody_asks_anything(database, start, fresh_name, tmp_path):
    env = QUICK | {"DATABASE_URL": database.create(fresh_name)}
    keyhold = start(env)
    Account(keyhold.port, "ann")
    sealed = lambda: database.run_sql("SELECT COUNT(*) FROM keyhold_events WHERE sequence IS NULL", fresh_name) == "0\n"  # noqa: E731
    eventually(sealed)
    run("user", "disable", "ann", folder=tmp_path, env=env, check=0)
    eventually(sealed)
    assert run("event", "list", "--json", folder=tmp_path, env=env, check=0).stdout.count("account_disabled") == 1
