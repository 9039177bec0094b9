# SPDX-License-Identifier: Apache-2.0
"""examples/spa, a front end on an origin of its own that uses Keyhold's cookies, in two tabs of a real Chromium."""
import json
import os
import shutil
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import Account
from others import NODE, node
from server import PASSWORD, QUICK, ROOT, free_port, run
from wire import ask

SPA = ROOT / "examples/spa"


@pytest.fixture
def pages():
    """Serves examples/spa at ports of localhost, with the address of the Keyhold that stands in its page."""
    servers = []

    def serve(number, base):
        class Handler(SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=str(SPA))

            def do_GET(self):
                if self.path.partition("?")[0] != "/":
                    return super().do_GET()
                page = (SPA / "index.html").read_text()
                assert 'content="http://localhost:8000"' in page
                body = page.replace('content="http://localhost:8000"', f'content="{base}"').encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                return self.wfile.write(body)

            def log_message(self, *_):
                pass
        servers.append(ThreadingHTTPServer(("127.0.0.1", number), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://localhost:{number}"
    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_front_end_survives_two_tabs_a_reload_expiry_and_a_log_out(start, pages):
    browser = shutil.which("chromium")
    assert browser, "Debian's chromium is missing: ./test installs it"
    listed, unlisted = free_port(), free_port()
    server = start(QUICK | {"KEYHOLD_COOKIE_ORIGINS": f"http://localhost:{listed}"})
    base = f"http://localhost:{server.port}"
    Account(server.port, "ann")
    running = subprocess.Popen([shutil.which("node") or "node", NODE / "spa.mjs", pages(listed, base), pages(unlisted, base), base], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"BROWSER": browser, "USERNAME": "ann", "PASSWORD": PASSWORD})
    said = []
    for line in running.stderr:
        said.append(line)
        if "end-the-session" in line:
            break
    assert running.poll() is None, "".join(said)
    run("session", "revoke-all", "ann", folder=server.folder, env=server.env, check=0)
    out, err = running.communicate("go on\n", timeout=120)
    assert running.returncode == 0, "".join(said) + err
    seen = json.loads(out)
    welcome = "Welcome ann"
    assert seen["nobody"] == "" and seen["wrong"] == "Invalid credentials"
    assert (seen["one"], seen["other"], seen["reloaded"]) == (welcome, welcome, welcome)
    assert "keyhold=" not in seen["scripts"] and "eyJ" not in seen["scripts"] and "khr_" not in seen["scripts"]
    assert seen["expired"] == [welcome, welcome] and seen["refreshed"] == [200], "one tab refreshes for both"
    assert seen["stranger"] == {"/protected": "unreadable", "/logout": "unreadable", "/refresh": "unreadable"}
    assert seen["afterStranger"] == welcome, "nothing that a page of another origin sent has ended the session"
    assert set(seen["over"]) <= {"Your session is over. Sign in again.", "You are signed out."}
    assert seen["back"] == [welcome, welcome]
    assert seen["signedOut"] == ["You are signed out.", "You are signed out."]
    assert seen["errors"] == []


def test_a_person_signs_in_on_our_page_and_goes_back_to_the_front_end(start, pages):
    """By the redirect that answers the form, against which Chromium holds form-action."""
    listed, unlisted = free_port(), free_port()
    server = start(QUICK | {"KEYHOLD_COOKIE_ORIGINS": f"http://localhost:{listed}"})
    base = f"http://localhost:{server.port}"
    Account(server.port, "ann")
    there, elsewhere = pages(listed, base), pages(unlisted, base)
    seen = node("return_to.mjs", there, elsewhere, base, env={"BROWSER": shutil.which("chromium"), "USERNAME": "ann", "PASSWORD": PASSWORD})
    assert seen["signedIn"] == [f"{there}/?from=sign-in"] * 2
    assert seen["afterMistake"] == [f"{there}/?from=mistake"] * 2 and seen["signedUp"] == [f"{there}/?from=sign-up"] * 2
    assert seen["unlisted"] == [f"{base}/account"] * 2
    assert seen["errors"] == []
    header = lambda target: ask(server.port, "GET", f"/sign-in?return_to={target}", [("Accept", "text/html")]).header("content-security-policy")
    assert header(f"http%3A%2F%2Flocalhost%3A{listed}%2F").endswith(f"form-action 'self' http://localhost:{listed}")
    assert header(f"http%3A%2F%2Flocalhost%3A{unlisted}%2F").endswith("form-action 'self'") and header("%2Faccount").endswith("form-action 'self'")
