# SPDX-License-Identifier: Apache-2.0
"""How tests wait: for something that can be seen, until a deadline.

A sleep proves nothing: on a busy machine it is too short, on an idle one it is lost. So the interval between two looks is the only sleep of all tests
(test_waiting.py counts them). Where time itself is what a test is about, as for a lease, a grace or a slow client, it looks at a clock."""
import os
import time

PATIENCE = float(os.environ.get("KEYHOLD_TEST_SECONDS", "30"))  # seconds; a sanitizer makes all of it slower
LOOK_EVERY = 0.01


def eventually(condition, seconds=PATIENCE, what="it did not come", every=LOOK_EVERY):
    """The first answer of `condition` that is true. `what` is said where none comes in time; it may be a function, as one that reads a log."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(every)
    return answer


def until(moment, clock=time.monotonic):
    """Waits until a clock has come to this moment."""
    eventually(lambda: clock() >= moment, max(0.0, moment - clock()) + PATIENCE, "the clock stands")


def paced(items, every):
    """The items, one after each so many seconds: what somebody slow says or takes."""
    begin = time.monotonic()
    for number, item in enumerate(items, start=1):
        yield item
        until(begin + number * every)
