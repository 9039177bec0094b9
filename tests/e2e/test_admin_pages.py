# SPDX-License-Identifier: Apache-2.0
"""/admin in a browser without JavaScript: who may see and do what, and that what is done is done."""
import json
import re
import sqlite3
from html import unescape
from urllib.parse import quote

import pytest
from conftest import Account
from page_reader import Browser
from server import DATABASE, PASSWORD, QUICK, SECRET_KEY, run
from wire import ask

# Without SECRET_KEY: keys of our own sign, so that there is something on the page of keys.
OWN_KEYS = {name: value for name, value in QUICK.items() if name != "SECRET_KEY"}
LEVELS = ("nobody", "support", "manager", "owner")
# What each page asks for, by GET and by POST; None: nobody sends anything there.
PAGES = {"/admin": ("support", None), "/admin/users": ("support", "manager"), "/admin/users/{id}": ("support", "manager"), "/admin/users/{id}/roles": ("manager", "manager"),
         "/admin/users/{id}/link": ("manager", "manager"), "/admin/users/{id}/delete": ("manager", "manager"), "/admin/sessions": ("support", "manager"),
         "/admin/roles": ("support", "manager"), "/admin/roles/editor": ("support", "manager"), "/admin/events": ("support", None), "/admin/keys": ("support", "manager"),
         "/admin/outbox": ("support", "manager"), "/admin/clients": ("support", "owner"), "/admin/clients/wiki": ("support", "owner"), "/admin/settings": ("manager", None),
         "/admin/users/new": ("manager", "manager"), "/admin/backups": ("owner", "owner"), "/admin/import": ("owner", "owner")}


def keyhold(server, *arguments, check=0, stdin=""):
    return run(*arguments, folder=server.folder, env=server.env, check=check, stdin=stdin)


def signed_in(server, name, *roles):
    Account(server.port, name)
    for role in roles:
        keyhold(server, "role", "grant", role, name)
    browser = Browser(server.port)
    browser.get("/sign-in")
    browser.send("/sign-in", username=name, password=PASSWORD)
    assert "My account" in browser.page
    return browser


def id_of(server, name):
    return json.loads(keyhold(server, "user", "show", name, "--json").stdout)["id"]


@pytest.fixture(scope="module")
def admin_server(tmp_path_factory):
    from server import Server
    started = Server(tmp_path_factory.mktemp("admin"), OWN_KEYS)
    keyhold(started, "role", "add", "support", "keyhold:support")
    keyhold(started, "role", "add", "manager", "keyhold:admin")
    keyhold(started, "role", "add", "editor", "notes:write")
    keyhold(started, "role", "add", "admin", "notes:read", "notes:write")
    keyhold(started, "client", "add", "wiki", "--redirect-uri", "https://wiki.example.com/callback")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def people(admin_server):
    roles = {"nobody": (), "support": ("support",), "manager": ("manager",), "owner": ("admin",)}
    return {level: signed_in(admin_server, f"the-{level}", *roles[level]) for level in LEVELS}


def recently(browser, name):
    """The password was shown a moment ago, however long the tests take."""
    browser.get("/sign-in?again=1")
    browser.send("/sign-in", username=name, password=PASSWORD)
    return browser


@pytest.fixture
def owner(people):
    return recently(people["owner"], "the-owner")


@pytest.fixture
def manager(people):
    return recently(people["manager"], "the-manager")


@pytest.fixture
def ann(admin_server, fresh_name):
    return Account(admin_server.port, fresh_name), id_of(admin_server, fresh_name)


def test_each_page_is_for_its_level_and_those_above(admin_server, people, ann):
    """A form without its token is refused too, but by whom it was sent comes first."""
    for path, needed in PAGES.items():
        path = path.replace("{id}", ann[1])
        stranger = Browser(admin_server.port).ask("GET", path)
        assert stranger.status == 303 and "sign-in?return_to=" in stranger.header("location"), path
        for level in LEVELS:
            browser = people[level]
            for method, least in zip(("GET", "POST"), needed):
                if least is None:
                    continue
                allowed = LEVELS.index(level) >= LEVELS.index(least)
                answer = browser.ask(method, path, form={"action": "x"} if method == "POST" else None)
                if method == "GET":
                    assert answer.status == (200 if allowed else 403), (level, path)
                    assert answer.header("cache-control") == "no-store" and "'unsafe" not in answer.header("content-security-policy"), path
                else:
                    assert answer.status == 403 and ("This form is not of this browser" in browser.page) == allowed, (level, path)
                if not allowed:
                    assert "You may not" in browser.page, (level, path)


