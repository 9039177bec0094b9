# SPDX-License-Identifier: Apache-2.0
"""Each action writes its event in its own transaction: exactly that one, and where the event cannot be written nothing else is either."""
import contextlib
import json
import re
import sqlite3
from dataclasses import dataclass
from typing import Callable

import pytest
from mail_reader import NEW_PASSWORD, text_of, token_of
from server import DATABASE, PASSWORD
from waiting import eventually
from wire import ask

pytestmark = pytest.mark.skipif(DATABASE != "sqlite", reason="looks into the file, and spoils it")

# What an action changes, but for what the server's own threads do to it meanwhile.
LOOKED_AT = {
    "keyhold_accounts": "*", "keyhold_sessions": "*", "keyhold_one_time_secrets": "*", "keyhold_account_roles": "*", "keyhold_roles": "*", "keyhold_role_scopes": "*",
    "keyhold_devices": "*", "keyhold_profiles": "*", "keyhold_clients": "id, name", "keyhold_outbox": "id, kind, account_id, address, other_address",
}


class Life:
    """Ann, an administrator beside her, and what mails told her."""
    def __init__(self, post):
        self.post = post
        post.person()
        post.person("root", "root@example.com")
        post.keyhold("role", "grant", "admin", "root")

    def token(self, name="ann", password=PASSWORD):
        return self.post.tokens(name, password)["access_token"]

    def link(self, subject, page, number=1):
        return token_of(self.post.mail(subject, number), page)

    def asked_for_another_address(self):
        token = self.token()
        assert self.post("/email/change", who=token, email="new@example.com", current_password=PASSWORD).status == 200
        return token, self.link("Confirm your new address", "confirm-address"), self.link("Agree to the new address", "agree-address")

    def changed_address(self):
        token, new, old = self.asked_for_another_address()
        assert self.post("/email/change/confirm", who=token, token=new).status == 200
        assert self.post("/email/change/agree", token=old).status == 200
        return self.link("has a new address", "undo-address")

    def confirmed(self):
        token, new, old = self.asked_for_another_address()
        assert self.post("/email/change/confirm", who=token, token=new).status == 200
        return old

    def unverified(self):
        self.post.register("bob", "bob@example.com")
        return self.token("bob"), self.link("Confirm your address", "verify")

    def denial(self):
        token = self.token()
        assert self.post("/password", who=token, current_password=PASSWORD, new_password=NEW_PASSWORD).status == 200
        return re.search(r"not-me\?token=(khl_[\w-]+)", text_of(self.post.mail("was changed"))).group(1)

    def closed(self):
        assert self.post("/me/close", who=self.token(), current_password=PASSWORD).status == 200

    def editor(self):
        self.post.keyhold("role", "add", "editor", "notes:write")

    def granted(self):
        self.editor()
        self.post.keyhold("role", "grant", "editor", "ann")

    def login_link(self):
        return json.loads(self.post.keyhold("user", "login-link", "ann", "--json").stdout)["token"]

    def invitation(self):
        self.post.keyhold("user", "invite")
        return json.loads(self.post.keyhold("user", "invitations", "--json").stdout)[0]["id"]

    def as_root(self):
        return self.token("root"), json.loads(self.post.keyhold("user", "show", "ann", "--json").stdout)["id"]

    def as_root_over_one_who_is_disabled(self):
        made = self.as_root()
        self.post.keyhold("user", "disable", "ann")
        return made

    def signed_in_beside_root(self):
        self.token()
        return self.as_root()

    def mail(self):
        self.post.forgotten()
        return json.loads(self.post.keyhold("outbox", "list", "--json").stdout)[0]["id"]

    def command(self, *arguments, stdin=""):
        return self.post.keyhold(*arguments, check=None)


@dataclass
class Action:
    does: Callable  # of a Life and of what was prepared: an answer, or what a command said
    event: str
    prepares: Callable = lambda life: None
    reason: str = ""
    others: tuple = ()  # events that belong to it


def http(path, **body):
    return lambda life, made: life.post(path, **{name: value(made) if callable(value) else value for name, value in body.items()})


def command(*arguments):
    return lambda life, _: life.command(*arguments)


def admin(method, path, **body):
    """A call of an administrator's, about ann as she is."""
    def call(life, made):
        token, ann = made
        return ask(life.post.port, method, "/admin/api" + path.replace("ANN", ann), json=body or None, token=token, fields=[("If-Match", "*")])
    return call


def itself(made):
    return made


