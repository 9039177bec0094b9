# SPDX-License-Identifier: Apache-2.0
"""What holds for every command, whatever it does: it works on the database of its configuration wherever it is run, makes none, and loses nothing that it says."""
import os
import sqlite3

import pytest
from every_command import COMMANDS, MAKERS, SERVERS, WITHOUT, home, of_the_program, template  # noqa: F401
from server import DATABASE

pytestmark = pytest.mark.skipif(DATABASE != "sqlite", reason="the files of a configuration are what is looked at")
FAILED, NOT_FOUND, CONFIGURATION = 1, 3, 7
PROBLEMS = 8  # of `import csv`, whose file has a line that is refused
each = pytest.mark.parametrize("command", sorted(COMMANDS))


def run(home, command, **kwargs):  # noqa: F811
    arguments, stdin = (home.filled(text) for text in COMMANDS[command])
    return home.run(command, arguments, stdin + "\n" if stdin else "", **kwargs)


def everything_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_no_command_is_forgotten_here(tmp_path):
    assert of_the_program(tmp_path) - SERVERS == set(COMMANDS)


@each
def test_run_from_another_folder_it_makes_nothing_there(home, tmp_path, command):  # noqa: F811
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run(home, command, folder=elsewhere, check=None)
    assert done.returncode in ((PROBLEMS,) if command == "import csv" else (0,)), done
    assert everything_in(elsewhere) == []
    if command.startswith(("user show", "user list", "user export", "session list")):
        assert "ann" in done.stdout or "127.0.0.1" in done.stdout, "it is the configuration's database"


@each
def test_where_there_is_no_database_it_makes_none_and_says_so(home, tmp_path, command):  # noqa: F811
    arguments, stdin = (home.filled(text) for text in COMMANDS[command])
    for path in (home.folder / "data").iterdir():
        path.unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    before = everything_in(home.folder)
    done = home.run(command, arguments, stdin + "\n" if stdin else "", folder=elsewhere, check=None)
    assert everything_in(elsewhere) == []
    if command in MAKERS:
        assert done.returncode == 0 and (home.folder / "data/keyhold.db").exists()
        return
    assert everything_in(home.folder) == before
    if command not in WITHOUT:
        assert done.returncode == NOT_FOUND and f"there is no database at {home.folder}/data/keyhold.db" in done.stderr, done


@each
def test_a_database_of_another_application_keeps_every_byte(home, command):  # noqa: F811
    """Neither its journal mode changes nor does a file come to stand beside it. A restore puts it aside, and says so."""
    if command in MAKERS | {"backup restore"}:
        return
    arguments, stdin = (home.filled(text) for text in COMMANDS[command])
    database = home.folder / "data/keyhold.db"
    for path in (home.folder / "data").iterdir():
        if path.name.startswith(database.name):
            path.unlink()
    with sqlite3.connect(database) as theirs:
        theirs.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR(100))")
    theirs.close()
    before, bytes_before = everything_in(home.folder), database.read_bytes()
    done = home.run(command, arguments, stdin + "\n" if stdin else "", check=None)
    assert database.read_bytes() == bytes_before
    if command not in WITHOUT:
        assert everything_in(home.folder) == before
        assert done.returncode in (NOT_FOUND, CONFIGURATION, PROBLEMS) or command == "db info", done


def closed():
    os.close(1)


@each
@pytest.mark.parametrize("extra", ["", " --json"], ids=["text", "json"])
def test_what_it_cannot_say_is_no_success(template, tmp_path, command, extra):  # noqa: F811
    """/dev/full is a disk that is full; a pipe that nobody reads ends a command quietly, as `| head -1` does."""
    def in_a_copy(name, **kwargs):
        home = template.copy(tmp_path / name)  # noqa: F811
        arguments, stdin = (home.filled(text) for text in COMMANDS[command])
        done = home.run(command, arguments + extra, stdin + "\n" if stdin else "", **kwargs)
        assert "terminate called" not in done.stderr
        assert home.run("db check", check=0).stdout.startswith("good"), "what it said did not go into the database"
        return done

    well = in_a_copy("well", check=None)
    with open("/dev/full", "w") as full:
        at_full = in_a_copy("full", stdout=full)
    read, write = os.pipe()
    os.close(read)
    at_pipe = in_a_copy("pipe", stdout=write)
    os.close(write)
    at_nothing = in_a_copy("nothing", preexec_fn=closed)
    if not well.stdout:
        assert {at_full.returncode, at_pipe.returncode, at_nothing.returncode} == {well.returncode}
        return
    assert (at_full.returncode, at_pipe.returncode, at_nothing.returncode) == (FAILED, FAILED, FAILED)
    assert "standard output: No space left on device" in at_full.stderr and "standard output" in at_nothing.stderr
    assert "standard output" not in at_pipe.stderr
