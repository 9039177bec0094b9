# SPDX-License-Identifier: Apache-2.0
"""Devices without a browser: a code is shown there and typed elsewhere (RFC 8628)."""
import re
import threading
from urllib.parse import urlsplit

import pytest
from oidc import OURS, Browser, Provider, form_of
from people import coming_back
from server import run
from test_client_keys import error_of
from wire import ask

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def tv(provider):
    return provider.client("tv", "--name", "The TV", "--public", "--grant", GRANT, "--grant", "refresh_token")


def begin(client, status=200, **more):
    answer = ask(client.provider.port, "POST", "/oauth/device", form={"client_id": client.id, "scope": "openid profile"} | more)
    assert answer.status == status and answer.header("cache-control") == "no-store", (answer.status, answer.body)
    return answer.json()


def poll(client, begun, **more):
    return client.token(grant_type=GRANT, device_code=begun["device_code"], **more)


def type_code(browser, code):
    fields, action = form_of(browser.ask("GET", "/device"))
    assert action.endswith("device")
    return browser.ask("POST", "/device", fields=OURS, form=fields | {"user_code": code})


def say(browser, code, decision):
    fields, _ = form_of(type_code(browser, code))
    return browser.ask("POST", "/device/decision", fields=OURS, form=fields | {"decision": decision})


def test_a_person_allows_a_device_by_the_code_that_it_shows(provider, tv, ann):
    begun = begin(tv)
    # RFC 8628 §3.2, §6.1
    assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", begun["user_code"])
    assert begun["verification_uri"] == provider.url + "/device" and begun["verification_uri_complete"] == f"{provider.url}/device?user_code={begun['user_code']}"
    assert begun["expires_in"] == 600 and begun["interval"] == 5 and len(begun["device_code"]) == 43
    assert error_of(poll(tv, begun)) == "authorization_pending"
    page = type_code(ann, begun["user_code"].lower().replace("-", " "))
    assert b"<code>" + begun["user_code"].lower().replace("-", " ").encode() + b"</code>" in page.body, "to be compared with the device's"
    assert b"The TV" in page.body and b"know that it is you" in page.body and page.status == 200
    fields, _ = form_of(page)
    done = ann.ask("POST", "/device/decision", fields=OURS, form=fields | {"decision": "allow"})
    assert done.status == 200 and b"may go on" in done.body
    body = poll(tv, begun).json()
    assert tv.id_token(body["id_token"])["aud"] == "tv" and body["scope"] == "openid profile" and body["token_type"] == "Bearer"
    assert ask(provider.port, "GET", "/protected", token=body["access_token"]).json() == {"message": "Welcome ann"}
    assert tv.refresh(body["refresh_token"]).status == 200
    assert type_code(ann, begun["user_code"]).status == 400, "it was typed once"


def test_a_device_that_asks_too_often_is_slowed_down_for_good(tv):
    begun = begin(tv)
    assert error_of(poll(tv, begun)) == "authorization_pending"
    assert [error_of(poll(tv, begun)) for _ in range(3)] == ["slow_down"] * 3


def test_a_code_that_was_denied_or_is_anothers_or_invented_brings_nothing(provider, tv, ann):
    begun = begin(tv)
    assert b"refused" in say(ann, begun["user_code"], "deny").body
    assert error_of(poll(tv, begun)) == "access_denied"
    other = provider.client("radio", "--public", "--grant", GRANT)
    assert error_of(poll(other, begin(tv))) == "invalid_grant"
    assert error_of(tv.token(grant_type=GRANT, device_code="x" * 43)) == "invalid_grant"
    assert error_of(tv.token(grant_type=GRANT)) == "invalid_request"
    shop = provider.client("shop")
    assert error_of(ask(provider.port, "POST", "/oauth/device", form={"client_id": "shop", "client_secret": shop.secret})) == "unauthorized_client"
    assert error_of(ask(provider.port, "POST", "/oauth/device", form={"client_id": "shop"})) == "invalid_client"
    assert error_of(ask(provider.port, "POST", "/oauth/device", form={})) == "invalid_client"
    refused = begin(tv, 400, scope="unknown")
    assert refused["error"] == "invalid_scope" and "none of these scopes" in refused["error_description"]


