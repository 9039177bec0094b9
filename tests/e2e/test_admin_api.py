# SPDX-License-Identifier: Apache-2.0
"""/admin/api/: users and roles for those who look after them, and what even they may not do."""
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from expect import invalid, problem
from people import Account
from server import PASSWORD, QUICK, run
from wire import ask

API = "/admin/api"


def keyhold(server, *arguments, check=0, stdin=""):
    return run(*arguments, folder=server.folder, env=server.env, check=check, stdin=stdin)


class Caller:
    """Somebody with roles who asks the API."""
    def __init__(self, server, name, *roles):
        self.server, self.account = server, Account(server.port, name)
        for role in roles:
            keyhold(server, "role", "grant", role, name)

    def __call__(self, method, path, body=None, seen=None, token=None):
        fields = [("If-Match", seen)] if seen is not None else []
        return ask(self.server.port, method, API + path, json=body, fields=fields, token=token or self.account.token)

    def id_of(self, name):
        return self("GET", f"/users?username={quote(name)}").json()["users"][0]["id"]

    def change(self, method, name, what, body=None):
        """Of what is there now."""
        path = f"/users/{self.id_of(name)}"
        return self(method, path + what, body, seen=self("GET", path).header("etag"))


@pytest.fixture
def server(start):
    server = start(QUICK)
    keyhold(server, "role", "add", "support", "keyhold:support")
    keyhold(server, "role", "add", "editor", "notes:write")
    return server


@pytest.fixture
def admin(server):
    return Caller(server, "root", "admin")


ROUTES = [("GET", "/users"), ("GET", "/users/x"), ("GET", "/users/x/sessions"), ("GET", "/users/x/profile"), ("PUT", "/users/x/profile"), ("GET", "/roles"), ("GET", "/roles/admin"), ("POST", "/users"), ("DELETE", "/users/x"),
          ("PUT", "/users/x/roles"), ("PUT", "/users/x/email"), ("DELETE", "/users/x/email"), ("PUT", "/users/x/disabled"), ("PUT", "/users/x/password"),
          ("DELETE", "/users/x/sessions"), ("DELETE", "/users/x/sessions/y"), ("DELETE", "/users/x/lock"), ("POST", "/users/x/login-link"), ("POST", "/users/x/reset-mail"), ("POST", "/roles"), ("DELETE", "/roles/editor"), ("DELETE", "/roles/editor/scopes/x"),
          ("GET", "/events"), ("GET", "/sessions"), ("DELETE", "/sessions/x"), ("GET", "/keys"), ("POST", "/keys"), ("POST", "/keys/x/retire"), ("DELETE", "/keys/x"),
          ("POST", "/invitations"), ("GET", "/invitations"), ("DELETE", "/invitations/x"), ("GET", "/backups"), ("POST", "/backups"), ("GET", "/backups/x"), ("DELETE", "/backups/x"), ("POST", "/backups/x/verify"),
          ("GET", "/clients"), ("POST", "/clients"), ("GET", "/clients/x"), ("DELETE", "/clients/x"), ("POST", "/clients/x/secret"), ("POST", "/import"),
          ("GET", "/outbox"), ("GET", "/outbox/x"), ("POST", "/outbox/x/retry"), ("DELETE", "/outbox/x"), ("GET", "/settings")]


def scope_for(method, path):
    """Whoever supports people looks at everything but the settings and backups."""
    return "keyhold:support" if method == "GET" and not path.endswith("/settings") and "/backups" not in path else "keyhold:admin"


def test_each_route_asks_for_the_scope_that_it_needs(server):
    nobody, support, admin = Caller(server, "nobody"), Caller(server, "helper", "support"), Caller(server, "root", "admin")
    for method, path in ROUTES:
        problem(ask(server.port, method, API + path), 401, "not_authenticated")
        needed = scope_for(method, path)
        refused = nobody(method, path)
        assert problem(refused, 403, "insufficient_scope")["error"] == "insufficient_scope"
        assert refused.header("www-authenticate") == f'Bearer error="insufficient_scope", scope="{needed}"'
        assert (support(method, path).status == 403) == (needed == "keyhold:admin"), (method, path)
        assert admin(method, path).status != 403, (method, path)
    document = ask(server.port, "GET", "/openapi.json").json()
    listed = {method.upper() + path: operation["security"] for path, item in document["paths"].items() if path.startswith(API) for method, operation in item.items()}
    assert len(listed) == len(ROUTES)
    for name, security in listed.items():
        assert security == [{"OAuth2PasswordBearer": [scope_for(name[:3], name)]}]
    scopes = document["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"]["scopes"]
    assert scopes.keys() == {"keyhold:admin", "keyhold:support"} and all(scopes.values())
    assert document["paths"]["/protected"]["get"]["security"] == [{"OAuth2PasswordBearer": []}]


