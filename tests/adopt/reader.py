# SPDX-License-Identifier: Apache-2.0
"""The program that reads an application's files, as it stands in `keyhold`: its parts behind each other."""
import json
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


def read(folder, files, *words):
    write(folder, files)
    done = subprocess.run([sys.executable, "-I", "-S", "-", str(folder), *words], input=program(), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
