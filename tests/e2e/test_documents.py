# SPDX-License-Identifier: Apache-2.0
"""What the documents show is run: the curls of the README, of docs/sessions.md, docs/oauth.md and docs/recovery.md, the settings' page, the code in docs/adding-things.md."""
import json
import re
import subprocess

from server import ROOT, environment, run
from waiting import eventually
from wire import ask

PLACEHOLDER = '"..."'


def shown_and_said(document="README.md"):
    """A document's console blocks: (command, answer) pairs."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / document).read_text(), re.S)
    return [(command, answer) for block in blocks for command, answer in re.findall(r"\$ (.+)\n(.+)\n", block)]


def matches(shown, said):
    """Whether an answer is what the README shows, where "..." stands for any text."""
    pattern = re.escape(shown).replace(re.escape(PLACEHOLDER), '"[^"]+"')
    return re.fullmatch(pattern, said) is not None


def test_the_readmes_curls_answer_what_the_readme_says(start, tmp_path):
    server = start({})
    token = "none yet"
    pairs = shown_and_said()
    assert len(pairs) == 3
    for command, shown in pairs:
        line = command.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}").replace("<your_token>", token)
        said = subprocess.run(["sh", "-c", line + " -sS"], capture_output=True, text=True, timeout=60, env=environment(tmp_path)).stdout
        assert matches(shown, said), f"{command}\nshown: {shown}\nsaid:  {said}"
        token = json.loads(said).get("access_token", token)


def test_the_curls_of_the_page_on_sessions_answer_what_it_says(start, tmp_path):
    server = start({})
    passwords = ["testpass"]
    assert ask(server.port, "POST", "/register", json={"username": "testuser", "password": passwords[-1]}).status == 200

    def log_in():
        return ask(server.port, "POST", "/login", json={"username": "testuser", "password": passwords[-1]}).json()
    values = {}
    pairs = shown_and_said("docs/sessions.md")
    assert len(pairs) == 8
    for command, shown in pairs:
        if "<session_id>" in command:  # that of another device
            token = log_in()["access_token"]
            (values["session_id"],) = [session["id"] for session in ask(server.port, "GET", "/sessions", token=token).json()["sessions"] if session["current"]]
        if "/logout/all" in command:  # the one before has ended
            values |= log_in()
        line = command.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
        for name in re.findall(r"<(\w+)>", line):
            line = line.replace(f"<{name}>", values[name])
        said = subprocess.run(["sh", "-c", line + " -sS"], capture_output=True, text=True, timeout=60, env=environment(tmp_path)).stdout
        assert matches(shown, said), f"{command}\nshown: {shown}\nsaid:  {said}"
        values |= json.loads(said)
        passwords += re.findall(r'"new_password": "([^"]+)"', command)
    assert ask(server.port, "GET", "/protected", token=values["access_token"]).status == 401, "after /logout/all"


def test_every_document_stands_in_the_index():
    """docs/README.md, by which whoever looks for a word finds the page."""
    linked = set(re.findall(r"\]\(([\w-]+\.md)", (ROOT / "docs/README.md").read_text()))
    assert linked == {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}


def test_the_curls_of_the_oauth_page_answer_what_it_says(start, tmp_path):
    server = start({})
    assert ask(server.port, "POST", "/register", json={"username": "testuser", "password": "testpass"}).status == 200
    refresh_token = "none yet"
    pairs = shown_and_said("docs/oauth.md")
    assert len(pairs) == 4
    for command, shown in pairs:
        line = command.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}").replace("<refresh_token>", refresh_token)
        said = subprocess.run(["sh", "-c", line + " -sS"], capture_output=True, text=True, timeout=60, env=environment(tmp_path)).stdout
        assert matches(shown, said), f"{command}\nshown: {shown}\nsaid:  {said}"
        refresh_token = json.loads(said).get("refresh_token", refresh_token)


def test_the_curls_of_the_recovery_page_answer_what_it_says(start, tmp_path):
    server = start({})
    assert ask(server.port, "POST", "/register", json={"username": "ann", "password": "testpass", "email": "ann@example.com"}).status == 200

    def code(subject):
        def found():
            texts = [mail["text"] for mail in ask(server.port, "GET", "/dev/inbox").json()["mails"] if subject in mail["subject"]]
            return texts and re.search(r"code: (\S+)", texts[0]).group(1)
        return eventually(found)
    pairs = shown_and_said("docs/recovery.md")
    assert len(pairs) == 4
    for command, shown in pairs:
        line = command.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
        if "reset" in line:
            line = line.replace("<code>", code("Set a new password"))
        if "<token>" in line:
            line = line.replace("<token>", ask(server.port, "POST", "/login", json={"username": "ann", "password": "another-pass"}).json()["access_token"])
        if "verify" in line:
            line = line.replace("<code>", code("Confirm your address"))
        said = subprocess.run(["sh", "-c", line + " -sS"], capture_output=True, text=True, timeout=60, env=environment(tmp_path)).stdout
        assert matches(shown, said), f"{command}\nshown: {shown}\nsaid:  {said}"


def test_the_page_of_the_settings_is_the_table_of_the_settings(tmp_path):
    made = run("config", "docs", folder=tmp_path, check=0).stdout
    assert (ROOT / "docs/configuration.md").read_text() == made, "run: keyhold config docs > docs/configuration.md"


def test_code_in_adding_things_stands_in_the_file_it_names():
    found = re.findall(r"```cpp\n(.*?)```\n<!-- from (\S+) -->", (ROOT / "docs/adding-things.md").read_text(), re.S)
    assert found
    for code, path in found:
        source = (ROOT / path).read_text()
        for part in code.strip().split("\n\n"):
            assert part in source, f"{path} does not hold:\n{part}"


def test_every_link_between_our_documents_leads_somewhere():
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        prose = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)  # a lambda is no link
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", prose):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
