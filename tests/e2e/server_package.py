# SPDX-License-Identifier: Apache-2.0
"""keyhold::server as its users have it: installed into a folder, and examples/notes built from there."""
import atexit
import os
import shutil
import subprocess
from functools import cache

from locks import one_at_a_time
from server import BINARY, ROOT

BUILD = BINARY.parent
LISTS = """cmake_minimum_required(VERSION 3.25)
project(notes CXX)
find_package(keyhold CONFIG REQUIRED COMPONENTS server)
add_executable(notes main.cpp)
target_link_libraries(notes PRIVATE keyhold::server)
"""


def sh(*command, **kwargs):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **kwargs)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}{done.stderr[-6000:]}"
    return done.stdout


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


@cache
def notes():
    folder = folder_for("notes-of-a-user")
    folder.mkdir()
    shutil.copy(ROOT / "examples/notes/main.cpp", folder)
    (folder / "CMakeLists.txt").write_text(LISTS)
    sh("cmake", "-S", folder, "-B", folder / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed()}")
    sh("cmake", "--build", folder / "build")
    return folder / "build/notes"


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
