# SPDX-License-Identifier: Apache-2.0
"""keyhold::server as its users have it: installed into a folder, found by CMake and by pkg-config, and a program built from there."""
import os
import re
import subprocess

import pytest
from server import QUICK, ROOT, Server
from server_package import BUILD, blocks, built, installed, lists_of_the_page, notes, sh
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


def test_a_program_needs_four_lines_of_cmake_and_the_example_has_those_of_the_page():
    assert len(lists_of_the_page().splitlines()) == 4
    example = (ROOT / "examples/notes/CMakeLists.txt").read_text()
    assert [line for line in example.splitlines() if not line.startswith("#")] == lists_of_the_page().splitlines()


def test_the_server_is_part_of_another_build_as_the_page_says(tmp_path):
    """Its libraries are compiled by other tests; here the program's own file is, and what it would be linked from."""
    lists = blocks("docs/library.md", "cmake")[1]
    (tmp_path / "keyhold").symlink_to(ROOT)
    (tmp_path / "main.cpp").write_text((ROOT / "examples/notes/main.cpp").read_text())
    (tmp_path / "CMakeLists.txt").write_text(lists)
    sh("cmake", "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja")
    sh("ninja", "-C", tmp_path / "build", "CMakeFiles/notes.dir/main.cpp.o")
    assert re.search(r"^build notes: .* keyhold/libkeyhold\.a ", (tmp_path / "build/build.ninja").read_text(), re.MULTILINE)
    assert (tmp_path / "build/build.ninja").read_text().count("build all: phony notes") == 1, "nothing of ours is built that the program does not need"


# The page's own test, and its tables: what add_tables() makes is used as the page says.
CALLED = """
int main() {
    keyhold::Server server("notes");
    add_tables(server);
    keyhold::TestServer test(server);
    const std::string alice = test.sign_in("alice");
    const int put = test.post("/shopping/milk", "", {{"Authorization", alice}}).status;
    const std::string seen = test.get("/shopping", {{"Authorization", alice}}).body;
    std::printf("%d %s", put, seen.c_str());
    return notes_belong_to_whoever_wrote_them() ? 0 : 1;
}
"""


def test_what_the_page_of_the_library_shows_is_linked_and_its_test_passes(tmp_path):
    page = "\n".join(blocks("docs/library.md", "cpp"))
    assert page.count("int main(int argc, char** argv)") == 1
    page = "#include <cstdio>\n" + page.replace("int main(int argc, char** argv)", "int main_of_the_page(int argc, char** argv)")
    assert sh(built(tmp_path / "page", page + CALLED)) == "204 milk\n"


def test_the_program_of_the_readme_greets_those_of_the_company(tmp_path):
    program, = (block for block in blocks("README.md", "cpp") if "keyhold/server.hpp" in block)
    server = Server(tmp_path, QUICK, binary=built(tmp_path / "greeter", program))
    try:
        credentials = {"username": "ann@example.com", "password": "pa55-of-the-tests"}
        refused = ask(server.port, "POST", "/register", json=credentials | {"username": "ann@example.org"})
        assert refused.status == 403 and refused.json()["detail"] == "Use your company's address"
        assert ask(server.port, "POST", "/register", json=credentials).status == 200
        token = ask(server.port, "POST", "/login", json=credentials).json()["access_token"]
        assert ask(server.port, "GET", "/hello/bob").status == 401
        assert ask(server.port, "GET", "/hello/bob", token=token).json() == {"message": "ann@example.com greets bob"}
        assert ask(server.port, "GET", "/openapi.json").json()["paths"]["/hello/{name}"]["get"]["summary"] == "Greet somebody"
    finally:
        server.stop()


def test_pkg_config_says_the_same(tmp_path):
    environment = os.environ | {"PKG_CONFIG_PATH": str(installed() / "lib/pkgconfig")}
    flags = sh("pkg-config", "--static", "--cflags", "--libs", "keyhold-server", env=environment).split()
    (tmp_path / "main.cpp").write_text('#include <keyhold/server.hpp>\nint main(int argc, char** argv) { return keyhold::Server("mine", "1.0.0").run(argc, argv); }\n')
    sh("g++", "-std=c++20", tmp_path / "main.cpp", "-o", tmp_path / "mine", *flags)
    assert sh(tmp_path / "mine", "--version").startswith("mine 1.0.0, made of keyhold ") and sh(tmp_path / "mine", "version").startswith("mine 1.0.0, ")
    shown = sh(tmp_path / "mine", "--help") + sh(tmp_path / "mine", "config", "check", "--help")
    assert "Usage: mine" in shown and "Example: mine dev" in shown and "mine config check && mine serve" in shown
    wrong = subprocess.run([tmp_path / "mine", "usr"], capture_output=True, text=True)
    assert wrong.returncode == 2 and wrong.stderr.startswith("mine: there is no command 'usr'")


def test_nothing_that_is_installed_names_the_folder_where_it_was_built():
    """But what was compiled with -g, whose reader finds the sources by it."""
    with_symbols = "CMAKE_BUILD_TYPE:STRING=Release" not in (BUILD / "CMakeCache.txt").read_text()
    files = [path for path in installed().rglob("*") if path.is_file() and not (with_symbols and path.name in ("keyhold", "libkeyhold.a"))]
    assert {path.suffix for path in files} >= {".hpp", ".pc", ".cmake"}
    for path in files:
        assert str(ROOT).encode() not in path.read_bytes(), path


def test_the_program_itself_is_installed():
    assert sh(installed() / "bin/keyhold", "--version").startswith("keyhold ")


def test_public_headers_need_the_standard_library_alone(tmp_path):
    (tmp_path / "h.cpp").write_text("#include <keyhold/server.hpp>\n#include <keyhold/testing.hpp>\n")
    named = sh("g++", "-std=c++20", "-M", f"-I{installed() / 'include'}", tmp_path / "h.cpp")
    assert not any(word in named for word in ("openssl", "boost", "sqlite"))


def test_the_readme_builds_its_program_as_the_page_of_the_library_does():
    shown, = blocks("README.md", "cmake")
    assert shown == lists_of_the_page().replace("notes", "greeter")
