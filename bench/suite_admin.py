# SPDX-License-Identifier: Apache-2.0
"""The pages of /admin with a million users, one of whom has 10,000 events, and 100,000 sign-ins in the last 30 days: time from the request to the last
byte over one connection that stays open, as a browser would see it without a network."""
import http.client
import re
import sqlite3
import tempfile
import time
import uuid
from html import unescape
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import suite_scale as scale
from table import say

USERS, EVENTS, SIGN_INS = 1_000_000, 10_000, 100_000
NAME = "user7"


def event_id(seconds, number):
    """A UUIDv7 (RFC 9562 §5.7) of that moment."""
    return str(uuid.UUID(int=(int(seconds * 1000) << 80) | (7 << 76) | ((number % 4096) << 64) | (2 << 62) | number))


def add_events(folder):
    """Straight into the database, because no request makes events of the past."""
    now = time.time()
    with sqlite3.connect(Path(folder) / "keyhold.db") as database:
        (account,) = database.execute("SELECT id FROM keyhold_accounts WHERE username = ?", (NAME,)).fetchone()
        others = [row[0] for row in database.execute("SELECT id FROM keyhold_accounts LIMIT 1000")]

        def rows():
            for number in range(EVENTS):
                at = now - 86400 + number
                yield event_id(at, number), int(at), "refused" if number % 5 else "signed_in", account
            for number in range(SIGN_INS):
                at = now - 30 * 86400 + number * 30 * 86400 / SIGN_INS
                yield event_id(at, EVENTS + number), int(at), "signed_in", others[number % len(others)]
        columns = "id, happened_at, kind, account_id, actor_id, door, object, reason, times, personal_digest, address, device, note, salt, hash"
        database.executemany(f"INSERT INTO keyhold_events ({columns}) VALUES (?, ?, ?, ?, '', 'api', '', '', 1, '', '192.0.2.1', 'Mozilla/5.0', '', '', '')", rows())
    database.close()
    return account


class Browser:
    def __init__(self, port):
        self.connection, self.cookies = http.client.HTTPConnection("127.0.0.1", port), {}

    def ask(self, method, path, form=None):
        fields = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            fields["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        self.connection.request(method, path, urlencode(form) if form is not None else None, fields)
        answer = self.connection.getresponse()
        body = answer.read().decode()
        self.seconds = time.perf_counter() - started
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, body

    def sign_in(self, name):
        _, page = self.ask("GET", "/sign-in")
        token = re.search(r'name="form_token" value="([^"]+)"', page).group(1)
        assert self.ask("POST", "/sign-in", {"username": name, "password": "testpass", "form_token": token})[0] == 303


def cpu_seconds(process):
    """What all threads of the server have computed so far, whoever else was busy meanwhile (proc(5), schedstat)."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{process.pid}/task").glob("*/schedstat")) / 1e9


def next_of(page):
    return unescape(re.search(r'href="(\?[^"]*)" rel="next"', page).group(1))


def last_page(folder):
    """The cursor of the page that has the last fifty names."""
    with sqlite3.connect(Path(folder) / "keyhold.db") as database:
        return database.execute("SELECT name_key FROM keyhold_accounts ORDER BY name_key DESC LIMIT 1 OFFSET 50").fetchone()[0]


def measure(options):
    with tempfile.TemporaryDirectory() as folder:
        scale.import_users(folder, USERS)
        say(f"{EVENTS + SIGN_INS:,} events")
        account = add_events(folder)
        scale.run(folder, "role", "grant", "admin", NAME)
        with scale.serving(folder) as peer:
            browser = Browser(peer.port)
            browser.sign_in(NAME)
            pages = {"users, page 1": "/admin/users", "search by the begin of a name": "/admin/users?text=user77", "search that finds one": "/admin/users?text=user777777"}
            pages["page 2"] = "/admin/users" + next_of(browser.ask("GET", "/admin/users")[1])
            pages["last page"] = "/admin/users?" + urlencode({"cursor": last_page(folder)})
            pages["nobody has the role: 2,000 are looked at"] = "/admin/users?role=nothing"
            pages["a user with 10,000 events"] = f"/admin/users/{account}"
            pages["their timeline"] = f"/admin/events?account={account}"
            pages["its page 2"] = "/admin/events" + next_of(browser.ask("GET", pages["their timeline"])[1])
            pages["all events"] = "/admin/events"
            pages["sessions"] = "/admin/sessions"
            pages["overview, counted before"] = "/admin"
            browser.ask("GET", "/admin")
            first = browser.seconds
            rows = [["overview, the first look", "", f"{first * 1000:.1f}", "", ""]]
            for name, path in pages.items():
                times, before = [], cpu_seconds(peer.process)
                for _ in range(20 * options.rounds):
                    status, body = browser.ask("GET", path)
                    assert status == 200, (name, status)
                    times.append(browser.seconds)
                computed = (cpu_seconds(peer.process) - before) / len(times)
                times.sort()
                rows.append([name, f"{computed * 1000:.2f}", f"{median(times) * 1000:.2f}", f"{times[int(len(times) * 0.95)] * 1000:.2f}", f"{len(body) / 1024:.0f}"])
    yield f"/admin with {USERS:,} users on SQLite, ms from the request to the last byte", ["page", "computed", "median", "95 in 100", "KiB"], rows
