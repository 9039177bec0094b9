# SPDX-License-Identifier: Apache-2.0
"""/admin: adding and inviting people, doing something to several at once, and taking in those of another application."""
import json
import re
import shlex
from html import unescape

import pytest
from conftest import Account
from page_reader import Browser
from server import PASSWORD, QUICK, run
from test_admin_pages import id_of, keyhold, signed_in
from wire import ask

# bcrypt of "correct horse battery", cost 4, by libxcrypt 4.4.
HASH = "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS"


@pytest.fixture
def server(start):
    server = start(QUICK | {"KEYHOLD_REGISTRATION": "open"})
    keyhold(server, "role", "add", "manager", "keyhold:admin")
    return server


@pytest.fixture
def boss(server):
    return signed_in(server, "boss", "admin")


def log_in(server, name, password=PASSWORD):
    return ask(server.port, "POST", "/login", json={"username": name, "password": password})


def test_an_account_is_added_on_a_page(server, boss):
    boss.get("/admin/users/new")
    refused = boss.send("/admin/users/new", username="ann", email="ann", password=PASSWORD)
    assert refused.status == 422 and 'value="ann"' in boss.page and 'id="email-error"' in boss.page and PASSWORD not in boss.page
    boss.send("/admin/users/new", username="ann", email="ann@example.com", password=PASSWORD)
    assert boss.title().startswith("ann") and "ann@example.com" in boss.page and "The account is made" in boss.page
    assert log_in(server, "ann").status == 200
    boss.get("/admin/users/new")
    assert boss.send("/admin/users/new", username="ANN", password=PASSWORD).status == 400 and "This name is taken" in boss.page


def test_an_account_without_a_password_opens_by_a_link(server, boss):
    boss.get("/admin/users/new")
    boss.send("/admin/users/new", username="ann")
    assert log_in(server, "ann", "").status in (401, 422)
    page = f"/admin/users/{id_of(server, 'ann')}/link"
    boss.get(page)
    boss.send(page)
    guest = Browser(server.port)
    guest.get(re.search(r"http://127\.0\.0\.1(/sign-in-link\?token=[\w-]+)", boss.page).group(1))
    guest.send("/sign-in-link")
    assert ">ann</a>" in guest.page


def test_an_invitation_makes_one_account_where_one_is_asked_for(start):
    server = start(QUICK | {"KEYHOLD_REGISTRATION": "invite"})
    run("user", "add", "boss", folder=server.folder, env=server.env, stdin=PASSWORD + "\n", check=0)
    keyhold(server, "role", "grant", "admin", "boss")
    boss = Browser(server.port)
    boss.get("/sign-in")
    boss.send("/sign-in", username="boss", password=PASSWORD)
    boss.get("/admin/users/new")
    boss.send("/admin/users/invite", days="2")
    link = unescape(re.search(r"http://127\.0\.0\.1(?::\d+)?(/invited\?invitation=khi_[\w-]{43})<", boss.page).group(1))
    assert "Nobody is asked for it" not in boss.page
    boss.get("/admin/users/new")
    assert "khi_" not in boss.page, "it is shown once"
    for _ in range(2):  # looking uses nothing up
        guest = Browser(server.port)
        guest.get(link)
        assert 'name="invitation"' in guest.page and link.partition("=")[2] in guest.page
    guest.send("/sign-up", username="ann", password=PASSWORD, invitation=link.partition("=")[2])
    assert ">ann</a>" in guest.page
    other = Browser(server.port)
    other.get(link)
    assert other.send("/sign-up", username="bob", password=PASSWORD, invitation=link.partition("=")[2]).status == 403
    token = log_in(server, "boss").json()["access_token"]
    made = ask(server.port, "POST", "/admin/api/invitations", json={"days": 1}, token=token)
    assert made.status == 200 and made.json()["invitation"].startswith("khi_")
    assert ask(server.port, "POST", "/admin/api/invitations", json={"days": 0}, token=token).status == 422


def boxes(page):
    """The value of each box, by the name beside it."""
    return {unescape(name): {f"user.{user}": version} for user, version, name in
            re.findall(r'name="user\.([\w-]+)" value="([\w-]+)" aria-label="Choose ([^"]+)"', page)}


def test_several_are_disabled_or_signed_out_at_once(server, boss):
    people = {name: Account(server.port, name) for name in ("ann", "bob", "eve")}
    boss.get("/admin/users?text=")
    found = boxes(boss.page)
    boss.send("/admin/users", action="end_sessions", **found["ann"], **found["bob"])
    assert "The sessions of those accounts have ended" in boss.page
    assert [people[name].greeting().status for name in ("ann", "bob", "eve")] == [401, 401, 200]
    boss.get("/admin/users")
    found = boxes(boss.page)
    boss.send("/admin/users", action="disable", **found["ann"], **found["eve"])
    assert "Those accounts are disabled" in boss.page
    assert [log_in(server, name).status for name in ("ann", "bob", "eve")] == [401, 200, 401]
    assert boss.send("/admin/users", action="disable").status == 200 and "Nobody was chosen" in boss.page


def test_whom_it_cannot_be_done_to_is_said_and_the_rest_is_done(server, boss):
    for name in ("ann", "bob"):
        Account(server.port, name)
    boss.get("/admin/users?state=enabled")
    found = boxes(boss.page)
    keyhold(server, "user", "set-email", "ann", "ann@example.com")  # not as it was seen any more
    answer = boss.send("/admin/users", action="disable", **found["ann"], **found["bob"], **found["boss"])
    assert answer.status == 412
    assert 'value="enabled" selected' in boss.page and ">bob<" not in boss.page, "the same search"
    assert re.search(r"<bdi>ann</bdi>: This has changed", boss.page) and re.search(r"<bdi>boss</bdi>: Nobody would be left", boss.page)
    assert [log_in(server, name).status for name in ("ann", "bob", "boss")] == [200, 401, 200]


