# SPDX-License-Identifier: Apache-2.0
"""The last line of what `keyhold adopt` says is the command that comes next, and it works: taken from there, it is given to a shell."""
import json
import os
import pty
import signal
import sqlite3
import subprocess

import bcrypt
import pytest
from server import BINARY, PASSWORD, environment, free_port
from waiting import eventually
from wire import ask

pytestmark = pytest.mark.sqlite

HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
PUBLISHED = "your_secret_key"


@pytest.fixture
def app(tmp_path):
    """Makes an application in a folder with a blank in its name; gives what a shell does in the folder above it."""
    folder = tmp_path / "my app"
    folder.mkdir()

    def make(secret="7d1f0c2ab8e94d5f9a3c6e1b2d4f8a7c", password=HASH, more=""):
        (folder / ".env").write_text(f"DATABASE_URL=sqlite:///./app.db\nSECRET_KEY={secret}\nACCESS_TOKEN_EXPIRE_MINUTES=30\n")
        (folder / "login.py").write_text("def login(user):\n    return create_access_token({'sub': user.username})\n")
        with sqlite3.connect(folder / "app.db") as database:
            database.execute(f"CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT UNIQUE NOT NULL, password TEXT NOT NULL{more})")
            database.execute("INSERT INTO users (username, password) VALUES ('ann', ?)", (password,))
        return shell

    def shell(command, check=0):
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=of_shell(tmp_path), capture_output=True, text=True, timeout=60)
        assert done.returncode == check, (command, done)
        return done
    return make


def of_shell(folder):
    env = environment(folder, {"KEYHOLD_BCRYPT_COST": "10"})  # `serve` refuses less
    return env | {"PATH": f"{BINARY.parent}:{env['PATH']}"}


def last_line(text):
    return text.rstrip("\n").rsplit("\n", 1)[-1]


@pytest.mark.parametrize(("secret", "mode"), [("7d1f0c2ab8e94d5f9a3c6e1b2d4f8a7c", "serve"), (PUBLISHED, "dev")])
def test_from_the_first_look_to_a_server_each_line_says_the_next(tmp_path, app, secret, mode):
    shell = app(secret)
    looked = shell("keyhold adopt 'my app' --name-column username")
    line = last_line(looked.stdout)
    assert line.startswith("Next ") and "--apply" in line
    assert json.loads(shell("keyhold adopt 'my app' --name-column username --json").stdout)["next"] == line.removeprefix("Next").strip()
    applied = shell(line.removeprefix("Next") + " --yes")
    line = last_line(applied.stderr)
    assert line.startswith(f"Next: cd 'my app' && keyhold {mode}")
    port = free_port()
    server = subprocess.Popen(["sh", "-c", line.removeprefix("Next: ").split("#")[0].replace("keyhold ", "exec keyhold ") + f" --bind 127.0.0.1:{port}"], cwd=tmp_path,
                              env=of_shell(tmp_path), stdin=subprocess.DEVNULL, stdout=open(tmp_path / "log", "wb"), stderr=subprocess.STDOUT)
    try:
        def logged_in():
            if server.poll() is not None:
                raise AssertionError((tmp_path / "log").read_text())
            try:
                return ask(port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).status == 200
            except ConnectionError:
                return False
        eventually(logged_in)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    if mode == "dev":
        assert "SECRET_KEY" in line, "and why it is not serve"


def test_where_somebody_has_to_decide_it_says_so_and_works(tmp_path, app):
    shell = app(more=", status TEXT NOT NULL DEFAULT 'x'")
    said = shell("keyhold adopt 'my app'").stdout
    assert last_line(said).startswith("Next ") and "status" in last_line(said)
    assert "keyhold adopt" not in said and "next" not in json.loads(shell("keyhold adopt 'my app' --json").stdout), "nobody is let in by following what it says"
    assert "--apply" in last_line(shell("keyhold adopt 'my app' --everybody-may-log-in").stdout)


FIREBASE = "$firescrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OQ==$" + "A" * 86 + "==$Bw==$" + "A" * 86 + "=="


def test_hashes_that_are_not_written_are_imported_instead(tmp_path, app):
    shell = app(password=FIREBASE)
    line = last_line(shell("keyhold adopt 'my app'", check=8).stdout)
    assert line.split(None, 1)[1] == "keyhold import app 'my app'"
    assert "1 would be added" in shell(line.removeprefix("Next")).stdout


