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
MAVEN = ("mvn", "-q", "-B", f"-Dmaven.repo.local={FETCHED / 'm2'}")
GO = os.environ | {"GOMODCACHE": str(FETCHED / "gomod"), "GOFLAGS": "-modcacherw"}


def fetch(what, *commands, **more):
    """Runs what fetches or builds; the test is skipped if it cannot be."""
    for command in commands:
        if shutil.which(str(command[0])) is None:
            pytest.skip(f"{command[0]} is not installed, so {what} cannot be tried")
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=900, **more)
        said = done.stdout + done.stderr
        assert "COMPILATION ERROR" not in said, said
        if done.returncode != 0:
            pytest.skip(f"{what} could not be fetched (is there a network?): {said[-300:]}")


def build(*command, **more):
    """A recipe of ours with what was fetched; that has to work."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=900, **more)
    assert done.returncode == 0, done.stdout + done.stderr


def virtual_environment(home, what, requirements):
    """The folder of its programs."""
    home.parent.mkdir(parents=True, exist_ok=True)
    fetch(what, ["/usr/bin/python3", "-m", "venv", home], [home / "bin/python", "-m", "pip", "install", "-q", "-r", requirements])
    return home / "bin"


@cache
def python():
    return virtual_environment(FETCHED / "python", "authlib, requests-oauthlib, httpx-oauth and Flask", SOURCES / "python/requirements.txt") / "python"


@cache
def node():
    home = FETCHED / "node"
    shutil.copytree(SOURCES / "node", home, dirs_exist_ok=True)
    fetch("oauth4webapi, openid-client, simple-oauth2, express-oauth2-jwt-bearer, jwt-status-list, Express and Fastify", [ROOT / "packaging/npm-install", home])
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
    fetch("golang.org/x/oauth2 and go-oidc", ["go", "build", "-o", program, "./" + folder], cwd=SOURCES / "go", env=GO)
    return program


@cache
def go_middleware(recipe):
    """A program whose routes are behind this recipe."""
    home = FETCHED / "go_middleware"
    shutil.copytree(SOURCES / "go_middleware", home, dirs_exist_ok=True)
    (home / "protect").mkdir(exist_ok=True)
    (home / "protect/protect.go").write_text(recipe)
    fetch("go-jwt-middleware", ["go", "mod", "download"], cwd=home, env=GO)
    build("go", "build", "-o", "notes", ".", cwd=home, env=GO)
    return home / "notes"


@cache
def spring(boot, recipe):
    """Spring Boot of this version; the recipe counts where --spring.main.sources names it."""
    home = FETCHED / f"spring-{boot}"
    shutil.rmtree(home / "src", ignore_errors=True)  # an older recipe is not fetched for
    shutil.copytree(SOURCES / "spring", home, dirs_exist_ok=True)
    pom = home / "pom.xml"
    pom.write_text(pom.read_text().replace("<version>BOOT</version>", f"<version>{boot}</version>"))
    fetch("Spring Security", [*MAVEN, "package"], cwd=home)
    (home / "src/main/java/notes").mkdir(exist_ok=True)
    (home / "src/main/java/notes/Protect.java").write_text(recipe)
    build(*MAVEN, "--offline", "package", cwd=home)
    return home / "target/resource.jar"


@cache
def nimbus():
    """The class path."""
    home = FETCHED / "nimbus"
    shutil.copytree(SOURCES / "nimbus", home, dirs_exist_ok=True)
    fetch("the Nimbus SDK", [*MAVEN, "package"], cwd=home)
    return f"{home}/target/classes:{home}/target/libraries/*"
