# SPDX-License-Identifier: Apache-2.0
"""That tests wait for what can be seen, and sleep in one place (waiting.py)."""
import re
from pathlib import Path

import pytest
from tree import lines_of, tracked_files

pytestmark = pytest.mark.tree

# What lets time go by and looks at nothing: a sleep, under whatever name, and a wait for what never comes.
SLEEP = re.compile(r"\bsleep(?:_for|_until)?\s*\(|\bsleep\b.*\bimport\b|\bimport\b.*\bsleep\b|Event\(\)\.wait\(|select\(\[\], \[\], \[\]")
ONE_PLACE = Path("tests/waiting.py")
# Where time is what the test is about, it looks at a clock: how often, by file. Who adds one has asked himself what could be seen instead.
CLOCK = re.compile(r"(?<!def )(?<!_)\b(?:until|paced)\(")
LOOKS_AT_A_CLOCK = {
    "tests/e2e/database_proxy.py": 1,  # a slow network
    "tests/e2e/people.py": 1,  # Retry-After
    "tests/e2e/test_connections.py": 1,  # that it does not spin is a rate
    "tests/e2e/test_fair.py": 1,  # Retry-After
    "tests/e2e/test_guard.py": 2,  # an issuer that drips, and one that rotates all the time
    "tests/e2e/test_limits.py": 3,  # clients that send slowly
    "tests/e2e/test_nodes.py": 2,  # what is stopped for longer than a lease
    "tests/e2e/test_old_tokens.py": 1,  # iat is in whole seconds
    "tests/e2e/test_postfix.py": 1,  # a kill at another moment each time
    "tests/e2e/test_refresh.py": 2,  # a grace; and a kill at another point in each attempt
    "tests/e2e/test_rotation.py": 1,  # a set of keys that is kept
}


def of_tests():
    return [path for path in tracked_files() if path.parts[0] == "tests" and path.suffix == ".py" and path.name != Path(__file__).name]


def count(pattern, path):
    return sum(len(pattern.findall(line)) for _, line in lines_of(path))


def test_only_one_place_sleeps():
    found = {str(path): times for path in of_tests() if (times := count(SLEEP, path))}
    assert found == {str(ONE_PLACE): 1}, "wait for a condition: waiting.eventually()"


def test_who_waits_for_a_clock_is_known():
    found = {str(path): times for path in of_tests() if path != ONE_PLACE and (times := count(CLOCK, path))}
    assert found == LOOKS_AT_A_CLOCK, "is there nothing that could be seen? Then say it in LOOKS_AT_A_CLOCK"


@pytest.mark.parametrize("line", ["    time.sleep(0.1)", "from time import sleep", "    sleep (1)", "threading.Event().wait(2)", "select.select([], [], [], 1)"])
def test_what_sleeps_would_be_found(line):
    assert SLEEP.search(line)


@pytest.mark.parametrize(("line", "times"), [("    until(time.time() + 1)", 1), ("for byte in paced(data, 0.1): until(x)", 2), ("took = seconds_until(f)", 0),
                                             ("def until(moment):", 0), ("wait_until_read(connection)", 0)])
def test_what_looks_at_a_clock_would_be_found(line, times):
    assert len(CLOCK.findall(line)) == times
