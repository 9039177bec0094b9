# SPDX-License-Identifier: Apache-2.0
"""What a file costs that includes one public header and nothing else, beside the standard headers that server.hpp stands on."""
import resource
import statistics
import subprocess

from peers import ROOT, processor
from table import say

STANDARD = ["array", "chrono", "functional", "map", "memory", "optional", "set", "span", "string", "tuple", "typeindex", "variant", "vector"]
HEADERS = {
    "the standard headers": "".join(f"#include <{name}>\n" for name in STANDARD),
    **{f"keyhold/{name}.hpp": f"#include <keyhold/{name}.hpp>\n" for name in ("server", "guard", "settings", "testing", "verify")},
}


def seconds_of(text):
    """Seconds of the compiler's own CPU time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["g++", "-std=c++20", "-fsyntax-only", f"-I{ROOT}/include", "-x", "c++", "-"], input=text, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(options):
    say("public headers")
    times = {name: [] for name in HEADERS}
    for _ in range(options.rounds):
        for name, text in HEADERS.items():
            times[name].append(seconds_of(text))
    rows = [[name, f"{statistics.median(taken):.2f}", f"{min(taken):.2f} to {max(taken):.2f}"] for name, taken in times.items()]
    yield f"CPU seconds of g++ for a file that includes one header, {processor()}", ["header", "median", "spread"], rows