def test_the_account_page_leads_those_there_who_may_go(people):
    for level in LEVELS:
        people[level].get("/account")
        assert ('href="./admin"' in people[level].page) == (level != "nobody")
        if level != "nobody":
            people[level].get("/admin")
            assert ("admin/settings" in people[level].page) == (level in ("manager", "owner")), "no way to where one may not go"


def test_a_session_with_fewer_scopes_is_no_administrators(admin_server):
    limited = Account(admin_server.port, "limited")
    keyhold(admin_server, "role", "grant", "admin", "limited")
    for scope, status in (("keyhold:support", (403, 403)), ("notes:write", (403, 403)), ("keyhold:admin", (200, 200))):
        browser = Browser(admin_server.port)
        said = ask(admin_server.port, "POST", "/login", json={"username": "limited", "password": PASSWORD, "mode": "cookie", "scope": scope}, fields=[("Sec-Fetch-Site", "same-origin")])
        assert said.status == 200, said.body
        browser.cookies = {value.split("=")[0]: value.split(";")[0].partition("=")[2] for name, value in said.fields if name.lower() == "set-cookie"}
        assert (browser.ask("GET", "/admin").status, browser.ask("GET", "/admin/settings").status) == status, scope
        assert limited


def test_the_overview_counts_what_happened(admin_server, owner, ann):
    for _ in range(3):
        assert ask(admin_server.port, "POST", "/login", json={"username": ann[0].name, "password": "pa55-wrong"}).status == 401
    owner.get("/admin")
    told = {kind: len(json.loads(keyhold(admin_server, "event", "list", "--kind", kind, "--limit", "1000", "--json").stdout)) for kind in ("signed_in", "refused")}
    users = len(json.loads(keyhold(admin_server, "user", "list", "--json").stdout))
    tiles = dict(re.findall(r"<li><span>([\w-]+)</span> <strong>(\d+)</strong>", owner.page))
    assert int(tiles["Sign-ins"]) == told["signed_in"] and int(tiles["Refused"]) == told["refused"] >= 3
    assert 0 < int(tiles["Users"]) <= users, "it may be a minute old"
    assert owner.page.count("<svg") == 3 and owner.page.count('<rect class="good"') >= 3 and owner.page.count('<rect class="bad"') >= 3
    assert "bcrypt_cost = 4" in owner.page, "what is unsafe is said"


def test_users_are_searched_and_leafed_through(admin_server, owner):
    rows = [f"page{number:02},$2b$04$abcdefghijklmnopqrstuuJ7uNa4OlTQJyKz5Oc1iJ5vM7ZzmTBPS\n" for number in range(52)]
    (admin_server.folder / "users.csv").write_text("username,password_hash\n" + "".join(rows))
    keyhold(admin_server, "import", "csv", "users.csv", "--apply")
    keyhold(admin_server, "user", "set-email", "page07", "Seven@example.com")
    keyhold(admin_server, "user", "disable", "page11")
    found = lambda: re.findall(r'<a href="[./]*admin/users/[\w-]+"><bdi>(page\d\d)</bdi>', owner.page)
    owner.get("/admin/users?text=PAGE")
    assert found() == [f"page{number:02}" for number in range(50)], "by name, whatever the case"
    following = unescape(re.search(r'<a href="(\?[^"]*cursor=[^"]*)" rel="next"', owner.page).group(1))
    owner.get("/admin/users" + following)
    assert found() == ["page50", "page51"] and 'rel="next"' not in owner.page and 'href="?text=PAGE"' in owner.page
    owner.get("/admin/users?text=seven@&by=email")
    assert found() == ["page07"] and "not confirmed" in owner.page
    owner.get("/admin/users?text=page&state=disabled")
    assert found() == ["page11"]
    owner.get("/admin/users?text=page&role=admin")
    assert found() == [] and "Nobody matches this search" in owner.page
    owner.get("/admin/users?text=%3Cscript%3E&by=nonsense&state=nonsense")
    assert "<script>" not in owner.page.split("</head>")[1] and 'value="&lt;script&gt;"' in owner.page


