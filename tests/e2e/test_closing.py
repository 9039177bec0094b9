# SPDX-License-Identifier: Apache-2.0
"""Closing an account, and coming back. And the notice of a sign-in from a device that the account did not know."""
import json
import re
import sqlite3

import pytest
from expect import problem
from mail_reader import NEW_PASSWORD, text_of
from server import DATABASE, PASSWORD
from waiting import eventually
from wire import ask

sqlite_only = pytest.mark.skipif(DATABASE != "sqlite", reason="looks into the file")


def kinds(post, name):
    """Oldest first, those of the account itself and not of its log-ins."""
    events = json.loads(post.keyhold("event", "list", "--json", "--account", name).stdout)
    return [event["kind"] for event in reversed(events) if event["kind"] not in ("signed_in", "session_ended")]


def close(post, token, password=PASSWORD):
    return post("/me/close", who=token, current_password=password)


def subjects(post):
    return [str(mail["Subject"]) for mail in post.mails.parsed()]


def test_closing_takes_the_password_ends_everything_and_says_so(post):
    post.person()
    here, there = post.tokens("ann"), post.tokens("ann")
    problem(close(post, here["access_token"], "pa55-wrong"), 403, "wrong_password")
    assert post.me(here["access_token"]).status == 200
    closed = close(post, here["access_token"])
    assert closed.status == 200 and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", closed.json()["erase_at"])
    cookies = [value for name, value in closed.fields if name == "set-cookie"]
    assert cookies and all(cookie.split("=", 1)[1].startswith(";") for cookie in cookies), "cookies that were there are over"
    for tokens in (here, there):
        problem(post.me(tokens["access_token"]), 401)
        problem(post("/refresh", refresh_token=tokens["refresh_token"]), 401, "refresh_token_invalid")
    text = text_of(post.mail("is closed"))
    assert closed.json()["erase_at"][:16].replace("T", " ") + " UTC" in text and "as soon as you sign in" in text and "good once" not in text
    shown = json.loads(post.keyhold("user", "show", "ann", "--json").stdout)
    assert shown["disabled"] is True and shown["erase_at"] == closed.json()["erase_at"]
    assert "closed    ann" in post.keyhold("user", "show", "ann").stdout


def test_a_wrong_password_opens_nothing_and_the_right_one_does(post):
    post.person()
    old = post.tokens("ann")
    close(post, old["access_token"])
    problem(post.log_in("ann", "pa55-wrong"), 401, "invalid_credentials")
    assert "closed" in post.keyhold("user", "show", "ann").stdout
    fresh = post.log_in("ann")
    assert fresh.status == 200 and post.me(fresh.json()["access_token"]).status == 200
    problem(post.me(old["access_token"]), 401)
    assert kinds(post, "ann") == ["registered", "account_closed", "refused", "account_reopened"]
    assert "erase_at" not in json.loads(post.keyhold("user", "show", "ann", "--json").stdout)


def test_a_link_of_a_mail_opens_it_with_a_new_password(post):
    post.person()
    close(post, post.tokens("ann")["access_token"])
    token, _ = post.forgotten()
    assert post("/password/reset", token=token, new_password=NEW_PASSWORD).status == 200
    assert kinds(post, "ann") == ["registered", "account_closed", "password_changed", "account_reopened"]
    assert post.log_in("ann", NEW_PASSWORD).status == 200


def test_what_waited_for_an_answer_is_over(post):
    """A change of the address that was asked for before the account was closed."""
    post.person()
    token = post.tokens("ann")["access_token"]
    assert post("/email/change", who=token, email="new@example.com", current_password=PASSWORD).status == 200
    agree = re.search(r"agree-address\?token=(khl_[\w-]+)", text_of(post.mail("Agree to the new address"))).group(1)
    close(post, token)
    problem(post("/email/change/agree", token=agree), 400, "one_time_secret_invalid")


def test_an_administrator_erases_at_once_and_the_owner_is_told(post):
    post.person()
    close(post, post.tokens("ann")["access_token"])
    post.keyhold("user", "delete", "ann", "--yes")
    problem(post.log_in("ann"), 401, "invalid_credentials")
    assert "was deleted" in text_of(post.mail("was deleted"))
    post.keyhold("user", "show", "ann", check=3)


def test_the_last_administrator_stays(post):
    post.person()
    post.keyhold("role", "grant", "admin", "ann")
    problem(close(post, post.tokens("ann")["access_token"]), 409, "last_administrator")


