# SPDX-License-Identifier: Apache-2.0
"""Where the tests' files lie: in memory, if there is room.

Tests make hundreds of databases, each with some thirty steps of schema, and a step is on disk before the next begins. Beside a compiler that writes, MariaDB
took half a minute for one. What a disk loses is the matter of tests/store/power_cut_test.cpp, which has a disk of its own."""
import atexit
import os
import shutil
import tempfile
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes; a run holds at most 2 GiB at a time


def available():
    """Bytes that programs can still have, as proc(5) tells; what lies in shared memory is not among them."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))


def keep_temporary_files_in_memory():
    """For this process and all that it starts. Whoever has said TMPDIR knows better."""
    if "TMPDIR" in os.environ or not SHARED_MEMORY.is_dir():
        return
    place = os.statvfs(SHARED_MEMORY)
    if place.f_flag & os.ST_NOEXEC or place.f_bavail * place.f_frsize < ROOM or available() < 2 * ROOM:
        return
    folder = tempfile.mkdtemp(prefix="kh-", dir=SHARED_MEMORY)  # paths of sockets have at most 107 characters
    os.chmod(folder, 0o1777)
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
