# SPDX-License-Identifier: Apache-2.0
"""E-mail addresses: an account has one beside its name, or is called by it; people log in by either."""
import json

import pytest
from expect import invalid, problem
from people import Account
from server import PASSWORD, QUICK, SECRET_KEY, run
from wire import ask

CREATED = "User created successfully"
TAKEN = "Another account has this e-mail address"


def register(server, username, email=None, **more):
    return ask(server.port, "POST", "/register", json={"username": username, "password": PASSWORD} | ({"email": email} if email is not None else {}) | more)


def log_in(server, name, password=PASSWORD):
    return ask(server.port, "POST", "/login", json={"username": name, "password": password})


def me(server, name):
    token = log_in(server, name).json()["access_token"]
    return ask(server.port, "GET", "/me", fields=[("Authorization", f"Bearer {token}")]).json()


def keyhold(server, *arguments, check=0, stdin=""):
    return run(*arguments, folder=server.folder, env=server.env, check=check, stdin=stdin)


def test_whoever_registers_with_an_address_logs_in_by_either(start):
    server = start(QUICK)
    made = register(server, "ann", "Ann@Bücher.example").json()
    assert set(made) == {"msg", "id", "username"} and made["username"] == "ann" and made["msg"] == CREATED
    for name in ("ann", "ANN", "Ann@Bücher.example", "ann@BÜCHER.example", "ann@xn--bcher-kva.example", '"ann"@bücher.example'):
        assert log_in(server, name).status == 200, name
        assert me(server, name) == {"id": made["id"], "username": "ann", "email": "Ann@Bücher.example", "email_verified": False,
                                    "created_at": me(server, "ann")["created_at"], "roles": [], "scopes": []}
    for name in ("ann+news@bücher.example", "ann@bucher.example", "ann@xn--bcher-kva.exampl"):
        problem(log_in(server, name), 401, "invalid_credentials")
    problem(log_in(server, "ann@bücher.example", "pa55-wrong"), 401, "invalid_credentials")


def test_whoever_sends_no_address_has_none(start):
    server = start(QUICK)
    assert set(register(server, "bob").json()) == {"msg", "id", "username"}
    assert set(me(server, "bob")) == {"id", "username", "created_at", "roles", "scopes"}
    assert "email" not in keyhold(server, "user", "show", "bob", "--json").stdout


def test_a_username_with_an_at_sign_is_the_address(start):
    server = start(QUICK)
    assert register(server, "Cat@Example.com").json()["username"] == "Cat@Example.com"
    assert me(server, "cat@example.com")["email"] == "Cat@Example.com"
    assert register(server, "dan@example.com", "DAN@example.com").status == 200, "the same twice"
    invalid(register(server, "bob@home"), ("username", "value_error"))
    invalid(register(server, "eve@example.com", "other@example.com"), ("email", "value_error"))
    invalid(register(server, "eve", "not an address"), ("email", "value_error"))
    invalid(register(server, "eve", ""), ("email", "string_too_short"))
    invalid(register(server, "eve", "a@" + "b" * 260), ("email", "string_too_long"))
    invalid(ask(server.port, "POST", "/register", json={"username": "eve", "password": "pa55", "email": "x"}), ("email", "value_error"), ("password", "string_too_short"))
    assert log_in(server, "eve").status == 401


def test_an_address_belongs_to_one_account(start):
    server = start(QUICK)
    assert register(server, "ann", "ann@example.com").status == 200
    for name, email in (("eve", "ANN@example.com"), ("eve", '"ann"@example.com')):
        problem(register(server, name, email), 400, "email_taken", TAKEN)
    problem(register(server, "ann@example.com"), 400, "email_taken", TAKEN)
    assert register(server, "eve", "ann+eve@example.com").status == 200
    assert register(server, "fay@example.com").status == 200
    problem(register(server, "gus", "fay@example.com"), 400, "email_taken", TAKEN)
    problem(register(server, "Fay@example.com"), 400, "username_taken")


@pytest.mark.parametrize("login_with, by_name, by_address", [("username", 200, 401), ("email", 401, 200), ("either", 200, 200)])
def test_a_setting_says_by_what_people_log_in(start, login_with, by_name, by_address):
    server = start(QUICK | {"KEYHOLD_LOGIN_WITH": login_with})
    assert register(server, "ann", "ann@example.com").status == 200
    assert register(server, "bob@example.com").status == 200
    assert (log_in(server, "ann").status, log_in(server, "ann@example.com").status) == (by_name, by_address)
    assert log_in(server, "bob@example.com").status == 200, "whose name is the address"
    form = {"grant_type": "password", "username": "ann@example.com", "password": PASSWORD}
    assert ask(server.port, "POST", "/oauth/token", form=form).status == (200 if by_address == 200 else 400)
    wrong = run("serve", folder=server.folder, env=server.env | {"KEYHOLD_LOGIN_WITH": "phone"}, check=7)
    assert "neither username, email nor either" in wrong.stderr


