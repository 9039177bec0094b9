# SPDX-License-Identifier: Apache-2.0
"""keyhold::server as its users have it: installed into a folder, and examples/notes built from there."""
import shutil
import subprocess
from functools import cache

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


@cache
def installed():
    folder = BUILD / "installed-server"
    shutil.rmtree(folder, ignore_errors=True)
    sh("cmake", "--build", BUILD, "--target", "keyhold_server_library")
    for component in ("server", "server-dev"):
        sh("cmake", "--install", BUILD, "--component", component, "--prefix", folder)
    return folder


@cache
def notes():
    folder = BUILD / "notes-of-a-user"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(ROOT / "examples/notes/main.cpp", folder)
    (folder / "CMakeLists.txt").write_text(LISTS)
    sh("cmake", "-S", folder, "-B", folder / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed()}")
    sh("cmake", "--build", folder / "build")
    return folder / "build/notes"
