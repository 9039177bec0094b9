# SPDX-License-Identifier: Apache-2.0
"""Clients that ask for the password once more (OpenID Connect Core §3.1.2.1): it is shown for their request, and for no other."""
import re
import time
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from oidc import CALLBACK, Browser, show_password


@pytest.fixture(scope="module")
def app(provider):
    return provider.client("app", "--first-party", "--public")


@pytest.fixture(scope="module")
def shop(provider):
    return provider.client("shop", "--first-party")


AGAIN = [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}]


@pytest.mark.parametrize("again", AGAIN)
def test_whoever_has_to_sign_in_again_does_not_come_back_as_before(provider, app, again):
    dan = Browser(provider, f"dan-{'-'.join(again.values())}")
    answer = dan.ask("GET", app.request(**again))
    where = parse_qs(urlsplit(answer.header("location")).query)
    assert where["again"] == ["anybody" if again == {"prompt": "select_account"} else "1"]
    assert "sign-in" in dan.ask("GET", where["return_to"][0]).header("location"), "no password was shown"
    back = show_password(dan, answer)
    assert dan.ask("GET", back).header("location").startswith(CALLBACK + "?code=")


@pytest.mark.parametrize("again", AGAIN)
def test_no_link_of_a_strangers_spares_a_person_the_password(provider, app, again):
    """They have signed in a moment ago; the stranger has shown a password of his own for the very same request."""
    eli, stranger = Browser(provider, f"eli-{'-'.join(again.values())}"), Browser(provider, f"foe-{'-'.join(again.values())}")
    asked = app.request(**again)
    theirs = show_password(stranger, stranger.ask("GET", asked))
    assert stranger.ask("GET", theirs).header("location").startswith(CALLBACK + "?code=")
    just_now = f"{asked}&keyhold_authenticated_after={int(time.time()) - 60}"
    for link in (theirs, just_now, asked + "&keyhold_signed_in=", asked + "&keyhold_signed_in=1"):
        assert "sign-in" in eli.ask("GET", link).header("location"), link


def test_a_password_that_was_shown_for_one_request_is_none_for_another(provider, app, shop):
    ida = Browser(provider, "ida")
    asked = app.request(prompt="login")
    back = show_password(ida, ida.ask("GET", asked))
    proof = parse_qs(urlsplit(back).query)["keyhold_signed_in"][0]
    for other in (app.request(prompt="login", nonce="n-2"), shop.request(prompt="login")):
        assert "sign-in" in ida.ask("GET", f"{other}&keyhold_signed_in={proof}").header("location")
    assert ida.ask("GET", back).header("location").startswith(CALLBACK + "?code=")


@pytest.mark.parametrize("again", AGAIN)
def test_whoever_was_not_signed_in_or_is_another_shows_the_password_once(provider, app, again):
    jon, before = Browser(provider, f"jon-{'-'.join(again.values())}"), Browser(provider, f"kai-{'-'.join(again.values())}")
    for browser in (Browser(provider), before):
        browser.name = jon.name
        back = show_password(browser, browser.ask("GET", app.request(**again)))
        assert browser.ask("GET", back).header("location").startswith(CALLBACK + "?code=")


def page_of(browser, answer):
    return browser.ask("GET", urljoin("/oauth/authorize", answer.header("location"))).body.decode()


def test_a_person_may_say_that_they_are_somebody_else(provider, app):
    """OpenID Connect Core §3.1.2.1, select_account: "The Authorization Server SHOULD prompt the End-User to select a user account"."""
    Browser(provider, "una")
    vic = Browser(provider, "vic")
    for more in ({"prompt": "login"}, {"max_age": "0"}):
        assert re.search(r'<input id="username"[^>]* value="vic"[^>]* readonly>', page_of(vic, vic.ask("GET", app.request(**more)))), more
    answer = vic.ask("GET", app.request(prompt="select_account", login_hint="una"))
    field, = re.findall(r'<input id="username"[^>]*>', page_of(vic, answer))
    assert 'value="una"' in field and "readonly" not in field
    vic.name = "una"
    back = vic.ask("GET", show_password(vic, answer))
    said = app.id_token(app.redeem(parse_qs(urlsplit(back.header("location")).query)["code"][0]).json()["id_token"])
    assert said["sub"] == vic.ask("GET", "/me").json()["id"] and vic.ask("GET", "/me").json()["username"] == "una"


def test_whom_the_client_expects_can_sign_in_where_somebody_else_is(provider, app):
    """OpenID Connect Core §3.1.2.1, id_token_hint."""
    xia = Browser(provider, "xia")
    hint = app.tokens(Browser(provider, "yan"))["id_token"]
    answer = xia.ask("GET", app.request(id_token_hint=hint))
    field, = re.findall(r'<input id="username"[^>]*>', page_of(xia, answer))
    assert "readonly" not in field and "xia" not in field
    xia.name = "yan"
    assert xia.ask("GET", show_password(xia, answer)).header("location").startswith(CALLBACK + "?code=")
