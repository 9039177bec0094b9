# SPDX-License-Identifier: Apache-2.0
"""What tests that run beside each other do one after the other."""
import fcntl
from contextlib import contextmanager


@contextmanager
def one_at_a_time(path):
    """For the block: no other process is within one for this file, which is made and stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
