# SPDX-License-Identifier: Apache-2.0
"""Another address: both sides agree, and the old one can undo it. A link to sign in."""
import json

import pytest
from expect import problem
from mail_reader import NEW_PASSWORD, code_of, dead, text_of, token_of
from server import PASSWORD
from wire import ask

ASKED = {"msg": "A mail is on its way to each address that has to agree"}
ONE_SIDE = {"msg": "The other address has to agree yet"}
CHANGED = {"msg": "The address is changed"}
OLD, NEW = "ann@example.com", "new@example.com"


@pytest.fixture
def session(post):
    post.person()
    return post.tokens("ann")["access_token"]


def ask_for(post, session, email=NEW):
    assert post("/email/change", who=session, email=email, current_password=PASSWORD).json() == ASKED


def address_of(post, session):
    return post.me(session).json()["email"]


@pytest.mark.parametrize("first", ["new", "old"])
def test_an_address_changes_when_both_sides_have_agreed(post, session, first):
    ask_for(post, session)
    to_new, to_old = post.mail("Confirm your new address"), post.mail("Agree to the new address")
    assert (to_new["To"], to_old["To"]) == (NEW, OLD) and NEW in text_of(to_old) and "The old address is asked too." in " ".join(text_of(to_new).split())
    new = lambda: post("/email/change/confirm", who=session, code=code_of(to_new))  # noqa: E731
    old = lambda: post("/email/change/agree", token=token_of(to_old, "agree-address"))  # noqa: E731
    one, other = (new, old) if first == "new" else (old, new)
    assert one().json() == ONE_SIDE and address_of(post, session) == OLD
    dead(one())
    assert other().json() == CHANGED and address_of(post, session) == NEW
    dead(other())
    assert post.me(session).json()["email_verified"] is True and post.log_in(NEW).status == 200
    problem(post.log_in(OLD), 401)
    told = post.mail("has a new address")
    assert told["To"] == OLD and NEW in text_of(told)


def test_both_sides_agree_by_codes_where_links_are_not_to_be_had(post, session):
    ask_for(post, session)
    new, old = (code_of(post.mail(subject)) for subject in ("Confirm your new address", "Agree to the new address"))
    problem(post("/email/change/agree", code=old), 422, "validation_failed")
    dead(post("/email/change/agree", email="nobody@example.com", code=old))
    dead(post("/email/change/agree", email=OLD, code="0000-0000"))
    assert post("/email/change/agree", email=OLD.upper(), code=old.lower()).json() == ONE_SIDE
    dead(post("/email/change/agree", email=OLD, code=old))
    assert post("/email/change/confirm", who=session, code=new).json() == CHANGED and address_of(post, session) == NEW


def test_an_address_that_was_never_verified_is_not_asked(post):
    post.register("bob", "bob@example.com")
    session = post.tokens("bob")["access_token"]
    ask_for(post, session)
    mail = post.mail("Confirm your new address")
    assert "old address" not in text_of(mail)
    token = token_of(mail, "confirm-address")
    problem(post("/email/change/confirm", token=token), 401)
    post.register("eve")
    dead(post("/email/change/confirm", who=post.tokens("eve")["access_token"], token=token))
    assert post("/email/change/confirm", who=session, token=token).json() == CHANGED
    assert {mail["To"] for mail in post.mails.parsed()} == {"bob@example.com", NEW}, "and it is told of nothing"


def test_the_old_address_undoes_the_change_and_all_sessions_end(post, session):
    ask_for(post, session)
    new, old = code_of(post.mail("Confirm your new address")), token_of(post.mail("Agree to the new address"), "agree-address")
    assert post("/email/change/agree", token=old).json() == ONE_SIDE
    assert post("/email/change/confirm", who=session, code=new).json() == CHANGED
    undo = token_of(post.mail("has a new address"), "undo-address")
    assert ask(post.port, "GET", f"/undo-address?token={undo}").status == 200 and address_of(post, session) == NEW
    # Whoever has the new address has got a mail for a new password: it is worth nothing after that.
    reset, _ = post.forgotten(NEW)
    assert post("/email/change/undo", token=undo).json() == {"msg": "The address is what it was; all sessions have ended"}
    problem(post.me(session), 401)
    dead(post("/password/reset", token=reset, new_password=NEW_PASSWORD))
    dead(post("/email/change/undo", token=undo))
    assert address_of(post, post.tokens("ann")["access_token"]) == OLD


