# SPDX-License-Identifier: Apache-2.0
"""/admin/api/: events, sessions, keys, the outbox and settings; filters of users; changes at the same time."""
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from expect import problem
from people import Account, when_there_is_a_place
from server import DATABASE, PASSWORD, QUICK, SECRET_KEY
from test_admin_api import Caller, keyhold
from wire import ask

sqlite_only = pytest.mark.skipif(DATABASE != "sqlite", reason="looks into the file")


@pytest.fixture
def server(start):
    return start(QUICK)


@pytest.fixture
def admin(server):
    return Caller(server, "root", "admin")


def test_of_changes_at_the_same_time_one_is_made(server, admin):
    """Whatever they change: each is of the account as it was seen."""
    Account(server.port, "ann")
    path = f"/users/{admin.id_of('ann')}"
    for turn in range(4):
        seen = admin("GET", path).header("etag")
        changes = [("/email", {"email": f"a{turn}{number}@example.com"}) for number in range(3)] + [("/password", {"password": f"{PASSWORD}-{number}"}) for number in range(3)] \
            + [("/disabled", {"disabled": True}), ("/roles", {"roles": ["admin"]}), ("/roles", {"roles": ["admin"]})]
        with ThreadPoolExecutor(len(changes)) as pool:
            answers = list(pool.map(lambda change: when_there_is_a_place(lambda: admin("PUT", path + change[0], change[1], seen=seen)).status, changes))
        assert sorted(answers) == [200] + [412] * (len(changes) - 1)
        admin.change("PUT", "ann", "/disabled", {"disabled": False})
        admin.change("PUT", "ann", "/roles", {"roles": []})


def test_users_are_filtered(server, admin):
    for name, email, verified in (("ann", "ann@example.com", True), ("bob", "bob@example.com", False), ("cid", None, False), ("dan", "dan@example.com", True)):
        body = {"username": name, "password": PASSWORD} | ({"email": email, "email_verified": verified} if email else {})
        assert admin("POST", "/users", body).status == 201
    admin.change("PUT", "bob", "/disabled", {"disabled": True})
    keyhold(server, "role", "add", "editor", "notes:write")
    keyhold(server, "role", "grant", "editor", "dan")

    def names(query):
        return [user["username"] for user in admin("GET", f"/users?{query}").json()["users"]]

    assert names("disabled=true") == ["bob"] and names("disabled=false") == ["ann", "cid", "dan", "root"]
    assert names("verified=true") == ["ann", "dan"] and names("verified=false&by=email") == ["bob"]
    assert names("role=editor") == ["dan"] and names("role=edit") == [] and names("role=admin&disabled=true") == []
    assert names("verified=true&prefix=d") == ["dan"]
    page = admin("GET", "/users?verified=true&limit=1").json()
    assert [user["username"] for user in page["users"]] == ["ann"]
    assert [user["username"] for user in admin("GET", f"/users?verified=true&limit=1&cursor={page['next']}").json()["users"]] == ["dan"]
    problem(admin("GET", "/users?disabled=perhaps"), 422)


def test_events_are_read_by_pages(server, admin):
    Account(server.port, "ann")
    ann = admin.id_of("ann")
    answer = admin("GET", f"/events?account={ann}").json()
    assert [event["kind"] for event in answer["events"]] == ["signed_in", "registered"] and "next" not in answer
    event = answer["events"][0]
    assert (event["account"], event["door"], event["address"], event["times"]) == ("ann", "api", "127.0.0.1", 1)
    seen, cursor = [], ""
    while cursor is not None:
        page = admin("GET", f"/events?limit=2&cursor={cursor}").json()
        seen += [event["id"] for event in page["events"]]
        cursor = page.get("next")
    assert seen == [event["id"] for event in admin("GET", "/events?limit=1000").json()["events"]] == sorted(seen, reverse=True)
    assert admin("GET", "/events?kind=registered&since=2999-01-01T00:00:00Z").json()["events"] == []
    assert admin("GET", "/events?actor=" + admin.id_of("root")).json()["events"] == []
    assert problem(admin("GET", "/events?since=today"), 422)["errors"][0]["loc"] == ["query", "since"]


def test_sessions_of_everybody_are_listed_and_ended(server, admin):
    ann = Account(server.port, "ann")
    sessions = admin("GET", "/sessions").json()["sessions"]
    mine = [one for one in sessions if one["account_id"] == admin.id_of("ann")]
    assert len(mine) == 1 and len(sessions) >= 2
    assert admin("DELETE", f"/sessions/{mine[0]['id']}").status == 204
    assert ann.greeting().status == 401
    problem(admin("DELETE", f"/sessions/{mine[0]['id']}"), 404, "session_not_found")


