# SPDX-License-Identifier: Apache-2.0
"""Runs the suites that were asked for, one after the other, and prints what they measured."""
import argparse
import importlib
import os
import sys

from table import show

SUITES = ["protected", "sessions", "login", "footprint", "micro", "edge", "databases", "import", "scale", "fair", "guess",
          "timing", "own-routes", "lists", "admin", "oauth", "adopt", "log-outs", "nodes", "peers", "tls", "headers", "pairs"]
ON_REQUEST = set(SUITES) - {"protected", "sessions", "login", "footprint", "micro"}  # take longer than all the others


def main():
    parser = argparse.ArgumentParser(prog="./bench/run", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--rounds", type=int, default=5, help="how often each side is measured, in turn (default 5)")
    parser.add_argument("--seconds", type=int, default=4, help="how long each time (default 4)")
    parser.add_argument("--quick", action="store_true", help="one round of one second: a look, not a measurement")
    parser.add_argument("--only", metavar="PART", help="one part of the suite edge (slow-head, slow-body, slow-read, slow-range, idle, mixed) or lists (sqlite, postgresql, mariadb), the formats of timing that have it in their name")
    parser.add_argument("--nodes", metavar="N,N", help="nodes: so many at a time (default 1,2,4,8,16,32)")
    parser.add_argument("--neighbours", type=int, metavar="N", help="login: only beside so many programs that do nothing but want the cores")
    parser.add_argument("--old", metavar="PROGRAM", help="pairs: an older keyhold")
    parser.add_argument("--ten-million", action="store_true", help="scale: with ten million users too (3 GB of disk, some minutes)")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 1
    if unknown := set(options.suites) - set(SUITES):
        parser.error(f"unknown suite {', '.join(unknown)}: there are {', '.join(SUITES)}")
    if len(os.sched_getaffinity(0)) < 2:
        print("note: one core for server and generator: ratios hold, figures are lower", file=sys.stderr)
    for suite in options.suites or [suite for suite in SUITES if suite not in ON_REQUEST]:
        for title, columns, rows in importlib.import_module("suite_" + suite.replace("-", "_")).measure(options):
            show(title, columns, rows)


main()
