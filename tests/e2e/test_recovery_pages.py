# SPDX-License-Identifier: Apache-2.0
"""The pages that links in mails lead to, with the forms that a browser without JavaScript sends."""
import json
import re
from html import unescape

import pytest
from mail_reader import ISSUER, NEW_PASSWORD, code_of, token_of
from page_reader import Browser
from server import PASSWORD
from wire import ask


@pytest.fixture
def browser(post):
    return Browser(post.port)


def sign_in(browser, name="ann", password=PASSWORD):
    browser.get("/sign-in")
    assert browser.send("/sign-in", username=name, password=password).status == 200 and "My account" in browser.page


def test_whoever_forgot_the_password_gets_in_again_by_the_link(post, browser):
    post.person()
    browser.get("/sign-in")
    assert re.search(r'href="[./]*forgot"', browser.page)
    browser.get("/forgot")
    assert browser.send("/forgot", email="nothing").status == 422 and browser.title().startswith("Error:")
    assert browser.send("/forgot", email="ann@example.com").status == 200 and "a mail is on its way" in browser.page
    token = token_of(post.mail("Set a new password"), "reset")
    elsewhere = Browser(post.port, "de")
    assert elsewhere.get(f"/reset?token={token}").status == 200 and "Neues Passwort" in elsewhere.title()
    whose = '<input id="username" type="text" autocomplete="username" dir="auto" readonly value="ann">'  # for password managers
    assert whose in elsewhere.form("/reset")
    assert elsewhere.send("/reset", new_password="short").status == 422 and token in elsewhere.page and whose in elsewhere.page, "what was shown is kept"
    assert elsewhere.send("/reset", new_password=NEW_PASSWORD).status == 200 and "Ihr Passwort ist geändert" in elsewhere.page
    assert 'value="ann"' in elsewhere.form("/sign-in"), "to be signed in with"
    sign_in(Browser(post.port), password=NEW_PASSWORD)
    assert browser.get(f"/reset?token={token}").status == 400 and "This link does not work" in browser.page


def test_the_code_is_typed_into_the_page_that_asked_for_it(post, browser):
    post.person()
    browser.get("/forgot")
    browser.send("/forgot", email="ann@example.com")
    code = code_of(post.mail("Set a new password"))
    assert browser.send("/reset", email="ann@example.com", code="0000-0000", new_password=NEW_PASSWORD).status == 400 and "wrong, or it was used" in browser.page
    assert browser.send("/reset", email="ann@example.com", code=code.lower(), new_password=NEW_PASSWORD).status == 200 and "Your password is changed" in browser.page


def test_a_link_to_verify_leads_by_the_sign_in_page_and_back(post, browser):
    post.register("ann", "ann@example.com")
    token = token_of(post.mail("Confirm your address"), "verify")
    assert browser.get(f"/verify?token={token}").status == 200 and "<form" not in browser.page.split("<main")[1]
    way = unescape(re.search(r'href="[./]*(sign-in\?return_to=[^"]+)"', browser.page).group(1))
    browser.get("/" + way)
    browser.send("/sign-in", username="ann", password=PASSWORD)
    assert "you are ann" in browser.page and "mails to ann@example.com" in browser.page
    assert browser.send("/verify").status == 200 and "Your address is confirmed" in browser.page
    assert "not confirmed" not in browser.page
    for again in (f"/verify?token={token}", "/verify"):
        assert browser.get(again).status == 200 and "ann@example.com is the confirmed address of your account" in browser.page


def test_a_link_of_another_account_says_so_before_its_button_is_pressed(post, browser):
    post.register("You won: evil.example", "bob@example.com")
    token = token_of(post.mail("Confirm your address"), "verify")
    post.person()
    sign_in(browser)
    assert browser.get(f"/verify?token={token}").status == 200 and "another account than the one that you are signed in with" in browser.page
    assert "evil.example" not in browser.page and 'action="./verify"' not in browser.page
    bob = Browser(post.port)
    sign_in(bob, "bob@example.com")
    bob.get(f"/verify?token={token}")
    assert bob.send("/verify").status == 200 and "Your address is confirmed" in bob.page
    bob.get("/account/address")
    bob.send("/account/address", email="rob@example.com")
    browser.get(f"/confirm-address?token={token_of(post.mail('Confirm your new address'), 'confirm-address')}")
    assert "another account than the one that you are signed in with" in browser.page


def test_a_mail_to_verify_is_asked_for_on_the_page(post, browser):
    post.register("ann", "ann@example.com")
    sign_in(browser)
    assert "not confirmed" in browser.page
    browser.get("/verify")
    assert browser.send("/verify/send").status == 200 and "on its way" in browser.page
    code = code_of(post.mail("Confirm your address", 2))
    assert browser.send("/verify", code=code).status == 200 and "Your address is confirmed" in browser.page


