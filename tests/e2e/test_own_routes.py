# SPDX-License-Identifier: Apache-2.0
"""examples/notes: a program with routes of its own, which is all of Keyhold besides."""
import re
import shutil
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import server_package
from others import node
from page_reader import Browser
from server import DATABASE, QUICK, ROOT, Server, environment, run
from wire import ask


def begin(folder):
    """A server of the program, in a folder of its own or on what one before has left there."""
    program = server_package.built_notes()
    started = Server(folder, QUICK, binary=program)
    started.program = program
    return started


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    started = begin(tmp_path_factory.mktemp("notes"))
    command(started, "role", "add", "author", "notes:write")
    yield started
    started.stop()


def command(server, *words):
    return run(*words, folder=server.folder, env=QUICK, binary=server.program, check=0)


def token_of(server, name, *roles):
    credentials = {"username": name, "password": "pa55-of-the-tests"}
    assert ask(server.port, "POST", "/register", json=credentials).status == 200
    for role in roles:
        command(server, "role", "grant", role, name)
    return ask(server.port, "POST", "/login", json=credentials).json()["access_token"]


def write(server, token, text, **more):
    return ask(server.port, "POST", "/notes", json={"text": text} | more, token=token)


def test_a_note_belongs_to_whoever_wrote_it(notes):
    alice, bob = token_of(notes, "alice", "author"), token_of(notes, "bobby", "author")
    made = write(notes, alice, "milk", priority=3)
    assert made.status == 201 and made.header("location") == "/notes/1"
    assert made.json() == {"id": 1, "text": "milk", "priority": 3}
    assert write(notes, alice, "eggs").json() == {"id": 2, "text": "eggs"}
    assert ask(notes.port, "GET", "/notes", token=alice).json() == [{"id": 1, "text": "milk", "priority": 3}, {"id": 2, "text": "eggs"}]
    assert ask(notes.port, "GET", "/notes/1", token=alice).json()["text"] == "milk"
    assert ask(notes.port, "GET", "/notes", token=bob).json() == []
    refused = ask(notes.port, "GET", "/notes/1", token=bob)
    assert refused.status == 404 and refused.header("content-type") == "application/problem+json"
    problem = refused.json()
    assert problem["code"] == "no_such_note" and problem["title"] == "Not Found" and problem["detail"] == "You have no note of that number"


def test_a_browser_signs_in_at_docs_and_executes_an_own_route(notes, tmp_path):
    browser = shutil.which("chromium")
    assert browser, "Debian's chromium is missing: ./test installs it"
    assert write(notes, token_of(notes, "browser", "author"), "read at docs").status == 201
    seen = node("browse.mjs", notes.url, tmp_path, "/notes", "get", env={"BROWSER": browser, "USERNAME": "browser", "PASSWORD": "pa55-of-the-tests"})
    assert seen["executed"]["status"].startswith("200") and "read at docs" in seen["executed"]["body"]
    assert seen["problems"] == []


def test_notes_that_one_writes_at_once_all_get_a_number_of_their_own(notes):
    token = token_of(notes, "gregor", "author")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: write(notes, token, f"note {n}"), range(32)))
    assert {answer.status for answer in made} == {201}
    assert sorted(answer.json()["id"] for answer in made) == list(range(1, 33))


def test_without_the_scope_nothing_is_written_and_the_lock_says_which(notes):
    token = token_of(notes, "henry")
    refused = write(notes, token, "milk")
    assert refused.status == 403 and refused.json()["code"] == "insufficient_scope"
    assert 'scope="notes:write"' in refused.header("www-authenticate")
    assert ask(notes.port, "GET", "/notes", token=token).json() == []
    command(notes, "role", "grant", "author", "henry")
    assert write(notes, token, "milk").status == 201, "it counts at the next request"


@contextmanager
def running(folder):
    server = begin(folder)
    try:
        yield server
    finally:
        server.stop()


def test_notes_outlive_a_restart(tmp_path):
    with running(tmp_path) as server:
        command(server, "role", "add", "author", "notes:write")
        token = token_of(server, "alice", "author")
        assert write(server, token, "milk").status == 201
    with running(tmp_path) as again:
        assert ask(again.port, "GET", "/notes", token=token).json() == [{"id": 1, "text": "milk"}]
        assert write(again, token, "eggs").json()["id"] == 2


def owners(folder):
    """Whose notes lie in the table."""
    database, = folder.glob("*.db")
    with sqlite3.connect(database) as opened:
        return {owner for owner, in opened.execute("SELECT owner FROM notes")}


