# SPDX-License-Identifier: Apache-2.0
"""src/server/every_error.cpp lists each refusal that a header declares."""
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.tree


def declared():
    files = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "src/*.hpp", "include/*.hpp"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split()
    return {name for file in files for name in re.findall(r"^\s*inline constexpr ErrorRow (\w+)", (ROOT / file).read_text(), re.MULTILINE)}


def test_every_refusal_of_a_header_is_listed():
    text = (ROOT / "src/server/every_error.cpp").read_text()
    listed = set(re.findall(r"\w+", text[text.index("all[] = {"):text.index("};")]))
    assert len(declared()) > 40
    assert declared() - listed == set()
