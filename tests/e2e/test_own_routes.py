# SPDX-License-Identifier: Apache-2.0
"""examples/notes: a program with routes of its own, which is all of Keyhold besides."""
import re
import subprocess
from pathlib import Path

import pytest
import server_package
from server import QUICK, ROOT, Server, environment
from wire import ask


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    program = server_package.built_notes()
    started = Server(tmp_path_factory.mktemp("notes"), QUICK, binary=program)
    started.program = program
    yield started
    started.stop()


def token_of(server, name):
    credentials = {"username": name, "password": "pa55-of-the-tests"}
    assert ask(server.port, "POST", "/register", json=credentials).status == 200
    return ask(server.port, "POST", "/login", json=credentials).json()["access_token"]


def test_a_note_belongs_to_whoever_wrote_it(notes):
    alice, bob = token_of(notes, "alice"), token_of(notes, "bobby")
    made = ask(notes.port, "POST", "/notes", json={"text": "milk", "priority": 3}, token=alice)
    assert made.status == 201 and made.header("location") == "/notes/1"
    assert made.json() == {"id": 1, "text": "milk", "priority": 3}
    assert ask(notes.port, "GET", "/notes", token=alice).json() == [{"id": 1, "text": "milk", "priority": 3}]
    assert ask(notes.port, "GET", "/notes/1", token=alice).json()["text"] == "milk"
    assert ask(notes.port, "GET", "/notes", token=bob).json() == []
    refused = ask(notes.port, "GET", "/notes/1", token=bob)
    assert refused.status == 404 and refused.header("content-type") == "application/problem+json"
    problem = refused.json()
    assert problem["code"] == "no_such_note" and problem["title"] == "Not Found" and problem["detail"] == "You have no note of that number"


def test_own_routes_are_guarded_and_validated_as_ours_are(notes):
    token = token_of(notes, "carol")
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
    write = document["paths"]["/notes"]["post"]
    assert write["summary"] == "Write a note" and write["security"] and write["tags"] == ["notes"]
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


def test_the_example_is_short():
    text = (ROOT / "examples/notes/main.cpp").read_text()
    assert len(text.splitlines()) <= 60
    assert not re.search(r"#include <(?!keyhold/server\.hpp|map|mutex|optional|string|vector)", text)
