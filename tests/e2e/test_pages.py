# SPDX-License-Identifier: Apache-2.0
"""What a person sees in a browser: the start page, and refusals that can be read; programs get problem details."""
import http.client
import re
import socket
from urllib.parse import urljoin

import pytest
from waiting import PATIENCE
from wire import ask

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def get(server, path, accept=BROWSER, method="GET"):
    return ask(server.port, method, path, [("Accept", accept)])


def links(page):
    return re.findall(r'href="([^"]*)"', page.body.decode())


def test_the_start_page_says_what_this_is_and_leads_on(server):
    page = get(server, "/")
    assert (page.status, page.header("content-type")) == (200, "text/html; charset=utf-8")
    assert b"<h1>Keyhold</h1>" in page.body and b"docs" in page.body and b"redoc" in page.body
    assert len(links(page)) >= 5


@pytest.mark.parametrize("path", ["/", "/nope", "/nope/", "/a/b/c", "/docs/nope"])
def test_each_link_of_a_page_leads_somewhere_wherever_the_page_stands(server, path):
    page = get(server, path)
    for link in links(page):
        if link.startswith("#"):
            assert f'id="{link[1:]}"'.encode() in page.body
            continue
        assert not re.match(r"[a-z]+:|/", link), "nothing of another origin, and nothing that a proxy's path prefix breaks"
        target = urljoin(path, link)
        assert get(server, target).status == (303 if "language/" in target else 200), (path, link)


def test_what_is_not_there_is_a_page_for_people_and_a_problem_for_programs(server):
    page = get(server, "/nope")
    assert (page.status, page.header("content-type")) == (404, "text/html; charset=utf-8")
    assert b"<title>Error: Not Found" in page.body and page.header("x-request-id").encode() in page.body
    for accept in ("*/*", "application/json", "application/json, text/html", ""):
        for path in ("/", "/nope"):
            problem = get(server, path, accept)
            assert (problem.status, problem.header("content-type")) == (404, "application/problem+json"), accept
            assert problem.json()["detail"] == "Not Found"


def test_a_method_that_a_page_does_not_know_is_refused_as_a_page(server):
    page = get(server, "/", method="DELETE")
    assert (page.status, page.header("content-type")) == (405, "text/html; charset=utf-8")
    assert page.items("allow") == {"get", "head", "options"}


@pytest.mark.parametrize("framing", [b"Content-Length: 70000\r\n\r\n" + b"x" * 70000, b"Transfer-Encoding: chunked\r\n\r\n11170\r\n" + b"x" * 70000 + b"\r\n0\r\n\r\n"],
                         ids=["by its length", "in chunks"])
def test_a_form_that_is_too_long_is_refused_as_a_page(server, framing):
    """RFC 9110 §15.5.14. The server answers before it has read all of it."""
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        head = b"POST /sign-in HTTP/1.1\r\nHost: x\r\nAccept: " + BROWSER.encode() + b"\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        connection.sendall(head + framing)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 413 and answer.headers["Content-Type"].startswith("text/html")
        assert b"<h1" in answer.read()


def test_nothing_that_was_sent_is_shown_again(server):
    for path in ("/%3Cscript%3Ealert(1)%3C/script%3E", "/<script>alert(1)</script>", "/?q=<script>alert(1)</script>"):
        page = ask(server.port, "GET", path, [("Accept", BROWSER), ("X-Request-Id", "<script>")])
        assert b"<script>" not in page.body and b"alert" not in page.body


def test_a_page_may_load_nothing_but_its_style_and_script_and_is_kept_by_nobody(server):
    for path in ("/", "/sign-in", "/nope"):
        page = get(server, path)
        rules = dict(rule.split(" ", 1) for rule in page.header("content-security-policy").split("; "))
        assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
        assert rules["style-src"] == "'self'" and rules.get("script-src", "'self'") == "'self'"
        assert page.header("cache-control") == "no-store"
        assert page.header("x-content-type-options") == "nosniff"
        assert len(page.body) < 12 * 1024


def test_whether_it_runs_in_development_is_said(server, start):
    start_page = get(server, "/").body.decode()
    assert "development mode" in start_page
    terminal = dict(re.findall(r"^  (\w+) {2,}(.+)$", server.log(), re.M))
    shown = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", re.sub(r"</?(bdi|a)[^>]*>", "", start_page)))
    assert shown == {"Accounts": terminal["Accounts"], "Access tokens": "HS256, by SECRET_KEY", "Passwords": "At least 8 characters",
                     "Mails": "/dev/inbox", "Metrics": "Nowhere: see the setting admin_bind"}
    assert f"{shown['Access tokens'].replace(', by', ' with')}" == terminal["Tokens"] and "need 8 characters" in server.log()
    production = start({"SECRET_KEY": "a-key-that-nobody-ever-published-0123456789"}, arguments=("serve", "--bind", "127.0.0.1:0"))
    page = get(production, "/")
    assert page.status == 200 and b"development" not in page.body and b"<dl" not in page.body


def test_the_style_is_small_and_kept_for_good(server):
    """Its address holds a digest of it, so another style has another address."""
    style = urljoin("/", re.search(r'rel="stylesheet" href="([^"]*)"', get(server, "/").body.decode()).group(1))
    answer = ask(server.port, "GET", style, [("Accept-Encoding", "gzip")])
    assert answer.header("content-encoding") == "gzip" and len(answer.body) <= 4096
    assert answer.header("cache-control") == "public, max-age=31536000, immutable"
    assert get(server, style.replace("style.css", "x.css")).status == 404


def test_the_sign_in_page_is_small(server):
    page = get(server, "/sign-in")
    parts = [ask(server.port, "GET", urljoin("/sign-in", link), [("Accept-Encoding", "gzip")]).body
             for link in re.findall(r'(?:href|src)="(\./(?:pages/[^"]*|favicon.svg))"', page.body.decode())]
    assert len(parts) == 3 and len(page.body) + sum(map(len, parts)) <= 12 * 1024


@pytest.mark.speed
def test_the_sign_in_page_takes_a_millisecond_at_most(start):
    """Of the server's processors, and nothing else asks it meanwhile."""
    server, times = start(), 300
    get(server, "/sign-in")
    before = server.cpu_seconds()
    for _ in range(times):
        assert get(server, "/sign-in").status == 200
    assert server.cpu_seconds() - before <= times * 0.001


@pytest.mark.parametrize("picture, media_type", [(b"\x89PNG\r\n\x1a\n", "image/png"), (b'\n<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml")])
def test_the_operators_logo_is_a_picture_and_nothing_else(start, tmp_path, picture, media_type):
    (tmp_path / "logo").write_bytes(picture)
    server = start({"KEYHOLD_PAGES_BRAND_LOGO": str(tmp_path / "logo")})
    [path] = re.findall(r'<img src="\./(pages/[^"]*/logo)"', get(server, "/sign-in").body.decode())
    logo = get(server, f"/{path}")
    assert (logo.status, logo.body, logo.header("content-type")) == (200, picture, media_type)
    assert logo.header("x-content-type-options") == "nosniff" and "sandbox" in logo.header("content-security-policy")
