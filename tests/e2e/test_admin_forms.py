# SPDX-License-Identifier: Apache-2.0
"""Forms of /admin that are not sent by the button they were made for, and links and lists that are not what they seem."""
import json
import re
import shutil
import sys
from datetime import datetime, timezone
from html import unescape
from urllib.parse import unquote

import pytest
from others import node
from page_reader import Browser
from server import PASSWORD, QUICK, ROOT
from test_admin_pages import admin_server, ann, id_of, keyhold, owner, people, signed_in, token_in
from wire import ask

assert admin_server and people and owner and ann, "fixtures"


def test_a_form_of_a_session_that_is_over_leads_back_to_its_page(start):
    """Where somebody has to sign in first, the way back is a page that is there: a form's own path may have none."""
    server = start(QUICK)
    forms = {path.replace("{id}", "x").replace("{role}", "x") for file in (ROOT / "src/pages").rglob("*.cpp")
             for path in re.findall(r'add\(\s*(?:http::Method::)?post,\s*"(/[^"]+)"', file.read_text())}
    assert {"/verify/send", "/admin/users/invite", "/account/password"} <= forms
    stranger = Browser(server.port)
    stranger.get("/sign-in")
    boss, token = signed_in(server, "boss", "admin"), token_in(stranger)
    for path in forms:
        way = stranger.ask("POST", path, form={"form_token": token}).header("location") or ""
        if "return_to=" in way:
            back = unquote(way.partition("return_to=")[2])
            assert boss.get(back).status != 405, (path, back)


def test_an_action_that_no_button_names_does_nothing(admin_server, owner, ann):
    person = f"/admin/users/{ann[1]}"
    owner.get("/admin/users?text=" + ann[0].name)
    box = dict(re.findall(r'name="(user\.[\w-]+)" value="([\w-]+)"', owner.page))
    version = next(iter(box.values()))
    for path, fields in (("/admin/users", box), (person, {"version": version}), (person + "/roles", {"role": "editor", "version": version}), ("/admin/roles/editor", {"scope": "x"}),
                         ("/admin/keys", {}), ("/admin/outbox", {"mail": "x"}), ("/admin/backups", {})):
        for action in ("foo", "", "x\r\nSet-Cookie: a=b", None):
            answer = owner.ask("POST", path, form={"form_token": token_in_form(owner, "/admin/users"), **fields} | ({"action": action} if action is not None else {}))
            assert answer.status == 422, (path, action, answer.status)
            owner.get("/admin/users?text=" + ann[0].name)
    assert ann[0].greeting().status == 200, "the session goes on"
    assert json.loads(keyhold(admin_server, "user", "show", ann[0].name, "--json").stdout).get("roles", []) == []


def token_in_form(browser, path):
    browser.get(path)
    return token_in(browser)


def test_the_enter_key_on_a_ticked_box_does_nothing(admin_server, owner, ann):
    """A browser presses the first button of the form then."""
    owner.get("/admin/users?text=" + ann[0].name)
    first = re.search(r"<button ([^>]*)>", owner.form("/admin/users")).group(1)
    assert first == 'hidden name="action" value="none"'
    box = dict(re.findall(r'name="(user\.[\w-]+)" value="([\w-]+)"', owner.page))
    owner.send("/admin/users", action="none", **box)
    assert owner.last == "/admin/users?text=" + ann[0].name and 'class="done"' not in owner.page
    assert ann[0].greeting().status == 200


def test_links_for_others_begin_with_the_issuer_whatever_the_request_calls_us(start):
    server = start(QUICK | {"KEYHOLD_ISSUER": "https://id.example.org"})
    boss = signed_in(server, "boss", "admin")
    boss.host = "evil.example:8000"
    for page, form, path in (("/admin/users/new", "/admin/users/invite", "/invited?invitation="), (f"/admin/users/{id_of(server, 'boss')}/link",) * 2 + ("/sign-in-link?token=",)):
        boss.get(page)
        boss.send(form)
        assert "https://id.example.org" + path in boss.page and "evil.example" not in boss.page, page


def test_each_action_on_a_person_shows_a_call_that_does_it(admin_server, owner, ann):
    """All of them, as they stand on the page."""
    account, number = ann
    keyhold(admin_server, "user", "set-email", account.name, f"{account.name}@example.com")
    for _ in range(10):
        ask(admin_server.port, "POST", "/login", json={"username": account.name, "password": "pa55-wrong"})
    token = ask(admin_server.port, "POST", "/login", json={"username": "the-owner", "password": PASSWORD}).json()["access_token"]
    session = ask(admin_server.port, "GET", f"/admin/api/users/{number}/sessions", token=token).json()["sessions"][0]["id"]

    def calls():
        owner.get(f"/admin/users/{number}")
        shown = [unescape(code) for code in re.findall(r"<pre tabindex=\"0\"><code>(curl .*?)</code>", owner.page, re.S)]
        return {path: (method, path, version, body) for method, path, version, body in
                (re.search(r"curl -X (\w+) '?http://[^/]*(/admin/api/[^\s']+)'?.*?(?:If-Match: \"([\w-]+)\".*?)?(?:-d '(.*)')?$", code, re.S).groups() for code in shown)}
    for what in ("/sessions/SESSION", "/lock", "/reset-mail", "/sessions", "/disabled", "/disabled"):
        method, path, version, body = calls()[f"/admin/api/users/{number}{what}"]
        answer = ask(admin_server.port, method, path.replace("SESSION", session), json=json.loads(body) if body else None, token=token,
                     fields=[("If-Match", f'"{version}"')] if version else [])
        assert answer.status in (200, 204), (what, answer.status, answer.body)
    owner.get(f"/admin/users/{number}/link")
    assert f"/admin/api/users/{number}/login-link" in owner.page and "keyhold user login-link" in owner.page


