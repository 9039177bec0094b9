# SPDX-License-Identifier: Apache-2.0
"""Ways back into an account by mail: a new password, a verified address, "this was not me"."""
import json
import re
import secrets

import pytest
from expect import invalid, problem
from mail_reader import ISSUER, NEW_PASSWORD, SENT, at_once, code_of, dead, text_of, token_of
from server import PASSWORD, QUICK
from waiting import eventually
from wire import ask


def test_the_link_of_the_mail_sets_a_new_password_and_ends_all_sessions(post):
    post.register("ann", "Ann@example.com")
    before = post.tokens("ann")
    token, _ = post.forgotten("ANN@EXAMPLE.COM")
    mail = post.mail("Set a new password")
    assert mail["To"] == "Ann@example.com", "mail goes to what is stored, not to what was typed"
    assert "from 127.0.0.1" in text_of(mail) and re.search(r"until \d{4}-\d\d-\d\d \d\d:\d\d UTC", text_of(mail))
    for _ in range(3):  # whoever looks for harmful links
        assert ask(post.port, "GET", f"/reset?token={token}").status == 200
    assert post("/password/reset", token=token, new_password=NEW_PASSWORD).json() == {"msg": "Password changed; all sessions have ended"}
    problem(post.me(before["access_token"]), 401)
    problem(post("/refresh", refresh_token=before["refresh_token"]), 401, "refresh_token_invalid")
    problem(post.log_in("ann"), 401, "invalid_credentials")
    fresh = post.log_in("ann", NEW_PASSWORD)
    assert fresh.status == 200 and post.me(fresh.json()["access_token"]).json()["email_verified"] is True
    dead(post("/password/reset", token=token, new_password="pa55-a-third-one"))
    assert "has a new password" in text_of(post.mail("was changed"))


def test_the_code_of_the_mail_does_too_however_it_is_typed(post):
    post.person()
    for number, typed in enumerate((str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("0", "O").replace("1", "l")), start=1):
        _, code = post.forgotten(number=number)
        password = f"{NEW_PASSWORD}-{number}"
        assert post("/password/reset", email="ann@EXAMPLE.com", code=typed(code), new_password=password).status == 200
        dead(post("/password/reset", email="ann@example.com", code=code, new_password=password))
        assert post.log_in("ann", password).status == 200


def test_guesses_at_a_code_end_after_five_and_look_as_for_an_unknown_address(post):
    post.person()
    _, code = post.forgotten()
    assert post("/password/forgot", email="nobody@example.com").json() == SENT
    wrong = "0000-0000" if code != "0000-0000" else "1111-1111"
    said = [dead(post("/password/reset", email=email, code=wrong, new_password=NEW_PASSWORD)).body
            for _ in range(5) for email in ("ann@example.com", "nobody@example.com", "never-asked@example.com")]
    said.append(dead(post("/password/reset", email="ann@example.com", code=code, new_password=NEW_PASSWORD)).body)
    assert len({re.sub(rb'"request_id":"[^"]*"', b"", body) for body in said}) == 1
    assert post.log_in("ann").status == 200
    _, another = post.forgotten(number=2)
    assert post("/password/reset", email="ann@example.com", code=another, new_password=NEW_PASSWORD).status == 200


def test_fifty_guesses_at_once_are_five(post):
    post.person()
    _, code = post.forgotten()
    wrong = [f"{number:04}-0000" for number in range(50)]
    answers = at_once(lambda guess: eventually_answered(post.port, {"email": "ann@example.com", "code": guess, "new_password": NEW_PASSWORD}), wrong)
    assert {answer.status for answer in answers} == {400}
    dead(post("/password/reset", email="ann@example.com", code=code, new_password=NEW_PASSWORD))


