# SPDX-License-Identifier: Apache-2.0
"""Cookie mode: tokens that no script can read, used by pages of our own origin alone."""
import shutil

import pytest
from others import node
from people import Account
from server import PASSWORD
from wire import ask

OURS = [("Sec-Fetch-Site", "same-origin")]


def cookies(answer):
    """name -> (value, attributes in lower case)"""
    found = {}
    for key, value in answer.fields:
        if key == "set-cookie":
            pair, *attributes = value.split("; ")
            name, content = pair.split("=", 1)
            found[name] = (content, {attribute.lower() for attribute in attributes})
    return found


def log_in(port, name, fields=OURS, mode="cookie"):
    return ask(port, "POST", "/login", fields=fields, json={"username": name, "password": PASSWORD, "mode": mode})


@pytest.fixture
def jar(server, account):
    return cookies(log_in(server.port, account.name))


def sent(jar, *more):
    return [("Cookie", "theme=dark; " + "; ".join(f"{name}={value}" for name, (value, _) in jar.items())), *more]


def test_the_tokens_are_in_cookies_that_scripts_cannot_read_and_not_in_the_body(server, account):
    answer = log_in(server.port, account.name)
    assert answer.status == 200 and answer.json() == {"token_type": "cookie", "expires_in": 1800, "refresh_expires_in": 1209600}
    found = cookies(answer)
    assert set(found) == {"__Host-keyhold", "__Host-keyhold-refresh", "__Host-keyhold-device"}
    for _, attributes in found.values():
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)
    assert "max-age=1800" in found["__Host-keyhold"][1]


def test_bearer_stays_the_default(server, account):
    answer = log_in(server.port, account.name, fields=[], mode="bearer")
    assert "access_token" in answer.json() and not cookies(answer)
    assert log_in(server.port, account.name, mode="other").status == 422


def test_the_cookie_opens_what_the_token_opens(server, jar):
    assert ask(server.port, "GET", "/protected", fields=sent(jar)).status == 200
    assert ask(server.port, "GET", "/protected", fields=[("Cookie", "__Host-keyhold=x")]).status == 401
    twice = sent(jar) + sent(jar)
    assert ask(server.port, "GET", "/protected", fields=twice).status == 401, "nobody can say which of them is ours"


def test_the_authorization_field_wins(server, jar, account):
    answer = ask(server.port, "GET", "/protected", fields=sent(jar), token="x")
    assert answer.status == 401
    other = Account(server.port, account.name + "-2")
    assert other.name in ask(server.port, "GET", "/protected", fields=sent(jar), token=other.token).json()["message"]


@pytest.mark.parametrize(("fields", "expected"), [
    (OURS, 200), ([("Sec-Fetch-Site", "none")], 200), ([("Origin", "http://127.0.0.1")], 200), ([("Origin", "https://127.0.0.1")], 200),
    ([], 403), ([("Sec-Fetch-Site", "cross-site")], 403), ([("Sec-Fetch-Site", "same-site")], 403), ([("Origin", "https://evil.example")], 403),
    ([("Origin", "null")], 403), ([("Origin", "http://127.0.0.1:1")], 403), ([("Origin", "127.0.0.1")], 403),
    ([("Sec-Fetch-Site", "cross-site"), ("Origin", "http://127.0.0.1")], 403)])
def test_only_our_own_pages_change_something_by_cookie(server, account, fields, expected):
    jar = cookies(log_in(server.port, account.name))
    answer = ask(server.port, "POST", "/logout", fields=sent(jar, *fields))
    assert answer.status == expected
    if expected == 403:
        assert answer.json()["code"] == "cross_site_request"
    assert ask(server.port, "GET", "/protected", fields=sent(jar)).status == (401 if expected == 200 else 200)


def test_no_other_site_logs_its_visitor_in(server, account):
    for fields in ([], [("Sec-Fetch-Site", "cross-site")], [("Origin", "https://evil.example")]):
        answer = log_in(server.port, account.name, fields=fields)
        assert answer.status == 403 and not cookies(answer)


def test_a_refresh_by_cookie_needs_no_body(server, jar):
    refused = ask(server.port, "POST", "/refresh", fields=sent(jar))
    assert refused.status == 403
    answer = ask(server.port, "POST", "/refresh", fields=sent(jar, *OURS))
    assert answer.status == 200 and answer.json()["token_type"] == "cookie"
    fresh = cookies(answer)
    assert fresh["__Host-keyhold-refresh"][0] != jar["__Host-keyhold-refresh"][0]
    assert ask(server.port, "GET", "/protected", fields=sent(fresh)).status == 200


def test_a_log_out_deletes_both_cookies(server, jar):
    gone = cookies(ask(server.port, "POST", "/logout", fields=sent(jar, *OURS)))
    assert {name: value for name, (value, _) in gone.items()} == {"__Host-keyhold": "", "__Host-keyhold-refresh": ""}
    assert all("max-age=0" in attributes for _, attributes in gone.values())


def test_who_comes_back_after_the_access_cookie_has_run_out_can_still_log_out(server, account):
    """A browser drops a cookie when its Max-Age is over; the other one lives for two weeks."""
    jar = cookies(log_in(server.port, account.name))
    left = {"__Host-keyhold-refresh": jar["__Host-keyhold-refresh"]}
    log_out = lambda jar, *more: ask(server.port, "POST", "/logout", fields=sent(jar, *more))  # noqa: E731
    assert log_out(left).status == 403 and log_out(left, ("Origin", "https://evil.example")).status == 403
    assert ask(server.port, "POST", "/logout", fields=sent(left, *OURS), token="x").status == 401, "the field wins"
    assert ask(server.port, "GET", "/protected", fields=sent(jar)).status == 200
    answer = log_out(left, *OURS)
    assert answer.status == 200 and set(cookies(answer)) == set(jar) - {"__Host-keyhold-device"}, "the device stays known"
    assert ask(server.port, "GET", "/protected", fields=sent(jar)).status == 401
    assert ask(server.port, "POST", "/refresh", fields=sent(jar, *OURS)).status == 401
    again = log_out(left, *OURS)
    assert again.status == 401 and again.json()["code"] == "refresh_token_invalid"
    assert log_out({"__Host-keyhold-refresh": ("khr_x", set())}, *OURS).status == 401


def test_a_browser_uses_the_cookies_and_shows_them_to_no_script(server, account):
    browser = shutil.which("chromium")
    assert browser, "Debian's chromium is missing: ./test installs it"
    seen = node("cookies.mjs", server.url, env={"BROWSER": browser, "USERNAME": account.name, "PASSWORD": PASSWORD})
    assert seen == {"login": 200, "greeting": {"message": f"Welcome {account.name}"}, "script": "", "refresh": 200, "logout": 200, "after": 401}
