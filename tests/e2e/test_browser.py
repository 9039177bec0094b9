# SPDX-License-Identifier: Apache-2.0
"""A real Chromium with the network cut: the pages work from the binary alone, under their strict policy."""
import shutil

import pytest
from others import node
from server import PASSWORD
from wire import ask


@pytest.fixture(scope="module")
def seen(server, testuser, tmp_path_factory):
    browser = shutil.which("chromium")
    assert browser, "Debian's chromium is missing: ./test installs it"
    folder = tmp_path_factory.mktemp("browser")
    return node("browse.mjs", server.url, folder, env={"BROWSER": browser, "USERNAME": "testuser", "PASSWORD": PASSWORD})


def test_authorize_and_execute_in_docs_open_the_protected_route(seen):
    assert seen["executed"]["status"].startswith("200")
    assert '"message": "Welcome testuser"' in seen["executed"]["body"]


def test_nothing_is_requested_from_outside_and_no_error_or_violation_is_seen(seen):
    assert seen["problems"] == []
    assert seen["laterProblems"] == []


def test_a_wrong_password_is_told_in_the_dialog(seen):
    print("REFUSAL", repr(seen["refusal"]), repr(seen["redoc"][:300]))
    assert "error: invalid_grant, description: Invalid credentials" in seen["refusal"]


def test_a_token_does_not_outlive_the_page(seen):
    assert seen["stillAuthorized"] == 0


def test_redoc_shows_the_routes_and_finds_them(seen):
    assert "/protected" in seen["redoc"]
    assert "At /docs: press Authorize" in seen["redoc"], "this page has no such button"
    assert "keyhold" in seen["title"].lower()
    assert seen["found"].strip()


@pytest.mark.parametrize("page", ["/docs", "/redoc", "/docs/oauth2-redirect"])
def test_a_pages_policy_allows_no_inline_script_and_no_other_origin(server, page):
    policy = ask(server.port, "GET", page).header("content-security-policy")
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    assert rules["default-src"] == ["'none'"] and rules["script-src"] == ["'self'"] and rules["frame-ancestors"] == ["'none'"]
    for name, sources in rules.items():
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:"} & set(sources), (name, sources)