def test_why_somebody_cannot_sign_in_is_said(admin_server, owner, ann):
    account, page = ann[0], f"/admin/users/{ann[1]}"
    owner.get(page)
    assert "Yes, with the right password" in owner.page and re.search(r"Signed in last: <time datetime=\"20[^\"]*Z\">20[\d-]+ \d\d:\d\d UTC</time>", owner.page)
    for _ in range(11):
        ask(admin_server.port, "POST", "/login", json={"username": account.name, "password": "pa55-wrong"})
    owner.get(page)
    assert re.search(r"Not for a while, after wrong passwords \(10\)\. [^<]* wait until: <time datetime=\"20[^\"]*Z\">", owner.page)
    owner.send(page, "unlock", action="unlock")
    assert "do not count any more" in owner.page and "Yes, with the right password" in owner.page
    owner.send(page, '"disable"', action="disable")
    assert "No: the account is disabled" in owner.page and account.greeting().status == 401
    owner.send(page, '"enable"', action="enable")
    assert "Yes, with the right password" in owner.page


def test_sessions_are_ended_one_by_one_and_all(admin_server, owner, ann):
    account, page = ann[0], f"/admin/users/{ann[1]}"
    second = ask(admin_server.port, "POST", "/login", json={"username": account.name, "password": PASSWORD}).json()["access_token"]
    owner.get(page)
    assert owner.page.count('value="end_session"') == 2
    owner.send(page, 'value="end_session"', action="end_session")
    assert "The session has ended" in owner.page and sorted([account.greeting().status, account.greeting(second).status]) == [200, 401]
    owner.send(page, "end_sessions", action="end_sessions")
    assert (account.greeting().status, account.greeting(second).status) == (401, 401) and 'value="end_session"' not in owner.page
    third = ask(admin_server.port, "POST", "/login", json={"username": account.name, "password": PASSWORD}).json()["access_token"]
    owner.get("/admin/sessions")
    row = re.search(rf'<bdi>{account.name}</bdi></a>:.*?name="session" value="([\w-]+)"', owner.page, re.S).group(1)
    owner.send("/admin/sessions", row, session=row)
    assert "The session has ended" in owner.page and account.greeting(third).status == 401


def test_roles_are_given_and_taken_and_all_is_written_down(admin_server, owner, ann):
    page = f"/admin/users/{ann[1]}"
    owner.get(page + "/roles")
    owner.send(page + "/roles", 'name="role" value="editor"', action="give")
    assert "The role is given" in owner.page
    assert ann[0].name in keyhold(admin_server, "role", "show", "editor").stdout
    owner.send(page + "/roles", 'name="role" value="editor"', action="take")
    assert "The role is taken away" in owner.page
    owner.get(page)
    for sentence in ("A role was granted", "A role was taken away"):
        assert re.search(rf"<strong>{sentence}</strong>.*?in the administration, .*?by <a [^>]*><bdi>the-owner</bdi>", owner.page, re.S), sentence
    owner.get(f"/admin/events?account={ann[0].name}&kind=role_granted")
    assert owner.page.count("<strong>A role was granted</strong>") == 1 and "<strong>Signed in" not in owner.page


