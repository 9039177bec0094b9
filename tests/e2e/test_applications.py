# SPDX-License-Identifier: Apache-2.0
"""The applications that somebody has connected: seen, and disconnected at once with all that they could still use."""
import json
import re
from urllib.parse import urljoin

import pytest
from oidc import OURS, Browser, form_of
from test_consent import decide, parameters
from wire import ask

ALL = "openid profile offline_access"


@pytest.fixture(scope="module")
def blog(provider):
    return provider.client("connected-blog", "--name", "The <blog>")


@pytest.fixture
def connected(provider, blog, request):
    """Somebody new, and what the blog was given."""
    browser = Browser(provider, re.sub(r"\W", "", request.node.name)[-24:])
    page = browser.ask("GET", blog.request(scope=ALL))
    return browser, blog.redeem(parameters(decide(browser, page, "allow"))["code"]).json()


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


def applications(browser):
    answer = browser.ask("GET", "/me/applications")
    assert answer.status == 200, answer.body
    return answer.json()["applications"]


def userinfo(provider, tokens):
    return ask(provider.port, "GET", "/oauth/userinfo", fields=bearer(tokens["access_token"])).status


def test_what_an_application_has_is_shown_and_gone_once_it_is_disconnected(provider, blog, connected):
    browser, tokens = connected
    one, = applications(browser)
    assert (one["client_id"], one["name"], one["scopes"], one["sessions"]) == ("connected-blog", "The <blog>", ALL.split(), 1)
    assert one["allowed_at"] and one["last_used_at"]
    assert userinfo(provider, tokens) == 200
    assert browser.ask("DELETE", "/me/applications/connected-blog", fields=OURS).status == 204
    assert userinfo(provider, tokens) == 401, "its access token is refused from the answer on"
    refused = blog.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (refused.status, refused.json()["error"]) == (400, "invalid_grant")
    assert applications(browser) == []
    assert browser.ask("DELETE", "/me/applications/connected-blog", fields=OURS).status == 404
    assert form_of(browser.ask("GET", blog.request(scope=ALL))), "it has to ask again"
    assert browser.ask("GET", "/me").status == 200, "the person is still signed in"


def test_a_code_that_was_given_before_is_worth_nothing_after(provider, blog, connected):
    browser, _ = connected
    code = blog.answer_of(browser, scope=ALL)["code"]
    assert browser.ask("DELETE", "/me/applications/connected-blog", fields=OURS).status == 204
    assert blog.redeem(code).json()["error"] == "invalid_grant"


def test_nobody_disconnects_what_somebody_else_has_connected(provider, blog, connected):
    browser, tokens = connected
    eve = Browser(provider, "eve-of-applications")
    assert applications(eve) == []
    assert eve.ask("DELETE", "/me/applications/connected-blog", fields=OURS).status == 404
    for strange in ("%00", "%ff", "no-such", "proxy%2Fwiki.example"):
        assert eve.ask("DELETE", f"/me/applications/{strange}", fields=OURS).status in (404, 405, 422), strange
    assert userinfo(provider, tokens) == 200
    mine = ask(provider.port, "GET", "/me/applications", fields=bearer(tokens["access_token"]))
    assert mine.status == 403, "an application does not look after the others without keyhold:account"


def test_the_page_says_it_in_words_and_disconnects(provider, blog, connected):
    browser, tokens = connected
    page = browser.ask("GET", "/account/applications")
    text = page.body.decode()
    assert "The &lt;blog&gt;" in text and "know what your account is called" in text and "when you are not there" in text
    fields, action = form_of(page)
    done = browser.ask("POST", urljoin("/account/applications", action), fields=OURS, form=fields)
    assert done.status == 303
    after = browser.ask("GET", urljoin("/account/applications", done.header("location"))).body.decode()
    assert "The application is disconnected" in after and "No application uses your account" in after
    assert userinfo(provider, tokens) == 401
    what_happened = browser.ask("GET", "/account/events").body.decode()
    assert "The permission of the application The &lt;blog&gt; was taken back" in what_happened, "by the name that it was asked by"


def test_the_file_of_my_data_holds_all_that_is_kept(provider, blog, connected):
    browser, _ = connected
    claims = {"nickname": "Annie of the file", "birthdate": "1990-12-31", "website": "https://ann.example.com/"}
    seen = browser.ask("GET", "/me/profile")
    assert browser.ask("PUT", "/me/profile", fields=[*OURS, ("If-Match", seen.header("etag"))], json=claims).status == 200
    kept = json.loads(browser.ask("GET", "/account/data").body)
    me = browser.ask("GET", "/me").json()
    assert {name: kept["account"][name] for name in ("id", "username", "created_at", "roles")} == {name: me[name] for name in ("id", "username", "created_at", "roles")}
    assert claims.items() <= kept["profile"].items()
    assert [one["client_id"] for one in kept["applications"]] == ["connected-blog"]
    assert {session.get("client_id") for session in kept["sessions"]} == {None, "connected-blog"}
    kinds = [event["kind"] for event in kept["events"]]
    assert {"registered", "signed_in", "consent_given", "client_signed_in", "profile_changed", "exported"} <= set(kinds)
    assert all("address" in event for event in kept["events"] if event["kind"] == "signed_in")
    assert "hash" not in json.dumps(kept) and "$2" not in json.dumps(kept)