def test_users_are_found_by_the_beginning_of_their_names_and_addresses(admin):
    for name, email in (("Ann", "zoe@example.com"), ("anna", None), ("bob", "Bob@Example.com"), ("bo", None), ("zoe", "ann@example.com"), ("Zoë", None), ("zoé@example.com", None)):
        assert admin("POST", "/users", {"username": name, "password": PASSWORD} | ({"email": email} if email else {})).status == 201

    def names(query):
        return [user["username"] for user in admin("GET", f"/users?{query}").json()["users"]]

    assert names("") == ["Ann", "anna", "bo", "bob", "root", "zoe", "zoé@example.com", "Zoë"]
    assert names("prefix=AN") == ["Ann", "anna"] and names("prefix=bob") == ["bob"] and names("prefix=x") == []
    assert names("prefix=zo%C3%AB") == ["Zoë"]
    assert names("by=email") == ["zoe", "bob", "Ann", "zoé@example.com"] and names("by=email&prefix=BOB%40ex") == ["bob"]
    assert names("username=ANN") == ["Ann"] and names("username=an") == [] and names("username=bob%40example.com") == []
    assert names("username=ann&disabled=true") == names("username=ann&role=support") == names("username=ann&email=bob%40example.com") == []
    assert names("username=ann&disabled=false&email=zoe%40example.com") == ["Ann"]
    assert names("email=bob%40EXAMPLE.com") == ["bob"] and names("email=bob") == []
    assert names("prefix=%00") == [] and names("prefix=%25") == [] and names("prefix=_") == []
    invalid_limit = admin("GET", "/users?limit=0")
    assert problem(invalid_limit, 422)["errors"][0]["loc"] == ["query", "limit"]
    for query in ("", "by=email"):
        seen, cursor = [], ""
        while True:
            page = admin("GET", f"/users?limit=2&{query}" + (f"&cursor={quote(cursor)}" if cursor else "")).json()
            seen += [user["username"] for user in page["users"]]
            if "next" not in page:
                break
            cursor = page["next"]
        assert seen == names(query)


def test_a_user_is_made_seen_changed_and_deleted(server, admin):
    keyhold(server, "role", "add", "reader", "reports:read")
    made = admin("POST", "/users", {"username": "ann", "password": PASSWORD, "roles": ["reader"]})
    assert made.status == 403, "an administrator without a scope gives nobody that, but for the one to look at what he administers"
    made = admin("POST", "/users", {"username": "ann", "password": PASSWORD, "email": "ann@example.com", "email_verified": True, "roles": ["support"]})
    assert made.status == 201
    user = made.json()
    assert made.header("location") == f"{API}/users/{user['id']}" and made.header("etag") == f'"{user["version"]}"'
    assert {key: user[key] for key in ("username", "email", "email_verified", "disabled", "roles")} == {"username": "ann", "email": "ann@example.com", "email_verified": True, "disabled": False, "roles": ["support"]}
    ann = ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json()["access_token"]
    assert admin("GET", f"/users/{user['id']}").json() == user

    changed = admin.change("PUT", "ann", "/email", {"email": "a@example.com"})
    assert changed.status == 200 and (changed.json()["email"], changed.json()["email_verified"]) == ("a@example.com", False)
    assert admin.change("DELETE", "ann", "/email").json().get("email") is None
    assert admin.change("PUT", "ann", "/roles", {"roles": []}).json()["roles"] == []
    assert ask(server.port, "GET", "/me", token=ann).json()["roles"] == []
    sessions = admin("GET", f"/users/{user['id']}/sessions").json()["sessions"]
    assert len(sessions) == 1 and admin("DELETE", f"/users/{user['id']}/sessions/{sessions[0]['id']}").json() == {"ended": 1}
    problem(admin("DELETE", f"/users/{user['id']}/sessions/{sessions[0]['id']}"), 404, "session_not_found")
    assert ask(server.port, "GET", "/me", token=ann).status == 401
    assert admin.change("PUT", "ann", "/password", {"password": PASSWORD + "-2"}).status == 200
    assert ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).status == 401
    login = {"username": "ann", "password": PASSWORD + "-2"}
    for _ in range(2):
        assert ask(server.port, "POST", "/login", json=login).status == 200
    assert admin("DELETE", f"/users/{user['id']}/sessions").json() == {"ended": 2}
    assert admin.change("PUT", "ann", "/disabled", {"disabled": True}).json()["disabled"] is True
    assert ask(server.port, "POST", "/login", json=login).status == 401
    assert admin.change("PUT", "ann", "/disabled", {"disabled": False}).json()["disabled"] is False
    assert ask(server.port, "POST", "/login", json=login).status == 200
    assert admin.change("DELETE", "ann", "").status == 204
    problem(admin("GET", f"/users/{user['id']}"), 404, "account_not_found")
    problem(admin("POST", "/users", {"username": "root", "password": PASSWORD}), 400, "username_taken")
    problem(admin("POST", "/users", {"username": "eve", "password": PASSWORD, "roles": ["nothing"]}), 404, "role_not_found")
    invalid(admin("POST", "/users", {"username": "eve", "password": "x", "email": "x"}), ("email", "value_error"), ("password", "string_too_short"))
    assert admin("GET", "/users?username=eve").json()["users"] == []