def test_a_manager_disables_no_owner_among_others(server, boss):
    manager = signed_in(server, "chief", "manager")
    signed_in(server, "second", "admin")
    boss.get("/admin/users")
    found = boxes(boss.page)
    manager.get("/admin/users")
    assert set(boxes(manager.page)) == set(found) - {"boss", "second", "chief"}, "no box for what is refused"
    manager.send("/admin/users", action="disable", **found["second"])
    assert "only those who have the role admin change administrators" in manager.page and log_in(server, "second").status == 200


def test_the_last_owner_stays(start):
    server = start(QUICK)
    only = signed_in(server, "only", "admin")
    page = f"/admin/users/{id_of(server, 'only')}"
    signed_in(server, "second", "admin")
    only.get(page)
    assert f'{page}/delete"' in only.page
    form = {name: re.search(rf'name="{name}" value="([^"]+)"', only.form(page, '"disable"')).group(1) for name in ("form_token", "version")}
    keyhold(server, "user", "disable", "second")
    assert only.ask("POST", page, form=form | {"action": "disable"}).status == 409 and "Nobody would be left" in only.page
    only.get(page)
    assert 'value="disable"' not in only.page and f'{page}/delete"' not in only.page and "Nobody else administers" in only.page


CSV = f"""username,email,hashed_password,status
ann,ann@example.com,{HASH},ok
bob,,{HASH},ok
no hash,,x,ok
"""


def test_users_of_another_application_are_looked_at_before_they_are_taken_in(server, boss):
    boss.get("/admin/import")
    fields = {"format": "csv", "records": CSV}
    boss.send("/admin/import", action="look", **fields)
    assert "Would be added: 2; there already: 0; refused: 1." in boss.page
    assert "may be in status" in boss.page and 'value="apply"' not in boss.page and "<li>4: " in boss.page
    assert boss.send("/admin/import", action="apply", **fields).status == 409, "nobody has said what the column means"
    names = lambda: {user["username"] for user in json.loads(keyhold(server, "user", "list", "--json").stdout)}
    assert names() == {"boss"}
    boss.send("/admin/import", action="look", everybody="yes", **fields)
    assert ">Take them in (2)<" in boss.page and "keyhold import csv FILE --everybody-may-log-in --apply" in boss.page
    boss.send("/admin/import", action="apply", everybody="yes", **fields)
    assert "Added: 2; there already: 0; refused: 1." in boss.page
    assert names() == {"ann", "bob", "boss"}
    boss.send("/admin/import", action="look", everybody="yes", **fields)
    assert "Would be added: 0; there already: 2;" in boss.page and 'value="apply"' not in boss.page


def test_users_that_nobody_has_looked_at_are_not_taken_in(server, boss):
    head = "username,email,hashed_password\n"
    boss.get("/admin/import")
    boss.send("/admin/import", action="look", format="csv", records=f"{head}ann,,{HASH}\n")
    changed = {"format": "csv", "records": f"{head}eve,,{HASH}\n"}
    boss.send("/admin/import", action="apply", **changed)
    assert "not those that you looked at" in boss.page and "Would be added: 1;" in boss.page
    boss.send("/admin/import", action="apply", **changed, username_column="email")
    assert log_in(server, "eve", "correct horse battery").status == log_in(server, "ann", "correct horse battery").status == 401
    boss.send("/admin/import", action="look", **changed)
    boss.send("/admin/import", action="apply", **changed)
    assert "Added: 1;" in boss.page and log_in(server, "eve", "correct horse battery").status == 200


@pytest.mark.parametrize("name", ["--help", "-x", "o'brien"])
def test_a_command_that_is_shown_means_the_user_whatever_the_name(server, boss, name):
    added = ask(server.port, "POST", "/register", json={"username": name, "password": PASSWORD})
    assert added.status == 200
    boss.get(f"/admin/users/{added.json()['id']}")
    command = shlex.split(unescape(re.search(r"<code>(keyhold user disable .*?)</code>", boss.page)[1]))
    keyhold(server, *command[1:])
    assert log_in(server, name).status == 401


def test_a_search_is_shown_as_a_call_that_finds_the_same(server, boss):
    boss.get("/admin/users?by=email&text=ann&state=disabled&verified=yes&role=manager")
    assert "/admin/api/users?prefix=ann&by=email&disabled=true&verified=true&role=manager" in unescape(boss.page) and "keyhold user list" not in boss.page
    boss.get("/admin/users")
    assert "keyhold user list" in boss.page
    boss.get("/admin/events?since=2026-01-02&until=2026-01-03&actor=-x")
    page = unescape(boss.page)
    assert "keyhold event list --by='-x' --since 2026-01-02T00:00:00Z --until 2026-01-03T00:00:00Z" in page
    assert "/admin/api/events?actor=-x&since=2026-01-02T00%3A00%3A00Z&until=2026-01-03T00%3A00%3A00Z" in page


def test_what_is_no_list_of_users_is_refused(server, boss):
    boss.get("/admin/import")
    refused = boss.send("/admin/import", action="look", format="csv", records="<script>alert(1)</script>\n1\n")
    assert refused.status in (400, 422) and "no column is a username" in boss.page and "<script>alert" not in boss.page
    boss.send("/admin/import", action="look", format="jsonl", records='{"username": "eve", "password_hash": "' + HASH + '"}\nnothing\n')
    assert "Would be added: 1; there already: 0; refused: 1." in boss.page