def test_guesses_at_the_address_lock_it_and_are_forgotten_by_unlock(start):
    server = start(QUICK | {"KEYHOLD_LOCKOUT_THRESHOLD": "3"})
    assert register(server, "ann", "ann@example.com").status == 200
    for spelling in ("ann@example.com", "ANN@example.com", '"ann"@EXAMPLE.com'):
        assert log_in(server, spelling, "pa55-wrong").status in (401, 429)
    problem(log_in(server, "ann@example.com"), 429, "too_many_attempts")
    shown = json.loads(keyhold(server, "user", "show", "ann", "--json").stdout)
    assert shown["failed_logins"] >= 3 and "locked_until" in shown
    keyhold(server, "user", "unlock", "ann@example.com")
    assert log_in(server, "ann@example.com").status == 200


def test_an_operator_gives_takes_and_sees_addresses(start):
    server = start(QUICK)
    added = keyhold(server, "user", "add", "ann", "--email", "Ann@example.com", stdin=PASSWORD + "\n").stdout
    assert "ann  <Ann@example.com>  (address not verified)" in added
    assert me(server, "ann@example.com")["email_verified"] is False
    keyhold(server, "user", "set-email", "ann", "a@example.com", "--verified")
    assert log_in(server, "ann@example.com").status == 401
    shown = json.loads(keyhold(server, "user", "show", "a@example.com", "--json").stdout)
    assert (shown["username"], shown["email"], shown["email_verified"]) == ("ann", "a@example.com", True)
    assert me(server, "a@example.com")["email_verified"] is True
    keyhold(server, "user", "add", "bob", stdin=PASSWORD + "\n")
    assert TAKEN in keyhold(server, "user", "set-email", "bob", "A@example.com", check=5).stderr
    assert "is a name, an @ and a domain" in keyhold(server, "user", "set-email", "bob", "nothing", check=2).stderr
    keyhold(server, "user", "set-email", "bob", check=2)
    keyhold(server, "user", "set-email", "nobody", "n@example.com", check=3)
    keyhold(server, "user", "set-email", "ann", "--none")
    assert "email" not in me(server, "ann")
    listed = json.loads(keyhold(server, "user", "list", "--json").stdout)
    assert [user["username"] for user in listed] == ["ann", "bob"]


def test_whoever_is_called_by_an_address_is_called_by_the_next_one(start):
    server = start(QUICK)
    ann = Account(server.port, "ann@example.com")
    refresh = log_in(server, "ann@example.com").json()["refresh_token"]
    keyhold(server, "user", "set-email", "ann@example.com", "New@example.com")
    assert log_in(server, "ann@example.com").status == 401 and me(server, "new@example.com")["username"] == "New@example.com"
    assert ann.greeting().status == 401, "under the tutorial's secret `sub` is the name"
    again = ask(server.port, "POST", "/refresh", json={"refresh_token": refresh})
    assert again.status == 200, "and the session goes on"
    assert ask(server.port, "GET", "/protected", fields=[("Authorization", f"Bearer {again.json()['access_token']}")]).status == 200
    assert Account(server.port, "ann@example.com").greeting().status == 200, "somebody else may have it now"
    assert "no other name" in keyhold(server, "user", "set-email", "new@example.com", "--none", check=2).stderr


def test_export_and_import_keep_username_and_address_apart(start, tmp_path):
    server = start(QUICK)
    assert register(server, "ann", "Ann@Bücher.example").status == 200
    assert register(server, "bob@example.com").status == 200
    assert register(server, "cat").status == 200
    keyhold(server, "user", "set-email", "ann", "Ann@Bücher.example", "--verified")
    exported = keyhold(server, "user", "export").stdout
    rows = {row["username"]: row for row in map(json.loads, exported.splitlines())}
    assert (rows["ann"]["email"], rows["ann"]["email_verified"]) == ("Ann@Bücher.example", True)
    assert rows["bob@example.com"]["email"] == "bob@example.com" and "email" not in rows["cat"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "users.jsonl").write_text(exported)
    run("db", "create", folder=other, env=server.env, check=0)
    run("import", "jsonl", "users.jsonl", "--apply", folder=other, env=server.env, check=0)
    assert run("user", "export", folder=other, env=server.env, check=0).stdout == exported
    hash_ = rows["cat"]["password_hash"]
    (other / "more.csv").write_text("username,email,password_hash\n" + "".join(
        f"{name},{email},{hash_}\n" for name, email in (("dan", "dan@example.com"), ("eve", "ann@bücher.example"), ("fay", "nothing"), ("", "gus@example.com"), ("", "hal"))))
    done = run("import", "csv", "more.csv", "--apply", "--json", folder=other, env=server.env, check=8)
    assert json.loads(done.stdout) == {"applied": True, "added": 3, "present": 0, "refused": 2}
    assert (other / "more.csv.errors").read_text().splitlines()[1:] == [
        '4,"An e-mail address is a name, an @ and a domain, as in ann@example.com"', '3,"the e-mail address is another account\'s"']
    users = {user["username"]: user.get("email") for user in json.loads(run("user", "list", "--json", folder=other, env=server.env, check=0).stdout)}
    assert users == {"ann": "Ann@Bücher.example", "bob@example.com": "bob@example.com", "cat": None, "dan": "dan@example.com", "gus@example.com": "gus@example.com", "hal": None}
