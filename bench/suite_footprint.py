# SPDX-License-Identifier: Apache-2.0
"""Memory idle and after load, and the time from exec to the first answer; that of `keyhold test` to the line that says where it is."""
import subprocess
import time
from statistics import median

import load
from peers import KEYHOLD, clean_environment, has_tutorial, keyhold, nginx, running, tutorial
from table import say

# The page that tests copy starts one for each run of pytest: 50 ms are promised on a machine that does nothing else.
TEST_DOUBLES = 20


def test_double_says_where_it_is():
    """Seconds from exec to its line, and its processor time until then."""
    started = time.perf_counter()
    with subprocess.Popen([KEYHOLD, "test"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=clean_environment()) as process:
        assert process.stdout.readline()
        seconds = time.perf_counter() - started
        ticks = open(f"/proc/{process.pid}/schedstat").read().split()
        process.terminate()
    return seconds, int(ticks[0]) / 1e9


def measure(options):
    rows = []
    for start in [keyhold, nginx, *([tutorial] if has_tutorial() else [])]:
        first_answers, idle, loaded = [], [], []
        for number in range(options.rounds):
            with running(start) as peer:
                say(f"start and memory, {peer.name}, round {number + 1} of {options.rounds}")
                first_answers.append(peer.first_answer)
                idle.append(peer.memory_mib())
                token = None if start is nginx else peer.token()
                load.wrk(peer, 64, options.seconds, "/protected", token)
                loaded.append(peer.memory_mib())
        rows.append([peer.name, f"{median(first_answers) * 1000:.1f}", f"{median(idle):.1f}", f"{median(loaded):.1f}"])
    yield (f"Start and memory (medians of {options.rounds})", ["server", "ms to first answer", "MiB idle", "MiB after load"], rows)
    say("start of keyhold test")
    wall, cpu = zip(*(test_double_says_where_it_is() for _ in range(TEST_DOUBLES)))
    yield (f"keyhold test, ms until it says where it is ({TEST_DOUBLES} starts)", ["", "least", "median", "most"],
           [[what, *(f"{figure(values) * 1000:.1f}" for figure in (min, median, max))] for what, values in (("passed", wall), ("of CPU, first thread", cpu))])
