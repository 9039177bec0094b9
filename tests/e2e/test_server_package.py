# SPDX-License-Identifier: Apache-2.0
"""keyhold::server as its users have it: installed into a folder, found by CMake and by pkg-config, and a program built from there."""
import os
import shutil
import subprocess

import pytest
from server import BINARY, ROOT, Server
from wire import ask

BUILD = BINARY.resolve().parent
SANITIZED = BUILD.name in ("asan", "tsan")  # a program of a user's own would have to be, too
pytestmark = pytest.mark.skipif(SANITIZED, reason="a library for users is not built with sanitizers")
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


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    sh("cmake", "--build", BUILD, "--target", "keyhold_server_library")
    for component in ("server", "server-dev"):
        sh("cmake", "--install", BUILD, "--component", component, "--prefix", folder)
    return folder


@pytest.fixture(scope="module")
def program(installed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("program")
    shutil.copy(ROOT / "examples/notes/main.cpp", folder)
    (folder / "CMakeLists.txt").write_text(LISTS)
    sh("cmake", "-S", folder, "-B", folder / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}")
    sh("cmake", "--build", folder / "build")
    return folder / "build/notes"


def test_a_program_with_routes_of_its_own_is_built_from_the_package_and_serves(program, tmp_path):
    server = Server(tmp_path, {}, binary=program)
    try:
        document = ask(server.port, "GET", "/openapi.json").json()
        assert {"/notes", "/notes/{id}", "/login", "/protected"} <= set(document["paths"])
        assert ask(server.port, "GET", "/notes").status == 401
    finally:
        server.stop()


def test_pkg_config_says_the_same(installed, tmp_path):
    environment = os.environ | {"PKG_CONFIG_PATH": str(installed / "lib/pkgconfig")}
    flags = sh("pkg-config", "--define-prefix", "--static", "--cflags", "--libs", "keyhold-server", env=environment).split()
    (tmp_path / "main.cpp").write_text('#include <keyhold/server.hpp>\nint main(int argc, char** argv) { return keyhold::Server("mine", "1.0.0").run(argc, argv); }\n')
    sh("g++", "-std=c++20", tmp_path / "main.cpp", "-o", tmp_path / "mine", *flags)
    assert sh(tmp_path / "mine", "--version").startswith("mine 1.0.0, made of keyhold ") and sh(tmp_path / "mine", "version").startswith("mine 1.0.0, ")
    shown = sh(tmp_path / "mine", "--help") + sh(tmp_path / "mine", "config", "check", "--help")
    assert "Usage: mine" in shown and "Example: mine dev" in shown and "mine config check && mine serve" in shown
    wrong = subprocess.run([tmp_path / "mine", "usr"], capture_output=True, text=True)
    assert wrong.returncode == 2 and wrong.stderr.startswith("mine: there is no command 'usr'")


def test_the_program_itself_is_installed(installed):
    assert sh(installed / "bin/keyhold", "--version").startswith("keyhold ")


def test_public_headers_need_the_standard_library_alone(installed, tmp_path):
    (tmp_path / "h.cpp").write_text("#include <keyhold/server.hpp>\n#include <keyhold/testing.hpp>\n")
    named = sh("g++", "-std=c++20", "-M", f"-I{installed / 'include'}", tmp_path / "h.cpp")
    assert not any(word in named for word in ("openssl", "boost", "sqlite"))
