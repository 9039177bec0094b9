# SPDX-License-Identifier: Apache-2.0
"""What others wrote, fetched into build/foreign; a test is skipped with a word where that cannot be."""
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from server import ROOT

SOURCES, FETCHED = ROOT / "tests/foreign", ROOT / "build/foreign"


def fetch(what, *commands, **more):
    """Runs what fetches or builds; the test is skipped if it cannot be."""
    for command in commands:
        if shutil.which(str(command[0])) is None:
            pytest.skip(f"{command[0]} is not installed, so {what} cannot be tried")
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=900, **more)
        if done.returncode != 0:
            pytest.skip(f"{what} could not be fetched (is there a network?): {(done.stdout + done.stderr)[-300:]}")


@cache
def python():
    FETCHED.mkdir(parents=True, exist_ok=True)
    home = FETCHED / "python"
    fetch("authlib, requests-oauthlib and Flask", ["/usr/bin/python3", "-m", "venv", home],
          [home / "bin/python", "-m", "pip", "install", "-q", "-r", SOURCES / "python/requirements.txt"])
    return home / "bin/python"


@cache
def node():
    home = FETCHED / "node"
    shutil.copytree(SOURCES / "node", home, dirs_exist_ok=True)
    fetch("oauth4webapi, openid-client, simple-oauth2, Express and Fastify", [ROOT / "packaging/npm-install", home])
    shutil.copytree(ROOT / "clients/js", home / "node_modules/keyhold", dirs_exist_ok=True)
    return home


@cache
def linters():
    home = FETCHED / "openapi"
    shutil.copytree(SOURCES / "openapi", home, dirs_exist_ok=True)
    fetch("Redocly and Spectral", [ROOT / "packaging/npm-install", home])
    return home / "node_modules/.bin"


@cache
def go(folder="."):
    FETCHED.mkdir(parents=True, exist_ok=True)
    program = FETCHED / f"of_go_{Path(folder).name or 'oauth2'}"
    fetch("golang.org/x/oauth2 and go-oidc", ["go", "build", "-o", program, "./" + folder], cwd=SOURCES / "go",
          env=os.environ | {"GOMODCACHE": str(FETCHED / "gomod"), "GOFLAGS": "-modcacherw"})
    return program


@cache
def spring():
    home = FETCHED / "spring"
    shutil.copytree(SOURCES / "spring", home, dirs_exist_ok=True)
    fetch("Spring Security", ["mvn", "-q", "-B", f"-Dmaven.repo.local={FETCHED / 'm2'}", "package"], cwd=home)
    return home / "target/resource.jar"
