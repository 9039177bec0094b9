# SPDX-License-Identifier: Apache-2.0
"""Invitations: the roles that come with them, the mail that brings them, and the page that they lead to."""
import json
import re

import pytest
from expect import problem
from mail_reader import ISSUER, NEW_PASSWORD, dead, text_of, token_of
from page_reader import Browser
from server import PASSWORD
from wire import ask


@pytest.fixture
def root(post):
    post.keyhold("role", "add", "editor", "notes:write")
    post.person("root", "root@example.com")
    post.keyhold("role", "grant", "admin", "root")
    post.keyhold("role", "grant", "editor", "root")
    return post.tokens("root")["access_token"]


def invite(post, *arguments):
    return json.loads(post.keyhold("user", "invite", *arguments, "--json").stdout)["invitation"]


def roles_of(post, name):
    return post.me(post.tokens(name)["access_token"]).json().get("roles", [])


def test_the_account_has_the_roles_of_the_invitation_once(post, root):
    code = invite(post, "--role", "editor")
    assert post("/register", username="ann", password=PASSWORD, invitation=code).status == 200 and roles_of(post, "ann") == ["editor"]
    problem(post("/register", username="bob", password=PASSWORD, invitation=code), 403, "registration_refused")
    events = [(event["kind"], event["reason"]) for event in json.loads(post.keyhold("event", "list", "--account", "ann", "--json").stdout)]
    assert ("registered", "invitation") in events and ("role_granted", "invitation") in events
    post.keyhold("user", "invite", "--role", "nothing", check=3)
    gone = invite(post, "--role", "editor")
    post.keyhold("role", "remove", "editor")
    assert post("/register", username="cid", password=PASSWORD, invitation=gone).status == 200 and roles_of(post, "cid") == []


def test_nobody_invites_with_roles_that_he_may_not_give(post, root):
    post.keyhold("role", "add", "manager", "keyhold:admin")
    post.person("chief", "chief@example.com")
    post.keyhold("role", "grant", "manager", "chief")
    chief = post.tokens("chief")["access_token"]
    for role in ("editor", "admin"):
        problem(post("/admin/api/invitations", who=chief, roles=[role]), 403, "rights_exceeded")
    problem(post("/admin/api/invitations", who=root, roles=["nothing"]), 404, "role_not_found")
    made = post("/admin/api/invitations", who=root, roles=["editor"])
    assert made.status == 200
    assert post("/register", username="ann", password=PASSWORD, invitation=made.json()["invitation"]).status == 200 and roles_of(post, "ann") == ["editor"]


def test_the_command_gives_the_link_to_the_page(post, root):
    made = json.loads(post.keyhold("user", "invite", "--role", "editor", "--json").stdout)
    assert made["url"].startswith(ISSUER + "/invited?")
    browser = Browser(post.port)
    browser.get(made["url"].removeprefix(ISSUER))
    assert made["invitation"] in browser.form("/sign-up")
    told = post.keyhold("user", "invite")
    assert told.stdout.strip().startswith("khi_") and ISSUER + "/sign-up" in told.stderr and "khi_" not in told.stderr


@pytest.mark.parametrize("post", [{"KEYHOLD_REGISTRATION": "invite"}], indirect=True)
def test_an_invitation_is_mailed_and_its_link_makes_one_account(post, root):
    assert invite(post, "--role", "editor", "--email", "New@example.com").startswith("khl_")
    mail = post.mail("Make your account")
    assert mail["To"] == "New@example.com" and "works once" in text_of(mail)
    token = token_of(mail, "invited")
    dead(post("/password/reset", token=token, new_password=NEW_PASSWORD))
    for _ in range(2):  # a look uses nothing up
        browser = Browser(post.port)
        browser.get(f"/invited?token={token}")
        assert token in browser.form("/sign-up")
    problem(post("/register", username="eve", email="eve@example.com", password=PASSWORD, invitation=token), 403, "registration_refused")
    browser.send("/sign-up", username="ann", password=PASSWORD, invitation=token)
    assert "My account" in browser.page and roles_of(post, "ann") == ["editor"]
    me = post.me(post.tokens("ann")["access_token"]).json()
    assert (me["email"], me["email_verified"]) == ("new@example.com", True), "the link came by mail"
    problem(post("/register", username="bob", password=PASSWORD, invitation=token), 403, "registration_refused")
    problem(post("/admin/api/invitations", who=root, email="nothing"), 422)