def test_a_manager_changes_no_administrator(admin_server, people, owner, manager):
    """Neither by a button, as there is none, nor by the form that an owner has."""
    page = f"/admin/users/{id_of(admin_server, 'the-owner')}"
    signed_in(admin_server, "another-owner", "admin")  # the last one would have fewer buttons
    owner.get(page)
    seen = {name: re.search(rf'name="{name}" value="([^"]+)"', owner.page).group(1) for name in ("version", "session")}
    assert page + "/delete" in owner.page
    for action in set(re.findall(r'name="action" value="(\w+)"', owner.page)) | {"disable", "end_sessions", "end_session"}:
        manager.get(page)
        assert not re.search(r'name="action"', manager.page) and "Only those who have the role admin change it" in manager.page
        assert not [way for way in ("/roles", "/link", "/delete") if page + way in manager.page], "nor by ways that lead to a refusal"
        assert manager.ask("POST", page, form=seen | {"action": action, "form_token": token_in(manager)}).status == 403, action
        assert "only those who have the role admin change administrators" in manager.page, action
    assert manager.get("/admin/sessions").status == 200 and f'value="{seen["session"]}"' not in manager.page and 'name="session"' in manager.page, "others have a button"
    for path, having, fields in (("/roles", 'value="admin"', {"action": "take"}), ("/link", "", {}), ("/delete", "", {"name": "the-owner"})):
        manager.get(page + path)
        assert manager.send(page + path, having, **fields).status == 403 and "?token=" not in manager.page, path
    other = id_of(admin_server, "the-nobody")
    owner.get(f"/admin/users/{other}")
    seen = {"version": re.search(r'name="version" value="([^"]+)"', owner.page).group(1)}
    for role in ("admin", "manager"):
        manager.get(f"/admin/users/{other}/roles")
        assert f'name="role" value="{role}"' not in manager.page, "no button for what is refused"
        manager.get("/admin/users")
        assert manager.ask("POST", f"/admin/users/{other}/roles", form=seen | {"action": "give", "role": role, "form_token": token_in(manager)}).status == 403, role
        manager.get("/admin/users/new")
        assert f'<option value="{role}"' not in manager.page
    manager.get("/admin/roles/editor")
    assert manager.send("/admin/roles/editor", "Add", scope="keyhold:admin").status == 403
    manager.get("/admin/roles/manager")
    assert manager.send("/admin/roles/manager", 'value="remove"', action="remove").status == 403
    assert people["owner"].get("/admin").status == 200


def test_the_api_holds_the_same_line(admin_server):
    lower, boss = Account(admin_server.port, "api-manager"), id_of(admin_server, "the-owner")
    keyhold(admin_server, "role", "grant", "manager", "api-manager")
    call = lambda method, path, **more: ask(admin_server.port, method, "/admin/api" + path, token=lower.token, **more)
    seen = [("If-Match", call("GET", f"/users/{boss}").header("etag"))]
    refused = [call("PUT", f"/users/{boss}/disabled", json={"disabled": True}, fields=seen), call("DELETE", f"/users/{boss}", fields=seen),
               call("PUT", f"/users/{boss}/roles", json={"roles": []}, fields=seen), call("DELETE", f"/users/{boss}/sessions"),
               call("DELETE", "/sessions/" + call("GET", f"/users/{boss}/sessions").json()["sessions"][0]["id"]),
               call("POST", "/roles", json={"role": "fourth", "scopes": ["keyhold:admin"]}), call("DELETE", "/roles/manager"), call("DELETE", "/roles/manager/scopes/keyhold%3Aadmin"),
               call("DELETE", "/roles/admin/scopes/notes%3Awrite"), call("POST", "/roles", json={"role": "fifth", "scopes": []})]
    assert [(answer.status, answer.json()["code"]) for answer in refused] == [(403, "rights_exceeded")] * len(refused)


def test_an_account_is_deleted_by_its_name_alone(admin_server, owner, ann):
    page = f"/admin/users/{ann[1]}/delete"
    owner.get(page)
    assert owner.send(page, name="somebody").status == 422 and "This is not the name" in owner.page
    owner.send(page, name=ann[0].name)
    assert "The account is deleted" in owner.page
    keyhold(admin_server, "user", "show", ann[0].name, check=3)
    assert owner.get(f"/admin/users/{ann[1]}").status == 404