def test_an_address_is_changed_and_changed_back_by_buttons(post, browser):
    post.person()
    sign_in(browser)
    browser.get("/account/address")
    assert browser.send("/account/address", email="new@example.com").status == 200 and "on their way" in browser.page
    new, old = (token_of(post.mail(subject), page) for subject, page in (("Confirm your new address", "confirm-address"), ("Agree to the new address", "agree-address")))
    stranger = Browser(post.port)
    assert "Sign in" in (stranger.get(f"/confirm-address?token={new}"), stranger.title())[1], "the new side asks for the session"
    browser.get(f"/confirm-address?token={new}")
    assert "<bdi>new@example.com</bdi>" in browser.page and ">ann</dd>" in browser.page
    assert browser.send("/confirm-address").status == 200 and "once the other one has agreed" in browser.page
    stranger.get(f"/agree-address?token={old}")
    assert "<bdi>new@example.com</bdi>" in stranger.page and ">ann</dd>" in stranger.page
    assert stranger.send("/agree-address").status == 200 and "is changed" in stranger.page
    stranger.get(f"/undo-address?token={token_of(post.mail('has a new address'), 'undo-address')}")
    assert "<bdi>ann@example.com</bdi>" in stranger.page, "which address it is to have"
    assert stranger.send("/undo-address").status == 200 and "its old address again" in stranger.page
    browser.get("/account")
    assert browser.title().startswith("Sign in"), "all sessions have ended"


def test_an_address_is_changed_on_pages_by_codes_alone(post, browser):
    post.person()
    sign_in(browser)
    browser.get("/account/address")
    browser.send("/account/address", email="new@example.com")
    new, old = (code_of(post.mail(subject)) for subject in ("Confirm your new address", "Agree to the new address"))
    assert re.search(r'href="[./]*confirm-address"', browser.page) and re.search(r'href="[./]*agree-address"', browser.page)
    browser.get("/confirm-address")
    assert browser.send("/confirm-address", code="0000-0000").status == 400 and 'value="0000-0000"' in browser.page
    assert browser.send("/confirm-address", code=new).status == 200 and "once the other one has agreed" in browser.page
    stranger = Browser(post.port)
    stranger.get("/agree-address")
    assert stranger.send("/agree-address", email="nothing", code=old).status == 422 and 'id="email-error"' in stranger.page
    assert stranger.send("/agree-address", email="ann@example.com", code=old).status == 200 and "is changed" in stranger.page


def test_a_reload_behind_a_form_sends_it_no_second_time(post, browser):
    post.person()
    browser.get("/forgot")
    assert browser.send("/forgot", email="ann@example.com").status == 200 and 'value="ann@example.com"' in browser.page
    code = code_of(post.mail("Set a new password"))
    assert browser.last == "/reset?done=asked" and browser.get(browser.last).status == 200
    assert browser.send("/reset", email="ann@example.com", code=code, new_password=NEW_PASSWORD).status == 200
    assert len([mail for mail in post.mails.parsed() if "Set a new" in mail["Subject"]]) == 1


def test_what_was_done_is_said_to_whoever_did_it_and_by_no_link(post, browser):
    post.person()
    for page in ("/sign-in?done=password", "/sign-in?done=signed_up", "/sign-out?done=erased", "/sign-out?done=closed", "/not-me?done=ended",
                 "/agree-address?done=changed", "/undo-address?done=undone", "/reset?done=asked", "/verify?done=asked"):
        browser.get(page)
        shown = browser.page.split("<main")[1].split("</main>")[0]
        assert 'role="status"' not in shown and "deleted" not in shown and "closed" not in shown, page
    sign_in(browser)
    for page in ("/account?done=password", "/account/sessions?done=others", "/account/address?done=asked", "/account/applications?done=disconnected"):
        browser.get(page)
        assert 'role="status"' not in browser.page, page


def test_a_printed_link_signs_in_by_one_button(post, browser):
    post.person()
    url = json.loads(post.keyhold("user", "login-link", "ann", "--json").stdout)["url"].removeprefix(ISSUER)
    assert browser.get(url).status == 200 and "__Host-keyhold" not in browser.cookies, "a look signs nobody in"
    assert ">ann</dd>" in browser.page, "as whom"
    assert browser.send("/sign-in-link").status == 200 and "My account" in browser.page
    assert Browser(post.port).get(url).status == 400


def test_this_was_not_me_is_one_button(post, browser):
    post.person()
    session = post.tokens("ann")["access_token"]
    post.forgotten()
    browser.get(f"/not-me?token={token_of(post.mail('Set a new password'), 'not-me')}")
    assert post.me(session).status == 200
    assert browser.send("/not-me").status == 200 and "All sessions of your account have ended" in browser.page
    assert post.me(session).status == 401