def test_events_are_filtered_by_whom_they_are_about_and_who_did_them_together(admin_server, owner, ann):
    keyhold(admin_server, "user", "disable", ann[0].name)
    owner.get(f"/admin/users/{ann[1]}")
    owner.send(f"/admin/users/{ann[1]}", '"enable"', action="enable")
    token = ask(admin_server.port, "POST", "/login", json={"username": "the-owner", "password": PASSWORD}).json()["access_token"]
    kinds = lambda query: [event["kind"] for event in ask(admin_server.port, "GET", "/admin/api/events?" + query, token=token).json()["events"]]
    ids = f"account={ann[1]}&actor={id_of(admin_server, 'the-owner')}"
    assert kinds(ids) == ["account_enabled"] and kinds(ids + "&kind=account_disabled") == [] and kinds(ids + "&kind=account_enabled") == ["account_enabled"]
    assert "account_disabled" in kinds(f"account={ann[1]}")
    owner.get(f"/admin/events?account={ann[0].name}&actor=the-owner")
    listed = owner.page.split('class="filter"')[1].split("</form>")[1]
    assert "The account was enabled" in listed and "The account was disabled" not in listed
    assert owner.get("/admin/events?since=yesterday").status == 422 and "This is no day" in owner.page and 'value="yesterday"' in owner.page


@pytest.mark.sqlite
@pytest.mark.parametrize("scripts", ["on", "off"])
def test_a_form_that_comes_late_is_sent_on_by_the_password(start, tmp_path, scripts):
    """In Chromium, which has to send the form once more by itself (307)."""
    server = start(QUICK)
    keyhold(server, "role", "add", "editor")
    signed_in(server, "boss", "admin")
    age = f"import sqlite3; d = sqlite3.connect({str(server.folder / 'keyhold.db')!r}); d.execute('UPDATE keyhold_sessions SET authenticated_at = authenticated_at - 301, created_at = created_at - 301'); d.commit()"
    seen = node("late_form.mjs", f"http://localhost:{server.port}", tmp_path, sys.executable, "-c", age,
                env={"BROWSER": shutil.which("chromium"), "USERNAME": "boss", "PASSWORD": PASSWORD, "SCRIPTS": scripts})
    assert (seen["asked"], seen["name"], seen["done"]) == ("Is it you?", "boss", "/admin/users/invite")
    assert "not right" in seen["refused"] and "khi_" in seen["text"]
    days = datetime.fromisoformat(seen["until"].replace("Z", "+00:00")) - datetime.now(timezone.utc)
    assert 29 <= days.days <= 30, "what was typed, and not what the form begins with"
    assert seen["problems"] == [] and seen["found"] == []
    listed = keyhold(server, "event", "list", "--kind", "invited", "--json").stdout
    assert listed.count("invited") == 1, "it was done once"


@pytest.mark.parametrize("scripts", ["on", "off"])
def test_a_form_whose_session_has_ended_is_sent_by_whoever_signs_in_again(start, tmp_path, scripts):
    """In Chromium: by the script, or by a button."""
    server = start(QUICK)
    keyhold(server, "role", "add", "editor")
    signed_in(server, "boss", "admin")
    token = ask(server.port, "POST", "/login", json={"username": "boss", "password": PASSWORD}).json()["access_token"]
    seen = node("kept_form.mjs", f"http://localhost:{server.port}", tmp_path,
                env={"BROWSER": shutil.which("chromium"), "USERNAME": "boss", "PASSWORD": PASSWORD, "SCRIPTS": scripts, "TOKEN": token})
    assert (seen["asked"], seen["name"], seen["done"]) == ("Sign in", "", "/admin/users/invite")
    assert "/admin/users/invite" in seen["why"] and "not right" in seen["refused"] and "khi_" in seen["text"]
    days = datetime.fromisoformat(seen["until"].replace("Z", "+00:00")) - datetime.now(timezone.utc)
    assert 29 <= days.days <= 30, "what was typed, and not what the form begins with"
    assert seen["again"] == (None if scripts == "on" else "You are signed in again")
    assert seen["problems"] == [] and seen["found"] == []
    assert keyhold(server, "event", "list", "--kind", "invited", "--json").stdout.count("invited") == 1, "it was done once"