def test_keys_are_listed_rotated_withdrawn_and_dropped(start):
    server = start({"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_LOG_FORMAT": "json"})
    admin = Caller(server, "root", "admin")
    first, = admin("GET", "/keys").json()["keys"]
    assert first["state"] == "signing" and first["algorithm"] == "ES256" and "verifies_until" not in first
    second = admin("POST", "/keys", {})
    assert second.status == 200 and second.json()["state"] == "next"
    problem(admin("POST", "/keys", {}), 409, "key_conflict")
    assert admin("POST", f"/keys/{second.json()['kid']}/retire").status == 200
    problem(admin("POST", "/keys/unknown/retire"), 404, "key_not_found")
    assert admin("DELETE", f"/keys/{first['kid']}").json()["state"] == "dropped"
    assert admin("GET", "/keys").status == 401, "the token was of the key that was dropped"
    admin.account.token = ask(server.port, "POST", "/login", json={"username": "root", "password": PASSWORD}).json()["access_token"]
    kinds = [event["kind"] for event in admin("GET", "/events?limit=1000").json()["events"] if event["door"] == "admin"]
    assert "key_dropped" in kinds and "key_retired" in kinds and kinds.count("key_added") == 2
    assert "PRIVATE" not in json.dumps(admin("GET", "/keys").json()) and "sealed" not in admin("GET", "/keys").json()["keys"][0]


def test_where_a_secret_signs_there_are_no_keys(admin):
    assert admin("GET", "/keys").json() == {"keys": []}
    problem(admin("POST", "/keys", {}), 409, "key_conflict")


@sqlite_only
def test_mails_are_seen_tried_again_and_dropped(server, admin):
    with sqlite3.connect(server.folder / "keyhold.db", timeout=20) as db:
        for identity, state in (("m1", 2), ("m2", 1)):
            db.execute("INSERT INTO keyhold_outbox VALUES (?, 'test', '', 'ann@example.com', 'en', '', '', '', 1, 1, 2, 3, ?, 9, '550 no')", [identity, state])
    db.close()
    dead, = admin("GET", "/outbox?state=dead").json()["mails"]
    assert (dead["id"], dead["said"], dead["attempts"]) == ("m1", "550 no", 3)
    assert [mail["id"] for mail in admin("GET", "/outbox").json()["mails"]] == ["m2", "m1"]
    assert admin("POST", "/outbox/m1/retry").status == 200
    problem(admin("POST", "/outbox/m2/retry"), 409, "key_conflict")
    problem(admin("POST", "/outbox/m3/retry"), 404, "not_found")
    assert admin("DELETE", "/outbox/m2").status == 204
    problem(admin("GET", "/outbox/m2"), 404, "not_found")


@sqlite_only
def test_a_notice_that_waits_is_dropped_by_the_command_line_alone(server, admin):
    with sqlite3.connect(server.folder / "keyhold.db", timeout=20) as db:
        for identity, kind in (("m1", "address_changed"), ("m2", "password_changed"), ("m3", "a_kind_of_tomorrow"), ("m4", "reset")):
            db.execute("INSERT INTO keyhold_outbox VALUES (?, ?, '', 'ann@example.com', 'en', '', '', '', 1, 9e9, 9e9, 0, 0, 0, '')", [identity, kind])
    db.close()
    for identity in ("m1", "m2", "m3"):
        problem(admin("DELETE", f"/outbox/{identity}"), 409, "key_conflict")
        assert admin("GET", f"/outbox/{identity}").json()["state"] == "waiting"
    assert admin("DELETE", "/outbox/m4").status == 204
    keyhold(server, "outbox", "drop", "m1")
    dropped = [(event["object"], event["reason"], event["door"]) for event in admin("GET", "/events?limit=1000").json()["events"] if event["kind"] == "mail_dropped"]
    assert sorted(dropped) == [("m1", "address_changed", "command"), ("m4", "reset", "admin")]


def test_settings_are_shown_without_secrets_and_with_their_origins(server, admin):
    settings = {one["name"]: one for one in admin("GET", "/settings").json()["settings"]}
    assert settings["secret_key"]["value"] == "(set)" and settings["secret_key"]["from"] == "SECRET_KEY"
    assert settings["bcrypt_cost"] == {"name": "bcrypt_cost", "value": "4", "from": "KEYHOLD_BCRYPT_COST"}
    assert settings["events_days"] == {"name": "events_days", "value": "365", "from": "default"}
    assert SECRET_KEY not in json.dumps(settings)
    shown = json.loads(keyhold(server, "config", "show", "--json").stdout)
    assert {name: one["value"] for name, one in shown.items() if name != "bind"}.keys() <= settings.keys() | {"bind"}