def test_a_change_is_of_what_was_seen(admin):
    Account(admin.server.port, "ann")
    path = f"/users/{admin.id_of('ann')}"
    first = admin("GET", path).header("etag")
    for method, what, body in (("PUT", "/roles", {"roles": []}), ("PUT", "/email", {"email": "a@example.com"}), ("DELETE", "/email", None), ("PUT", "/disabled", {"disabled": True}),
                               ("PUT", "/password", {"password": PASSWORD}), ("DELETE", "", None)):
        problem(admin(method, path + what, body), 428, "precondition_required")
        for tag in ('"x"', first.strip('"'), "W/" + first, f'"x", W/{first}', '""', f'{first} "x"', ","):
            problem(admin(method, path + what, body, seen=tag), 412, "precondition_failed")
    assert admin("PUT", path + "/disabled", {"disabled": False}, seen="*").status == 200, "RFC 9110 13.1.1: true if there is one"
    first = admin("GET", path).header("etag")
    second = admin("PUT", path + "/email", {"email": "a@example.com"}, seen=f'W/"y" , "a, b",{first}')
    assert second.status == 200 and second.header("etag") != first
    problem(admin("PUT", path + "/disabled", {"disabled": True}, seen=first), 412, "precondition_failed")
    assert admin("PUT", path + "/disabled", {"disabled": True}, seen=second.header("etag")).status == 200


def test_a_precondition_that_was_sent_is_never_passed_over(server, admin):
    ann = f"/users/{admin.id_of(Account(server.port, 'ann').name)}"
    session = admin("GET", ann + "/sessions").json()["sessions"][0]["id"]
    for method, path in (("DELETE", ann + "/sessions"), ("DELETE", f"{ann}/sessions/{session}"), ("DELETE", "/sessions/" + session), ("DELETE", ann + "/lock"), ("DELETE", "/keys/x"),
                         ("POST", "/keys/x/retire"), ("DELETE", "/outbox/x"), ("POST", "/outbox/x/retry"), ("DELETE", "/backups/x"), ("DELETE", "/roles/editor"),
                         ("DELETE", "/roles/editor/scopes/notes%3Awrite")):
        problem(admin(method, path, seen='"nonsense"'), 412, "precondition_failed")
    assert admin("DELETE", f"{ann}/sessions/{session}", seen="*").status == 200
    seen = admin("GET", "/roles/editor").header("etag")
    keyhold(server, "role", "add", "admin", "notes:write")
    keyhold(server, "role", "add", "editor", "notes:read")
    problem(admin("DELETE", "/roles/editor/scopes/notes%3Awrite", seen=seen), 412, "precondition_failed")
    assert admin("DELETE", "/roles/editor/scopes/notes%3Awrite", seen=admin("GET", "/roles/editor").header("etag")).status == 204
    assert admin("GET", "/roles/editor").json()["scopes"] == ["notes:read"]
    assert admin("DELETE", "/roles/editor").status == 204, "none is needed"


def test_a_lock_is_lifted_and_a_link_to_sign_in_is_made(server, admin):
    path = f"/users/{admin.id_of(Account(server.port, 'ann').name)}"
    for _ in range(10):
        ask(server.port, "POST", "/login", json={"username": "ann", "password": "pa55-wrong"})
    assert ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).status == 429
    assert admin("DELETE", path + "/lock").status == 204
    assert ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).status == 200
    problem(admin("POST", path + "/login-link"), 428)
    link = admin("POST", path + "/login-link", seen=admin("GET", path).header("etag"))
    assert link.status == 200 and ask(server.port, "POST", "/login/link", json={"token": link.json()["token"]}).status == 200
    problem(admin("POST", path + "/reset-mail"), 409, "nothing_to_verify")
    problem(admin("DELETE", "/users/x/lock"), 404, "account_not_found")


