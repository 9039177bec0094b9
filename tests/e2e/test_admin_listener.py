# SPDX-License-Identifier: Apache-2.0
"""Administration at the administrators' listener alone (admin_at): the pages, the API, and what is at the other listener."""
import re
import subprocess

import pytest
from certificates import Authority
from expect import problem
from page_reader import Browser
from people import Account
from server import PASSWORD, QUICK, run
from wire import ask

APART = QUICK | {"KEYHOLD_ADMIN_BIND": "127.0.0.1:0", "KEYHOLD_ADMIN_AT": "admin_bind", "KEYHOLD_ACCESS_LOG": "true"}


@pytest.fixture
def server(start):
    one = start(APART)
    Account(one.port, "boss")
    run("role", "grant", "admin", "boss", folder=one.folder, env=APART, check=0)
    return one


def signed_in(port, name="boss"):
    browser = Browser(port)
    browser.get("/sign-in?return_to=/admin")
    browser.send("/sign-in", username=name, password=PASSWORD)
    return browser


def test_a_person_signs_in_there_and_administers(server):
    boss = signed_in(server.admin_port)
    assert boss.last.startswith("/admin") and "Administration" in boss.page
    boss.get("/admin/users/new")
    boss.send("/admin/users/new", username="ann", email="", password="")
    assert "ann" in boss.page and ask(server.port, "GET", "/admin/users").status == 404
    boss.get("/admin/users")
    assert ">ann<" in boss.page or "ann</bdi>" in boss.page
    assert "/admin/users" in server.log(), "what is done there stands in the log"


def test_at_the_other_listener_nothing_of_it_is_there(server):
    boss = signed_in(server.port)
    assert boss.get("/admin").status == 404
    assert boss.get("/account").status == 200 and 'admin"' not in boss.page, "no link that leads nowhere"
    token = ask(server.port, "POST", "/login", json={"username": "boss", "password": PASSWORD}).json()["access_token"]
    problem(ask(server.port, "GET", "/admin/api/users", token=token), 404)
    assert ask(server.admin_port, "GET", "/admin/api/users", token=token).status == 200
    problem(ask(server.admin_port, "GET", "/admin/api/users"), 401, "not_authenticated")
    # A page of another site, with the cookie that it cannot read.
    cookie = "; ".join(f"{name}={value}" for name, value in boss.cookies.items())
    for fields in ([("Origin", "https://evil.example")], [("Sec-Fetch-Site", "cross-site"), ("Origin", "null")]):
        problem(ask(server.admin_port, "POST", "/admin/api/invitations", json={}, fields=[("Cookie", cookie), *fields]), 403, "cross_site_request")


def test_with_a_certificate_it_speaks_https(start, tmp_path):
    authority = Authority(tmp_path)
    authority.issue()
    server = start(APART | {"KEYHOLD_TLS_CERTIFICATE": "tls.pem", "KEYHOLD_TLS_KEY": "tls.key"})
    port = int(re.search(r"Metrics +https://127\.0\.0\.1:(\d+)", server.log()).group(1))
    for path in ("/livez", "/sign-in"):
        done = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", authority.path, f"https://127.0.0.1:{port}{path}"], capture_output=True, text=True, timeout=60)
        assert done.stdout == "200", done.stderr