def test_of_fifty_questions_at_once_one_brings_tokens_and_a_later_one_ends_them(provider, tv, ann):
    begun, answers, start = begin(tv), [], threading.Barrier(50)
    say(ann, begun["user_code"], "allow")

    def come():
        start.wait()
        answers.append(coming_back(lambda: poll(tv, begun)))

    threads = [threading.Thread(target=come) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] + [400] * 49
    body = next(answer.json() for answer in answers if answer.status == 200)
    assert error_of(poll(tv, begun)) == "invalid_grant"
    assert ask(provider.port, "GET", "/protected", token=body["access_token"]).status == 401


def test_what_a_device_was_given_stays_when_the_person_signs_out_here_and_ends_with_the_password(provider, tv):
    bob = Browser(provider, "bob")
    begun = begin(tv)
    say(bob, begun["user_code"], "allow")
    body = poll(tv, begun).json()
    bob.sign_out()
    assert ask(provider.port, "GET", "/protected", token=body["access_token"]).status == 200
    run("session", "revoke-all", "bob", folder=provider.folder, env={"KEYHOLD_LOG_FORMAT": "json"}, check=0)
    assert ask(provider.port, "GET", "/protected", token=body["access_token"]).status == 401


def log_out(browser, _):
    browser.sign_out()


def end_by_id(browser, session):
    assert browser.ask("DELETE", f"/sessions/{session}", fields=OURS).status == 200


def end_by_command(browser, session):
    run("session", "revoke", session, folder=browser.provider.folder, env={"KEYHOLD_LOG_FORMAT": "json"}, check=0)


@pytest.mark.parametrize("end", [log_out, end_by_id, end_by_command])
def test_what_was_allowed_in_a_session_and_not_fetched_is_over_with_that_session(provider, tv, end):
    gus, shop = Browser(provider, f"gus-{end.__name__}"), provider.client(f"shop-{end.__name__}", "--first-party")
    elsewhere = Browser(provider)
    elsewhere.name = gus.name
    elsewhere.sign_in()
    session = next(one["id"] for one in gus.ask("GET", "/sessions").json()["sessions"] if one["current"])
    allowed, kept = begin(tv), begin(tv)
    say(gus, allowed["user_code"], "allow")
    say(elsewhere, kept["user_code"], "allow")
    code = shop.answer_of(gus)["code"]
    end(gus, session)
    assert error_of(poll(tv, allowed)) == "access_denied"
    assert error_of(shop.redeem(code)) == "invalid_grant"
    assert poll(tv, kept).status == 200, "it was allowed in another session"


def test_nobody_types_a_code_without_signing_in_and_no_link_allows_anything(provider, tv, ann):
    begun = begin(tv)
    away = Browser(provider).ask("GET", f"/device?user_code={begun['user_code']}", fields=[("Accept", "text/html")])
    assert away.status == 303 and "sign-in?return_to=/device" in away.header("location")
    page = ann.ask("GET", urlsplit(begun["verification_uri_complete"]).path + "?user_code=" + begun["user_code"])
    assert begun["user_code"].encode() in page.body and b"The TV" not in page.body, "the person has to compare it first"
    fields, _ = form_of(type_code(ann, begun["user_code"]))
    for wrong in ([("Origin", "https://evil.tv")], []):
        assert ann.ask("POST", "/device/decision", fields=wrong, form=fields | {"decision": "allow"}).status == 403
    assert ann.ask("POST", "/device/decision", fields=OURS, form={"user_code": begun["user_code"], "decision": "allow"}).status == 403
    assert error_of(poll(tv, begun)) == "authorization_pending"


def test_guesses_at_codes_are_counted(tmp_path):
    provider = Provider(tmp_path, {"KEYHOLD_ADDRESS_FAILURES": "20"})
    tv, eve = provider.client("tv", "--public", "--grant", GRANT), Browser(provider, "eve")
    begun = begin(tv)
    statuses = [type_code(eve, "BCDF-GHJ" + last).status for last in "KLMNPQRSTVWXZ" * 2]
    assert statuses[0] == 400 and statuses[-1] == 429
    assert type_code(eve, begun["user_code"]).status == 429, "the right one, too"
    provider.stop()
