# SPDX-License-Identifier: Apache-2.0
"""/admin/outbox: mails that were given up, that wait, and that nobody was to get."""
import json

import pytest
from certificates import Authority
from mail_server import MailServer, settings
from server import PASSWORD, QUICK
from test_admin_pages import id_of, keyhold, signed_in
from waiting import eventually
from wire import ask


@pytest.fixture
def mails(tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir()
    authority = Authority(folder)
    with MailServer(authority, rcpt=["550 5.1.1 nobody of that name"]) as server:
        yield server.handler, QUICK | settings(server, authority) | {"KEYHOLD_ISSUER": "https://id.example.org"}


def token_in(browser):
    return browser.page.split('name="form_token" value="')[1].split('"')[0]


def rows(server, state):
    return json.loads(keyhold(server, "outbox", "list", "--state", state, "--json").stdout)


def test_mails_that_were_given_up_are_tried_again_and_forgotten(start, mails):
    handler, env = mails
    server = start(env)
    boss = signed_in(server, "boss", "admin")
    keyhold(server, "user", "set-email", "boss", "boss@example.com")
    page = f"/admin/users/{id_of(server, 'boss')}"
    boss.get(page)
    boss.send(page, "mail_reset", action="mail_reset")
    assert "The mail is on its way" in boss.page
    (dead,) = eventually(lambda: rows(server, "dead"))
    boss.get("/admin")
    assert "Mails that could not be sent: 1" in boss.page
    boss.get("/admin/outbox?state=dead")
    assert "<strong>New password</strong> to <bdi>boss@example.com</bdi>" in boss.page and "550 5.1.1 nobody of that name" in boss.page
    boss.send("/admin/outbox", dead["id"], action="retry")
    assert "The mail is tried again" in boss.page
    handler.wait_for(1)
    eventually(lambda: rows(server, "sent"))
    kinds = [event["kind"] for event in json.loads(keyhold(server, "event", "list", "--json").stdout)]
    assert kinds.count("mail_retried") == 1


def test_what_a_mail_server_says_is_shown_as_text(start, tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir()
    authority = Authority(folder)
    with MailServer(authority, rcpt=["550 5.1.1 <script>alert(1)</script>\"'><img src=x>"]) as server:
        started = start(QUICK | settings(server, authority))
        boss = signed_in(started, "boss", "admin")
        keyhold(started, "user", "set-email", "boss", "boss@example.com")
        assert ask(started.port, "POST", "/password/forgot", json={"email": "boss@example.com"}).status == 200
        eventually(lambda: rows(started, "dead"))
        boss.get("/admin/outbox")
        assert "550 5.1.1 &lt;script&gt;alert(1)" in boss.page and "<script>alert" not in boss.page and "<img" not in boss.page


def test_a_mail_that_waits_is_forgotten_and_not_tried_again(start):
    server = start(QUICK | {"KEYHOLD_MAIL_SERVER": "smtp://localhost:9", "KEYHOLD_MAIL_FROM": "k@example.org"})
    boss = signed_in(server, "boss", "admin")
    keyhold(server, "user", "set-email", "boss", "boss@example.com")
    assert ask(server.port, "POST", "/password/forgot", json={"email": "boss@example.com"}).status == 200
    (waiting,) = rows(server, "waiting")
    boss.get("/admin/outbox")
    token = token_in(boss)
    boss.send("/admin/outbox", waiting["id"], action="drop")
    assert "The mail is forgotten" in boss.page and not rows(server, "waiting")
    assert boss.ask("POST", "/admin/outbox", form={"form_token": token, "mail": waiting["id"], "action": "retry"}).status == 409
    assert "This mail is not there any more, or it was sent." in boss.page


def test_why_a_mail_cannot_be_tried_again_or_forgotten_is_said(start, mails):
    handler, env = mails
    handler.rcpt = []
    server = start(env)
    boss = signed_in(server, "boss", "admin")
    keyhold(server, "user", "set-email", "boss", "boss@example.com")
    assert ask(server.port, "POST", "/password/forgot", json={"email": "boss@example.com"}).status == 200
    (sent,) = eventually(lambda: rows(server, "sent"))
    boss.get("/admin/outbox")
    assert boss.ask("POST", "/admin/outbox", form={"form_token": token_in(boss), "mail": sent["id"], "action": "retry"}).status == 409
    assert "This mail was sent, or its link is over." in boss.page


def test_why_a_notice_cannot_be_forgotten_is_said(start):
    server = start(QUICK | {"KEYHOLD_MAIL_SERVER": "smtp://localhost:9", "KEYHOLD_MAIL_FROM": "k@example.org"})
    boss = signed_in(server, "boss", "admin")
    keyhold(server, "user", "add", "ann", "--email", "ann@example.com", "--verified", stdin=PASSWORD + "\n")
    keyhold(server, "user", "set-password", "ann", stdin=PASSWORD + "-2\n")
    (notice,) = rows(server, "waiting")
    boss.get("/admin/outbox")
    assert boss.ask("POST", "/admin/outbox", form={"form_token": token_in(boss), "mail": notice["id"], "action": "drop"}).status == 409
    assert "only the command line takes it away" in boss.page and rows(server, "waiting")


def test_what_strangers_ask_for_needs_nobodys_attention(start, mails):
    _, env = mails
    server = start(env)
    boss = signed_in(server, "boss", "admin")
    for number in range(3):
        assert ask(server.port, "POST", "/password/forgot", json={"email": f"nobody{number}@example.com"}).status == 200
    eventually(lambda: len(rows(server, "void")) == 3)
    boss.get("/admin")
    assert "Mails that could not be sent" not in boss.page
    boss.get("/admin/outbox")
    assert "nobody0@example.com" not in boss.page
    boss.get("/admin/outbox?state=void")
    assert "nobody0@example.com" in boss.page and "not needed" in boss.page


def test_who_deletes_an_account_hides_from_nobody_that_its_address_was_taken_away(start):
    server = start(QUICK | {"KEYHOLD_MAIL_SERVER": "smtp://localhost:9", "KEYHOLD_MAIL_FROM": "k@example.org"})
    signed_in(server, "boss", "admin")
    keyhold(server, "user", "add", "ann", "--email", "ann@example.com", "--verified", stdin=PASSWORD + "\n")
    token = ask(server.port, "POST", "/login", json={"username": "boss", "password": PASSWORD}).json()["access_token"]
    (ann,) = ask(server.port, "GET", "/admin/api/users?username=ann", token=token).json()["users"]
    path = f"/admin/api/users/{ann['id']}"
    for way in (path + "/email", path):
        seen = ask(server.port, "GET", path, token=token).header("etag")
        assert ask(server.port, "DELETE", way, token=token, fields=[("If-Match", seen)]).status in (200, 204)
    assert sorted((mail["kind"], mail["address"]) for mail in rows(server, "waiting")) == [("account_deleted", "ann@example.com"), ("address_changed", "ann@example.com")]