def test_a_link_to_sign_in_is_shown_once_and_works_once(admin_server, owner, ann):
    page = f"/admin/users/{ann[1]}/link"
    owner.get(page)
    owner.send(page)
    link = re.search(r"http://127\.0\.0\.1(/sign-in-link\?token=[\w-]+)", owner.page).group(1)
    guest = Browser(admin_server.port)
    guest.get(link)
    guest.send("/sign-in-link")
    assert f">{ann[0].name}</a>" in guest.page
    owner.get(page)
    assert "token=" not in owner.page


def test_what_was_changed_meanwhile_is_not_overwritten(admin_server, owner, ann):
    page = f"/admin/users/{ann[1]}"
    owner.get(page)
    keyhold(admin_server, "role", "grant", "editor", ann[0].name)
    assert owner.send(page, '"disable"', action="disable").status == 412 and "has changed since" in owner.page
    assert owner.send(page, '"disable"', action="disable").status == 200 and "No: the account is disabled" in owner.page


@pytest.mark.sqlite
def test_what_is_dangerous_asks_for_the_password_again(start):
    """The server's clock is turned, not waited for."""
    server = start(OWN_KEYS)
    boss = signed_in(server, "boss", "admin")
    with sqlite3.connect(server.folder / "keyhold.db") as database:
        database.execute("UPDATE keyhold_sessions SET created_at = created_at - 301, authenticated_at = authenticated_at - 301")
    page = f"/admin/users/{id_of(server, 'boss')}"
    assert boss.ask("GET", page).status == 200
    for path in ("/roles", "/link", "/delete"):
        assert "sign-in?again=1&return_to=" in boss.ask("GET", page + path).header("location"), path
    boss.get("/admin/keys")
    assert boss.ask("POST", "/admin/keys", form={"action": "rotate", "form_token": token_in(boss)}).status == 403 and 'name="confirm_password"' in boss.page
    assert len(json.loads(keyhold(server, "key", "list", "--json").stdout)) == 1, "nothing was done"
    for path in ("/admin/roles", "/admin/roles/admin"):  # before anything is typed
        boss.get(path)
        assert 'name="scopes"' not in boss.page and 'name="scope" required' not in boss.page
    keyhold(server, "role", "add", "reader")
    for path in ("/admin/roles", "/admin/roles/reader"):
        boss.get(path)
        way = unescape(re.search(r'href="[./]*(sign-in\?again=1[^"]+)"', boss.page).group(1))
        assert way.endswith(quote(path, safe="")), "and back to here"


def token_in(browser):
    return re.search(r'form_token" value="([^"]*)', browser.page).group(1)


def test_keys_get_successors_and_are_dropped(admin_server, owner):
    keys = lambda: {key["kid"]: key["state"] for key in json.loads(keyhold(admin_server, "key", "list", "--json").stdout)}
    (first,) = keys()
    owner.get("/admin/keys")
    owner.send("/admin/keys", 'value="rotate"', action="rotate")
    assert "The successor is made" in owner.page and sorted(keys().values()) == ["next", "signing"]
    assert owner.send("/admin/keys", 'value="rotate"', action="rotate").status == 409
    second = next(kid for kid in keys() if kid != first)
    owner.send("/admin/keys", second, action="retire")
    assert "will not sign any more" in owner.page and keys()[first] == "signing"


def test_roles_are_made_changed_and_removed(admin_server, owner):
    owner.get("/admin/roles")
    assert owner.send("/admin/roles", role="Not A Role", scopes="").status == 422 and 'value="Not A Role"' in owner.page
    owner.send("/admin/roles", role="reader", scopes="notes:read")
    assert "The role is made" in owner.page
    owner.send("/admin/roles/reader", "Add", scope="notes:write")
    role = json.loads(keyhold(admin_server, "role", "show", "reader", "--json").stdout)
    assert role["scopes"] == ["notes:read", "notes:write"]
    owner.send("/admin/roles/reader", 'value="notes:write"', action="take")
    owner.send("/admin/roles/reader", 'value="remove"', action="remove")
    assert "The role is removed" in owner.page and "reader" not in owner.page.split("<main")[1].split("<form")[0]


