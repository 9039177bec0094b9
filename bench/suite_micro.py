# SPDX-License-Identifier: Apache-2.0
"""The building blocks, by Google Benchmark."""
import json
import subprocess

from peers import BUILD
from table import say


def measure(options):
    say("micro-benchmarks")
    command = [str(BUILD / "bench/bench_micro"), "--benchmark_format=json", f"--benchmark_min_time={0.05 if options.rounds == 1 else 0.5}",
               f"--benchmark_repetitions={options.rounds}", "--benchmark_report_aggregates_only=true"]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    scale = {"ns": 1, "us": 1e3, "ms": 1e6}
    rows = [[b["run_name"], f"{b['cpu_time'] * scale[b['time_unit']]:,.0f}"] for b in report["benchmarks"]
            if b.get("aggregate_name") == "median" or "aggregate_name" not in b]
    yield (f"Building blocks (medians of {options.rounds})", ["", "ns"], rows)
