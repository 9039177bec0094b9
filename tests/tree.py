# SPDX-License-Identifier: Apache-2.0
"""The tracked files, as the tests of the tree read them."""
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (".cpp", ".hpp", ".h", ".cc")


@cache
def tracked_files():
    """Paths under version control, and new ones that are not ignored; without what was deleted."""
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode()
    return sorted({Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()})


def sources(*folders):
    return [path for path in tracked_files() if path.suffix in SOURCES and path.parts[0] in (folders or path.parts[0])]


def text_of(path):
    """The text of a tracked file, or None for pictures and the like."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def lines_of(path):
    return enumerate((text_of(path) or "").splitlines(), start=1)
