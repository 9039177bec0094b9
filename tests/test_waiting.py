# SPDX-License-Identifier: Apache-2.0
"""That tests wait for what can be seen, and sleep in one place (waiting.py)."""
import re
from pathlib import Path

import pytest
from tree import lines_of, tracked_files

pytestmark = pytest.mark.tree

# What lets time go by and looks at nothing: a sleep, under whatever name, and a wait for what never comes.
SLEEP = re.compile(r"\b(?:u|nano)?sleep(?:_for|_until)?\s*\(|\bsleep\b.*\bimport\b|\bimport\b.*\bsleep\b|Event\(\)\.wait\(|select\(\[\], \[\], \[\]")
# One place of each language.
PLACES = [Path("tests/waiting.py"), Path("tests/store/waiting.hpp")]
# Where time is what the test is about, it looks at a clock: how often, by file. Who adds one has asked himself what could be seen instead.
# In C++: a time-out of a future, as a wait with a condition to it has a condition behind the time.
CLOCK = re.compile(r"(?<!def )(?<!_)\b(?:until|paced)\(|\.wait_for\((?:std::chrono::\w+\(\d+\)|\d+m?s)\)")
LOOKS_AT_A_CLOCK = {
    "tests/e2e/database_proxy.py": 1,  # a slow network
    "tests/e2e/people.py": 1,  # Retry-After
    "tests/e2e/test_conformance_basic.py": 2,  # auth_time is in whole seconds; a code that comes again half a minute later
    "tests/e2e/test_connections.py": 1,  # that it does not spin is a rate
    "tests/e2e/test_fair.py": 1,  # Retry-After
    "tests/e2e/test_guard.py": 2,  # an issuer that drips, and one that rotates all the time
    "tests/e2e/test_limits.py": 4,  # clients that send slowly
    "tests/e2e/test_nodes.py": 2,  # what is stopped for longer than a lease
    "tests/e2e/test_old_tokens.py": 1,  # iat is in whole seconds
    "tests/e2e/test_postfix.py": 1,  # a kill at another moment each time
    "tests/e2e/test_refresh.py": 2,  # a grace; and a kill at another point in each attempt
    "tests/e2e/test_rotation.py": 1,  # a set of keys that is kept
    "tests/e2e/test_tls.py": 1,  # that it does not spin is a rate
    "tests/unit/domain/throttle_order_test.cpp": 1,  # what must not be over cannot be, however long one looks
}


def of_tests():
    return [path for path in tracked_files() if path.parts[0] == "tests" and path.suffix in (".py", ".cpp", ".hpp") and path.name != Path(__file__).name]


def count(pattern, path):
    return sum(len(pattern.findall(line)) for _, line in lines_of(path))


def test_only_one_place_of_each_language_sleeps():
    found = {str(path): times for path in of_tests() if (times := count(SLEEP, path))}
    assert found == {str(path): 1 for path in PLACES}, "wait for a condition: waiting.eventually(), or comes_true() in C++"


def test_who_waits_for_a_clock_is_known():
    found = {str(path): times for path in of_tests() if path not in PLACES and (times := count(CLOCK, path))}
    assert found == LOOKS_AT_A_CLOCK, "is there nothing that could be seen? Then say it in LOOKS_AT_A_CLOCK"


@pytest.mark.parametrize("line", ["    time.sleep(0.1)", "from time import sleep", "    sleep (1)", "threading.Event().wait(2)", "select.select([], [], [], 1)",
                                  "    std::this_thread::sleep_for(300ms);", "::usleep(300);"])
def test_what_sleeps_would_be_found(line):
    assert SLEEP.search(line)


@pytest.mark.parametrize(("line", "times"), [("    until(time.time() + 1)", 1), ("for byte in paced(data, 0.1): until(x)", 2), ("took = seconds_until(f)", 0),
                                             ("def until(moment):", 0), ("wait_until_read(connection)", 0), ("future.wait_for(100ms) == x", 1), ("changed.wait_for(lock, 1s, [&] { return done; })", 0)])
def test_what_looks_at_a_clock_would_be_found(line, times):
    assert len(CLOCK.findall(line)) == times
