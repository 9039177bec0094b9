# SPDX-License-Identifier: Apache-2.0
"""Every command that the program has, with arguments with which it succeeds, and a folder for them to work on."""
import http.server
import json
import re
import shutil
import sqlite3
import subprocess
import threading
from functools import cache

import bcrypt
import pytest
from mail_server import MailServer
from people import Account
from server import BINARY, PASSWORD, Server, environment, run

# A SECRET_KEY in the environment would take the place of the keys that are looked after here.
ENV = {"KEYHOLD_LOG_FORMAT": "json"}
SETTINGS = 'database_url = "sqlite:///./data/keyhold.db"\nkey_file = "./data/keyhold.key"\nbcrypt_cost = 10\n'
SERVERS = {"dev", "serve", "test"}  # print nothing on standard output, and do not end

# By command: arguments, standard input. {home} is the folder with the configuration; {signing}, {waiting}, {session} and {token} are what is there.
COMMANDS = {
    "user add": ("zoe", PASSWORD), "user list": ("", ""), "user show": ("ann", ""), "user delete": ("ann", ""), "user set-password": ("ann", PASSWORD + "-2"),
    "user disable": ("ann", ""), "user enable": ("ann", ""), "user unlock": ("ann", ""), "user export": ("", ""), "user invite": ("", ""), "user invitations": ("", ""), "user revoke-invitation": ("{invitation}", ""), "user login-link": ("ann", ""),
    "user set-email": ("ann ann@example.com", ""), "user close": ("ann --yes", ""), "user profile": ("ann", ""),
    "role add": ("editor notes:read", ""), "role remove": ("admin notes:write", ""), "role list": ("", ""), "role show": ("admin", ""),
    "role grant": ("admin ann", ""), "role revoke": ("writer ann", ""),
    "mail test": ("ann@example.com --mail-server {smtp} --mail-starttls never --mail-from keyhold@example.org", ""), "outbox list": ("", ""), "outbox show": ("{mail}", ""), "outbox retry": ("{mail}", ""), "outbox drop": ("{mail}", ""),
    "event list": ("", ""), "event tail": ("", ""), "event verify": ("", ""), "event export": ("", ""),
    "session list": ("ann", ""), "session revoke": ("{session}", ""), "session revoke-all": ("ann", ""),
    "key list": ("", ""), "key rotate": ("", ""), "key retire": ("{waiting}", ""), "key drop": ("{signing}", ""), "key import": ("{home}/key.pem", ""), "key export-jwks": ("", ""),
    "client add": ("wiki --redirect-uri https://wiki.example.com/cb", ""), "client list": ("", ""), "client show": ("known", ""), "client rotate-secret": ("known", ""),
    "client delete": ("known", ""),
    "proxy check": ("{web}", ""),
    "token issue": ("--sub ann", ""), "token inspect": ("", "{token}"), "token verify": ("", "{token}"),
    "import csv": ("{home}/users.csv --apply", ""), "import jsonl": ("{home}/users.jsonl --apply", ""),
    "import fastapi": ("{home}/app --apply", ""), "import app": ("{home}/app --apply", ""), "import django": ("{home}/django.db --apply", ""),
    "import firebase": ("{home}/firebase.json --hash-config {home}/firebase.txt --apply", ""), "import keycloak": ("{home}/realm.json --apply", ""),
    "import auth0": ("{home}/auth0.json --apply", ""), "adopt": ("{home}/app", ""), "doctor": ("{home}/app", ""),
    "backup create": ("{home}/new.db", ""), "backup verify": ("{home}/backup.db", ""), "backup restore": ("{home}/backup.db", ""), "backup restored": ("", ""),
    "db info": ("", ""), "db check": ("", ""), "db create": ("", ""), "db migrate": ("", ""),
    "config show": ("", ""), "config docs": ("", ""), "config template": ("", ""), "config check": ("", ""),
    "hash identify": ("", bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode()), "hash verify": ("", bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode() + "\nx"),
    "hash make": ("", PASSWORD), "hash calibrate": ("", ""), "completion": ("zsh", ""), "man": ("{home}/man", ""), "version": ("", ""), "help": ("user add", ""),
}
# Those that make what is not there, as the operator asks them to.
MAKERS = {"db create", "db migrate"}
# Those that look at no database, or are told of another one.
WITHOUT = {"config show", "config docs", "config template", "config check", "hash identify", "hash verify", "hash make", "hash calibrate", "completion", "man", "version", "help", "adopt", "doctor",
           "backup verify", "token issue", "token inspect", "token verify", "mail test", "proxy check"}


@cache
def mail_server():
    """Takes whatever comes, until the tests are over."""
    return MailServer(tls="none")


