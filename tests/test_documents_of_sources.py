# SPDX-License-Identifier: Apache-2.0
"""Documents that show, or list, what stands in sources: each says what those say."""
import ast
import re
from pathlib import Path

import pytest
from tree import ROOT, text_of, tracked_files

pytestmark = pytest.mark.tree
TUTORIAL = ROOT.parent / "shared/reference/tutorial-service"  # not everywhere


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.M | re.S)


def code_lines(text, comment):
    """Without what stands for itself: empty lines, and lines that are a comment alone."""
    return [line.rstrip() for line in text.splitlines() if line.strip() and not line.strip().startswith(comment)]


def test_the_port_is_shown_whole_beside_the_python():
    shown = [line for block in blocks("docs/from-fastapi.md", "cpp") for line in code_lines(block, "//")]
    assert shown == code_lines(text_of("examples/fastapi-port/main.cpp"), "//")


def test_the_python_beside_it_is_the_tutorials():
    if not TUTORIAL.is_dir():
        pytest.skip("the tutorial's service is not beside this repository")
    shown = blocks("docs/from-fastapi.md", "python")
    assert len(shown) == len(blocks("docs/from-fastapi.md", "cpp"))
    for block in shown:
        name = re.match(r"# (\w+\.py)\n", block)[1]
        theirs = "\n".join(code_lines((TUTORIAL / name).read_text(), "#"))
        for paragraph in re.split(r"\n\n(?!    )", block.strip()):
            assert "\n".join(code_lines(paragraph, "#")) in theirs, paragraph


def test_the_page_of_figures_names_every_suite():
    listed, unasked = (ast.literal_eval(re.search(pattern, text_of("bench/bench.py"), re.M | re.S)[1])
                          for pattern in (r"^SUITES = (\[.*?\])", r"^ON_REQUEST = set\(SUITES\) - (\{.*?\})"))
    said = re.search(r"Suites: (.*?); on request (.*?)\. The figures", text_of("docs/performance.md"), re.S)
    always, others = (re.findall(r"`([\w-]+)`", part) for part in said.groups())
    assert set(always) == unasked and always + others == listed
    there = {path.stem.removeprefix("suite_").replace("_", "-") for path in tracked_files() if path.match("bench/suite_*.py")}
    assert there == set(listed)


def test_who_builds_with_link_time_optimization_is_said_as_it_is():
    packages_have_it = "CMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF" not in text_of("debian/rules")
    row = next(line for line in text_of("CONTRIBUTING.md").splitlines() if "cmake --preset package" in line)
    assert ("Debian's packages are built without" in row) != packages_have_it


# What a document of keyhold-doc links beside docs/, and what of that the package brings (debian/keyhold-doc.examples, .docs).
OUTSIDE = re.compile(r"\]\(\.\./((?:examples|clients|packaging)/[^)#]+)")


def test_what_installed_documents_link_is_installed_with_them():
    brought = [line for name in ("examples", "docs") for line in text_of(f"debian/keyhold-doc.{name}").splitlines()]
    linked = {link for path in tracked_files() if path.match("docs/*.md") for link in OUTSIDE.findall(text_of(path))}
    assert len(linked) > 8
    missing = [link for link in sorted(linked) if not any(link == one or link.startswith(one + "/") for one in brought)]
    assert not missing, "\n".join(missing)
    assert {f"examples/{path.parts[1]}" for path in tracked_files() if path.match("examples/*/*")} <= set(brought)


# A name of a file in a comment of an installed header: another one of those, a page of keyhold-doc, or the tutorial's main.py.
CITED = re.compile(r"(?<![\w/<\".])((?:\w+/)*\w+\.(?:cpp|hpp|py|md|cmake|txt))\b")


def cited_and_not_installed(path):
    comments = "\n".join(line.split("//", 1)[1] for line in text_of(path).splitlines() if "//" in line and "://" not in line)
    there = [Path("include/keyhold"), Path("include"), path.parent]
    return [name for name in CITED.findall(comments) if name != "main.py" and not name.startswith("docs/") and not any((ROOT / folder / name).is_file() for folder in there)]


def test_installed_headers_cite_what_is_installed():
    wrong = {str(path): names for path in tracked_files() if path.parts[0] == "include" and (names := cited_and_not_installed(path))}
    assert not wrong, wrong
    cited = {name for path in tracked_files() if path.parts[0] == "include" for name in re.findall(r"\bdocs/[\w-]+\.md", text_of(path))}
    assert cited and all((ROOT / name).is_file() for name in cited)


# Debian's package of what is compiled in: its words in NOTICE and debian/copyright.
COMPILED_IN = {"libboost1.81-dev": "Boost", "libcli11-dev": "CLI11", "libtoml11-dev": "toml11", "libfmt-dev": "{fmt}", "libkainjow-mustache-dev": "Mustache"}
USED = {"libargon2-dev": "libargon2", "libcrypt-dev": "libxcrypt", "libcurl4-openssl-dev": "libcurl", "libidn2-dev": "libidn2", "libmariadb-dev": "libmariadb", "libpq-dev": "libpq", "libsodium-dev": "libsodium",
        "libsqlite3-dev": "SQLite", "libssl-dev": "OpenSSL", "libutf8proc-dev": "utf8proc", "libzxcvbn-dev": "zxcvbn", "zlib1g-dev": "zlib"}


def test_the_notice_names_whatever_is_built_with():
    needed = {name for name in re.findall(r"^ *([\w.+-]+-dev),?$", text_of("debian/control").split("Standards-Version")[0], re.M)}
    assert needed == COMPILED_IN.keys() | USED.keys()
    compiled_in, used = text_of("NOTICE").split("Linked or opened at run time")
    for name in COMPILED_IN.values():
        assert re.search(rf"^- .*{re.escape(name)}.*, Copyright", compiled_in, re.M), name
        assert name in text_of("debian/copyright"), name
    for name in USED.values():
        assert name in used, name
