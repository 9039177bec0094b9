# SPDX-License-Identifier: Apache-2.0
"""The commands, as an operator types them; what they change is seen by the running server at once."""
import json
import os
import re
import subprocess

import pytest
from people import Account
from server import BINARY, PASSWORD, QUICK, environment, make_database, run
from wire import ask

OTHER = "pa55-another-one"
DONE, FAILED, USAGE, NOT_FOUND, CONFLICT, CONFIGURATION = 0, 1, 2, 3, 5, 7
ENV = QUICK


@pytest.fixture
def keyhold(tmp_path):
    """Runs a command beside the database of the test's folder; its result, and no secret in what it printed."""
    def command(*arguments, exit_code=DONE, stdin="", env=ENV):
        done = run(*arguments, folder=tmp_path, env=env, stdin=stdin, check=exit_code)
        assert "pa55-" not in done.stdout + done.stderr
        return done
    return command


@pytest.fixture
def database(tmp_path):
    make_database(tmp_path, ENV)


def login(server, name, password=PASSWORD):
    return ask(server.port, "POST", "/login", json={"username": name, "password": password}).status


def test_a_user_that_is_added_can_log_in_at_once(start, keyhold):
    server = start(ENV)
    assert login(server, "ann") == 401
    keyhold("user", "add", "ann", stdin=PASSWORD + "\n")
    assert login(server, "ann") == 200


def test_a_user_that_is_deleted_is_refused_at_once_with_a_token_too(start, keyhold):
    server = start(ENV)
    ann = Account(server.port, "ann")
    assert ann.greeting().status == 200
    keyhold("user", "delete", "ann")
    assert ann.greeting().status == 401
    assert login(server, "ann") == 401
    again = Account(server.port, "ann")
    assert again.greeting().status == 200
    assert ann.greeting().status == 401, "a token of the account before opened the new one"


def test_a_password_that_is_set_counts_at_once(start, keyhold):
    server = start(ENV)
    Account(server.port, "ann")
    keyhold("user", "set-password", "ann", stdin=OTHER + "\n")
    assert (login(server, "ann"), login(server, "ann", OTHER)) == (401, 200)