@cache
def closed_door():
    """A web server that lets nobody in, until the tests are over."""
    class Door(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/"


def of_the_program(folder):
    """The commands that have no others below them, as the program itself tells a shell."""
    script = run("completion", "bash", folder=folder, check=0).stdout
    return {path for path, deeper in re.findall(r"^ +'([^']*)'\) deeper='([^']*)'", script, re.M) if not deeper}


def users_table(path, table, name, password):
    with sqlite3.connect(path) as db:
        db.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, {name} VARCHAR(100) UNIQUE, {password} VARCHAR(200), is_active BOOLEAN)")
        db.execute(f"INSERT INTO {table} VALUES (1, 'old', ?, 1)", [bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()])
    db.close()


class Home:
    """A folder with a configuration, a database, a key file and what commands read; nothing of it is where the commands run."""
    def __init__(self, folder):
        self.folder = folder
        (folder / "data").mkdir(parents=True)
        (folder / "keyhold.toml").write_text(SETTINGS)
        self.run("db create")
        server = Server(folder, ENV, arguments=("dev", "--bind", "127.0.0.1:0"))
        Account(server.port, "ann")
        server.stop()
        with sqlite3.connect(folder / "data/keyhold.db") as db:
            db.execute("INSERT INTO keyhold_outbox VALUES ('m1', 'test', '', 'ann@example.com', 'en', '', '', '', 0, 0, 0, 0, 0, 0, '')")
        db.close()
        self.run("client add", "known --redirect-uri https://known.example.com/cb")
        self.run("role add", "writer notes:write")
        self.run("role grant", "writer ann")
        self.run("backup create", f"{folder}/backup.db")
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        (folder / "users.csv").write_text(f"username,password_hash\nbob,{hashed}\nnobody,\n")
        (folder / "users.jsonl").write_text(f'{{"username": "cid", "password_hash": "{hashed}"}}\n')
        (folder / "auth0.json").write_text(json.dumps({"email": "dan@example.com", "passwordHash": hashed}) + "\n")
        (folder / "firebase.txt").write_text(f"base64_signer_key: {'A' * 86}==,\nbase64_salt_separator: Bw==,\nrounds: 8,\nmem_cost: 14,\n")
        (folder / "firebase.json").write_text(json.dumps({"users": [{"email": "eve@example.com", "passwordHash": "A" * 86 + "==", "salt": "c2FsdA=="}]}))
        secret, data = json.dumps({"value": "A" * 43 + "=", "salt": "c2FsdA=="}), json.dumps({"hashIterations": 1000, "algorithm": "pbkdf2-sha256"})
        (folder / "realm.json").write_text(json.dumps({"users": [{"username": "fay", "credentials": [{"type": "password", "secretData": secret, "credentialData": data}]}]}))
        (folder / "man").mkdir()
        self.run("man", f"{folder}/man")
        (folder / "app").mkdir()
        (folder / "app/.env").write_text("DATABASE_URL=sqlite:///./app.db\n")
        users_table(folder / "app/app.db", "users", "username", "hashed_password")
        users_table(folder / "django.db", "auth_user", "username", "password")
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / "key.pem"], check=True)

    def copy(self, folder):
        copied = object.__new__(Home)
        copied.folder = shutil.copytree(self.folder, folder / "home")
        return copied

    def run(self, command, arguments="", stdin="", folder=None, check=0, **kwargs):
        words = ["--config", str(self.folder / "keyhold.toml"), *command.split(), *arguments.split()]
        if kwargs:
            return subprocess.run([BINARY, *words], cwd=folder or self.folder, env=environment(self.folder, ENV), input=stdin, text=True, timeout=60, stderr=subprocess.PIPE, **kwargs)
        return run(*words, folder=folder or self.folder, env=ENV, stdin=stdin, check=check)

    def filled(self, text):
        """The arguments with what is there in place of the names in braces."""
        def value(match):
            name = match.group(1)
            if name == "home":
                return str(self.folder)
            if name == "token":
                return self.run("token issue", "--sub ann").stdout.strip()
            if name == "smtp":
                return mail_server().url
            if name == "web":
                return closed_door()
            if name == "invitation":
                self.run("user invite")
            if name == "waiting":
                self.run("key rotate")
            sql = {"mail": "SELECT id FROM keyhold_outbox", "signing": "SELECT kid FROM keyhold_keys WHERE purpose = '' ORDER BY created_at LIMIT 1", "waiting": "SELECT kid FROM keyhold_keys WHERE purpose = '' ORDER BY signs_from DESC LIMIT 1",
                   "invitation": "SELECT digest FROM keyhold_one_time_secrets WHERE purpose = 'invite' LIMIT 1",
                   "session": "SELECT id FROM keyhold_sessions LIMIT 1"}[name]
            with sqlite3.connect(self.folder / "data/keyhold.db") as db:
                return db.execute(sql).fetchone()[0]
        return re.sub(r"\{(\w+)\}", value, text)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("template") / "home")


@pytest.fixture
def home(template, tmp_path):
    return template.copy(tmp_path)
