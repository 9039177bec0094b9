# SPDX-License-Identifier: Apache-2.0
"""/admin/api/clients and /admin/api/import: what owners do on the pages, by scripts; and the calls that the pages show."""
import base64
import json
import re
import subprocess
from html import unescape

import pytest
from conftest import Account
from expect import problem
from server import PASSWORD, QUICK, environment
from test_admin_pages import keyhold, signed_in
from test_admin_people import HASH, log_in
from wire import ask

BACK = "https://wiki.example.com/callback"


class Calls:
    """One server with an owner, a manager, a supporter and nobody of these."""
    def __init__(self, server):
        self.server = server
        keyhold(server, "role", "add", "manager", "keyhold:admin")
        keyhold(server, "role", "add", "support", "keyhold:support")
        self.tokens = {}
        for name, role in (("boss", "admin"), ("chief", "manager"), ("helper", "support"), ("nobody", None)):
            self.tokens[name] = Account(server.port, name).token
            if role:
                keyhold(server, "role", "grant", role, name)

    def __call__(self, method, path, who="boss", **more):
        return ask(self.server.port, method, "/admin/api" + path, token=self.tokens[who], **more)


@pytest.fixture
def api(start):
    return Calls(start(QUICK))


def is_known(api, client, secret):
    basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
    return ask(api.server.port, "POST", "/introspect", fields=[("Authorization", f"Basic {basic}")], form={"token": "x"}).status == 200


def test_a_client_is_added_shown_given_another_secret_and_deleted(api):
    made = api("POST", "/clients", json={"client_id": "wiki", "client_name": "The wiki", "redirect_uris": [BACK], "scope": "openid email", "first_party": True})
    assert (made.status, made.header("location"), made.header("cache-control")) == (201, "/admin/api/clients/wiki", "no-store")
    secret = made.json()["client_secret"]
    assert is_known(api, "wiki", secret)
    shown = api("GET", "/clients/wiki").json()
    assert shown | {"created_at": ""} == {
        "client_id": "wiki", "client_name": "The wiki", "token_endpoint_auth_method": "client_secret_basic", "first_party": True, "registered_itself": False,
        "pkce_required": True, "redirect_uris": [BACK], "post_logout_redirect_uris": [], "grant_types": ["authorization_code", "refresh_token"], "scope": "openid email",
        "id_token_signed_response_alg": "RS256", "created_at": ""}
    by_command = json.loads(keyhold(api.server, "client", "show", "wiki", "--json").stdout)
    assert {name: by_command[name] for name in shown.keys() & by_command.keys()} == {name: shown[name] for name in shown.keys() & by_command.keys()}
    another = api("POST", "/clients/wiki/secret").json()["client_secret"]
    assert is_known(api, "wiki", another) and not is_known(api, "wiki", secret)
    problem(api("DELETE", "/clients/wiki", fields=[("If-Match", '"1"')]), 412, "precondition_failed")
    assert api("DELETE", "/clients/wiki").status == 204
    for method, path in (("GET", ""), ("POST", "/secret"), ("DELETE", "")):
        problem(api(method, "/clients/wiki" + path), 404, "client_not_found")
    kinds = [event["kind"] for event in api("GET", "/events").json()["events"]]
    assert {"client_added", "client_removed"} <= set(kinds)


def test_clients_of_other_kinds_are_added(api):
    phone = api("POST", "/clients", json={"client_id": "phone", "token_endpoint_auth_method": "none", "redirect_uris": ["com.example.phone:/back"]}).json()
    assert phone["token_endpoint_auth_method"] == "none" and "client_secret" not in phone
    problem(api("POST", "/clients/phone/secret"), 422, "validation_failed")
    signer = {"client_id": "signer", "token_endpoint_auth_method": "private_key_jwt", "grant_types": ["client_credentials"], "scope": "notes:write"}
    assert "jwks_uri" in problem(api("POST", "/clients", json=signer), 422, "validation_failed")["detail"]
    made = api("POST", "/clients", json=signer | {"jwks_uri": "https://signer.example.com/keys"}).json()
    assert made["jwks_uri"] == "https://signer.example.com/keys" and "client_secret" not in made
    nameless = api("POST", "/clients", json={"redirect_uris": [BACK]})
    assert nameless.header("location") == "/admin/api/clients/" + nameless.json()["client_id"]


@pytest.mark.parametrize(("wrong", "status", "code"), [
    ({"client_id": "taken", "redirect_uris": [BACK]}, 409, "client_taken"),
    ({"client_id": "a b", "redirect_uris": [BACK]}, 422, "validation_failed"),
    ({"client_id": "wiki"}, 422, "validation_failed"),
    ({"client_id": "wiki", "redirect_uris": ["http://wiki.example.com/back"]}, 422, "validation_failed"),
    ({"client_id": "wiki", "redirect_uris": [BACK], "token_endpoint_auth_method": "tls_client_auth"}, 422, "validation_failed"),
    ({"client_id": "wiki", "redirect_uris": [BACK], "client_name": "Wi\u202eki"}, 422, "validation_failed"),
    ({"client_id": "wiki", "redirect_uris": BACK}, 422, "validation_failed"),
])
def test_what_no_client_can_be_is_refused(api, wrong, status, code):
    assert api("POST", "/clients", json={"client_id": "taken", "redirect_uris": [BACK]}).status == 201
    problem(api("POST", "/clients", json=wrong), status, code)
    assert [one["client_id"] for one in api("GET", "/clients").json()["clients"]] == ["taken"]


