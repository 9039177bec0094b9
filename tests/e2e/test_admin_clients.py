# SPDX-License-Identifier: Apache-2.0
"""/admin/clients: an owner adds an application, gives it another secret, and deletes it."""
import base64
import json
import re
from html import unescape

import pytest
from server import QUICK
from test_admin_pages import keyhold, signed_in
from wire import ask

BACK = "https://wiki.example.com/callback"


@pytest.fixture
def server(start):
    return start(QUICK)


@pytest.fixture
def boss(server):
    return signed_in(server, "boss", "admin")


def add(boss, **fields):
    boss.get("/admin/clients")
    return boss.send("/admin/clients", **{"redirect_uris": BACK, **fields})


def shown_secret(browser):
    return unescape(re.search(r"<code>(khc_[\w-]+)</code>", browser.page).group(1))


def is_known(server, client, secret):
    """Whether the server takes this for the client's secret (RFC 7662 §2.1: it answers nobody else)."""
    basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
    return ask(server.port, "POST", "/introspect", fields=[("Authorization", f"Basic {basic}")], form={"token": "x"}).status == 200


def test_an_application_is_added_and_its_secret_is_shown_once(server, boss):
    assert add(boss, client_id="wiki", client_name="The wiki", redirect_uris=f" {BACK}\r\n\r\nhttp://127.0.0.1:8080/back ").status == 200
    assert "The application is added" in boss.page
    secret = shown_secret(boss)
    assert is_known(server, "wiki", secret) and not is_known(server, "wiki", secret + "x")
    boss.get("/admin/clients/wiki")
    assert "khc_" not in boss.page and "The wiki" in boss.page
    made = json.loads(keyhold(server, "client", "show", "wiki", "--json").stdout)
    assert made["redirect_uris"] == [BACK, "http://127.0.0.1:8080/back"] and made["client_name"] == "The wiki"
    events = keyhold(server, "event", "list", "--kind", "client_added", "--json").stdout
    assert "wiki" in events and json.loads(keyhold(server, "user", "show", "boss", "--json").stdout)["id"] in events


def test_one_in_a_browser_has_no_secret_and_our_own_asks_nobody(server, boss):
    add(boss, client_id="phone", kind="public", redirect_uris="com.example.phone:/back", first_party="yes")
    assert "The application is added" in boss.page and "khc_" not in boss.page and 'value="rotate"' not in boss.page
    keyhold(server, "client", "show", "phone")
    assert "first-party" in keyhold(server, "client", "show", "phone").stdout


def test_an_id_is_made_for_whoever_names_none(server, boss):
    add(boss)
    made = json.loads(keyhold(server, "client", "list", "--json").stdout)
    assert len(made) == 1 and made[0]["client_id"] in boss.page


@pytest.mark.parametrize("wrong, told", [({"redirect_uris": "https://a.example.com/#here"}, "fragment"), ({"redirect_uris": "javascript:alert(1)"}, "redirect URI"), ({"redirect_uris": ""}, "needs a redirect URI"),
                                         ({"client_id": "no blanks"}, "64 letters"), ({"client_id": "keyhold"}, "keyhold"), ({"client_name": "x" * 129}, "128 bytes")])
def test_what_is_wrong_is_said_and_what_was_typed_stays(server, boss, wrong, told):
    typed = {"client_id": "wiki", "client_name": "The <wiki>", "redirect_uris": BACK, "kind": "public", "first_party": "yes"} | wrong
    assert add(boss, **typed).status == 422
    assert told in unescape(re.search(r'<p class="wrong" lang="en">(.*?)</p>', boss.page).group(1))
    form = boss.form("/admin/clients")
    assert f'name="client_id" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="64" value="{typed["client_id"]}"' in form
    assert typed["client_name"].replace("<", "&lt;").replace(">", "&gt;") in form and f'>{typed["redirect_uris"]}</textarea>' in form
    assert '<option value="public" selected>' in form and "checked" in form
    assert json.loads(keyhold(server, "client", "list", "--json").stdout) == []


def test_an_id_that_is_taken_is_refused_and_the_first_one_keeps_its_secret(server, boss):
    add(boss, client_id="wiki")
    secret = shown_secret(boss)
    assert add(boss, client_id="wiki", redirect_uris="https://evil.example.com/").status == 409
    assert is_known(server, "wiki", secret)
    assert json.loads(keyhold(server, "client", "show", "wiki", "--json").stdout)["redirect_uris"] == [BACK]


def test_another_secret_ends_the_old_one_and_a_deleted_application_is_gone(server, boss):
    add(boss, client_id="wiki")
    first = shown_secret(boss)
    sent = {name: re.search(rf'name="{name}" value="([^"]+)"', boss.form("/admin/clients/wiki", 'value="rotate"'))[1] for name in ("form_token", "version")} | {"action": "rotate"}
    boss.send("/admin/clients/wiki", 'value="rotate"', action="rotate")
    second = shown_secret(boss)
    assert "The old secret is over" in boss.page and second != first
    assert is_known(server, "wiki", second) and not is_known(server, "wiki", first)
    # The page with it is loaded anew, and the browser sends the form a second time.
    again = boss.ask("POST", "/admin/clients/wiki", form=sent)
    assert again.status == 412 and "This has changed" in boss.page and "khc_" not in boss.page and is_known(server, "wiki", second)
    boss.send("/admin/clients/wiki", 'value="remove"', action="remove")
    assert "The application is deleted" in boss.page and "No application is registered here" in boss.page
    assert not is_known(server, "wiki", second) and boss.get("/admin/clients/wiki").status == 404
    assert boss.ask("POST", "/admin/clients/wiki", form={"action": "remove", "form_token": form_token(boss)}).status == 404


def test_whoever_is_no_owner_sees_the_applications_and_no_form(server, boss):
    add(boss, client_id="wiki")
    keyhold(server, "role", "add", "manager", "keyhold:admin")
    manager = signed_in(server, "manny", "manager")
    for path in ("/admin/clients", "/admin/clients/wiki"):
        assert manager.get(path).status == 200 and f'action="../{path.lstrip("/")}"' not in manager.page and "<textarea" not in manager.page and 'value="remove"' not in manager.page
    assert manager.ask("POST", "/admin/clients/wiki", form={"action": "rotate", "form_token": form_token(manager)}).status == 403


def form_token(browser):
    browser.get("/account")
    return re.search(r'form_token" value="([^"]*)', browser.page).group(1)
