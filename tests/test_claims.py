# SPDX-License-Identifier: Apache-2.0
"""What the threat model and the page for operators claim: each claim names tests, and those are there."""
import re
from functools import cache

import pytest
from tree import ROOT, text_of

pytestmark = pytest.mark.tree

# `tests/e2e/test_stop.py`, or one test of it: `tests/e2e/test_stop.py::test_an_idle_connection_does_not_hold_it_up`.
TEST = re.compile(r"\b(?:tests|fuzz|bench)/[\w/]+\.(?:py|cpp|txt)(?:::\w+)?")
SHOWN_BY = re.compile(r"<!-- shown by ([^>]*)-->", re.S)
NAMES = {".py": r"^def (\w+)\(", ".cpp": r"^(?:TYPED_)?TEST(?:_F|_P)?\(\w+,\s*(\w+)\)"}
GONE = "tests/e2e/" + "test_gone.py"  # in pieces, as every path that is cited is looked for


@cache
def names_in(path):
    return set(re.findall(NAMES.get((ROOT / path).suffix, r"(?!)"), text_of(path) or "", re.M))


def is_there(test):
    path, _, name = test.partition("::")
    return (ROOT / path).is_file() and (not name or name in names_in(path))


def missing(text):
    return [test for test in TEST.findall(text) if not is_there(test)]


def attacks():
    """The rows of the threat model: attack, and what shows that it fails."""
    rows = [line.strip("| ").split(" | ") for line in text_of("docs/threat-model.md").splitlines() if line.startswith("| ")]
    return [(row[0], row[-1]) for row in rows[2:]]


def paragraphs(text):
    """Those of a page that may claim something: no headings, no code, no comments that name a test for the one before."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    return [block.strip() for block in re.split(r"\n\s*\n|(?=<!-- shown by)", text) if block.strip() and not block.startswith("#")]


def unshown(text):
    """Paragraphs that name no test before the next one begins. One that ends with a colon belongs to what comes next."""
    blocks = [block for block in paragraphs(text) if not block.endswith(":")]
    return [block for block, following in zip(blocks, [*blocks[1:], ""]) if not SHOWN_BY.match(block) and not SHOWN_BY.match(following)]


def test_each_attack_of_the_threat_model_names_a_test():
    assert len(attacks()) > 60
    assert not (without := [attack for attack, shown_by in attacks() if not TEST.search(shown_by)]), "\n".join(without)


def test_each_paragraph_for_operators_names_a_test():
    assert not (without := unshown(text_of("docs/operations.md"))), "\n\n".join(without)


@pytest.mark.parametrize("page", ["docs/threat-model.md", "docs/operations.md"])
def test_each_test_that_is_named_is_there(page):
    assert not (wrong := missing(text_of(page))), "\n".join(wrong)


def test_a_claim_without_a_test_and_a_test_that_is_not_there_would_be_found():
    page = f"# Page\n\nShown.\n<!-- shown by tests/test_claims.py::test_gone, {GONE} -->\n\nIn this order:\n\n```sh\ncode\n```\n\nNot shown.\n\nNor this.\n"
    assert unshown(page) == ["Not shown.", "Nor this."]
    assert missing(page) == ["tests/test_claims.py::test_gone", GONE]
    assert not missing("tests/unit/jose/jws_test.cpp::no_spelling_of_none_is_accepted, tests/test_claims.py::test_each_test_that_is_named_is_there")


def test_the_exit_codes_for_operators_are_those_of_the_program():
    said = re.search(r"^## Exit codes\n\n(0 .*)\.$", text_of("docs/operations.md"), re.M)[1]
    rows = re.search(r"enum class Exit [^{]*{([^}]*)}", text_of("include/keyhold/base/errors.hpp"))[1]
    ours = {int(code): name.replace("_", " ") for name, code in re.findall(r"(\w+) = (\d)", rows)}
    said = {int(code): words.removeprefix("a check ").replace("found problems", "problems found") for code, words in re.findall(r"(\d) ([a-z ]+)", said)}
    assert said == ours and len(ours) == 9
