# SPDX-License-Identifier: Apache-2.0
"""keyhold::guard as a package: what is installed, who can link it and how, and what its documents and examples promise."""
import os
import re
import subprocess
from contextlib import contextmanager
from functools import cache

import pytest
from guard_package import ALIKE, BUILD, PREFIX, STAGE, compile_program, installed, sh
from locks import one_at_a_time
from lying_issuer import Issuer
from oidc import Browser, Provider
from server import PASSWORD, ROOT, accepts, free_port
from waiting import eventually
from wire import ask

HEADERS = ["export.hpp", "verify.hpp", "guard.hpp"]
ADAPTERS = ["httplib.hpp", "beast.hpp"]


def test_what_is_installed_is_under_the_prefix_and_complete():
    root = installed()
    assert not [path for path in STAGE.iterdir() if path.name != PREFIX.split("/")[1]]
    files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    expected = {*(f"include/keyhold/{name}" for name in HEADERS + ADAPTERS), "lib/libkeyhold-guard.a", "lib/libkeyhold-guard.so.2",
                "lib/libkeyhold-guard.so", "lib/pkgconfig/keyhold-guard.pc", "lib/cmake/keyhold/keyhold-config.cmake",
                "lib/cmake/keyhold/keyhold-config-version.cmake", "lib/cmake/keyhold/keyhold-guard-targets.cmake"}
    assert expected <= files, expected - files
    assert soname() == "libkeyhold-guard.so.2"


def test_nothing_that_is_installed_names_the_folder_where_it_was_built():
    for path in installed().rglob("*"):
        assert not path.is_file() or str(ROOT).encode() not in path.read_bytes(), path


def test_the_guard_was_built_without_boost_a_database_or_node():
    """The compiler's own list of what each file included, and the libraries that the guard asks for."""
    with one_at_a_time(BUILD.with_suffix(".lock")):
        included = set(re.findall(r"(/usr/\S+)", sh("ninja", "-C", BUILD, "-t", "deps")))
    assert any("/openssl/" in path for path in included)
    assert not [path for path in included if re.search(r"/boost/|sqlite|postgres|mariadb|mysql", path)]
    needed = re.findall(r"NEEDED.*\[(.*)\]", sh("readelf", "-d", installed() / "lib/libkeyhold-guard.so"))
    assert {name.split(".so")[0] for name in needed} <= {"libcrypto", "libcurl", "libsodium", "libstdc++", "libgcc_s", "libc", "libm", "ld-linux-x86-64"}, needed


def exported():
    """Each name that the shared library shows, without the compiler's marks."""
    listed = sh("nm", "-DC", "--defined-only", installed() / "lib/libkeyhold-guard.so")
    return sorted({line.split(" ", 2)[2].split("@")[0].strip() for line in listed.splitlines()})


def test_nothing_is_exported_but_version_1_of_keyhold():
    names = exported()
    strangers = [name for name in names if not re.match(r"((typeinfo|typeinfo name|vtable) for )?keyhold::v1::", name)]
    assert names and not strangers, strangers[:20]


def soname():
    return re.search(r"SONAME.*\[(.*)\]", sh("readelf", "-d", installed() / "lib/libkeyhold-guard.so"))[1]


@cache
def layout():
    """How the types of the headers lie in memory: size, alignment, and where each member is."""
    program = BUILD / f"guard_layout-{os.getpid()}"
    try:
        return sh(compile_program(ROOT / "tests/e2e/guard_layout.cpp", program)).splitlines()
    finally:
        program.unlink(missing_ok=True)


def test_the_abi_is_the_one_that_was_written_down():
    """If only functions or types are new, write the new list. If something went or changed since the last release, guard_abi in cmake/guard.cmake, and
    with it the name of Debian's package, has to count up first: programs that are there would not run."""
    written = (ROOT / "tests/data/guard_abi.txt").read_text().splitlines()
    now = [soname(), *exported(), *layout()]
    assert now == written, {"new": sorted(set(now) - set(written)), "gone": sorted(set(written) - set(now))}


def test_the_layout_of_no_public_type_is_forgotten():
    declared = {name for header in ("verify.hpp", "guard.hpp")
                for name in re.findall(r"^(?:struct|class)(?: KEYHOLD_API)? (\w+) [:{]", (ROOT / "include/keyhold" / header).read_text(), re.MULTILINE)}
    assert {"GuardOptions", "Token", "InvalidKey"} <= declared
    assert declared == {line.split(":")[0] for line in layout()}


def test_debians_package_is_called_as_its_library():
    number = soname().rpartition(".")[2]
    assert re.findall(r"^Package: (libkeyhold-guard\d+)$", (ROOT / "debian/control").read_text(), re.MULTILINE) == [f"libkeyhold-guard{number}"]
    assert [path.name for path in (ROOT / "debian").glob("libkeyhold-guard*.install")] == [f"libkeyhold-guard{number}.install"]