def test_the_server_and_the_commands_see_the_same_users(start, keyhold):
    server = start(ENV)
    Account(server.port, "Ann")
    shown = json.loads(keyhold("user", "show", "ann", "--json").stdout)
    assert shown["username"] == "Ann" and re.fullmatch(r"[0-9a-f-]{36}", shown["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown["created_at"])
    assert not any("hash" in member or "password" in member for member in shown)
    assert "Ann" in keyhold("user", "list").stdout


def test_a_name_may_begin_with_a_dash(keyhold, database):
    """As an id may: a session's or a key's is not of the operator's choosing."""
    keyhold("user", "add", "-Q30bob", "--json", stdin=PASSWORD + "\n")
    assert json.loads(keyhold("user", "show", "--json", "-Q30bob").stdout)["username"] == "-Q30bob"
    keyhold("--bcrypt-cost", "4", "user", "delete", "-Q30bob")
    keyhold("user", "show", "-Q30bob", exit_code=NOT_FOUND)
    keyhold("user", "show", "--", "--help", exit_code=NOT_FOUND)
    assert "--help" in keyhold("user", "show", "-x", exit_code=USAGE).stderr
    keyhold("-Q30bob", exit_code=USAGE)


def test_what_changes_a_user_says_as_json_what_he_is_now(keyhold, database):
    def said(*arguments):
        return json.loads(keyhold(*arguments, "--json").stdout)
    keyhold("user", "add", "ann", stdin=PASSWORD + "\n")
    assert said("user", "show", "ann")["roles"] == [] and "roles" not in keyhold("user", "show", "ann").stdout
    keyhold("role", "add", "editor", "notes:write")
    assert (lambda made: (made["username"], made["roles"]))(said("role", "grant", "editor", "ann")) == ("ann", ["editor"])
    assert said("role", "grant", "admin", "ann")["roles"] == ["admin", "editor"]
    assert said("user", "show", "ann")["roles"] == ["admin", "editor"]
    assert "roles: admin editor" in keyhold("user", "show", "ann").stdout
    assert [said("user", word, "ann")["disabled"] for word in ("disable", "enable")] == [True, False]
    assert said("role", "revoke", "admin", "ann")["roles"] == ["editor"]
    for role in ("admin", "nothing"):
        keyhold("role", "revoke", role, "ann", exit_code=NOT_FOUND)
    assert "ann does not have the role admin" in keyhold("role", "revoke", "admin", "ann", exit_code=NOT_FOUND).stderr


def test_users_are_listed_page_by_page(keyhold, database):
    for name in ("eve", "ann", "ben"):
        keyhold("user", "add", name, stdin=PASSWORD + "\n")
    everyone = json.loads(keyhold("user", "list", "--json").stdout)
    listed = everyone["users"] if isinstance(everyone, dict) else everyone
    assert [user["username"] for user in listed] == ["ann", "ben", "eve"]


NO_HELP = "\nRun `keyhold user list --help` for what there is.\n"
# (arguments, exit code, all that is said of what stands there)
SAID = [
    (["--config", "nope.toml", "user", "list"], CONFIGURATION, "cannot read nope.toml: No such file or directory\n"),
    (["user", "list", "--config"], USAGE, "--config needs a value" + NO_HELP),
    (["user", "list", "--bind"], USAGE, "--bind needs a value" + NO_HELP),
    (["user", "list", "--limit", "x"], USAGE, "these words were not expected: --limit x" + NO_HELP),
    (["user", "list", "more", "words"], USAGE, "these words were not expected: more words" + NO_HELP),
    (["user", "list", "--limit=x"], USAGE, "this word was not expected: --limit=x" + NO_HELP),
    (["user", "list", "--jsn"], USAGE, "this word was not expected: --jsn: did you mean --json?" + NO_HELP),
    (["--confg", "x"], USAGE, "this word was not expected: --confg: did you mean --config?\nRun `keyhold --help` for what there is.\n"),
    (["--confg=x"], USAGE, "this word was not expected: --confg: did you mean --config?\nRun `keyhold --help` for what there is.\n"),
    (["--confg", "x", "user", "list"], USAGE, "this word was not expected: --confg: did you mean --config?\nRun `keyhold --help` for what there is.\n"),
    (["--json", "usr"], USAGE, "there is no command 'usr': did you mean user?\nRun `keyhold --help` for what there is.\n"),
    (["user", "list", "--bcrypt-cost"], USAGE, "--bcrypt-cost needs a value" + NO_HELP),
    (["user", "list", "--database-url", "postgresql://ann:pa55-of-a-database@127.0.0.1:1/app"], CONFIGURATION, "--database-url shows its password to everybody on this machine: set DATABASE_URL instead\n"),
    (["event", "list", "--limit", "abc"], USAGE, "--limit: Value abc not in range 1 to 1000000000" + NO_HELP.replace("user", "event")),
    (["client", "add", "a", "--jwks", "nope.json"], CONFIGURATION, "cannot read nope.json: No such file or directory\n"),
    (["proxy", "check", "https://wiki.example.com/", "--ca-file", "nope.pem"], CONFIGURATION, "cannot read nope.pem: No such file or directory\n"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), SAID, ids=[" ".join(row[0]) for row in SAID])
def test_what_is_wrong_is_said_in_a_sentence_that_helps(keyhold, database, arguments, code, said):
    done = keyhold(*arguments, exit_code=code)
    assert (done.stdout, done.stderr) == ("", f"keyhold: {said}")


SHORT, NOBODY = "The request is not valid: password: A password has at least 8 characters", "There is no such account"
# (what, arguments, stdin, exit code, what is said): everything that goes wrong, beside the commands above that go right.
REFUSED = [
    ("a name that is taken", ["user", "add", "TAKEN"], PASSWORD, CONFLICT, "Username already exists"),
    ("a short password", ["user", "add", "new"], "pa55-", USAGE, SHORT),
    ("no password", ["user", "add", "new"], "", USAGE, "no password came on standard input"),
    ("a name that cannot be one", ["user", "add", " new"], PASSWORD, USAGE, "The request is not valid: username: A username cannot begin or end with white space"),
    ("nobody to show", ["user", "show", "nobody"], "", NOT_FOUND, NOBODY),
    ("nobody to delete", ["user", "delete", "nobody"], "", NOT_FOUND, NOBODY),
    ("nobody to give a password", ["user", "set-password", "nobody"], PASSWORD, NOT_FOUND, NOBODY),
    ("a short new password", ["user", "set-password", "taken"], "pa55-", USAGE, SHORT),
    ("no such command", ["usr"], "", USAGE, "there is no command 'usr': did you mean user?"),
    ("no such subcommand", ["user", "remove-all"], "", USAGE, "there is no command 'remove-all'"),
    ("an option that is none", ["user", "list", "--colour"], "", USAGE, "this word was not expected: --colour"),
    ("a password in the arguments", ["user", "add", "new", "--password", "x"], "", USAGE, "these words were not expected: --password x: did you mean --password-hash?"),
    ("nothing at all to add", ["user", "add"], PASSWORD, USAGE, "username is required"),
]


@pytest.mark.parametrize(("arguments", "stdin", "code", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_command_is_refused_for(keyhold, database, arguments, stdin, code, said):
    keyhold("user", "add", "taken", stdin=PASSWORD + "\n")
    done = keyhold(*arguments, stdin=stdin + "\n" if stdin else "", exit_code=code)
    assert done.stdout == "", "results go to stdout, talk to stderr"
    assert [line for line in done.stderr.splitlines() if line.startswith("keyhold: ")] == [f"keyhold: {said}"]


def test_a_refusal_is_json_if_json_was_asked_for(keyhold, database):
    done = keyhold("user", "show", "nobody", "--json", exit_code=NOT_FOUND)
    said = json.loads(done.stdout or done.stderr)
    assert said["code"] == "account_not_found"


HELP = [["--help"], ["user", "--help"], ["user", "add", "--help"], ["serve", "--help"], ["dev", "--help"], ["token", "--help"], ["config", "--help"]]


@pytest.mark.parametrize("arguments", HELP, ids=" ".join)
def test_help_begins_with_an_example_and_is_on_stdout(keyhold, arguments):
    done = keyhold(*arguments)
    assert "keyhold" in "\n".join(done.stdout.splitlines()[:6]) and done.stderr == ""
    assert "xample" in done.stdout


def test_without_a_command_it_says_what_there_is(keyhold):
    done = keyhold(exit_code=USAGE)
    assert "dev" in done.stderr + done.stdout


def test_version_says_one(keyhold):
    assert re.search(r"\d+\.\d+\.\d+", keyhold("version").stdout)
    assert json.loads(keyhold("version", "--json").stdout)["version"]


def test_the_version_is_a_flag_too(keyhold):
    assert keyhold("--version").stdout == keyhold("version").stdout


# (words, the command that was meant, where to look it up)
TYPOS = [(["usr", "add"], "user", "keyhold --help"), (["user", "ad", "bob"], "add", "keyhold user --help"), (["--json", "session", "lst"], "list", "keyhold session --help"),
         (["help", "usr"], "user", "keyhold --help"), (["serve", "--bnd", "x"], "--bind", "keyhold serve --help"), (["user", "delete", "bob", "--yse"], "--yes", "keyhold user delete --help")]


@pytest.mark.parametrize(("words", "meant", "help_"), TYPOS, ids=[" ".join(row[0]) for row in TYPOS])
def test_a_typo_is_answered_in_two_lines_with_what_was_meant(keyhold, words, meant, help_):
    first, second = keyhold(*words, exit_code=USAGE).stderr.splitlines()
    assert f"did you mean {meant}?" in first and f"`{help_}`" in second


def test_help_of_a_command_is_the_same_by_its_name_and_by_its_flag(keyhold):
    for words in ([], ["user"], ["user", "add"]):
        assert keyhold("help", *words).stdout == keyhold(*words, "--help").stdout


# (command, settings that it looks at, settings that it does not)
SETTINGS = [("user add", ["--database-url", "--bcrypt-cost", "--json", "--config"], ["--drain-delay"]), ("key rotate", ["--key-file", "--database-url"], ["--bcrypt-cost"]),
            ("serve", ["--bind", "--database-url", "--key-file", "--session-days", "--bcrypt-cost"], ["--secret-key "]), ("version", ["--json"], ["--database-url"])]


@pytest.mark.parametrize(("command", "listed", "others"), SETTINGS, ids=[row[0] for row in SETTINGS])
def test_the_help_of_a_command_lists_the_settings_that_it_looks_at(keyhold, command, listed, others):
    text = keyhold(*command.split(), "--help").stdout
    assert [flag for flag in listed if flag not in text] == [] and [flag for flag in others if flag in text] == []


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", DONE), (b"n\n", FAILED), (b"\n", FAILED)])
def test_a_person_is_asked_before_a_user_is_deleted(keyhold, database, tmp_path, answer, code):
    keyhold("user", "add", "ann", stdin=PASSWORD + "\n")
    ours, theirs = os.openpty()
    os.write(ours, answer)
    done = subprocess.run([BINARY, "user", "delete", "ann"], cwd=tmp_path, env=environment(tmp_path, ENV), stdin=theirs, capture_output=True, text=True, timeout=60)
    os.close(ours), os.close(theirs)
    assert done.returncode == code and "Delete ann? [y/N]" in done.stderr
    keyhold("user", "show", "ann", exit_code=NOT_FOUND if code == DONE else DONE)


DANGEROUS = {("user", "delete", "ann"): [], ("user", "close", "ann"): [], ("client", "delete", "wiki"): [("client", "add", "wiki", "--redirect-uri", "https://wiki.example.com/cb")],
             ("role", "remove", "editors"): [("role", "add", "editors"), ("role", "grant", "editors", "ann")]}


@pytest.mark.parametrize("command", DANGEROUS, ids=[" ".join(command) for command in DANGEROUS])
def test_who_says_no_has_changed_nothing_and_who_says_yes_before_is_not_asked(keyhold, database, tmp_path, command):
    keyhold("user", "add", "ann", stdin=PASSWORD + "\n")
    for words in DANGEROUS[command]:
        keyhold(*words)

    def at_a_terminal(answer, *more):
        ours, theirs = os.openpty()
        os.write(ours, answer)
        done = subprocess.run([BINARY, *command, *more], cwd=tmp_path, env=environment(tmp_path, ENV), stdin=theirs, capture_output=True, text=True, timeout=60)
        os.close(ours), os.close(theirs)
        return done
    refused = at_a_terminal(b"n\n")
    assert refused.returncode == FAILED and "[y/N]" in refused.stderr and refused.stderr.endswith("Nothing was changed.\n")
    agreed = at_a_terminal(b"", "--yes")
    assert agreed.returncode == DONE and "[y/N]" not in agreed.stderr


def test_nobody_is_asked_who_says_yes_before_or_is_a_script(keyhold, database, tmp_path):
    for name in ("ann", "bob"):
        keyhold("user", "add", name, stdin=PASSWORD + "\n")
    ours, theirs = os.openpty()
    done = subprocess.run([BINARY, "user", "delete", "ann", "--yes"], cwd=tmp_path, env=environment(tmp_path, ENV), stdin=theirs, capture_output=True, text=True, timeout=60)
    os.close(ours), os.close(theirs)
    assert done.returncode == DONE and "[y/N]" not in done.stderr
    assert "[y/N]" not in keyhold("user", "delete", "bob").stderr
