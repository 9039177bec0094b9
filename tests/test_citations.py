# SPDX-License-Identifier: Apache-2.0
"""What comments and documents cite has to be there: files, decisions, documents that users have."""
import re
from functools import cache
from pathlib import Path

import pytest
from tree import ROOT, lines_of, tracked_files

pytestmark = pytest.mark.tree

FOLDERS = "docs|src|include|tests|bench|fuzz|examples|packaging|cmake|web|clients"
# A path from the root of the repository, or one from src/ as an #include spells it.
PATH = re.compile(rf"(?<![\w/.$}}{{<*-])(?:(?:{FOLDERS})/[\w./*-]*[\w*]|[a-z_]+(?:/[a-z_]+)+\.(?:hpp|cpp|md))(?![\w/])")
# A file's name alone: in a comment of C++, that of a file beside it; in a README of a folder, that of a file of the folder.
BARE = re.compile(r"(?<![\w/.*-])[a-z]\w*\.(?:cpp|hpp)(?![\w/])")
DECISION = re.compile(r"\bdecisions? (\d{4})\b|\bdecisions/(\d{4})\b")
# The design and the style of the workshop: whoever has the repository alone does not have them.
NOT_SHIPPED = re.compile(r"\bDESIGN(?:\.md)?\b(?! FLAW)|\bSTYLE\.md\b|\.\./shared/(?!cases|vectors|seed|reference|hooks)")
MADE_BY_THE_BUILD = re.compile(r"^(?:build|web/node_modules|tests/e2e/node/node_modules)\b|\.inc$|assets\.S$")
COMMENT = {".cpp": re.compile(r"//.*"), ".hpp": re.compile(r"//.*"), ".py": re.compile(r"#.*|\"\"\".*"), ".md": re.compile(r".*"),
           ".cmake": re.compile(r"#.*"), ".txt": re.compile(r"#.*")}


def citations(path):
    """Line number and comment of each line that has one."""
    comment = COMMENT.get(path.suffix)
    for number, line in lines_of(path) if comment else ():
        if found := comment.search(line):
            yield number, found.group(0)


def is_there(cited):
    bases = (ROOT, ROOT / "src", ROOT / "include", ROOT / "include/keyhold")
    return any(next(base.glob(cited.rstrip(".")), None) is not None for base in bases)


def missing_paths(text):
    for match in PATH.finditer(text):
        cited = match.group(0)
        before = text[:match.start()]
        if "://" in before.split(" ")[-1] or MADE_BY_THE_BUILD.search(cited):
            continue
        if not is_there(cited):
            yield cited


def missing_decisions(text):
    for match in DECISION.finditer(text):
        number = match.group(1) or match.group(2)
        if next((ROOT / "docs/decisions").glob(f"{number}-*.md"), None) is None:
            yield f"decision {number}"


def missing_bare_names(text, path):
    """A README of a folder means files of that folder; a comment may mean a header of elsewhere, as an #include of a test spells it."""
    for name in BARE.findall(text):
        if next((ROOT / path.parent).rglob(name), None) is None and (path.name == "README.md" or name not in names_of_sources()):
            yield name


@cache
def names_of_sources():
    return {path.name for path in tracked_files() if path.suffix in (".cpp", ".hpp")}


def names_files_of_its_folder(path):
    return path.name == "README.md" and path.parts[0] in ("src", "tests", "clients")


def cited_files():
    return [path for path in tracked_files() if str(path) not in ("CHANGELOG.md", "tests/test_citations.py")
            and not str(path).startswith(("fuzz/corpus", "tests/data", "docs/mistakes.md"))]


def test_every_path_that_is_cited_exists():
    wrong = [f"{path}:{number}: {cited}" for path in cited_files() for number, text in citations(path) for cited in missing_paths(text)]
    assert not wrong, "\n".join(wrong)


def test_every_file_that_is_cited_by_its_name_alone_exists():
    wrong = [f"{path}:{number}: {name}" for path in cited_files() if path.suffix in (".cpp", ".hpp") or names_files_of_its_folder(path)
             for number, text in citations(path) for name in missing_bare_names(text, path)]
    assert not wrong, "\n".join(wrong)


def test_the_readme_of_a_folder_names_each_of_its_files():
    """Where it is a table or a list of files at all: whoever adds one says what it is for."""
    wrong = []
    for readme in (ROOT / "src/oauth/README.md", ROOT / "src/cli/tools/README.md", ROOT / "src/cli/adoption/README.md"):
        text = readme.read_text()
        words = set(re.findall(r"\w+", text))
        wrong += [f"{readme.parent.name}: {path.name}" for path in readme.parent.rglob("*.cpp")
                  if path.stem not in words and not any(path.stem.startswith(word) for word in re.findall(r"`(\w+)\*`", text))]
    assert not wrong, "\n".join(wrong)


def test_every_decision_that_is_cited_exists():
    wrong = [f"{path}:{number}: {cited}" for path in cited_files() for number, text in citations(path)
             for cited in missing_decisions(text)]
    assert not wrong, "\n".join(wrong)


def test_nothing_cites_a_document_that_is_not_in_the_repository():
    wrong = [f"{path}:{number}: {match.group(0)}" for path in cited_files() for number, text in citations(path)
             if (match := NOT_SHIPPED.search(text))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("text", ["see docs/cli.md", "as src/nowhere/at_all.cpp does", "http/no_such_file.hpp says why"])
def test_a_path_that_is_not_there_would_be_found(text):
    assert list(missing_paths(text))


def test_a_bare_name_that_is_not_there_would_be_found():
    assert list(missing_bare_names("the message is read (mariadb_link.cpp)", Path("src/store/mariadb/driver.cpp"))) == ["mariadb_link.cpp"]
    assert not list(missing_bare_names("as link.cpp does", Path("src/store/mariadb/driver.cpp")))
    assert list(missing_bare_names("`authorize.cpp`, `person.cpp`", Path("src/oauth/README.md"))) == ["person.cpp"]


def test_a_decision_that_is_not_there_would_be_found():
    assert list(missing_decisions("as decision 9999 says"))


def test_every_decision_stands_in_the_index():
    index = (ROOT / "docs/decisions/README.md").read_text()
    missing = [path.name for path in sorted((ROOT / "docs/decisions").glob("0*.md")) if f"({path.name})" not in index]
    assert not missing, missing