def test_clients_are_listed_by_pages(api):
    names = [f"wiki-{number}" for number in range(5)]
    for name in names:
        assert api("POST", "/clients", json={"client_id": name, "redirect_uris": [BACK]}).status == 201
    found, cursor = [], ""
    while cursor is not None:
        page = api("GET", f"/clients?limit=2&cursor={cursor}").json()
        assert len(page["clients"]) <= 2 and all("client_secret" not in one for one in page["clients"])
        found += [one["client_id"] for one in page["clients"]]
        cursor = page.get("next")
    assert found == names


WAYS = [("POST", "/clients", {"json": {"client_id": "own", "redirect_uris": [BACK]}}), ("POST", "/clients/wiki/secret", {}), ("DELETE", "/clients/wiki", {}),
        ("POST", "/import?apply=true", {"body": f"username,password_hash\nann,{HASH}\n".encode(), "fields": [("Content-Type", "text/csv")]})]


@pytest.mark.parametrize(("who", "code", "sees"), [("chief", "rights_exceeded", 200), ("helper", "insufficient_scope", 200), ("nobody", "insufficient_scope", 403)])
def test_only_owners_change_clients_and_take_users_in(api, who, code, sees):
    secret = api("POST", "/clients", json={"client_id": "wiki", "redirect_uris": [BACK]}).json()["client_secret"]
    for method, path, more in WAYS:
        problem(api(method, path, who, **more), 403, code)
    for path in ("/clients", "/clients/wiki"):
        assert api("GET", path, who).status == sees
    assert is_known(api, "wiki", secret) and log_in(api.server, "ann", "correct horse battery").status == 401


def take_in(api, text, query="", kind="text/csv"):
    return api("POST", "/import" + query, body=text.encode(), fields=[] if kind is None else [("Content-Type", kind)])


def test_a_file_is_looked_at_and_then_taken_in(api):
    text = f"username,password_hash\nann,{HASH}\n,{HASH}\n"
    looked = take_in(api, text).json()
    assert looked | {"first_refused": []} == {"applied": False, "added": 1, "present": 0, "refused": 1, "first_refused": [], "unread": [], "undecided": []}
    assert [one["line"] for one in looked["first_refused"]] == [3]
    assert log_in(api.server, "ann", "correct horse battery").status == 401
    assert take_in(api, text, "?apply=true").json()["applied"] is True
    assert log_in(api.server, "ann", "correct horse battery").status == 200
    assert (take_in(api, text, "?apply=true").json()["added"], take_in(api, text).json()["present"]) == (0, 1)
    lines = json.dumps({"username": "bob", "password_hash": HASH}) + "\n"
    assert take_in(api, lines, "?apply=true", "application/x-ndjson; charset=utf-8").json()["added"] == 1


def test_columns_that_may_lock_people_out_are_asked_about(api):
    text = f"n,h,state\nann,{HASH},blocked\n"
    problem(take_in(api, text), 400, "malformed")
    named = "?username_column=n&password_column=h"
    assert take_in(api, text, named).json()["undecided"] == ["state"]
    problem(take_in(api, text, named + "&apply=true"), 409, "import_undecided")
    assert take_in(api, text, named + "&everybody_may_log_in=true&apply=true").json()["added"] == 1


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/csv; charset=iso-8859-1", "", None])
def test_a_file_says_what_it_is(api, kind):
    assert "text/csv" in problem(take_in(api, f"username,password_hash\nann,{HASH}\n", kind=kind), 415, "unsupported_media_type")["detail"]


def test_no_refusal_names_an_option_of_the_command(api):
    for header, query, named in (("a,b", "", "username_column"), ("username,b", "", "password_column"), ("a,password_hash", "", "username_column"), ("username,password_hash", "?active_column=missing", "missing")):
        detail = problem(take_in(api, f"{header}\nann,{HASH}\n", query), 400, "malformed")["detail"]
        assert "--" not in detail and named in detail, detail


def shown_calls(browser, path):
    browser.get(path)
    return [unescape(code) for code in re.findall(r"<pre tabindex=\"0\"><code>(curl .*?)</code>", browser.page, re.S)]


def test_the_calls_that_the_pages_show_do_the_same(start, tmp_path):
    server = start(QUICK)
    boss = signed_in(server, "boss", "admin")
    token = ask(server.port, "POST", "/login", json={"username": "boss", "password": PASSWORD}).json()["access_token"]
    (tmp_path / "FILE").write_text(f"username,password_hash\nann,{HASH}\n")

    def do(call):
        line = re.sub(r"http://127\.0\.0\.1(:\d+)?/", f"http://127.0.0.1:{server.port}/", call.replace("URI", BACK).replace('"ID"', '"wiki"'))
        done = subprocess.run(["sh", "-c", line + " -sS -w '\\n%{http_code}'"], capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environment(tmp_path) | {"TOKEN": token})
        *said, status = done.stdout.split("\n")
        return int(status), "\n".join(said), done.stderr
    for path, statuses in (("/admin/clients", [201, 200]), ("/admin/clients/wiki", [200, 200, 204]), ("/admin/import", [200, 200])):
        done = [do(call) for call in shown_calls(boss, path)]
        assert [status for status, *_ in done] == statuses, done
    assert log_in(server, "ann", "correct horse battery").status == 200
    assert "wiki" not in keyhold(server, "client", "list").stdout