@pytest.mark.parametrize("by", ["link", "code"])
def test_of_fifty_uses_at_once_on_two_servers_one_succeeds(post, by):
    post.person()
    ports = [post.port, post.start(post.env).port]
    token, code = post.forgotten()
    shown = {"token": token} if by == "link" else {"email": "ann@example.com", "code": code}
    answers = at_once(lambda number: eventually_answered(ports[number % 2], shown | {"new_password": f"{NEW_PASSWORD}-{number}"}), range(50))
    good = [number for number, answer in enumerate(answers) if answer.status == 200]
    assert len(good) == 1, [answer.status for answer in answers]
    assert all(dead(answer) for number, answer in enumerate(answers) if number not in good)
    assert post.log_in("ann", f"{NEW_PASSWORD}-{good[0]}").status == 200


def eventually_answered(port, body):
    """Whoever finds no place for hashing asks again."""
    def answer():
        said = ask(port, "POST", "/password/reset", json=body)
        return said if said.status != 503 else None
    return eventually(answer)


def test_the_newest_mail_kills_the_older(post):
    post.person()
    token, code = post.forgotten()
    newer, _ = post.forgotten(number=2)
    dead(post("/password/reset", token=token, new_password=NEW_PASSWORD))
    dead(post("/password/reset", email="ann@example.com", code=code, new_password=NEW_PASSWORD))
    assert post("/password/reset", token=newer, new_password=NEW_PASSWORD).status == 200


def test_a_link_is_dead_after_the_address_was_changed_the_account_disabled_or_deleted(post):
    for number, (name, change) in enumerate([("bob", ["user", "set-email", "bob", "other@example.com", "--verified"]), ("cid", ["user", "disable", "cid"]),
                                             ("dan", ["user", "delete", "dan", "--yes"])], start=1):
        post.person(name, f"{name}@example.com")
        token, _ = post.forgotten(f"{name}@example.com", number)
        post.keyhold(*change)
        dead(post("/password/reset", token=token, new_password=NEW_PASSWORD))


def test_an_unknown_address_is_answered_as_a_known_one_and_sent_nothing(post):
    post.person()
    post.person("gone", "gone@example.com")
    post.keyhold("user", "disable", "gone")
    answers = [post("/password/forgot", email=email) for email in ("ann@example.com", "nobody@example.com", "gone@example.com")]
    assert {answer.status for answer in answers} == {200} and {answer.body for answer in answers} == {json.dumps(SENT, separators=(",", ":")).encode()}
    varying = {"date", "x-request-id"}
    assert len({tuple((name, value) for name, value in answer.fields if name.lower() not in varying) for answer in answers}) == 1
    post.mail("Set a new password")

    def settled():
        rows = json.loads(post.keyhold("outbox", "list", "--json").stdout)
        return rows if len(rows) == 3 and all(row["state"] != "waiting" for row in rows) else None
    rows = {row["address"]: row for row in eventually(settled)}
    assert (rows["ann@example.com"]["state"], rows["nobody@example.com"]["state"]) == ("sent", "void")
    assert rows["nobody@example.com"]["said"] == rows["gone@example.com"]["said"] == "nobody has this address"
    assert len(post.mails.parsed()) == 1


def test_what_is_no_address_is_refused_whoever_has_it(post):
    invalid(post("/password/forgot", email="ann"), ("email", "value_error"))
    problem(post("/password/reset", email="ann", code="0000-0000", new_password=NEW_PASSWORD), 422, "validation_failed")
    problem(post("/password/reset", new_password=NEW_PASSWORD), 422, "validation_failed")


def test_a_password_that_is_refused_uses_nothing_up(post):
    post.person()
    token, code = post.forgotten()
    for _ in range(7):
        problem(post("/password/reset", token=token, new_password="short"), 422, "validation_failed")
        problem(post("/password/reset", email="ann@example.com", code=code, new_password="short"), 422, "validation_failed")
    assert post("/password/reset", email="ann@example.com", code=code, new_password=NEW_PASSWORD).status == 200