def test_settings_are_shown_without_secrets(start):
    server = start(QUICK)
    boss = signed_in(server, "boss", "admin")
    boss.get("/admin/settings")
    assert SECRET_KEY not in boss.page and "(set)" in boss.page and "KEYHOLD_BCRYPT_COST" in boss.page
    boss.get("/admin/keys")
    assert "SECRET_KEY signs here" in boss.page


def test_each_action_shows_its_command_and_its_call(admin_server, owner, ann):
    """They are taken out of the page as they are, and do what they say."""
    owner.get(f"/admin/users/{ann[1]}")
    shown = [unescape(code) for code in re.findall(r"<pre tabindex=\"0\"><code>(.*?)</code>", owner.page, re.S)]
    assert f"keyhold user disable {ann[0].name}" in shown and f"keyhold session revoke-all {ann[0].name}" in shown
    call = next(code for code in shown if code.startswith("curl -X PUT"))
    path, version, body = re.search(r"(/admin/api\S+).*?If-Match: \"([\w-]+)\"'.*? -d '(.*)'", call, re.S).groups()
    token = ask(admin_server.port, "POST", "/login", json={"username": "the-owner", "password": PASSWORD}).json()["access_token"]
    assert ask(admin_server.port, "PUT", path, json=json.loads(body), fields=[("If-Match", f'"{version}"')], token=token).status == 200
    owner.get(f"/admin/users/{ann[1]}")
    assert "No: the account is disabled" in owner.page


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_what_strangers_write_is_shown_as_text(admin_server, owner):
    """In each place of /admin where something stands that somebody else chose: a name, a device, an application, a mail address, what was searched for."""
    name = "<b>x</b>\"'&"
    assert ask(admin_server.port, "POST", "/register", json={"username": name, "password": PASSWORD, "email": "o'&{{x}}|<@example.com"}).status == 422
    assert ask(admin_server.port, "POST", "/register", json={"username": name, "password": PASSWORD, "email": "o'&{{x}}|@example.com"}).status == 200
    assert ask(admin_server.port, "POST", "/password/forgot", json={"email": "o'&{{x}}|@example.com"}).status == 200
    for _ in range(2):
        assert ask(admin_server.port, "POST", "/login", json={"username": name, "password": PASSWORD}, fields=[("User-Agent", HOSTILE)]).status == 200
    ask(admin_server.port, "POST", "/login", json={"username": name, "password": "pa55-wrong"}, fields=[("User-Agent", HOSTILE)])
    keyhold(admin_server, "client", "add", "evil", "--name", HOSTILE, "--redirect-uri", "https://evil.example.com/callback")
    one = id_of(admin_server, name)
    pages = {"/admin/users?text=" + quote(HOSTILE): 1, "/admin/users?text=%3Cb": 1, "/admin/outbox": 0, f"/admin/users/{one}": 5, f"/admin/users/{one}/delete": 2, f"/admin/users/{one}/roles": 1,
             f"/admin/users/{one}/link": 1, "/admin/sessions": 1, f"/admin/events?account={quote(name)}": 2, "/admin/events?kind=" + quote(HOSTILE): 0, "/admin/clients": 1,
             "/admin/clients/evil": 1, f"/admin/outbox?state={quote(HOSTILE)}": 0, f"/admin?done={quote(HOSTILE)}": 0}
    for path, least in pages.items():
        answer = owner.get(path)
        assert answer.status == 200, path
        shown = owner.page.count("&lt;")
        assert shown >= least, (path, shown)
        main = owner.page.split("<main")[1]
        if path.startswith("/admin/outbox") and "state" not in path or path == f"/admin/users/{one}":
            assert "o&#39;&amp;{{x}}|@example.com" in main.replace("&#x27;", "&#39;").replace("&apos;", "&#39;"), path
        assert not re.search(r"<(script|img|b)\b|onerror=[^&]*alert\(1\)[^&]*>", main), path
    assert len(re.findall(r"<script\b", owner.page)) == 1, "our own"
    deleted = f"/admin/users/{one}/delete"
    owner.get(deleted)
    assert owner.send(deleted, name=HOSTILE).status == 422 and 'value="&lt;script&gt;' in owner.page