@pytest.mark.parametrize("compiler", ["g++-12", "clang++-14"])
@pytest.mark.parametrize("standard", ["c++20", "c++2b"])
@pytest.mark.parametrize("header", HEADERS + ADAPTERS)
def test_each_header_compiles_alone_without_a_warning(tmp_path, compiler, standard, header):
    source = tmp_path / "one.cpp"
    source.write_text(f"#include <keyhold/{header}>\n")
    sh(compiler, f"-std={standard}", "-fsyntax-only", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Wshadow", "-Werror", f"-I{installed() / 'include'}", source)


@pytest.mark.parametrize("header", HEADERS)
def test_public_headers_include_the_standard_library_alone(tmp_path, header):
    source = tmp_path / "one.cpp"
    source.write_text(f"#include <keyhold/{header}>\n")
    included = sh("g++", "-std=c++20", "-M", f"-I{installed() / 'include'}", source)
    assert not re.search(r"openssl|boost|sqlite|curl|sodium", included)


def seconds_to_compile(folder, text):
    """CPU time, the best of five: what a header costs, whatever else the machine does."""
    source = folder / "one.cpp"
    source.write_text(text + "int main() {}\n")
    spent = []
    for _ in range(5):
        before = os.times()
        sh("g++", "-std=c++20", "-c", f"-I{installed() / 'include'}", source, "-o", folder / "one.o")
        after = os.times()
        spent.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(spent)


@pytest.mark.speed
@pytest.mark.parametrize("header", HEADERS)
def test_public_headers_cost_little_more_than_the_standard_headers_that_they_stand_on(tmp_path, header):
    standard = "".join(f"#include <{name}>\n" for name in ("chrono", "functional", "memory", "optional", "string", "vector"))
    alone, ours = seconds_to_compile(tmp_path, standard), seconds_to_compile(tmp_path, f"#include <keyhold/{header}>\n")
    assert ours <= 2 * alone, f"{ours:.2f} s, the standard headers alone {alone:.2f} s"


def test_adapters_are_short():
    for name in ADAPTERS:
        assert len((ROOT / "include/keyhold" / name).read_text().splitlines()) <= 60


MAIN = """#include <keyhold/guard.hpp>
int main() { return keyhold::Guard::from_secret("a secret of more than thirty-two characters").check("").problem().status == 401 ? 0 : 1; }
"""


def build_user(folder, lists, *arguments):
    """A user's project: configured, built and run."""
    folder.mkdir(exist_ok=True)
    (folder / "main.cpp").write_text(MAIN)
    (folder / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(user CXX)\n" + lists)
    sh("cmake", "-S", folder, "-B", folder / "build", "-G", "Ninja", *arguments)
    sh("cmake", "--build", folder / "build")
    subprocess.run([folder / "build/user"], check=True)


PACKAGE = "find_package(keyhold CONFIG REQUIRED COMPONENTS guard)\nadd_executable(user main.cpp)\ntarget_link_libraries(user PRIVATE {})\n"


@pytest.mark.parametrize(("target", "is_shared"), [("keyhold::guard", True), ("keyhold::guard_static", False)])
def test_find_package_finds_it(tmp_path, target, is_shared):
    build_user(tmp_path / "user", PACKAGE.format(target), f"-DCMAKE_PREFIX_PATH={installed()}")
    assert ("libkeyhold-guard" in sh("readelf", "-d", tmp_path / "user/build/user")) == is_shared


def test_a_component_that_is_not_there_is_not_found(tmp_path):
    (tmp_path / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(user CXX)\nfind_package(keyhold CONFIG REQUIRED COMPONENTS nonsense)\n")
    done = subprocess.run(["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={installed()}"], capture_output=True, text=True)
    assert done.returncode != 0 and "nonsense" in done.stderr


def test_pkg_config_finds_it_also_for_a_static_link(tmp_path):
    source = tmp_path / "main.cpp"
    source.write_text(MAIN)
    subprocess.run([compile_program(source, tmp_path / "shared")], check=True)
    environment = os.environ | {"PKG_CONFIG_PATH": str(installed() / "lib/pkgconfig")}
    private = sh("pkg-config", "--print-requires-private", "keyhold-guard", env=environment).split()
    assert private == ["libcrypto", "libcurl", "libsodium"]
    libraries = sh("pkg-config", "--libs", *private).split()
    sh("g++", "-std=c++20", source, "-o", tmp_path / "static", f"-I{installed() / 'include'}", installed() / "lib/libkeyhold-guard.a", *libraries, "-pthread")
    subprocess.run([tmp_path / "static"], check=True)


SUBPROJECT = """add_executable(user main.cpp)
target_link_libraries(user PRIVATE keyhold::guard)
if(TARGET keyhold OR TARGET keyhold_http)
  message(FATAL_ERROR "the server is part of it")
endif()
"""

def test_it_is_part_of_another_build_without_the_server(tmp_path):
    build_user(tmp_path / "user", f"add_subdirectory({ROOT} keyhold EXCLUDE_FROM_ALL)\n" + SUBPROJECT, *ALIKE)
    sh("cmake", "--install", tmp_path / "user/build", env=os.environ | {"DESTDIR": str(tmp_path / "stage")})
    assert not [path for path in (tmp_path / "stage").rglob("*") if path.is_file()]


def blocks(language):
    text = (ROOT / "docs/protect-your-routes.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(blocks("cpp"))))
def test_each_block_of_the_document_compiles(tmp_path, number):
    source = tmp_path / "block.cpp"
    source.write_text(blocks("cpp")[number])
    sh("g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wconversion", "-Werror", f"-I{installed() / 'include'}", source)


def test_the_documents_way_of_fetching_it_works(tmp_path):
    """FetchContent adds the same folder as above, so here it is enough that there is something to build."""
    package, fetched = blocks("cmake")
    assert package in PACKAGE.format("keyhold::guard").replace("user", "notes").replace("add_executable(notes main.cpp)\n", "")
    (tmp_path / "main.cpp").write_text(MAIN)
    (tmp_path / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(notes CXX)\nadd_executable(notes main.cpp)\n" + fetched +
                                             SUBPROJECT.replace("add_executable(user main.cpp)\n", "").replace("user", "notes"))
    sh("cmake", "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja", f"-DKEYHOLD_SOURCE={ROOT}", *ALIKE)
    assert re.search(r"^build notes: .*libkeyhold-guard\.a", (tmp_path / "build/build.ninja").read_text(), re.MULTILINE)


@pytest.fixture
def issuer():
    started = Issuer()
    yield started
    started.stop()


def curl(url, *arguments):
    """Status, fields and body, as curl prints them."""
    head, _, body = sh("curl", "-si", *arguments, url).replace("\r\n", "\n").partition("\n\n")
    fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in head.split("\n")[1:])}
    return int(head.split()[1]), fields, body


@pytest.fixture(scope="module", params=["guard-httplib", "guard-beast"])
def example(request, tmp_path_factory):
    """The program, built from the package."""
    folder = tmp_path_factory.mktemp(request.param)
    sh("cmake", "-S", ROOT / "examples" / request.param, "-B", folder, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed()}")
    sh("cmake", "--build", folder)
    return folder / request.param.replace("-", "_")


@contextmanager
def guarding(example, issuer):
    """Where its routes are while it runs."""
    port = free_port()
    running = subprocess.Popen([example, issuer, str(port)], stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: running.poll() is not None or accepts(port))
        assert running.poll() is None
        yield f"http://127.0.0.1:{port}"
    finally:
        running.kill()
        running.wait()


def test_an_example_is_built_from_the_package_and_guards_its_route(issuer, example):
    with guarding(example, issuer.url) as at:
        url = at + "/hello"
        bearer = ["-H", f"Authorization: Bearer {issuer.token(scope='x')}"]
        assert curl(url, *bearer)[::2] == (200, "Hello ann\n")
        status, fields, body = curl(url)
        assert status == 401 and fields["www-authenticate"] == 'Bearer realm="protected"' and fields["content-type"] == "application/problem+json"
        assert fields["cache-control"] == "no-store" and '"code":"not_authenticated"' in body
        status, fields, body = curl(url, "-H", "Authorization: Bearer a.b.c")
        assert status == 401 and 'error="invalid_token"' in fields["www-authenticate"]
        assert curl(url, *bearer, *bearer)[0] == 401  # two fields
        if example.name == "guard_httplib":
            status, fields, body = curl(at + "/notes", *bearer)
            assert status == 403 and 'scope="notes:read"' in fields["www-authenticate"]
            assert curl(at + "/notes", "-H", f"Authorization: Bearer {issuer.token(scope='notes:read')}")[::2] == (200, "Milk, eggs\n")


def test_an_example_lets_in_whoever_has_a_keyholds_access_token_and_refuses_the_id_token(tmp_path, example):
    provider = Provider(tmp_path)
    try:
        body = provider.client("shop", "--first-party").tokens(Browser(provider, "ann"))
        person = ask(provider.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json()
        with guarding(example, provider.url) as at:
            statuses = {kind: curl(at + "/hello", "-H", f"Authorization: Bearer {token}")[0]
                        for kind, token in (("person's", person["access_token"]), ("client's", body["access_token"]), ("ID token", body["id_token"]))}
            assert statuses == {"person's": 200, "client's": 200, "ID token": 401}
    finally:
        provider.stop()