def test_links_come_from_the_issuer_whatever_a_request_calls_us(post):
    post.person()
    assert post("/password/forgot", host="evil.example", email="ann@example.com").status == 200
    assert post("/password/forgot", fields=[("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example")], email="ann@example.com").status == 200
    assert ask(post.port, "POST", "http://evil.example/password/forgot", json={"email": "ann@example.com"}).status == 200
    post.mail("Set a new password")
    eventually(lambda: all(row["state"] != "waiting" for row in json.loads(post.keyhold("outbox", "list", "--json").stdout)))
    for mail in post.mails.parsed():
        assert "evil.example" not in mail.as_string() and token_of(mail, "reset")


@pytest.mark.parametrize("post", [{"KEYHOLD_RECOVERY_MAILS_PER_RECIPIENT": "2", "KEYHOLD_RECOVERY_REQUESTS_PER_CLIENT": "7"}], indirect=True)
def test_so_many_mails_are_sent_to_an_address_and_asked_for_by_a_client(post):
    post.person()
    for email in ("ann@example.com", "nobody@example.com"):
        answers = [post("/password/forgot", email=spelled) for spelled in (email, email.upper(), email)]
        assert [answer.status for answer in answers] == [200, 200, 429] and 0 < int(answers[-1].header("retry-after")) <= 3600
    answers = [post("/password/forgot", email=f"{number}@example.com") for number in range(3)]
    assert [answer.status for answer in answers] == [200, 429, 429]
    problem(answers[-1], 429, "too_many_mails")
    assert int(answers[-1].header("retry-after")) > 0


@pytest.mark.parametrize("post", [{"KEYHOLD_RECOVERY_MAILS_PER_HOUR": "3"}], indirect=True)
def test_all_servers_together_send_so_many(post):
    assert [post("/password/forgot", email=f"{number}@example.com").status for number in range(4)] == [200, 200, 200, 429]


def test_an_account_that_is_locked_is_opened_by_a_new_password(post):
    post.person()
    for _ in range(10):
        post.log_in("ann", "pa55-wrong")
    problem(post.log_in("ann"), 429, "too_many_attempts")
    token, _ = post.forgotten()
    assert post("/password/reset", token=token, new_password=NEW_PASSWORD).status == 200
    assert post.log_in("ann", NEW_PASSWORD).status == 200


def test_whoever_registers_is_asked_to_verify_the_address(post):
    post.register("ann", "ann@example.com")
    session = post.tokens("ann")["access_token"]
    token = token_of(post.mail("Confirm your address"), "verify")
    problem(post("/email/verify", token=token), 401)
    post.register("eve")
    dead(post("/email/verify", who=post.tokens("eve")["access_token"], token=token))
    assert post.me(session).json()["email_verified"] is False
    assert post("/email/verify", who=session, token=token).json() == {"msg": "The address is verified"}
    assert post.me(session).json()["email_verified"] is True
    dead(post("/email/verify", who=session, token=token))
    problem(post("/email/verify/send", who=session), 409, "nothing_to_verify")


def test_a_mail_to_verify_is_asked_for_again_and_its_code_will_do(post):
    post.register("ann", "ann@example.com")
    session = post.tokens("ann")["access_token"]
    first = code_of(post.mail("Confirm your address"))
    assert post("/email/verify/send", who=session).status == 200
    second = code_of(post.mail("Confirm your address", 2))
    dead(post("/email/verify", who=session, code=first))
    assert post("/email/verify", who=session, code=second).status == 200


def test_a_mail_to_verify_an_address_does_not_verify_the_next_one(post):
    post.register("ann", "ann@example.com")
    session = post.tokens("ann")["access_token"]
    token = token_of(post.mail("Confirm your address"), "verify")
    post.keyhold("user", "set-email", "ann", "victim@example.com")
    dead(post("/email/verify", who=session, token=token))
    assert post.me(session).json()["email_verified"] is False


