# SPDX-License-Identifier: Apache-2.0
"""What bcrypt is given of the machine: the lanes that are chosen, and the quota of a container (cgroups(7))."""
import json
import os
from pathlib import Path

import pytest
from people import Account
from server import QUICK, run
from waiting import eventually
from wire import ask

ADMIN = QUICK | {"KEYHOLD_ADMIN_BIND": "127.0.0.1:0"}
LANES = 6  # at most, of one thread


def value(server, name):
    lines = ask(server.admin_port, "GET", "/metrics").body.decode().splitlines()
    return float(next(line for line in lines if line.startswith(name + " ")).split()[1])


def make_group(name):
    """A control group with half a processor, by whichever interface there is; what a process does to join it."""
    newer, older = Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/cpu")
    if (older / "cpu.cfs_quota_us").exists():
        group = older / name
        group.mkdir()
        (group / "cpu.cfs_period_us").write_text("100000")
        (group / "cpu.cfs_quota_us").write_text("50000")
    elif "cpu" in (newer / "cgroup.subtree_control").read_text().split():
        group = newer / name
        group.mkdir()
        (group / "cpu.max").write_text("50000 100000")
    else:
        raise OSError("the controller of processors is not ours to use")
    return group


@pytest.fixture
def half_a_processor():
    group = None
    try:
        group = make_group(f"keyhold-test-{os.getpid()}")
    except OSError as why:
        pytest.skip(f"no control group can be made here: {why}")
    yield lambda: (group / "cgroup.procs").write_text(str(os.getpid()))
    group.rmdir()


def test_verbose_version_says_how_fast_bcrypt_is_on_each_number_of_lanes(tmp_path):
    said = json.loads(run("version", "--verbose", "--json", folder=tmp_path, check=0).stdout)
    rates = said["bcrypt_iterations_per_second"]
    assert len(rates) == LANES and min(rates) > 100
    assert rates[said["bcrypt_best_lanes"] - 1] == max(rates)
    assert said["bcrypt_trusted"] is True and 0 < said["processors"] <= os.cpu_count()
    text = run("version", "--verbose", folder=tmp_path, check=0).stdout
    assert text.startswith(run("version", folder=tmp_path, check=0).stdout) and "passes its self-test" in text


def test_metrics_say_how_many_lanes_there_are_and_how_fast_they_are(start):
    server = start(ADMIN | {"KEYHOLD_HASHING_THREADS": "1"})
    assert 1 <= value(server, "keyhold_bcrypt_lanes") <= LANES
    Account(server.port, "ann")  # registers and logs in: two hashes of 2^4 iterations
    eventually(lambda: value(server, "keyhold_bcrypt_iterations_total") == 32, what=lambda: f"{value(server, 'keyhold_bcrypt_iterations_total')} iterations")
    assert value(server, "keyhold_bcrypt_cpu_seconds_total") > 0
    assert value(server, "keyhold_bcrypt_rate") > 100


def test_a_number_of_lanes_that_is_set_is_kept(start):
    server = start(ADMIN | {"KEYHOLD_HASHING_THREADS": "2", "KEYHOLD_HASHING_LANES": "3"})
    assert value(server, "keyhold_bcrypt_lanes") == 6


def test_threads_fit_the_quota_of_a_container(half_a_processor, start):
    whole, half = start(ADMIN), start(ADMIN | {"DATABASE_URL": "sqlite:///./half.db"}, preexec=half_a_processor)
    assert value(half, "keyhold_bcrypt_lanes") <= LANES
    if len(os.sched_getaffinity(0)) > 1:
        assert value(half, "keyhold_bcrypt_lanes") < value(whole, "keyhold_bcrypt_lanes")
    assert Account(half.port, "ann").greeting().status == 200
