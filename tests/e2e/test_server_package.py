# SPDX-License-Identifier: Apache-2.0
"""keyhold::server as its users have it: installed into a folder, found by CMake and by pkg-config, and a program built from there."""
import os
import subprocess

import pytest
from server import Server
from server_package import BUILD, installed, notes, sh
from wire import ask

SANITIZED = BUILD.name in ("asan", "tsan")  # a program of a user's own would have to be, too
pytestmark = pytest.mark.skipif(SANITIZED, reason="a library for users is not built with sanitizers")


def test_a_program_with_routes_of_its_own_is_built_from_the_package_and_serves(tmp_path):
    server = Server(tmp_path, {}, binary=notes())
    try:
        document = ask(server.port, "GET", "/openapi.json").json()
        assert {"/notes", "/notes/{id}", "/login", "/protected"} <= set(document["paths"])
        assert ask(server.port, "GET", "/notes").status == 401
    finally:
        server.stop()


def test_pkg_config_says_the_same(tmp_path):
    environment = os.environ | {"PKG_CONFIG_PATH": str(installed() / "lib/pkgconfig")}
    flags = sh("pkg-config", "--define-prefix", "--static", "--cflags", "--libs", "keyhold-server", env=environment).split()
    (tmp_path / "main.cpp").write_text('#include <keyhold/server.hpp>\nint main(int argc, char** argv) { return keyhold::Server("mine", "1.0.0").run(argc, argv); }\n')
    sh("g++", "-std=c++20", tmp_path / "main.cpp", "-o", tmp_path / "mine", *flags)
    assert sh(tmp_path / "mine", "--version").startswith("mine 1.0.0, made of keyhold ") and sh(tmp_path / "mine", "version").startswith("mine 1.0.0, ")
    shown = sh(tmp_path / "mine", "--help") + sh(tmp_path / "mine", "config", "check", "--help")
    assert "Usage: mine" in shown and "Example: mine dev" in shown and "mine config check && mine serve" in shown
    wrong = subprocess.run([tmp_path / "mine", "usr"], capture_output=True, text=True)
    assert wrong.returncode == 2 and wrong.stderr.startswith("mine: there is no command 'usr'")


def test_the_program_itself_is_installed():
    assert sh(installed() / "bin/keyhold", "--version").startswith("keyhold ")


def test_public_headers_need_the_standard_library_alone(tmp_path):
    (tmp_path / "h.cpp").write_text("#include <keyhold/server.hpp>\n#include <keyhold/testing.hpp>\n")
    named = sh("g++", "-std=c++20", "-M", f"-I{installed() / 'include'}", tmp_path / "h.cpp")
    assert not any(word in named for word in ("openssl", "boost", "sqlite"))