def test_whoever_registers_an_address_of_somebody_else_loses_it_with_all_he_has(post):
    """Pre-hijacking (Sudhodanan and Paverd, USENIX Security 2022): the attacker waits in an account that he made for the victim's address."""
    post.register("victim@example.com", password="pa55-of-the-attacker")
    attacker = post.tokens("victim@example.com", "pa55-of-the-attacker")
    link = token_of(post.mail("Confirm your address"), "verify")
    # The victim cannot verify it for him: that asks for the attacker's session too.
    problem(post("/email/verify", token=link), 401)
    assert post.me(attacker["access_token"]).json()["email_verified"] is False
    token, _ = post.forgotten("victim@example.com")
    assert post("/password/reset", token=token, new_password=NEW_PASSWORD).status == 200
    problem(post.me(attacker["access_token"]), 401)
    problem(post("/refresh", refresh_token=attacker["refresh_token"]), 401)
    problem(post.log_in("victim@example.com", "pa55-of-the-attacker"), 401)
    problem(post("/email/verify", who=attacker["access_token"], token=link), 401)
    victim = post.tokens("victim@example.com", NEW_PASSWORD)
    assert post.me(victim["access_token"]).json()["email_verified"] is True


def test_a_changed_password_is_told_of_and_whoever_it_was_not_ends_all_sessions(post):
    post.person()
    session = post.tokens("ann")
    problem(post("/password", who=session["access_token"], current_password="pa55-wrong", new_password=NEW_PASSWORD), 403)
    assert post("/password", who=session["access_token"], current_password=PASSWORD, new_password=NEW_PASSWORD).status == 200
    assert post.me(session["access_token"]).status == 200
    mail = post.mail("was changed")
    assert "from 127.0.0.1" in text_of(mail) and NEW_PASSWORD not in mail.as_string()
    token = token_of(mail, "not-me")
    reset, _ = post.forgotten()
    assert ask(post.port, "GET", f"/not-me?token={token}").status == 200 and post.me(session["access_token"]).status == 200
    assert post("/sessions/not-me", token=token).json() == {"msg": "All sessions of the account have ended"}
    problem(post.me(session["access_token"]), 401)
    dead(post("/sessions/not-me", token=token))
    dead(post("/password/reset", token=reset, new_password=NEW_PASSWORD))
    assert len([mail for mail in post.mails.parsed() if "was changed" in mail["Subject"]]) == 1, "a wrong password tells of nothing"


def test_the_mail_for_a_new_password_that_nobody_asked_for_can_be_denied(post):
    post.person()
    session = post.tokens("ann")["access_token"]
    token, _ = post.forgotten()
    assert post("/sessions/not-me", token=token_of(post.mail("Set a new password"), "not-me")).status == 200
    problem(post.me(session), 401)
    dead(post("/password/reset", token=token, new_password=NEW_PASSWORD))


def test_no_administrator_keeps_a_notice_from_its_owner_by_setting_the_address_that_is_there(post):
    post.person()
    post.person("root", "root@example.com")
    post.keyhold("role", "grant", "admin", "root")
    root = post.tokens("root")["access_token"]

    def change(what, body):
        path = f"/admin/api/users/{ask(post.port, 'GET', '/admin/api/users?username=ann', token=root).json()['users'][0]['id']}"
        seen = ask(post.port, "GET", path, token=root).header("etag")
        return ask(post.port, "PUT", path + what, json=body, token=root, fields=[("If-Match", seen)]).json()
    assert change("/email", {"email": "ANN@example.com", "verified": False})["email_verified"] is True
    assert change("/password", {"password": NEW_PASSWORD})["email"] == "ANN@example.com"
    assert post.mail("was changed")["To"] == "ANN@example.com"
    post.keyhold("user", "set-email", "ann", "ann@example.com")
    post.keyhold("user", "set-password", "ann", stdin=PASSWORD + "\n")
    assert post.mail("was changed", 2)["To"] == "ann@example.com"


