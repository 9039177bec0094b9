# SPDX-License-Identifier: Apache-2.0
"""What happened, as commands and administrators see it, and whether somebody has changed what is written of it."""
import base64
import hashlib
import json
import signal
import sqlite3
import subprocess

import pytest
from people import Account
from server import BINARY, DATABASE, PASSWORD, QUICK, environment, run
from waiting import eventually
from wire import ask

sqlite_only = pytest.mark.skipif(DATABASE != "sqlite", reason="looks into the file")


def keyhold(server, *arguments, check=0, stdin=""):
    return run(*arguments, folder=server.folder, env=server.env, check=check, stdin=stdin)


def events(server, *arguments):
    return json.loads(keyhold(server, "event", "list", "--json", *arguments).stdout)


def kinds(server, *arguments):
    """Oldest first."""
    return [event["kind"] for event in reversed(events(server, *arguments))]


def log_in(server, name, password=PASSWORD, device="tests/1"):
    return ask(server.port, "POST", "/login", json={"username": name, "password": password}, fields=[("User-Agent", device)])


def test_a_life_is_written_down_with_who_and_whence_and_why(start):
    server = start()
    ann = Account(server.port, "ann")
    assert log_in(server, "ann", "pa55-wrong").status == 401
    assert ask(server.port, "POST", "/password", json={"current_password": PASSWORD, "new_password": PASSWORD + "-2"}, token=ann.token).status == 200
    token = log_in(server, "ann", PASSWORD + "-2").json()["access_token"]
    assert ask(server.port, "POST", "/logout", token=token).status == 200
    keyhold(server, "user", "set-email", "ann", "ann@example.com")
    keyhold(server, "role", "add", "editor", "notes:write")
    keyhold(server, "role", "grant", "editor", "ann")
    keyhold(server, "user", "disable", "ann")
    keyhold(server, "user", "enable", "ann")
    of_ann = events(server, "--account", "ann")
    assert [event["kind"] for event in reversed(of_ann)] == ["registered", "signed_in", "refused", "password_changed", "signed_in", "session_ended", "address_changed", "role_granted",
                                                             "account_disabled", "account_enabled"]
    by_kind = {event["kind"]: event for event in of_ann}
    assert all(event["account"] == "ann" for event in of_ann)
    refused, changed, ended, granted = (by_kind[kind] for kind in ("refused", "password_changed", "session_ended", "role_granted"))
    assert (refused["door"], refused["actor_id"], refused["address"], refused["device"]) == ("api", "", "127.0.0.1", "tests/1")
    assert (changed["door"], changed["actor"], changed["address"]) == ("api", "ann", "127.0.0.1")
    assert (ended["actor"], ended["reason"], ended["times"]) == ("ann", "logged_out", 1)
    assert (granted["door"], granted["object"], granted["actor_id"], granted["address"]) == ("command", "editor", "", "")
    assert granted["device"].startswith("keyhold role grant, by ")
    assert by_kind["address_changed"]["note"] == " -> ann@example.com"
    assert kinds(server, "--kind", "role_changed") == ["role_changed"] and events(server, "--kind", "role_changed")[0]["reason"] == "made"
    assert kinds(server, "--account", "ann", "--limit", "1") == ["account_enabled"]
    assert kinds(server, "--since", "2999-01-01") == [] and len(kinds(server, "--until", "2999-01-01")) > 10
    keyhold(server, "event", "list", "--since", "yesterday", check=2)
    said = keyhold(server, "event", "list", "--account", "ann", "--kind", "refused").stdout
    assert "refused  ann  by api from 127.0.0.1  tests/1\n" in said


def test_pages_and_the_administrators_api_say_by_which_door(start):
    server = start()
    root, bob = Account(server.port, "root"), Account(server.port, "bob")
    keyhold(server, "role", "grant", "admin", "root")
    path = f"/admin/api/users/{events(server, '--account', 'bob')[0]['account_id']}"
    seen = ask(server.port, "GET", path, token=root.token).header("etag")
    assert ask(server.port, "PUT", path + "/disabled", json={"disabled": True}, fields=[("If-Match", seen)], token=root.token).status == 200
    disabled = events(server, "--account", "bob", "--kind", "account_disabled")[0]
    assert (disabled["door"], disabled["actor"], disabled["address"]) == ("admin", "root", "127.0.0.1")
    assert kinds(server, "--by", "root") == ["account_disabled"]
    assert bob.greeting().status == 401


@sqlite_only
def test_the_chain_is_what_the_document_says_and_any_change_in_the_file_is_found(start):
    """The hashes are computed here once more, from what decision 0100 says of them."""
    server = start()
    for name in ("ann", "bob"):
        Account(server.port, name)
    eventually(lambda: keyhold(server, "event", "verify", check=None).returncode == 0)
    server.stop()
    lines = [json.loads(line) for line in keyhold(server, "event", "export").stdout.splitlines()]
    assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1)) and len(lines) >= 5

    def digest(*parts):
        return base64.urlsafe_b64encode(hashlib.sha256(json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode()).digest()).rstrip(b"=").decode()

    with sqlite3.connect(server.folder / "keyhold.db") as db:
        times = dict(db.execute("SELECT id, happened_at FROM keyhold_events"))
    db.close()
    before = ""
    for line in lines:
        personal = [line[name] for name in ("address", "device", "note")]
        assert line["personal_digest"] == (digest(line["salt"], *personal) if any(personal) else "")
        before = digest(before, line["sequence"], times[line["id"]], line["times"], line["id"], line["kind"], line["account_id"], line["actor_id"], line["door"], line["object"], line["reason"],
                        line["personal_digest"])
        assert line["hash"] == before
    end = json.loads(keyhold(server, "event", "verify", "--json").stdout)
    assert end["ok"] and end["end"] == f"{len(lines)}:{before}"
    keyhold(server, "event", "verify", "--expect", end["end"])

    def change(sql):
        with sqlite3.connect(server.folder / "keyhold.db") as db:
            db.execute(sql)
        db.close()

    change("UPDATE keyhold_events SET account_id = 'somebody' WHERE sequence = 2")
    assert "event 2: it is not what it was when it was sealed" in keyhold(server, "event", "verify", check=8).stdout
    change("DELETE FROM keyhold_events WHERE sequence >= 3")
    change("UPDATE keyhold_event_chain SET sequence = 2")
    change("DELETE FROM keyhold_event_checkpoints")
    said = keyhold(server, "event", "verify", "--expect", end["end"], check=8).stdout
    assert f"event {len(lines)}, which you know of, is missing" in said and "nothing of the chain is signed" in said


