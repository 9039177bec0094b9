# SPDX-License-Identifier: Apache-2.0
"""A server that nobody administers shows a link at the terminal that starts it: whoever opens it administers it."""
import os
import pty
import re
import signal
import subprocess
import threading
from html import unescape

import pytest
from conftest import Account
from page_reader import Browser
from server import BINARY, PASSWORD, QUICK, START_SECONDS, Server, environment, run
from waiting import eventually


SAFE = {"KEYHOLD_BCRYPT_COST": "10", "SECRET_KEY": "a-key-that-nobody-ever-published-0123456789"}  # what `serve` asks for


class AtTerminal:
    """A server whose error output is a terminal; what it says there is read meanwhile."""
    def __init__(self, folder, *arguments, env=None):
        ours, theirs = pty.openpty()
        self.said = b""
        self.process = subprocess.Popen([BINARY, *arguments], cwd=folder, env=environment(folder, env), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        threading.Thread(target=self.read, args=(ours,), daemon=True).start()
        self.port = int(eventually(lambda: re.search(r"http://127\.0\.0\.1:(\d+)", self.text()), START_SECONDS, self.text).group(1))

    def read(self, ours):
        try:
            while part := os.read(ours, 4096):
                self.said += part
        except OSError:  # the other end is closed
            os.close(ours)

    def text(self):
        return self.said.decode(errors="replace")

    def link(self):
        return eventually(lambda: re.search(r"http://127\.0\.0\.1:\d+(/first-administrator\?token=khl_[\w-]{43})", self.text()), what=self.text).group(1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, self.text()


@pytest.fixture
def terminal(tmp_path):
    started = []

    def start(*arguments, env=None):
        started.append(AtTerminal(tmp_path, *(arguments or ("dev", "--bind", "127.0.0.1:0")), env=QUICK | {"KEYHOLD_LOG_FORMAT": "text"} | (env or {})))
        return started[-1]
    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()


def test_whoever_opens_the_link_makes_an_account_and_administers(terminal, tmp_path):
    server = terminal()
    link = server.link()
    assert "Whoever opens this link gets the role admin, once, until 20" in server.text()
    for _ in range(3):  # programs that look for harmful links use nothing up
        assert Browser(server.port).get(link).status == 200
    browser = Browser(server.port)
    browser.get(link)
    answer = browser.send("/first-administrator", username="boss", password="x")
    assert answer.status == 422 and 'value="boss"' in browser.page, "what was typed is kept, and nothing is used up"
    browser.send("/first-administrator", username="boss", password=PASSWORD)
    assert browser.title().startswith("Overview")
    assert "boss" in run("role", "show", "admin", folder=tmp_path, env=QUICK, check=0).stdout
    other = Browser(server.port)
    assert other.get(link).status == 400 and "role grant admin NAME" in other.page


def test_whoever_has_an_account_signs_in_and_presses_a_button(terminal):
    server = terminal()
    Account(server.port, "ann")
    browser = Browser(server.port)
    browser.get(server.link())
    browser.get("/" + unescape(re.search(r'href="[./]*(sign-in\?return_to=[^"]+)"', browser.page).group(1)))
    browser.send("/sign-in", username="ann", password=PASSWORD)
    assert "You are signed in as ann" in browser.page
    browser.send("/first-administrator")
    assert browser.title().startswith("Overview")


def test_where_somebody_administers_no_link_is_shown(terminal, tmp_path):
    server = terminal()
    Account(server.port, "ann")
    assert server.link()
    server.stop()
    run("role", "grant", "admin", "ann", folder=tmp_path, env=QUICK, check=0)
    again = terminal()
    eventually(lambda: "Stop with Ctrl-C" in again.text(), what=again.text)
    again.stop()
    assert "first-administrator" not in again.text()


def test_serve_shows_it_at_a_terminal_too_though_nobody_can_register(terminal):
    server = terminal("serve", "--bind", "127.0.0.1:0", env=SAFE | {"KEYHOLD_REGISTRATION": "closed"})
    browser = Browser(server.port)
    browser.get(server.link())
    browser.send("/first-administrator", username="boss", password=PASSWORD + "-long enough")
    assert browser.title().startswith("Overview")


def test_a_log_holds_no_link_but_the_command(tmp_path):
    server = Server(tmp_path, QUICK | SAFE, arguments=("serve", "--bind", "127.0.0.1:0"))
    eventually(lambda: "keyhold role grant admin NAME" in server.log(), what=server.log)
    assert "khl_" not in server.log()
    server.stop()


def test_a_form_of_another_site_appoints_nobody(terminal):
    server = terminal()
    Account(server.port, "ann")
    browser = Browser(server.port)
    browser.get("/sign-in")
    browser.send("/sign-in", username="ann", password=PASSWORD)
    token = server.link().partition("token=")[2]
    answer = browser.ask("POST", "/first-administrator", form={"token": token})
    assert answer.status == 403, "without the token of a form that was shown"
    assert browser.get("/admin").status == 403