def test_an_address_that_nobody_verified_is_sent_no_notices(post):
    post.register("ann", "ann@example.com")
    post.mail("Confirm your address")
    session = post.tokens("ann")["access_token"]
    assert post("/password", who=session, current_password=PASSWORD, new_password=NEW_PASSWORD).status == 200
    assert [row["kind"] for row in json.loads(post.keyhold("outbox", "list", "--json").stdout)] == ["verify"]


def test_what_was_invented_is_refused_by_every_door(post):
    post.person()
    session = post.tokens("ann")["access_token"]
    token, _ = post.forgotten()
    for invented in ("", "khl_", f"khl_{secrets.token_urlsafe(32)}", token[:-1], token.upper(), "\x00", "x" * 5000):
        assert post("/password/reset", token=invented, new_password=NEW_PASSWORD).status in (400, 422)
        assert post("/email/verify", who=session, token=invented).status in (400, 422)
        assert post("/sessions/not-me", token=invented).status in (400, 422)
    # A link of one purpose is none of another.
    dead(post("/sessions/not-me", token=token))
    dead(post("/email/verify", who=session, token=token))
    dead(post("/password/reset", token=token_of(post.mail("Set a new password"), "not-me"), new_password=NEW_PASSWORD))
    assert post.log_in("ann").status == 200


def test_a_server_that_sends_no_mail_says_so(start):
    server = start(QUICK | {"KEYHOLD_BCRYPT_COST": "10"}, arguments=("serve", "--bind", "127.0.0.1:0", "--issuer", ISSUER, "--database-url", "sqlite:///./keyhold.db"))
    problem(ask(server.port, "POST", "/password/forgot", json={"email": "ann@example.com"}), 404, "no_mail")


@pytest.mark.parametrize("body", [{"username": "eve", "email": "ANN@example.com"}, {"username": "ann@example.com"}])
def test_whoever_registers_a_taken_address_is_answered_as_for_a_free_one_and_its_owner_is_told(post, body):
    post.person()
    free = {name: value.replace("ANN@", "free@").replace("ann@", "free@") for name, value in body.items()} | ({"username": "dan"} if "email" in body else {})
    taken, made = (post("/register", password=PASSWORD, **fields) for fields in (body, free))
    for answer in (taken, made):
        assert (answer.status, set(answer.json()), answer.json()["msg"]) == (200, {"msg", "id", "username"}, "User created successfully")
    assert taken.json()["username"] == body["username"] and [name for name, _ in taken.fields] == [name for name, _ in made.fields]
    told = post.mail("You have an account")
    assert told["To"] == "ann@example.com" and "your account ann" in text_of(told) and "khl_" not in text_of(told)
    problem(post.log_in(body["username"], "pa55-wrong"), 401)
    assert post.log_in("ann").status == 200
    for _ in range(5):
        assert post("/register", password=PASSWORD, **body).status == 200

    def settled():
        states = [row["state"] for row in json.loads(post.keyhold("outbox", "list", "--json").stdout) if row["kind"] == "taken"]
        return states if "waiting" not in states else None
    states = eventually(settled)
    assert len(states) == 6 and states.count("void") == 3, "he is told of three in an hour, and each costs a row"
    problem(post("/register", username="ann", password=PASSWORD), 400, "username_taken")


def test_a_name_that_somebody_chose_is_in_no_mail_to_an_address_that_he_did_not_verify(post):
    """Whoever registers an address of somebody else would have a sentence of his own sent there."""
    sentence = "You won 1000 EUR: see evil.example/win"
    post.register(sentence, "target@example.com")
    post.register("second", "target@example.com")
    assert "your account target@example.com" in text_of(post.mail("You have an account"))
    post.forgotten("target@example.com")
    assert not [mail for mail in post.mails.parsed() if "evil.example" in mail.as_string()]