def test_whoever_is_called_by_the_address_is_called_by_the_new_one(post):
    post.person("ann@example.com", "ann@example.com")
    session = post.tokens("ann@example.com")["access_token"]
    ask_for(post, session)
    post("/email/change/confirm", who=session, code=code_of(post.mail("Confirm your new address")))
    assert post("/email/change/agree", token=token_of(post.mail("Agree to the new address"), "agree-address")).json() == CHANGED
    assert json.loads(post.keyhold("user", "show", NEW, "--json").stdout)["username"] == NEW


def test_an_address_that_somebody_takes_meanwhile_is_not_taken_from_him(post, session):
    ask_for(post, session)
    post.person("bob", NEW)
    new, old = code_of(post.mail("Confirm your new address")), token_of(post.mail("Agree to the new address"), "agree-address")
    assert post("/email/change/agree", token=old).json() == ONE_SIDE
    problem(post("/email/change/confirm", who=session, code=new), 400, "email_taken")
    assert address_of(post, session) == OLD


def test_this_was_not_me_ends_a_change_that_waits(post, session):
    ask_for(post, session)
    new, to_old = code_of(post.mail("Confirm your new address")), post.mail("Agree to the new address")
    assert post("/email/change/confirm", who=session, code=new).json() == ONE_SIDE
    assert post("/sessions/not-me", token=token_of(to_old, "not-me")).status == 200
    problem(post.me(session), 401)
    dead(post("/email/change/agree", token=token_of(to_old, "agree-address")))


def test_a_change_asks_for_the_password_and_for_another_address(post, session):
    problem(post("/email/change", who=session, email=NEW, current_password="pa55-wrong"), 403, "wrong_password")
    problem(post("/email/change", who=session, email="ANN@example.com", current_password=PASSWORD), 409, "nothing_to_change")
    problem(post("/email/change", who=session, email="nothing", current_password=PASSWORD), 422)
    problem(post("/email/change", email=NEW, current_password=PASSWORD), 401)
    assert not post.mails.parsed()


def test_a_new_request_kills_the_one_before(post, session):
    ask_for(post, session)
    old = token_of(post.mail("Agree to the new address"), "agree-address")
    assert post("/email/change/agree", token=old).json() == ONE_SIDE
    ask_for(post, session, "third@example.com")
    third = code_of(post.mail("Confirm your new address", 2))
    assert post("/email/change/confirm", who=session, code=third).json() == ONE_SIDE, "what was agreed to was another address"
    assert address_of(post, session) == OLD


def test_a_link_signs_in_once_whoever_is_locked_out(post, session):
    for _ in range(10):
        post.log_in("ann", "pa55-wrong")
    problem(post.log_in("ann"), 429)
    older = json.loads(post.keyhold("user", "login-link", "ann", "--json").stdout)
    link = json.loads(post.keyhold("user", "login-link", OLD, "--json").stdout)
    assert link["url"] == f"https://id.example.org/sign-in-link?token={link['token']}"
    assert ask(post.port, "GET", f"/sign-in-link?token={link['token']}").status == 200
    dead(post("/login/link", token=older["token"]))
    signed_in = post("/login/link", token=link["token"])
    assert signed_in.status == 200 and post.me(signed_in.json()["access_token"]).json()["username"] == "ann"
    dead(post("/login/link", token=link["token"]))
    post.keyhold("user", "login-link", "nobody", check=3)


def test_a_link_signs_nobody_in_whose_account_is_disabled(post, session):
    token = json.loads(post.keyhold("user", "login-link", "ann", "--json").stdout)["token"]
    post.keyhold("user", "disable", "ann")
    dead(post("/login/link", token=token))
    post.keyhold("user", "login-link", "ann", check=3)
