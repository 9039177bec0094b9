# SPDX-License-Identifier: Apache-2.0
"""Backups that owners make, look through and download, on pages and by the API."""
import json
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Account
from expect import problem
from server import DATABASE, QUICK, Server
from test_admin_pages import OWN_KEYS, keyhold, signed_in
from waiting import eventually
from wire import ask

pytestmark = pytest.mark.skipif(DATABASE != "sqlite", reason="other databases have tools of their own")
NAME = re.compile(r"keyhold-\d{4}-\d\d-\d\dT\d{6}Z\.db")


@pytest.fixture
def server(start):
    server = start(OWN_KEYS)
    keyhold(server, "role", "add", "manager", "keyhold:admin")
    return server


@pytest.fixture
def boss(server):
    return signed_in(server, "boss", "admin")


def kinds(server):
    return [event["kind"] for event in json.loads(keyhold(server, "event", "list", "--limit", "1000", "--json").stdout)]


def test_a_backup_is_made_verified_downloaded_and_deleted(server, boss, tmp_path):
    boss.get("/admin")
    assert "No backup was made that this server knows of" in boss.page
    boss.get("/admin/backups")
    boss.send("/admin/backups", 'value="make"', action="make")
    assert "The backup is made, and it was read back" in boss.page
    name = NAME.search(boss.page).group(0)
    file = server.folder / "backups" / name
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
    boss.get("/admin")
    assert "backup" not in boss.page.split("<h2>")[1], "nothing is missing any more"
    boss.get("/admin/backups")
    boss.send("/admin/backups", name, action="look", backup=name)
    assert "It is whole. Users: 1;" in boss.page
    taken = ask(server.port, "GET", f"/admin/backups/{name}", fields=[("Accept", "text/html"), ("Cookie", "; ".join(f"{key}={value}" for key, value in boss.cookies.items()))])
    assert taken.status == 200 and name in taken.header("content-disposition") and taken.header("cache-control") == "no-store"
    assert taken.body == file.read_bytes()
    copy = tmp_path / "taken.db"
    copy.write_bytes(taken.body)
    assert json.loads(keyhold(server, "backup", "verify", str(copy), "--json").stdout)["problems"] == []
    with sqlite3.connect(copy) as database:
        assert database.execute("SELECT username FROM keyhold_accounts").fetchall() == [("boss",)]
    assert {"backed_up", "backup_taken"} <= set(kinds(server))
    boss.send("/admin/backups", name, action="remove", backup=name)
    assert "The backup is deleted" in boss.page and not file.exists()
    assert kinds(server).count("backup_deleted") == 1


def test_several_of_one_second_have_names_of_their_own(server, boss):
    token = ask(server.port, "POST", "/login", json={"username": "boss", "password": "pa55-of-the-tests"}).json()["access_token"]
    names = [ask(server.port, "POST", "/admin/api/backups", token=token).json()["name"] for _ in range(4)]
    listed = [backup["name"] for backup in ask(server.port, "GET", "/admin/api/backups", token=token).json()["backups"]]
    assert len(set(names)) == 4 and listed == names[::-1], "newest first"
    for name in names:
        assert ask(server.port, "POST", f"/admin/api/backups/{name}/verify", token=token).json()["problems"] == []
        assert ask(server.port, "DELETE", f"/admin/api/backups/{name}", token=token).status in (200, 204)
    assert boss


def test_a_damaged_backup_is_seen(server, boss):
    boss.get("/admin/backups")
    boss.send("/admin/backups", 'value="make"', action="make")
    name = NAME.search(boss.page).group(0)
    file = server.folder / "backups" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    boss.send("/admin/backups", name, action="look", backup=name)
    assert "its bytes are not those that were written" in boss.page and "It is whole" not in boss.page


