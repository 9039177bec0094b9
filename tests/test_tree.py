# SPDX-License-Identifier: Apache-2.0
"""What every tracked file must be like."""
import re
import shutil
import subprocess

import pytest
from tree import ROOT, SOURCES, lines_of, sources, text_of, tracked_files

pytestmark = pytest.mark.tree

# Put together from pieces, so that this file does not hold what it looks for.
UNFINISHED = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X:"]))
REGISTRY = re.compile("|".join([r"registry\." + "npmjs", r"registry\." + "yarnpkg", r"pypi\." + "org", r"files\.python" + "hosted",
                                r"deb\." + r"debian\.org", r"proxy\." + r"golang\.org", r"static\." + r"crates\.io"]))
MACHINE_PATH = re.compile(r"(?<![\w.$}{])/(?:" + "wo" + r"rk/|home/[a-z]|root/)")
# Chapters of vendored text and data that others wrote may be as long as they are.
MAY_BE_LONG = re.compile(r"^(tests/data/|tests/unit/.*vectors|docs/|.*package-lock\.json$|fuzz/corpus/|src/crypto/bcrypt/.*tables)")
LONGEST = 400


def found(pattern, paths):
    return [f"{path}:{number}: {match.group(0)}" for path in paths for number, line in lines_of(path)
            if (match := pattern.search(line))]


def test_each_source_says_its_licence():
    without = [str(path) for path in tracked_files() if path.suffix in {".cpp", ".hpp", ".py", ".cmake", ".mjs", ".js"} and not str(path).startswith("tests/data/")
               and not any("SPDX-License-Identifier: Apache-2.0" in line for _, line in list(lines_of(path))[:2])]
    assert not without, "\n".join(without)


def test_nothing_is_left_unfinished():
    assert not (wrong := found(UNFINISHED, tracked_files())), "\n".join(wrong)


def test_no_file_names_a_package_registry():
    assert not (wrong := found(REGISTRY, tracked_files())), "\n".join(wrong)


def test_no_file_names_a_path_of_somebodys_machine():
    assert not (wrong := found(MACHINE_PATH, tracked_files())), "\n".join(wrong)


@pytest.mark.parametrize(("pattern", "line"), [
    (UNFINISHED, "// TO" + "DO: later"), (REGISTRY, '"resolved": "https://registry.' + 'npmjs.org/x"'),
    (MACHINE_PATH, "see /wo" + "rk/main"), (MACHINE_PATH, "cd /home/" + "someone")])
def test_what_is_looked_for_would_be_found(pattern, line):
    assert pattern.search(line)


def test_no_file_is_longer_than_400_lines():
    long = {str(path): len(text.splitlines()) for path in tracked_files()
            if not MAY_BE_LONG.match(str(path)) and (text := text_of(path)) is not None}
    assert not (wrong := {path: lines for path, lines in long.items() if lines > LONGEST}), wrong


def test_sources_are_formatted_as_clang_format_14_does():
    paths = sources()
    assert paths
    checked = subprocess.run(["clang-format-14", "--dry-run", "--Werror", *map(str, paths)], cwd=ROOT, capture_output=True, text=True)
    wrong = sorted({line.split(":")[0] for line in checked.stderr.splitlines() if "error:" in line})
    assert checked.returncode == 0, f"clang-format-14 -i {' '.join(wrong)}"


def test_text_files_end_with_a_line_end_and_have_no_carriage_returns():
    ours = [path for path in tracked_files() if path.suffix in (*SOURCES, ".py", ".md", ".cmake", ".mjs", ".sh")]
    wrong = [str(path) for path in ours if (text := text_of(path)) and (not text.endswith("\n") or "\r" in text)]
    assert not wrong, wrong


def test_the_example_of_a_page_has_the_helper_that_is_shipped():
    """A copy, as it is there to be copied: neither packages nor archives keep what is only linked."""
    assert text_of("examples/spa/keyhold.js") == text_of("clients/js/browser.js")


def test_help_of_run_builds_nothing(tmp_path):
    """Alone in a folder it has nothing to build with."""
    alone = shutil.copy(ROOT / "run", tmp_path)
    helped = subprocess.run([alone, "--help"], capture_output=True, text=True)
    assert helped.returncode == 0 and "./run ARGS..." in helped.stdout and helped.stderr == ""
    assert subprocess.run([alone], capture_output=True).returncode != 0


@pytest.mark.parametrize("path", ["debian/control", "packaging/Containerfile", "docs/packages.md"])
def test_libraries_that_are_opened_at_need_are_asked_for_by_their_packages(path):
    """No linker sees them: without them nothing fails until the first mail, or the first connection to a database."""
    needed = {name for source in sources("src") for name in re.findall(r'SharedLibrary library\("[^"]+", "([^"]+)"\)', text_of(source))}
    assert len(needed) >= 3
    assert not (missing := {name for name in needed if not re.search(rf"\b{name}\b(?!-dev)", text_of(path))}), missing
