# SPDX-License-Identifier: Apache-2.0
"""The manual pages and the template of keyhold.toml, which are made from the table of commands and that of settings: mandoc reads them, man shows them."""
import os
import re
import subprocess

import pytest
import server_package
from every_command import of_the_program
from server import ROOT, run

DAY = {"SOURCE_DATE_EPOCH": "1796000000"}  # 2026-11-30


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    made = run("man", ".", folder=folder, env=DAY, check=0).stdout.split()
    assert sorted(made) == sorted(path.name for path in folder.iterdir())
    return folder


def shown(page):
    """As a reader sees it, without what makes bold and underlined."""
    done = subprocess.run(["man", "--no-hyphenation", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", page], capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], "MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""})
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)


def test_mandoc_finds_nothing_to_complain_of(pages):
    checked = subprocess.run(["mandoc", "-Tlint", "-Wall", *sorted(pages.iterdir())], capture_output=True, text=True)
    # No manual of ours is installed where a test runs.
    complaints = [line for line in checked.stdout.splitlines() if "referenced manual not found" not in line]
    assert complaints == []


def test_each_command_has_a_page_that_shows_it_with_all_its_flags(pages):
    commands = of_the_program(pages) - {"help"}
    assert len(commands) > 40
    for command in commands:
        text = " ".join(shown(pages / f"keyhold-{command.split()[0]}.1").split())
        assert f"keyhold {command}" in text, command
        help_text = run(*command.split(), "--help", folder=pages, check=0).stdout
        own = help_text.split("Everywhere")[0]
        for flag in set(re.findall(r"^  .*?(--[a-z-]+)", own, re.M)) - {"--help"}:
            assert re.search(rf"{flag}\b", text), f"{command} {flag}"
        assert help_text.splitlines()[0].removeprefix("Example: ").strip() in text, command


def test_the_page_of_the_program_leads_to_all_others(pages):
    text = " ".join(shown(pages / "keyhold.1").split())
    for path in pages.iterdir():
        if path.name != "keyhold.1":
            name, section = path.name.rsplit(".", 1)
            assert f"{name}({section})" in text
    assert "8 A check has found problems." in text and "--json" in text and "SECRET_KEY" in text


def test_the_page_of_the_settings_has_them_all(pages):
    text = shown(pages / "keyhold.toml.5")
    names = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/configuration.md").read_text().split("\n## ")[0], re.M)
    assert len(names) > 40
    for name in names:
        assert re.search(rf"^ +{name}$", text, re.M) or re.search(rf"^ +{name} ", text, re.M), name


def test_they_are_the_same_each_time_and_say_the_day_that_the_build_says(pages, tmp_path):
    run("man", ".", folder=tmp_path, env=DAY, check=0)
    for path in pages.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()
    assert "2026-11-30" in (pages / "keyhold.1").read_text().splitlines()[0]


def test_the_pages_of_a_program_of_ones_own_have_its_name(tmp_path):
    program = tmp_path / "my-notes"
    program.symlink_to(server_package.built_notes())
    (tmp_path / "pages").mkdir()
    made = run("man", "pages", folder=tmp_path, env=DAY, check=0, binary=program).stdout.split()
    assert {"my-notes.1", "my-notes-user.1", "my-notes-settings.5"} <= set(made) and not [name for name in made if not name.startswith("my-notes")]
    of_user = shown(tmp_path / "pages/my-notes-user.1")
    assert "my-notes user add" in of_user and "my-notes(1)" in of_user and "my-notes-settings(5)" in of_user and "keyhold user" not in of_user
    assert "notes 1.0.0" in of_user.splitlines()[-1]
    checked = subprocess.run(["mandoc", "-Tlint", "-Wall", *sorted((tmp_path / "pages").iterdir())], capture_output=True, text=True)
    assert [line for line in checked.stdout.splitlines() if "referenced manual not found" not in line] == []


def test_a_folder_that_is_not_there_is_said(tmp_path):
    done = run("man", "nowhere", folder=tmp_path)
    assert done.returncode == 1 and "cannot write nowhere/keyhold.1" in done.stderr


def test_the_template_changes_nothing_as_it_is_and_nothing_without_its_comment_signs(tmp_path):
    template = run("config", "template", folder=tmp_path, check=0).stdout
    assert all(line.startswith("#") or not line for line in template.splitlines())
    top, *sections = re.split(r"^# (?=\[)", template, flags=re.M)
    lines = re.findall(r"^# (\w+ = .*)$", top, re.M)
    page, *page_sections = (ROOT / "docs/configuration.md").read_text().split("\n## ")
    assert [line.split(" = ")[0] for line in lines] == re.findall(r"^\| `(\w+)` \|", page, re.M)
    assert [section.splitlines()[0] for section in sections] == [section.splitlines()[0] for section in page_sections]

    def values(folder):
        out = run("config", "show", folder=folder, env={"KEYHOLD_DRAIN_DELAY": "5"}, check=0).stdout
        return {row.split("=")[0].strip(): row.split("=", 1)[1].rsplit("#", 1)[0].strip() for row in out.splitlines()}

    untouched = values(tmp_path)
    (tmp_path / "keyhold.toml").write_text(template)
    assert values(tmp_path) == untouched
    (tmp_path / "keyhold.toml").write_text("\n".join(lines) + "\n")
    (tmp_path / "keyhold.toml").chmod(0o600)  # some of them are secrets, if empty ones
    changed = {name: value for name, value in values(tmp_path).items() if value != untouched[name]}
    # A path that the file names is relative to the file, and said so.
    assert all(str(tmp_path) in value for value in changed.values()), changed


def test_pages_take_the_place_of_older_ones_and_follow_no_link(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "keyhold.1").symlink_to("precious")
    assert "keyhold.1" in run("man", ".", folder=tmp_path, check=1).stderr and (tmp_path / "precious").read_text() == "precious"
    (tmp_path / "keyhold.1").unlink()
    (tmp_path / "keyhold.1").write_text("older " * 100_000)
    run("man", ".", folder=tmp_path, check=0)
    assert (tmp_path / "keyhold.1").read_text().startswith(".") and (tmp_path / "keyhold.1").stat().st_mode & 0o777 == 0o644