def test_a_command_closes_too_and_an_administrator_opens_it(post):
    post.person()
    token = post.tokens("ann")["access_token"]
    closed = json.loads(post.keyhold("user", "close", "ann", "--yes", "--json").stdout)
    assert closed["username"] == "ann" and closed["erase_at"]
    problem(post.me(token), 401)
    assert "closed already" in post.keyhold("user", "close", "ann", "--yes", check=5).stderr
    post.keyhold("user", "enable", "ann")
    assert post.log_in("ann").status == 200
    post.keyhold("user", "close", "nobody", "--yes", check=3)


@pytest.mark.parametrize("post", [{"KEYHOLD_CLOSING_DAYS": "0"}], indirect=True)
def test_with_no_days_it_is_erased_at_once(post):
    post.person()
    closed = close(post, post.tokens("ann")["access_token"])
    assert closed.json()["msg"] == "The account is erased"
    post.keyhold("user", "show", "ann", check=3)
    assert "was deleted" in text_of(post.mail("was deleted"))
    post.register("ann")


@sqlite_only
def test_a_server_erases_what_is_due_and_leaves_the_rest(post):
    for name in ("ann", "bob"):
        post.person(name, f"{name}@example.com")
        close(post, post.tokens(name)["access_token"])
    with sqlite3.connect(post.folder / "keyhold.db") as database:
        database.execute("UPDATE keyhold_accounts SET erase_at = 1 WHERE username = 'ann'")
    post.start(post.env)  # it looks at its start, and once a minute
    eventually(lambda: post.keyhold("user", "show", "ann", check=None).returncode == 3)
    assert "closed" in post.keyhold("user", "show", "bob").stdout
    deleted = json.loads(post.keyhold("event", "list", "--json", "--kind", "account_deleted").stdout)
    assert [(event["door"], event["actor_id"]) for event in deleted] == [("server", "")]
    with sqlite3.connect(post.folder / "keyhold.db") as database:
        assert not database.execute("SELECT * FROM keyhold_outbox WHERE address LIKE '%ann%'").fetchall()


@sqlite_only
def test_a_deleted_account_leaves_its_address_in_no_mail_and_no_link(post):
    """Also where somebody asked by the address, of whom the server did not know yet who has it."""
    post.register("ann", "Ann@example.com")
    post.mail("Confirm your address")
    post.forgotten()
    post.register("bob")
    bob = post.tokens("bob")["access_token"]
    assert post("/email/change", who=bob, email="other@example.com", current_password=PASSWORD).status == 200
    post.mail("Confirm your new address")
    post.keyhold("user", "delete", "ann", "--yes")
    with sqlite3.connect(post.folder / "keyhold.db") as database:
        for table in ("keyhold_outbox", "keyhold_one_time_secrets"):
            rows = database.execute(f"SELECT * FROM {table}").fetchall()
            assert rows and not [row for row in rows if "ann@example.com" in str(row).lower()], table
    assert "other@example.com" in post.keyhold("outbox", "list").stdout


def test_of_log_ins_and_erasing_no_one_wins_by_half(post):
    """Log-ins at once with two that close: whoever is in afterwards has an open account."""
    post.person()
    for _ in range(5):
        token = post.tokens("ann")["access_token"]
        close(post, token)
        answers = [post.log_in("ann") for _ in range(3)]
        assert {answer.status for answer in answers} == {200}
        assert all(post.me(answer.json()["access_token"]).status == 200 for answer in answers)


def test_a_sign_in_from_an_unknown_device_is_told_but_not_the_first(post):
    post.person()
    first = post.tokens("ann")
    again = post("/login", username="ann", password=PASSWORD, device_token=first["device_token"], fields=[("User-Agent", "laptop")])
    assert again.status == 200
    assert post("/login", username="ann", password=PASSWORD, fields=[("User-Agent", "phone/2"), ("Accept-Language", "de")]).status == 200
    mail = post.mail("Neue Anmeldung")
    assert "nicht kannte: phone/2." in text_of(mail) and "127.0.0.1" in text_of(mail)
    assert len(subjects(post)) == 1, subjects(post)
    denied = re.search(r"not-me\?token=(khl_[\w-]+)", text_of(mail)).group(1)
    assert post("/sessions/not-me", token=denied).status == 200
    problem(post.me(again.json()["access_token"]), 401)


def test_an_address_that_is_not_verified_is_told_nothing(post):
    post.register("ann", "ann@example.com")
    post.mail("Confirm your address")
    for _ in range(2):
        post.tokens("ann")
    rows = json.loads(post.keyhold("outbox", "list", "--json").stdout)
    assert [row["kind"] for row in rows] == ["verify"]


def test_whoever_signs_in_by_a_link_is_told_too(post):
    post.person()
    post.tokens("ann")
    link = json.loads(post.keyhold("user", "login-link", "ann", "--json").stdout)
    assert ask(post.port, "POST", "/login/link", json={"token": link["token"]}).status == 200
    assert "did not know" in text_of(post.mail("A new sign-in"))
