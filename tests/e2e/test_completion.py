# SPDX-License-Identifier: Apache-2.0
"""The completion scripts, in the shells that they are for: what a person gets who presses Tab."""
import os
import pty
import select
import shutil
import subprocess
import time

import pytest
from server import BINARY, run

# (what is typed, what must be among the answers, what must not)
CASES = [("us", ["user"], ["serve"]), ("user ", ["add", "delete", "set-password"], ["serve"]), ("user set", ["set-password"], ["add"]),
         ("--config /etc/keyhold.toml user sh", ["show"], []), ("serve --bi", ["--bind"], ["--json"]), ("user delete ann --y", ["--yes"], []),
         ("key rotate --at", ["--at-once"], []), ("user --json ad", ["add"], []), ("serve --database-u", ["--database-url"], [])]
IDS = [row[0].strip() for row in CASES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The scripts, and a `keyhold` on the PATH; names that no file of it begins with."""
    made = tmp_path_factory.mktemp("completion")
    for shell in ("bash", "zsh", "fish"):
        (made / f"script.{shell}").write_text(run("completion", shell, folder=made, check=0).stdout)
    (made / "bin").mkdir()
    (made / "bin/keyhold").symlink_to(BINARY)
    return made


def environment(folder):
    return {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb", "LANG": "C.UTF-8"}


def judge(answers, wanted, unwanted):
    assert [word for word in wanted if word not in answers] == [] and [word for word in unwanted if word in answers] == [], answers


@pytest.mark.parametrize(("typed", "wanted", "unwanted"), CASES, ids=IDS)
def test_bash(folder, typed, wanted, unwanted):
    words = ["keyhold", *typed.split(" ")]
    quoted = " ".join(f"'{word}'" for word in words)
    done = subprocess.run(["bash", "--norc", "-c", f"source script.bash && COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1} && _keyhold && printf '%s\\n' \"${{COMPREPLY[@]}}\""],
                          cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    judge(done.stdout.split(), wanted, unwanted)


@pytest.mark.parametrize(("typed", "wanted", "unwanted"), CASES, ids=IDS)
def test_fish(folder, typed, wanted, unwanted):
    assert shutil.which("fish"), "packaging/debian-packages.txt names it"
    done = subprocess.run(["fish", "--no-config", "-c", f"source script.fish; complete -C 'keyhold {typed}'"],
                          cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    judge([line.split("\t")[0] for line in done.stdout.splitlines()], wanted, unwanted)


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
    def __init__(self, folder):
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
        self.say(f"keyhold {typed}\t")
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
    started = Zsh(folder)
    yield started
    started.close()


@pytest.mark.parametrize(("typed", "wanted", "unwanted"), CASES, ids=IDS)
def test_zsh(zsh, typed, wanted, unwanted):
    judge(zsh.complete(typed), wanted, unwanted)
