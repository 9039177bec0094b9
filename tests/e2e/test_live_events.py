# SPDX-License-Identifier: Apache-2.0
"""/admin/events while things happen: server-sent events, and a list with a link where there is no JavaScript."""
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from conftest import Account
from others import node
from page_reader import Browser
from server import PASSWORD, QUICK
from test_admin_pages import keyhold, signed_in
from waiting import eventually
from wire import ask


@pytest.fixture
def server(start):
    server = start(QUICK)
    keyhold(server, "role", "add", "support", "keyhold:support")
    return server


@pytest.fixture
def support(server):
    return signed_in(server, "helper", "support")


def stream_of(browser):
    return "/admin/events/stream?" + unescape(re.search(r'data-stream="[./]*admin/events/stream\?([^"]*)"', browser.page).group(1))


def listen(server, browser, target, last=None):
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    fields = [("Accept", "text/event-stream"), ("Cookie", cookies), ("Sec-Fetch-Site", "same-origin")] + ([("Last-Event-ID", last)] if last else [])
    return ask(server.port, "GET", target, fields=fields)


def parsed(answer):
    """As WHATWG HTML §9.2.6 reads it: events with data, and the last id."""
    events, last = [], None
    for block in answer.body.decode().split("\n\n"):
        data = [line[6:] for line in block.split("\n") if line.startswith("data: ")]
        for line in block.split("\n"):
            last = line[4:] if line.startswith("id: ") else last
        if data:
            events.append("\n".join(data))
    return events, last


def hear(server, browser, target, part, last=None):
    """Asks again as a browser does, until something with this in it was told: that, all before it, and the last id."""
    heard = []
    while not any(part in event for event in heard):
        answer = listen(server, browser, target, last)
        assert answer.status == 200 and answer.header("content-type") == "text/event-stream" and answer.header("cache-control") == "no-store"
        events, last = parsed(answer)
        heard += events
    return heard, last


def test_what_happens_is_told_once_it_happens(server, support):
    support.get("/admin/events?kind=registered")
    target, page = stream_of(support), support.page
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(hear, server, support, target, "<bdi>ann</bdi>")
        Account(server.port, "ann")
        events, last = told.result()
    *before, newest = events
    assert "The account was made" in newest and 'href="../admin/users/' in newest
    assert all(re.search(r'data-event="([^"]+)"', event).group(0) in page for event in before), "what was not sealed yet stands in the page"
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(hear, server, support, target, "<bdi>bob</bdi>", last)
        Account(server.port, "bob")
        events, _ = told.result()
    assert len(events) == 1, "what was heard before is not told again"


def test_nobody_else_listens(server, support):
    assert Browser(server.port).ask("GET", "/admin/events/stream").status == 303
    nobody = signed_in(server, "nobody")
    assert listen(server, nobody, "/admin/events/stream").status == 403
    assert support


def test_a_hostile_name_is_told_as_text(server, support):
    support.get("/admin/events?kind=refused")
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(hear, server, support, stream_of(support), "")
        Account(server.port, "eve")
        ask(server.port, "POST", "/login", json={"username": "eve", "password": "pa55-wrong"}, fields=[("User-Agent", "<img src=x onerror=alert(1)>\t\"'")])
        events, _ = told.result()
    assert len(events) == 1 and "<img" not in events[0]


def test_older_pages_and_searches_with_an_end_are_not_live(server, support):
    support.get("/admin/events?until=2099-01-01")
    assert "data-stream" not in support.page
    support.get("/admin/events")
    assert "data-stream" in support.page
    assert "connect-src 'self'" in support.ask("GET", "/admin/events").header("content-security-policy")


def test_without_a_script_a_link_loads_it_again(server, support):
    support.get("/admin/events?kind=registered")
    link = unescape(re.search(r'<a href="[./]*(admin/events\?[^"]*)">Load again', support.page).group(1))
    Account(server.port, "ann")
    eventually(lambda: support.get("/" + link) and "<bdi>ann</bdi>" in support.page)


def test_a_browser_shows_it_without_loading_again(server, tmp_path):
    browser = shutil.which("chromium")
    assert browser, "Debian's chromium is missing: ./test installs it"
    signed_in(server, "helper", "support")
    seen = node("live_events.mjs", server.url, tmp_path, env={"BROWSER": browser, "USERNAME": "helper", "PASSWORD": PASSWORD})
    assert seen == {"before": False, "first": "newcomer", "again": 1, "live": True, "loads": 1, "problems": []}