def test_the_page_invites_with_a_role_and_by_mail(post, root):
    boss = Browser(post.port)
    boss.get("/sign-in")
    boss.send("/sign-in", username="root", password=PASSWORD)
    boss.get("/admin/users/new")
    assert boss.send("/admin/users/invite", days="2", invited_email="nothing").status == 422 and 'id="invited_email-error"' in boss.page
    assert boss.send("/admin/users/invite", days="2", role="editor", invited_email="new@example.com").status == 200
    token = token_of(post.mail("Make your account"), "invited")
    assert f"/invited?invitation={token}" in boss.page
    guest = Browser(post.port)
    guest.get(f"/invited?invitation={token}")
    guest.send("/sign-up", username="ann", email="", password=PASSWORD)
    assert "My account" in guest.page and roles_of(post, "ann") == ["editor"]


def test_those_that_nobody_has_used_are_listed_and_taken_back(post, root):
    code, mailed = invite(post, "--days", "1", "--role", "editor"), invite(post, "--days", "2", "--email", "new@example.com")
    post.mail("Make your account")
    listed = json.loads(post.keyhold("user", "invitations", "--json").stdout)
    assert [(one["roles"], one["email"]) for one in listed] == [(["editor"], ""), ([], "new@example.com")]
    text = post.keyhold("user", "invitations").stdout
    assert listed[0]["id"] in text and code not in text and mailed not in text
    assert [one["id"] for one in ask(post.port, "GET", "/admin/api/invitations", token=root).json()["invitations"]] == [one["id"] for one in listed]
    assert post.keyhold("user", "revoke-invitation", listed[0]["id"]).returncode == 0
    post.keyhold("user", "revoke-invitation", listed[0]["id"], check=3)
    problem(post("/register", username="ann", password=PASSWORD, invitation=code), 403, "registration_refused")
    assert ask(post.port, "DELETE", f"/admin/api/invitations/{listed[1]['id']}", token=root).status == 204
    problem(post("/register", username="ann", password=PASSWORD, invitation=mailed), 403, "registration_refused")
    assert json.loads(post.keyhold("user", "invitations", "--json").stdout) == []
    events = json.loads(post.keyhold("event", "list", "--kind", "invitation_revoked", "--json").stdout)
    assert [(event["door"], event["object"]) for event in events] == [("admin", ""), ("command", "editor")]


def test_the_page_lists_them_and_takes_one_back(post, root):
    code = invite(post, "--role", "editor")
    boss = Browser(post.port)
    boss.get("/sign-in")
    boss.send("/sign-in", username="root", password=PASSWORD)
    boss.get("/admin/users/new")
    assert "that nobody has used yet" in boss.page and code not in boss.page
    one, = re.findall(r'name="id" value="([\w-]{43})"', boss.page)
    boss.send("/admin/users/invitations", id=one)
    assert "Nobody can use the invitation any more." in boss.page and "that nobody has used yet" not in boss.page
    problem(post("/register", username="ann", password=PASSWORD, invitation=code), 403, "registration_refused")


def test_mails_are_in_the_language_that_their_reader_has_chosen_whoever_causes_them(post, root):
    post.person()
    ann = Browser(post.port, "de")
    ann.get("/sign-in")
    ann.send("/sign-in", username="ann", password=PASSWORD)
    ann.send("/account/language", language="fr")
    assert "Mails kommen ab jetzt" in ann.page and '<option value="fr" lang="fr" selected>' in ann.page
    post.keyhold("user", "set-password", "ann", stdin=NEW_PASSWORD + "\n")
    assert post.mail("mot de passe")["Content-Language"] == "fr"
    boss = Browser(post.port, "de")
    boss.get("/sign-in")
    boss.send("/sign-in", username="root", password=PASSWORD)
    page = "/admin/users/" + json.loads(post.keyhold("user", "show", "ann", "--json").stdout)["id"]
    boss.get(page)
    boss.send(page, '"mail_reset"', action="mail_reset")
    asked = post.mail("Choisissez un nouveau mot de passe")
    assert asked["Content-Language"] == "fr" and "127.0.0.1" not in text_of(asked), "nothing of the administrator"
    assert ask(post.port, "POST", "/password/forgot", json={"email": "ann@example.com"}, fields=[("Accept-Language", "es")]).status == 200
    assert post.mail("Choisissez un nouveau mot de passe", 2)


def test_pages_ask_for_mails_in_every_language_that_mails_have(post):
    post.person()
    for number, (language, chosen, subject) in enumerate((("fr-FR,fr;q=0.9", None, "Choisissez"), ("ja", None, "パスワード"), ("fr", "de", "Neues Passwort"))):
        browser = Browser(post.port, language)
        if chosen:
            browser.get(f"/language/{chosen}")
        browser.get("/forgot")
        browser.send("/forgot", email="ann@example.com")
        assert post.mail(subject), number
