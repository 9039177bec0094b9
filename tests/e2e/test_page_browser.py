# SPDX-License-Identifier: Apache-2.0
"""The pages in a real Chromium: by keyboard, with JavaScript and without, in light and dark, narrow and wide."""
import shutil

import pytest
from others import node
from server import PASSWORD

# A '+' is for those who are signed in.
PAGES = ["/", "/sign-in", "/sign-up", "/sign-out", "/nope", "/problems", "/problems/token_expired", "+/account", "+/account/password", "+/account/sessions",
         "+/account/close", "+/sign-out", "+/sign-in?again=1", "/forgot", "/reset", "/verify", "+/verify", "+/account/address", "/not-me?token=x"]


def browse(script, url, folder, *arguments, **env):
    browser = shutil.which("chromium")
    assert browser, "Debian's chromium is missing: ./test installs it"
    print(f"screenshots: {folder}")
    return node(script, url, folder, *arguments, env={"BROWSER": browser, "PASSWORD": PASSWORD, **env}, seconds=500)


@pytest.fixture(scope="module", params=["on", "off"])
def seen(server, request, tmp_path_factory):
    return browse("pages.mjs", server.url, tmp_path_factory.mktemp("pages"), SCRIPTS=request.param, USERNAME=f"walker-{request.param}") | {
        "with": request.param}


def test_what_was_typed_is_kept_but_the_password(seen):
    assert seen["refusedSignUp"]["title"].startswith("Error: ")
    assert (seen["refusedSignUp"]["kept"], seen["refusedSignUp"]["password"]) == (f"walker-{seen['with']}", "")
    assert seen["refusedSignIn"]["title"].startswith("Error: ")
    assert seen["refusedSignIn"]["kept"] == f"walker-{seen['with']}"
    assert "not right" in seen["refusedSignIn"]["error"]


def test_one_signs_up_and_in_and_out(seen):
    assert seen["signedUp"] == "/account" and f"walker-{seen['with']}" in seen["greeted"]
    assert seen["signedOut"] == "You are signed out"
    assert seen["signedIn"] == "/sign-out", "where one wanted to go"


def test_the_way_back_shows_nobody_who_has_signed_out(seen):
    assert f"walker-{seen['with']}" not in seen["afterBack"]


def test_show_is_there_with_a_script_alone(seen):
    assert seen["scripted"] == (seen["with"] == "on")
    assert seen.get("shown", "text") == "text"


def test_a_page_asks_nothing_of_others_and_breaks_no_rule_of_its_policy(seen):
    assert seen["problems"] == []


def test_axe_finds_nothing(server, testuser, tmp_path):
    seen = browse("axe.mjs", server.url, tmp_path, *PAGES, USERNAME="testuser")
    assert seen["found"] == [] and seen["problems"] == []
    assert seen["pages"] == len(PAGES) * 5
