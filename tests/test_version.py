# SPDX-License-Identifier: Apache-2.0
"""The version is said in several places, since each is read by a tool of its own: they say the same one, which CHANGELOG.md begins with."""
import json
import re

import pytest
from tree import ROOT

pytestmark = pytest.mark.tree


def first(pattern, path):
    return re.search(pattern, (ROOT / path).read_text(), re.MULTILINE)[1]


def test_the_newest_heading_of_the_changelog_is_the_version_of_everything():
    newest = first(r"^## (\d+\.\d+\.\d+) \(", "CHANGELOG.md")
    assert {"the program": first(r"^project\(keyhold VERSION (\S+) ", "CMakeLists.txt"),
            "Debian's packages": first(r"\Akeyhold \((.+)-\d+\) ", "debian/changelog"),
            "Python's package": first(r'^version = "(.+)"$', "clients/python/pyproject.toml"),
            "the module of it": first(r'^__version__ = "(.+)"$', "clients/python/keyhold/__init__.py"),
            "JavaScript's package": json.loads((ROOT / "clients/js/package.json").read_text())["version"]} == dict.fromkeys(
                ("the program", "Debian's packages", "Python's package", "the module of it", "JavaScript's package"), newest)