def test_the_last_administrator_stays(server, admin):
    me = admin.account.name
    for method, what, body in (("PUT", "/roles", {"roles": []}), ("PUT", "/disabled", {"disabled": True}), ("DELETE", "", None)):
        problem(admin.change(method, me, what, body), 409, "last_administrator")
    other = Caller(server, "other", "admin")
    keyhold(server, "user", "disable", "other")
    problem(admin.change("PUT", me, "/roles", {"roles": []}), 409, "last_administrator")
    keyhold(server, "user", "enable", "other")
    assert admin.change("DELETE", me, "").status == 204
    again = ask(server.port, "POST", "/login", json={"username": "other", "password": PASSWORD}).json()["access_token"]
    other.account.token = again
    problem(other.change("DELETE", "other", ""), 409, "last_administrator")


def test_administrators_who_disable_each_other_at_once_leave_one(server):
    callers = [Caller(server, f"root{number}", "admin") for number in range(6)]
    seen = [(f"/users/{callers[0].id_of(one.account.name)}/disabled", callers[0]("GET", f"/users/{callers[0].id_of(one.account.name)}").header("etag")) for one in callers]
    with ThreadPoolExecutor(len(callers)) as pool:
        list(pool.map(lambda number: callers[number]("PUT", seen[number - 1][0], {"disabled": True}, seen=seen[number - 1][1]), range(len(callers))))
    left = [one for one in callers if ask(server.port, "POST", "/login", json={"username": one.account.name, "password": PASSWORD}).status == 200]
    assert left, "nobody is left who could look after anything"


def test_nobody_gives_what_he_does_not_have(server, admin):
    Caller(server, "ann")
    problem(admin.change("PUT", "ann", "/roles", {"roles": ["editor"]}), 403, "rights_exceeded")
    assert admin.change("PUT", "ann", "/roles", {"roles": ["admin"]}).status == 200
    problem(admin("POST", "/roles", {"role": "writer", "scopes": ["notes:write"]}), 403, "rights_exceeded")
    problem(admin("POST", "/roles", {"role": "editor", "scopes": ["keyhold:admin"]}), 403, "rights_exceeded")
    problem(admin("POST", "/users", {"username": "eve", "password": PASSWORD, "roles": ["editor"]}), 403, "rights_exceeded")
    assert admin("GET", "/users?username=eve").json()["users"] == []
    Caller(server, "ed", "editor")
    problem(admin.change("PUT", "ed", "/password", {"password": PASSWORD}), 403, "rights_exceeded")
    problem(admin.change("PUT", "ed", "/email", {"email": "ed@example.com"}), 403, "rights_exceeded")
    assert admin.change("PUT", "ed", "/disabled", {"disabled": True}).status == 200, "to take away is no gain"
    assert admin.change("PUT", "ed", "/roles", {"roles": []}).status == 200
    limited = ask(server.port, "POST", "/login", json={"username": "root", "password": PASSWORD, "scope": "keyhold:support"}).json()["access_token"]
    assert admin("GET", "/users", token=limited).status == 403, "a limited token has what it was given"


def test_roles_are_made_seen_and_removed(server, admin):
    assert admin("POST", "/roles", {"role": "second", "scopes": ["keyhold:admin"]}).json()["scopes"] == ["keyhold:admin"]
    assert [role["role"] for role in admin("GET", "/roles").json()["roles"]] == ["admin", "editor", "second", "support"]
    for name in ("ann", "ben", "cid"):
        Caller(server, name, "editor")
    first = admin("GET", "/roles/editor?limit=2").json()
    rest = admin("GET", f"/roles/editor?limit=2&cursor={first['next']}").json()
    assert sorted(one["username"] for one in first["members"] + rest["members"]) == ["ann", "ben", "cid"] and "next" not in rest
    assert admin("DELETE", "/roles/editor/scopes/" + quote("notes:write", safe="")).status == 204
    assert admin("GET", "/roles/editor").json()["scopes"] == []
    assert admin("DELETE", "/roles/editor").status == 204
    problem(admin("GET", "/roles/editor"), 404, "role_not_found")
    problem(admin("DELETE", "/roles/admin"), 409, "role_kept")
    problem(admin("DELETE", "/roles/admin/scopes/keyhold%3Aadmin"), 409, "role_kept")
    assert problem(admin("POST", "/roles", {"role": "Bad Name", "scopes": []}), 422)["errors"][0]["loc"] == ["body", "role"]