def on_a_terminal(folder, command, answer):
    """What is said and the exit code, where somebody sits and types."""
    here, there = pty.openpty()
    process = subprocess.Popen(["sh", "-c", command], cwd=folder, env=of_shell(folder), stdin=there, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    os.write(here, answer.encode())
    said, _ = process.communicate(timeout=60)
    os.close(there)
    os.close(here)
    return said, process.returncode


def test_where_it_guessed_a_person_is_asked_and_a_script_has_to_say_so(tmp_path, app):
    shell = app(more=", email TEXT UNIQUE")
    refused = shell("keyhold adopt 'my app' --apply", check=7)
    assert "--yes" in refused.stderr and "can log in by their address too" in refused.stderr and not (tmp_path / "my app/keyhold.toml").exists()
    said, code = on_a_terminal(tmp_path, "keyhold adopt 'my app' --apply", "n\n")
    assert "Guessed" in said and "[y/N]" in said and "Nothing was written" in said and code == 1
    assert not (tmp_path / "my app/keyhold.toml").exists()
    said, code = on_a_terminal(tmp_path, "keyhold adopt 'my app' --apply --yes", "")
    assert "[y/N]" not in said and "Adopted" in said and code == 0
    shell("keyhold adopt 'my app' --undo")
    said, code = on_a_terminal(tmp_path, "keyhold adopt 'my app' --apply", "y\n")
    assert "[y/N]" in said and "Adopted" in said and code == 0
    shell("keyhold adopt 'my app' --undo")
    # Nothing is guessed of what somebody says.
    said, code = on_a_terminal(tmp_path, "keyhold adopt 'my app' --name-column username --apply", "")
    assert "[y/N]" not in said and "Guessed" not in said and code == 0


def test_whom_tokens_name_is_decided_by_somebody_where_no_code_says_it(tmp_path, app):
    shell = app()
    (tmp_path / "my app/login.py").unlink()
    line = last_line(shell("keyhold adopt 'my app'").stdout)
    assert line.startswith("Next ") and "--token-sub" in line and "next" not in json.loads(shell("keyhold adopt 'my app' --json").stdout)
    assert "--token-sub" in shell("keyhold adopt 'my app' --apply --yes", check=7).stderr and not (tmp_path / "my app/keyhold.toml").exists()
    line = last_line(shell("keyhold adopt 'my app' --token-sub id").stdout)
    assert line.endswith("keyhold adopt 'my app' --token-sub id --apply")
    shell(line.removeprefix("Next"))
    assert 'token_sub = "id"' in (tmp_path / "my app/keyhold.toml").read_text()


def test_what_flags_say_of_tokens_the_server_says_too(tmp_path, app):
    shell = app(secret="7d1f0c2ab8e94d5f" * 4)
    shell("keyhold adopt 'my app' --apply --access-token-expire-minutes 50 --old-token-minutes 60 --old-token-claims role,aud=app --old-tokens-until 2030-01-02 --token-claims number=id --algorithm HS384 --issuer them")
    written = (tmp_path / "my app/keyhold.toml").read_text()
    for line in ("access_token_expire_minutes = 50", 'old_token_minutes = "60"', 'old_token_claims = "role,aud=app"', 'old_tokens_until = "2030-01-02"', 'token_claims = "number=id"', 'algorithm = "HS384"', 'issuer = "them"'):
        assert line in written.splitlines(), (line, written)
    shell("cd 'my app' && keyhold config check")


PEPPER = "import os\nPEPPER = os.environ['SECRET_KEY']\n\ndef make(password):\n    return pwd_context.hash(password + PEPPER)\n"


def test_where_passwords_are_changed_before_they_are_hashed_no_command_is_offered_that_refuses(tmp_path, app):
    shell = app()
    (tmp_path / "my app/auth.py").write_text(PEPPER)
    looked = shell("keyhold adopt 'my app'")
    assert "Next            nothing yet: this application cannot be shared as it is" in looked.stdout and "--apply" not in looked.stdout
    assert "next" not in json.loads(shell("keyhold adopt 'my app' --json").stdout)
    assert "auth.py:5" in looked.stdout or "password + PEPPER" in looked.stdout
    shell("keyhold adopt 'my app' --apply --yes", check=7)
    said = shell(last_line(looked.stdout).split(": ", 1)[1])
    shell(last_line(said.stdout).removeprefix("Next") + " --yes")


def test_a_keyhold_toml_of_another_database_is_told_before_it_refuses(tmp_path, app):
    shell = app()
    (tmp_path / "my app/keyhold.toml").write_text('database_url = "sqlite:///./other.db"\n')
    assert "Next            nothing yet: my app/keyhold.toml is there already" in shell("keyhold adopt 'my app'").stdout


def test_where_no_database_is_found_it_says_where_it_looked(tmp_path, app):
    shell = app()
    (tmp_path / "my app/.env").write_text("OTHER=1\n")
    (tmp_path / "my app/app").mkdir()
    (tmp_path / "my app/app/db.py").write_text("import os\nengine = create_engine(os.environ['NOWHERE'])\n")
    said = shell("keyhold adopt 'my app'", check=7).stderr
    assert "Not understood  app/db.py:2: database_url: NOWHERE is in no .env" in said and "Looked at       .env\n                login.py\n                app/db.py\n" in said, said
    (tmp_path / "empty").mkdir()
    assert "Looked at       no file" in shell("keyhold adopt empty", check=7).stderr
