# SPDX-License-Identifier: Apache-2.0
"""The building blocks, by Google Benchmark."""
import json
import subprocess

from load import all_figures
from peers import BUILD, SERVER_CORE, pinned, processor
from table import say


def limit(options):
    """The bcrypt kernel by lanes, pinned, and how much of what the core could do at most that is."""
    say("the bcrypt kernel beside the limit")
    done = subprocess.run(pinned(SERVER_CORE, [str(BUILD / "bench/bcrypt_limit"), "9" if options.rounds == 1 else "101"]), check=True, capture_output=True, text=True)
    results = all_figures(done.stdout)
    rows = [[f"{r['lanes']:.0f}", f"{r['ns']:.2f}", f"{r['low']:.2f} to {r['high']:.2f}", f"{r['of_one']:.2f}", f"{r['cycles']:.2f}", f"{r['of_limit']:.2f}"] for r in results]
    return (f"A Blowfish round of one lane, {processor()}, {results[0]['clock']:.2f} GHz", ["lanes", "ns", "spread", "of one lane", "cycles", "of the limit"], rows)


def measure(options):
    say("micro-benchmarks")
    command = [str(BUILD / "bench/bench_micro"), "--benchmark_format=json", f"--benchmark_min_time={0.05 if options.rounds == 1 else 0.5}",
               f"--benchmark_repetitions={options.rounds}", "--benchmark_report_aggregates_only=true"]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    scale = {"ns": 1, "us": 1e3, "ms": 1e6}
    rows = [[b["run_name"], f"{b['cpu_time'] * scale[b['time_unit']]:,.0f}"] for b in report["benchmarks"]
            if b.get("aggregate_name") == "median" or "aggregate_name" not in b]
    yield limit(options)
    yield (f"Building blocks (medians of {options.rounds})", ["", "ns"], rows)
