# SPDX-License-Identifier: Apache-2.0
"""The public headers and what docs/library.md shows: compiled, and by the standard library alone."""
import re
import subprocess

import pytest
from tree import ROOT

pytestmark = pytest.mark.tree
HEADERS = sorted(path.relative_to(ROOT / "include").as_posix() for path in (ROOT / "include").rglob("*.hpp"))
COMPILERS = ["g++", "clang++-14"]  # ./test installs both: where one is missing, that is a failure and no shorter list
FORBIDDEN = re.compile(r"[/\\](boost|openssl|sqlite3|fmt|toml|CLI)[./]")
STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror"]
MOST = 1.2  # times the standard headers' text; 1.15 when this was written


def compiled(compiler, text, *options, standard="c++20"):
    return subprocess.run([compiler, f"-std={standard}", "-fsyntax-only", f"-I{ROOT}/include", *options, "-x", "c++", "-"],
                          input=text, text=True, capture_output=True, timeout=300)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("header", HEADERS)
def test_each_public_header_compiles_alone_and_without_a_warning(compiler, header):
    done = compiled(compiler, f"#include <{header}>\n#include <{header}>\n", *STRICT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("header", ["keyhold/server.hpp", "keyhold/testing.hpp", "keyhold/verify.hpp"])
def test_a_public_header_brings_no_other_library(header):
    done = subprocess.run(["g++", "-std=c++20", "-M", f"-I{ROOT}/include", "-x", "c++", "-"], input=f"#include <{header}>\n", text=True,
                          capture_output=True, timeout=300)
    assert done.returncode == 0 and not FORBIDDEN.search(done.stdout), FORBIDDEN.findall(done.stdout)


def text_of(source):
    done = subprocess.run(["g++", "-std=c++20", "-E", "-P", f"-I{ROOT}/include", "-x", "c++", "-"], input=source, text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return len(done.stdout)


def test_the_server_header_brings_little_more_than_the_standard_headers_that_it_stands_on():
    """What that costs in seconds is told by ./bench/run headers; how much a compiler has to read is the same on every machine."""
    standard = "".join(f"#include <{name}>\n" for name in ("array", "chrono", "functional", "map", "memory", "optional", "set", "span", "string",
                                                           "tuple", "typeindex", "variant", "vector"))
    alone, ours = text_of(standard), text_of("#include <keyhold/server.hpp>\n")
    assert ours <= MOST * alone, f"{ours} bytes, the standard headers alone {alone}"


def blocks(document):
    return re.findall(r"^```cpp\n(.*?)^```$", (ROOT / document).read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("standard", ["c++20", "c++2b"])
def test_what_the_document_of_the_library_shows_compiles_without_a_warning(compiler, standard):
    program = "\n".join(blocks("docs/library.md"))
    assert program.count("server.") > 10
    done = compiled(compiler, program, *STRICT, standard=standard)
    assert done.returncode == 0, done.stderr


def test_what_the_readme_shows_is_a_program():
    shown = [block for block in blocks("README.md") if "keyhold/server.hpp" in block]
    assert len(shown) == 1 and len(shown[0].splitlines()) <= 25
    done = compiled("g++", shown[0], "-Wall", "-Wextra", "-Werror")
    assert done.returncode == 0, done.stderr
