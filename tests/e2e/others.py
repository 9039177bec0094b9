# SPDX-License-Identifier: Apache-2.0
"""Runs other people's implementations: the node scripts beside this file."""
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

NODE = Path(__file__).parent / "node"


def node(script, *arguments, stdin="", env=None, seconds=300):
    """The JSON that a script of tests/e2e/node writes."""
    if not (NODE / "node_modules").exists():
        pytest.fail("tests/e2e/node/node_modules is missing: packaging/npm-install tests/e2e/node brings it")
    done = subprocess.run([shutil.which("node") or "node", NODE / script, *map(str, arguments)], input=stdin, text=True,
                          capture_output=True, timeout=seconds, env=os.environ | (env or {}))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
