# SPDX-License-Identifier: Apache-2.0
"""keyhold::server as its users have it: installed into a folder, and examples/notes built from there."""
import atexit
import os
import re
import shutil
import subprocess
from functools import cache

from locks import one_at_a_time
from server import BINARY, ROOT

BUILD = BINARY.parent


def sh(*command, **kwargs):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **kwargs)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}{done.stderr[-6000:]}"
    return done.stdout


@cache
def blocks(document, language):
    """What stands between ```language and ``` on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / document).read_text(), re.MULTILINE | re.DOTALL)


def lists_of_the_page():
    """The CMakeLists.txt that docs/library.md shows."""
    return blocks("docs/library.md", "cmake")[0]


def folder_for(purpose):
    """Each process that tests has one of its own; gone when it ends."""
    folder = BUILD / f"{purpose}-{os.getpid()}"
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def installed():
    folder = folder_for("installed-server")
    with one_at_a_time(BUILD / "library.lock"):
        sh("cmake", "--build", BUILD, "--target", "keyhold_server_library")
        for component in ("server", "server-dev"):
            sh("cmake", "--install", BUILD, "--component", component, "--prefix", folder)
    return folder


def built(folder, source):
    """A program from one file and the lists of the page; what they call it is "notes"."""
    folder.mkdir(exist_ok=True)
    (folder / "main.cpp").write_text(source)
    (folder / "CMakeLists.txt").write_text(lists_of_the_page())
    sh("cmake", "-S", folder, "-B", folder / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed()}")
    sh("cmake", "--build", folder / "build")
    return folder / "build/notes"


@cache
def notes():
    return built(folder_for("notes-of-a-user"), (ROOT / "examples/notes/main.cpp").read_text())


def built_notes():
    """examples/notes; the developers' presets build it, beside a release it is built as its users would."""
    there = BUILD / "examples/notes"
    return there if there.exists() else notes()


@cache
def example(name):
    """One of examples/ with a CMakeLists.txt of its own, built against what is installed; its program."""
    build = BUILD / "examples-of-a-user" / name
    sh("cmake", "-S", ROOT / "examples" / name, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed()}")
    sh("cmake", "--build", build)
    return build / {"fastapi-port": "port"}.get(name, name)
