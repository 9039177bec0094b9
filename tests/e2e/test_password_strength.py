# SPDX-License-Identifier: Apache-2.0
"""What pages say of a password while somebody types it: the same as the server does when it is sent."""
from mail_reader import NEW_PASSWORD
from page_reader import Browser
from server import QUICK
from test_page_browser import browse

STRICT = QUICK | {"KEYHOLD_PASSWORD_MIN_SCORE": "3"}


def token_in(browser):
    return browser.page.split('name="form_token" value="')[1].split('"')[0]


def test_it_is_said_while_one_types(start, tmp_path):
    seen = browse("password_strength.mjs", start(STRICT).url, tmp_path)
    assert (seen["before"], seen["live"], seen["silent"], seen["password"]) == ("", "polite", "", True)
    assert "at least 8 characters" in seen["short"]["text"] and not seen["short"]["good"]
    assert "a common word" in seen["weak"]["text"] and not seen["weak"]["good"]
    assert seen["good"] == {"text": "This password is hard to guess.", "good": True}
    assert "the username" in seen["name"]["text"] and not seen["name"]["good"]
    assert set(seen["asked"]) == {"POST /password-strength"}, "nothing of it stands in an address"
    assert len(seen["asked"]) < 40, "one asks when somebody pauses, not for each of 60 letters in four windows"
    assert seen["problems"] == []


def test_nothing_of_it_is_written_down(start):
    server = start(STRICT)
    browser = Browser(server.port)
    browser.get("/sign-up")
    assert browser.ask("POST", "/password-strength", form={"form_token": token_in(browser), "username": "ann", "password": "a-secret-that-is-typed"}).status == 200
    server.stop()
    files = [file for file in server.folder.rglob("*") if file.is_file()]
    assert files and not [file for file in files if b"a-secret-that-is-typed" in file.read_bytes()]


def test_the_page_of_a_link_knows_whose_password_it_is(post):
    post.person("quoxalith", "quoxalith@example.com")
    token, _ = post.forgotten("quoxalith@example.com")
    browser = Browser(post.port)
    browser.get(f"/reset?token={token}")
    asked = {"form_token": token_in(browser), "token": token}
    assert "the username" in browser.ask("POST", "/password-strength", form=asked | {"password": "quoxalith-2026"}).json()["says"]
    assert browser.ask("POST", "/password-strength", form=asked | {"password": NEW_PASSWORD + " umbrella fjord"}).json()["is_good"]
