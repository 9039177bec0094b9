# SPDX-License-Identifier: Apache-2.0
"""/sign-up: an account with an address, and what the page says of one that is taken."""
import json

import pytest
from mail_reader import text_of
from page_reader import Browser
from server import PASSWORD, QUICK


def signed_up(post, **fields):
    """A browser that sent the form, and where it was led to."""
    browser = Browser(post.port)
    browser.get("/sign-up?return_to=/account/sessions")
    hidden = browser.form("/sign-up")
    assert 'name="email"' in hidden
    answer = browser.ask("POST", "/sign-up", form={"form_token": hidden.split('name="form_token" value="')[1].split('"')[0], "return_to": "/account/sessions",
                                                   "password": PASSWORD, **fields})
    return browser, answer


@pytest.mark.parametrize("fields", [{"username": "eve", "email": "ANN@example.com"}, {"username": "ann@example.com"}])
def test_the_page_does_not_tell_whether_an_address_is_taken(post, fields):
    post.person()
    free = {name: value.replace("ANN@", "free@").replace("ann@", "free@") for name, value in fields.items()} | ({"username": "dan"} if "email" in fields else {})
    (one, taken), (other, made) = signed_up(post, **fields), signed_up(post, **free)
    assert taken.status == made.status == 303 and taken.body == made.body
    assert taken.header("location") == made.header("location") and one.cookies.keys() == other.cookies.keys()
    assert "__Host-keyhold" not in one.cookies, "nobody is signed in by it"
    for browser, name in ((one, fields["username"]), (other, free["username"])):
        browser.get("/" + taken.header("location").lstrip("./"))
        assert "Look into your mailbox" in browser.page and f'value="{name}"' in browser.page
    assert post.mail("You have an account")["To"] == "ann@example.com" and post.mail("Confirm your address")["To"] == "free@example.com"
    other.send("/sign-in", username=free["username"], password=PASSWORD)
    assert other.last == "/account/sessions"


def test_whoever_signs_up_with_an_address_of_somebody_else_locks_nobody_out(post):
    post.person()
    for _ in range(15):
        signed_up(post, username="ann@example.com")
    assert post.log_in("ann@example.com").status == 200
    assert "refused" not in [event["kind"] for event in json.loads(post.keyhold("event", "list", "--json").stdout)]


def test_an_address_can_be_left_out_and_then_one_is_signed_in(post):
    browser = Browser(post.port)
    browser.get("/sign-up")
    browser.send("/sign-up", username="bob", email="", password=PASSWORD)
    assert "My account" in browser.page
    browser = Browser(post.port)
    browser.get("/sign-up")
    assert browser.send("/sign-up", username="cid", email="nothing", password=PASSWORD).status == 422
    assert 'id="email-error"' in browser.page and 'value="nothing"' in browser.page


def test_an_address_of_sign_up_gets_the_mail_that_verifies_it(post):
    signed_up(post, username="ann", email="ann@example.com")
    assert "Please confirm" in text_of(post.mail("Confirm your address"))


@pytest.mark.parametrize(("email", "sentence"), [("", "with an e-mail address only"), ("ann@example.org", "with an address of this domain")])
def test_where_domains_may_register_the_page_says_which_and_what_is_wrong(start, email, sentence):
    server = start(QUICK | {"KEYHOLD_REGISTRATION": "domains", "KEYHOLD_REGISTRATION_DOMAINS": "example.com,example.net"})
    browser = Browser(server.port)
    browser.get("/sign-up")
    assert "Of example.com, example.net" in browser.page and "required" in browser.form("/sign-up").split('name="email"')[1].split(">")[0]
    assert browser.send("/sign-up", username="ann", email=email, password=PASSWORD).status == 403
    assert sentence in browser.page and 'value="ann"' in browser.page
    assert browser.send("/sign-up", username="ann", email="ann@example.net", password=PASSWORD).status == 200 and "My account" in browser.page


def test_each_refusal_of_an_invitation_has_a_sentence_of_its_own(start):
    server = start(QUICK | {"KEYHOLD_REGISTRATION": "invite"})
    for language, invitation, sentence in (("en", "", "with an invitation only"), ("en", "khi_x", "unknown, was used or has expired"), ("de", "khi_x", "unbekannt, benutzt oder abgelaufen")):
        browser = Browser(server.port, language)
        browser.get("/sign-up")
        assert browser.send("/sign-up", username="ann", password=PASSWORD, invitation=invitation).status == 403
        assert sentence in browser.page