def test_a_large_backup_is_sent_while_it_is_read(server, boss):
    """Larger than what is read of it at once, and than what the server may hold of it."""
    with sqlite3.connect(server.folder / "keyhold.db") as database:
        database.execute("CREATE TABLE filling (text)")
        database.executemany("INSERT INTO filling VALUES (?)", [("x" * 1_000_000,)] * 24)
    token = ask(server.port, "POST", "/login", json={"username": "boss", "password": "pa55-of-the-tests"}).json()["access_token"]
    made = ask(server.port, "POST", "/admin/api/backups", token=token).json()
    assert made["size"] > 24_000_000
    before = server.memory_kib()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(server.port, "GET", f"/admin/api/backups/{made['name']}", token=token), range(4)))
    content = (server.folder / "backups" / made["name"]).read_bytes()
    assert all(answer.status == 200 and answer.body == content for answer in answers)
    assert server.memory_kib() - before < 16 * 1024, "four copies would be 96 MB"
    assert ask(server.port, "HEAD", f"/admin/api/backups/{made['name']}", token=token).header("content-length") == str(len(content))
    assert boss


@pytest.mark.parametrize("name", ["keyhold.db", "..%2Fkeyhold.db", "keyhold-2026-11-30T204500Z.db", "keyhold-2026-13-30T204500Z.db", "x", "keyhold-2026-11-30T204500Z.db%00"])
def test_what_is_no_backup_is_not_found(server, boss, name):
    token = ask(server.port, "POST", "/login", json={"username": "boss", "password": "pa55-of-the-tests"}).json()["access_token"]
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/verify")):
        assert ask(server.port, method, f"/admin/api/backups/{name}{path}", token=token).status in (400, 404), (method, name)
    assert boss.ask("GET", f"/admin/backups/{name}").status in (400, 404)


def test_a_backup_that_another_tab_has_deleted_is_told_of(server, boss):
    boss.get("/admin/backups")
    boss.send("/admin/backups", 'value="make"', action="make")
    name = NAME.search(boss.page).group(0)
    shown = boss.page
    boss.send("/admin/backups", name, action="remove", backup=name)
    for action in ("look", "remove"):
        boss.page = shown
        assert boss.send("/admin/backups", name, action=action, backup=name).status == 404 and "There is no such backup" in boss.page


def test_a_link_in_the_folder_leads_nowhere(server, boss):
    boss.get("/admin/backups")
    boss.send("/admin/backups", 'value="make"', action="make")
    (server.folder / "secret").write_text("pa55-not-for-you")
    (server.folder / "backups" / "keyhold-2026-01-01T000000Z.db").symlink_to(server.folder / "secret")
    boss.get("/admin/backups")
    assert "2026-01-01" not in boss.page
    assert boss.ask("GET", "/admin/backups/keyhold-2026-01-01T000000Z.db").status == 404


def test_managers_are_told_nothing_of_backups(server, boss):
    manager = signed_in(server, "chief", "manager")
    manager.get("/admin")
    assert "backup" not in manager.page.lower()
    token = Account(server.port, "second").token
    keyhold(server, "role", "grant", "manager", "second")
    for method, path in (("GET", ""), ("POST", ""), ("GET", "/keyhold-2026-01-01T000000Z.db"), ("DELETE", "/keyhold-2026-01-01T000000Z.db"), ("POST", "/keyhold-2026-01-01T000000Z.db/verify")):
        problem(ask(server.port, method, "/admin/api/backups" + path, token=token), 403, "rights_exceeded")
    assert not (server.folder / "backups").exists() and boss


def test_a_folder_that_cannot_be_written_is_told(server, boss):
    (server.folder / "backups").write_text("a file is in its place")
    boss.get("/admin/backups")
    answer = boss.send("/admin/backups", 'value="make"', action="make")
    assert answer.status == 500 and "The backup could not be made or read" in boss.page
    assert "backed_up" not in kinds(server)


def test_the_command_is_noted_too(server, boss):
    keyhold(server, "backup", "create", "copy.db")
    assert kinds(server).count("backed_up") == 1
    boss.get("/admin")
    assert "No backup" not in boss.page


def test_weak_hashes_are_counted(start):
    """Costs of 5 where new ones are 6: whoever signs in has a new one."""
    server = start(QUICK | {"KEYHOLD_BCRYPT_COST": "5"})
    Account(server.port, "ann")
    boss = signed_in(server, "boss", "admin")
    boss.get("/admin")
    assert "hash is weaker" not in boss.page
    server.stop()
    again = Server(server.folder, QUICK | {"KEYHOLD_BCRYPT_COST": "6"})
    try:
        boss.port = again.port
        eventually(lambda: boss.get("/admin") and "Passwords whose hash is weaker than a new one: 2." in boss.page)
    finally:
        again.stop()