@pytest.mark.skipif(DATABASE != "sqlite", reason="looks into the file")
def test_the_notes_of_an_account_that_is_deleted_go_with_it(notes):
    admin, gone = token_of(notes, "root", "admin"), token_of(notes, "ida", "author")
    assert write(notes, gone, "milk").status == 201
    user = ask(notes.port, "GET", "/admin/api/users?username=ida", token=admin).json()["users"][0]
    assert user["id"] in owners(notes.folder)
    deleted = ask(notes.port, "DELETE", "/admin/api/users/" + user["id"], token=admin, fields=[("If-Match", f'"{user["version"]}"')])
    assert deleted.status in (200, 204), deleted.body
    assert user["id"] not in owners(notes.folder)


def test_own_routes_are_guarded_and_validated_as_ours_are(notes):
    token = token_of(notes, "carol", "author")
    assert ask(notes.port, "GET", "/notes").status == 401
    assert ask(notes.port, "GET", "/notes", token=token[:-2]).json()["code"] in ("token_signature", "token_malformed")
    refused = ask(notes.port, "POST", "/notes", json={"text": "", "priority": 12}, token=token)
    assert refused.status == 422
    assert {tuple(error["loc"]) for error in refused.json()["errors"]} == {("body", "text"), ("body", "priority")}
    assert [error["loc"] for error in ask(notes.port, "GET", "/notes/x", token=token).json()["errors"]] == [["path", "id"]]
    assert ask(notes.port, "DELETE", "/notes", token=token).header("allow") == "GET, HEAD, OPTIONS, POST"


def test_a_log_out_counts_at_once_for_own_routes(notes):
    token = token_of(notes, "david")
    assert ask(notes.port, "GET", "/notes", token=token).status == 200
    assert ask(notes.port, "POST", "/logout", token=token).status == 200
    assert ask(notes.port, "GET", "/notes", token=token).json()["code"] == "token_not_live"


def test_the_document_shows_own_routes_beside_ours(notes):
    document = ask(notes.port, "GET", "/openapi.json").json()
    assert document["info"]["title"] == "notes" and document["info"]["version"] == "1.0.0"
    assert {"/login", "/protected", "/notes", "/notes/{id}"} <= document["paths"].keys()
    writing = document["paths"]["/notes"]["post"]
    assert writing["summary"] == "Write a note" and writing["tags"] == ["notes"]
    assert ["notes:write"] in [scopes for way in writing["security"] for scopes in way.values()]
    assert document["components"]["schemas"]["Note"]["properties"]["text"]["maxLength"] == 500
    assert ask(notes.port, "GET", "/docs").status == 200


def test_a_hook_refuses_with_its_sentence(notes):
    refused = ask(notes.port, "POST", "/register", json={"username": "al", "password": "pa55-of-the-tests"})
    assert refused.status == 403 and refused.json()["detail"] == "Names have three letters here"
    assert ask(notes.port, "POST", "/login", json={"username": "al", "password": "pa55-of-the-tests"}).status == 401


def test_it_has_the_commands_of_keyhold(notes, tmp_path):
    def run(*arguments):
        return subprocess.run([notes.program, *arguments], cwd=notes.folder, env=environment(notes.folder, QUICK), input="pa55-of-the-tests\n",
                              text=True, capture_output=True, timeout=60)
    assert run("user", "add", "erika").returncode == 0
    assert "erika" in run("user", "list").stdout
    assert ask(notes.port, "POST", "/login", json={"username": "erika", "password": "pa55-of-the-tests"}).status == 200


def test_it_is_called_by_its_own_name(notes):
    said = notes.log()
    assert "notes 1.0.0, development mode" in said and "for production use `notes serve`" in said
    assert "`keyhold " not in said


def test_its_pages_show_its_own_commands(notes):
    token_of(notes, "fiona")
    done = subprocess.run([notes.program, "role", "grant", "admin", "fiona"], cwd=notes.folder, env=environment(notes.folder, QUICK), capture_output=True, timeout=60)
    assert done.returncode == 0
    browser = Browser(notes.port)
    browser.get("/")
    assert "<code>notes serve</code>" in browser.page
    browser.get("/sign-in")
    browser.send("/sign-in", username="fiona", password="pa55-of-the-tests")
    browser.get("/admin/users")
    assert "<code>notes user list</code>" in browser.page and "keyhold user" not in browser.page
    browser.get("/first-administrator?token=x")
    assert "<code>notes role grant admin NAME</code>" in browser.page


def test_the_example_is_short_and_shows_what_one_needs():
    text = (ROOT / "examples/notes/main.cpp").read_text()
    assert len(text.splitlines()) <= 60
    assert re.findall(r"#include <(.*)>", text) == ["keyhold/server.hpp"]
    for shown in ("server.migration(", "server.post(", "server.get(", "UserWith<", "server.on<"):
        assert shown in text, shown