def test_whoever_follows_sees_each_event_once(start):
    server = start()
    Account(server.port, "p0")
    with subprocess.Popen([BINARY, "event", "tail", "-f", "--json", "--lines", "100"], cwd=server.folder, env=environment(server.folder, server.env), stdout=subprocess.PIPE, text=True) as tail:
        def read_until_signed_in(count, seen):
            while sum(event["kind"] == "signed_in" for event in seen) < count:
                seen.append(json.loads(tail.stdout.readline()))
            return seen

        try:
            seen = read_until_signed_in(1, [])  # it follows now, however long it took to start
            for i in range(1, 5):
                Account(server.port, f"p{i}")
            read_until_signed_in(5, seen)
        finally:
            tail.send_signal(signal.SIGKILL)
    assert [event["kind"] for event in seen if event["kind"] in ("registered", "signed_in")] == ["registered", "signed_in"] * 5
    numbers = [event["sequence"] for event in seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(seen)))


@sqlite_only
def test_who_is_deleted_leaves_no_address_and_the_chain_stays_whole(start):
    server = start()
    log_in(server, "ann", "pa55-nobody", device="before/1")
    Account(server.port, "ann")
    assert log_in(server, "ann", device="secretive/7").status == 200
    keyhold(server, "user", "delete", "ann")
    eventually(lambda: keyhold(server, "event", "verify", check=None).returncode == 0)
    server.stop()
    assert json.loads(keyhold(server, "event", "verify", "--json").stdout)["erased"] == 3
    with sqlite3.connect(server.folder / "keyhold.db") as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    rows = events(server)
    of_ann = [event for event in rows if event["account_id"] and event["kind"] != "account_deleted"]
    assert of_ann and all(event["address"] == event["device"] == "" and "account" not in event for event in of_ann)


@sqlite_only
def test_refused_log_ins_do_not_fill_the_disk(start):
    server = start(QUICK | {"KEYHOLD_LOCKOUT_THRESHOLD": "3", "KEYHOLD_ADDRESS_FAILURES": "0"})
    Account(server.port, "ann")
    for _ in range(12):
        assert log_in(server, "ann", "pa55-wrong").status in (401, 429)
    assert kinds(server, "--account", "ann") == ["registered", "signed_in", "refused", "refused", "locked"]
    locked = events(server, "--kind", "locked")[0]
    assert locked["times"] == 3
    assert "x3  ann" in keyhold(server, "event", "list", "--kind", "locked").stdout
    for i in range(5):
        log_in(server, f"nobody{i}", "pa55-wrong")
    assert [event["account_id"] for event in events(server, "--kind", "refused")][:5] == [""] * 5
    assert not any("nobody" in json.dumps(event) for event in events(server))


def test_a_clients_and_a_keys_life_are_written_down(start, tmp_path):
    server = start({"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_LOG_FORMAT": "json"})
    keyhold(server, "client", "add", "wiki", "--redirect-uri", "https://wiki.example.com/cb")
    keyhold(server, "client", "rotate-secret", "wiki")
    keyhold(server, "client", "delete", "wiki")
    keyhold(server, "key", "rotate")
    keyhold(server, "user", "invite")
    keyhold(server, "user", "export")
    said = kinds(server)
    assert said[0] == "key_added" and [kind for kind in said if not kind.startswith("key")] == ["client_added", "client_changed", "client_removed", "invited", "exported"]
    assert said.count("key_added") >= 2
    assert events(server, "--kind", "client_changed")[0]["reason"] == "secret" and events(server, "--kind", "exported")[0]["object"] == "accounts"


def test_what_nothing_can_be_found_by_is_refused(start):
    server = start()
    boss = Account(server.port, "boss")
    keyhold(server, "role", "grant", "admin", "boss")
    assert events(server, "--kind", "mail_dropped") == [], "a kind of which there is nothing yet"
    done = keyhold(server, "event", "list", "--kind", "nosuch", check=2)
    assert "no kind of event 'nosuch'" in done.stderr and not done.stdout
    assert not keyhold(server, "event", "list", "--account", "nobody", "--json", check=3).stdout
    keyhold(server, "event", "list", "--by", "nobody", check=3)
    gone = "0193b4a1-0000-7000-8000-000000000000"
    assert events(server, "--account", gone) == [], "whoever is deleted has an id and no name"
    assert ask(server.port, "GET", "/admin/api/events?kind=mail_dropped", token=boss.token).json()["events"] == []
    refused = ask(server.port, "GET", "/admin/api/events?kind=nosuch", token=boss.token)
    assert refused.status == 422 and "kind" in refused.body.decode()
