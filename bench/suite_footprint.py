# SPDX-License-Identifier: Apache-2.0
"""Memory idle and after load, and the time from exec to the first answer."""
from statistics import median

import load
from peers import has_tutorial, keyhold, nginx, running, tutorial
from table import say


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