ACTIONS = {
    "register": Action(http("/register", username="cid", password=PASSWORD), "registered"),
    "log in": Action(http("/login", username="ann", password=PASSWORD), "signed_in"),
    "new password": Action(http("/password", who=itself, current_password=PASSWORD, new_password=NEW_PASSWORD), "password_changed", Life.token),
    "reset": Action(http("/password/reset", token=itself, new_password=NEW_PASSWORD), "password_changed", lambda life: life.post.forgotten()[0], "reset"),
    "verify": Action(http("/email/verify", who=lambda made: made[0], token=lambda made: made[1]), "address_verified", Life.unverified),
    "ask for another address": Action(http("/email/change", who=itself, email="new@example.com", current_password=PASSWORD), "address_change_asked", Life.token),
    "the new address agrees": Action(http("/email/change/confirm", who=lambda made: made[0], token=lambda made: made[1]), "address_change_agreed",
                                     Life.asked_for_another_address, "new_address"),
    "the old address agrees": Action(http("/email/change/agree", token=lambda made: made[2]), "address_change_agreed", Life.asked_for_another_address, "old_address"),
    "both have agreed": Action(http("/email/change/agree", token=itself), "address_changed", Life.confirmed),
    "undo": Action(http("/email/change/undo", token=itself), "address_changed", Life.changed_address, "undone"),
    "not me": Action(http("/sessions/not-me", token=itself), "session_ended", Life.denial, "not_me"),
    "close": Action(http("/me/close", who=itself, current_password=PASSWORD), "account_closed", Life.token),
    "come back": Action(http("/login", username="ann", password=PASSWORD), "account_reopened", Life.closed, others=("signed_in",)),
    "invite": Action(command("user", "invite"), "invited"),
    "take an invitation back": Action(lambda life, id: life.command("user", "revoke-invitation", id), "invitation_revoked", Life.invitation),
    "make a link": Action(command("user", "login-link", "ann"), "login_link_made"),
    "have a mail sent": Action(admin("POST", "/users/ANN/reset-mail"), "reset_mailed", Life.as_root),
    "log in by it": Action(http("/login/link", token=itself), "signed_in", Life.login_link, "link"),
    "another address by command": Action(command("user", "set-email", "ann", "other@example.com"), "address_changed"),
    "delete": Action(command("user", "delete", "ann", "--yes"), "account_deleted"),
    "log out": Action(http("/logout", who=itself), "session_ended", Life.token, "logged_out"),
    "add a user with a role": Action(admin("POST", "/users", username="cid", password=PASSWORD, roles=["admin"]), "role_granted", Life.as_root, others=("registered",)),
    "disable": Action(admin("PUT", "/users/ANN/disabled", disabled=True), "account_disabled", Life.as_root),
    "enable": Action(admin("PUT", "/users/ANN/disabled", disabled=False), "account_enabled", Life.as_root_over_one_who_is_disabled),
    "an administrator's password": Action(admin("PUT", "/users/ANN/password", password=NEW_PASSWORD), "password_changed", Life.as_root),
    "an administrator's address": Action(admin("PUT", "/users/ANN/email", email="other@example.com"), "address_changed", Life.as_root),
    "end sessions": Action(admin("DELETE", "/users/ANN/sessions"), "session_ended", Life.signed_in_beside_root, "revoked"),
    "a profile": Action(admin("PUT", "/users/ANN/profile", nickname="An"), "profile_changed", Life.as_root),
    "invite with a role": Action(admin("POST", "/invitations", roles=["admin"]), "invited", Life.as_root),
    "add a client": Action(command("client", "add", "wiki", "--redirect-uri", "https://wiki.example.com/callback"), "client_added"),
    "forget a mail": Action(lambda life, mail: life.command("outbox", "drop", mail), "mail_dropped", Life.mail, "reset"),
    "make a role": Action(command("role", "add", "editor", "notes:write"), "role_changed", reason="made"),
    "widen a role": Action(command("role", "add", "editor", "notes:read"), "role_changed", Life.editor, "grants_more"),
    "narrow a role": Action(command("role", "remove", "editor", "notes:write"), "role_changed", Life.editor, "grants_less"),
    "grant": Action(command("role", "grant", "editor", "ann"), "role_granted", Life.editor),
    "revoke": Action(command("role", "revoke", "editor", "ann"), "role_revoked", Life.granted),
    "remove a role": Action(command("role", "remove", "editor"), "role_removed", Life.editor),
}


def rows(folder, sql):
    with contextlib.closing(sqlite3.connect(folder / "keyhold.db", timeout=30)) as database, database:
        return database.execute(sql).fetchall()


def state(folder):
    return {table: sorted(rows(folder, f"SELECT {columns} FROM {table}"), key=repr) for table, columns in LOOKED_AT.items()}


def succeeded(outcome):
    return outcome.status in (200, 201, 204) if hasattr(outcome, "status") else outcome.returncode == 0


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_and_its_event_are_written_together_or_not_at_all(post, name):
    action = ACTIONS[name]
    life = Life(post)
    made = action.prepares(life)
    eventually(lambda: not rows(post.folder, "SELECT id FROM keyhold_outbox WHERE state = 0"))  # a mail that is sent has a secret, which is written too
    # An error of SQLite's that is none of ours: the row of the event cannot be written.
    rows(post.folder, f"CREATE TRIGGER spoilt BEFORE INSERT ON keyhold_events WHEN NEW.kind = '{action.event}' BEGIN SELECT abs(-9223372036854775807 - 1); END")
    before = state(post.folder)
    outcome = action.does(life, made)
    assert (outcome.status >= 500 if hasattr(outcome, "status") else outcome.returncode not in (0, 3)), outcome
    assert state(post.folder) == before, "without its event nothing is done"
    rows(post.folder, "DROP TRIGGER spoilt")
    known = {row[0] for row in rows(post.folder, "SELECT id FROM keyhold_events")}
    outcome = action.does(life, made)
    assert succeeded(outcome), outcome
    fresh = [row for row in rows(post.folder, "SELECT id, kind, reason FROM keyhold_events WHERE door <> 'server' ORDER BY id") if row[0] not in known]
    assert sorted(kind for _, kind, _ in fresh) == sorted([action.event, *action.others])
    assert [reason for _, kind, reason in fresh if kind == action.event] == [action.reason]
    assert state(post.folder) != before
