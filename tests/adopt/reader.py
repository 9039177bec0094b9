# SPDX-License-Identifier: Apache-2.0
"""The program that reads an application's files, as it stands in `keyhold`: its parts behind each other."""
import functools
import json
import marshal
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = re.search(r"foreach\(part ([^)]*)\)", (ROOT / "cmake/reader.cmake").read_text())[1].split()


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def program():
    return "".join((ROOT / "src/cli/adoption/reader" / f"{part}.py").read_text() for part in PARTS)


@functools.cache
def compiled():
    """Half of what a look at a small application takes is to compile the program: once for all tests of a process."""
    return marshal.dumps(compile(program(), "<stdin>", "exec"))


def read(folder, files, *words):
    write(folder, files)
    run_it = "import marshal, sys; exec(marshal.load(sys.stdin.buffer))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", run_it, str(folder), *words], input=compiled(), capture_output=True, check=True)
    return json.loads(done.stdout)
