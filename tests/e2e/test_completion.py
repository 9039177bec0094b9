# SPDX-License-Identifier: Apache-2.0
"""The completion scripts, in the shells that they are for: what a person gets who presses Tab."""
import os
import pty
import select
import shutil
import subprocess
import time

import pytest
import server_package
from server import BINARY, run

# (what is typed, what must be among the answers, what must not)
CASES = [("us", ["user"], ["serve"]), ("user ", ["add", "delete", "set-password"], ["serve"]), ("user set", ["set-password"], ["add"]),
         ("--config /etc/keyhold.toml user sh", ["show"], []), ("serve --bi", ["--bind"], ["--json"]), ("user delete ann --y", ["--yes"], []),
         ("key rotate --at", ["--at-once"], []), ("user --json ad", ["add"], []), ("serve --database-u", ["--database-url"], [])]
IDS = [row[0].strip() for row in CASES]


def folder_of(made, name, program):
    """The scripts, and the program by that name on the PATH; names that no file of it begins with."""
    (made / "bin").mkdir()
    (made / "bin" / name).symlink_to(program)
    for shell in ("bash", "zsh", "fish"):
        (made / f"script.{shell}").write_text(run("completion", shell, folder=made, check=0, binary=made / "bin" / name).stdout)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return folder_of(tmp_path_factory.mktemp("completion"), "keyhold", BINARY)


@pytest.fixture(scope="module")
def own_folder(tmp_path_factory):
    """Of a program that is made of Keyhold; its name is no name of a variable."""
    return folder_of(tmp_path_factory.mktemp("own"), "my-notes", server_package.built_notes())


def environment(folder):
    return {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb", "LANG": "C.UTF-8"}


def judge(answers, wanted, unwanted):
    assert [word for word in wanted if word not in answers] == [] and [word for word in unwanted if word in answers] == [], answers


@pytest.mark.parametrize(("typed", "wanted", "unwanted"), CASES, ids=IDS)
def test_bash(folder, typed, wanted, unwanted):
    judge(of_bash(folder, "keyhold", typed), wanted, unwanted)


def of_bash(folder, name, typed, first="/dev/null"):
    words = [name, *typed.split(" ")]
    quoted = " ".join(f"'{word}'" for word in words)
    ask = f"source {first} && source script.bash && COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1} && $(complete -p {name} | grep -o '_[^ ]*') && printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "--norc", "-c", ask], cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(("typed", "wanted", "unwanted"), CASES, ids=IDS)
def test_fish(folder, typed, wanted, unwanted):
    judge(of_fish(folder, "keyhold", typed), wanted, unwanted)


def of_fish(folder, name, typed):
    assert shutil.which("fish"), "packaging/debian-packages.txt names it"
    done = subprocess.run(["fish", "--no-config", "-c", f"source script.fish; complete -C '{name} {typed}'"],
                          cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


# What compadd is given and finds to match, in a file: on the terminal zsh shows it as it likes.
OFFERS = r"""
PS1='ready> ' LISTMAX=10000
autoload -Uz compinit; compinit -u -D
source ./script.zsh; print sourced=$?
tab() { zle expand-or-complete; print -n "tabbed=$((1 + 1))" }; zle -N tab; bindkey '\t' tab
compadd() { local -a matching; builtin compadd -O matching "$@"; print -rl -- $matching >> offers; builtin compadd "$@" }
"""


class Zsh:
    """A zsh at a terminal: only there it completes."""
    def __init__(self, folder, name):
        self.name = name
        self.offers = folder / "offers"
        (folder / "begin.zsh").write_text(OFFERS)
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe("zsh", ["zsh", "-f", "-i"], environment(folder))
        self.seen = ""
        self.say("source ./begin.zsh\n")
        self.hear("sourced=0")

    def say(self, text):
        os.write(self.terminal, text.encode())

    def hear(self, text, seconds=30):
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.terminal], [], [], left)[0], f"no {text!r} in {self.seen[-2000:]!r}"
            self.seen += os.read(self.terminal, 65536).decode(errors="replace")
        self.seen = ""

    def complete(self, typed):
        """Types it, presses Tab, and empties the line again; the words that were offered."""
        self.offers.write_text("")
        self.say(f"{self.name} {typed}\t")
        self.hear("tabbed=2")  # zsh gives a completion up when it sees that more was typed meanwhile
        self.say("\x15print done=$((40 + 2))\n")
        self.hear("done=42")
        return self.offers.read_text().split()

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)


@pytest.fixture(scope="module")
def zsh(folder):
    assert shutil.which("zsh"), "packaging/debian-packages.txt names it"
    started = Zsh(folder, "keyhold")
    yield started
    started.close()


@pytest.mark.parametrize(("typed", "wanted", "unwanted"), CASES, ids=IDS)
def test_zsh(zsh, typed, wanted, unwanted):
    judge(zsh.complete(typed), wanted, unwanted)


def test_a_program_of_ones_own_is_completed_by_its_name(own_folder):
    zsh = Zsh(own_folder, "my-notes")
    try:
        for complete in (lambda typed: of_bash(own_folder, "my-notes", typed), lambda typed: of_fish(own_folder, "my-notes", typed), zsh.complete):
            for typed, wanted, unwanted in CASES[:2] + CASES[4:5]:
                judge(complete(typed), wanted, unwanted)
    finally:
        zsh.close()


def test_two_programs_are_completed_in_one_shell(folder, own_folder):
    """Each by its own words: only one of the two is asked for a flag that it alone has here."""
    (own_folder / "script.bash").write_text((own_folder / "script.bash").read_text().replace("--bind", "--bound"))
    try:
        for name, flag in (("keyhold", "--bind"), ("my-notes", "--bound")):
            assert flag in of_bash(own_folder, name, "serve --b", folder / "script.bash")
    finally:
        (own_folder / "script.bash").write_text((own_folder / "script.bash").read_text().replace("--bound", "--bind"))
