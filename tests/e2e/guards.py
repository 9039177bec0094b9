# SPDX-License-Identifier: Apache-2.0
"""The guards of all languages, asked in the same words (guard_probe.cpp)."""
import sys

from guard_package import Probe
from server import ROOT

HERE = ROOT / "tests/e2e"
PROGRAMS = {"cpp": None, "python": [sys.executable, HERE / "guard_probe.py"], "js": ["node", HERE / "node/guard_probe.mjs"]}
LANGUAGES = list(PROGRAMS)


def guard_of(language, issuer, **options):
    return Probe("issuer", issuer, PROGRAMS[language], **options)
