# SPDX-License-Identifier: Apache-2.0
"""What applications are told of a person: every claim of the scope `profile` (OpenID Connect Core §5.1, §5.4)."""
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from expect import problem
from oidc import Browser
from people import coming_back
from server import PASSWORD, run
from wire import ask

# §5.4 names these claims for the scope, and no others.
CLAIMS = {"name": "Ann Lee", "family_name": "Lee", "given_name": "Ann", "middle_name": "Mae", "nickname": "annie", "profile": "https://example.com/ann", "picture": "https://example.com/ann.png",
          "website": "https://ann.example", "gender": "female", "birthdate": "0000-02-29", "zoneinfo": "Europe/Paris", "locale": "fr-CA"}


@pytest.fixture(scope="module")
def app(provider):
    return provider.client("app", "--first-party", "--public")


def keyhold(provider, *arguments, stdin="", check=0):
    return run(*arguments, folder=provider.folder, env=provider.env, stdin=stdin, check=check)


def token_of(provider, name):
    return ask(provider.port, "POST", "/login", json={"username": name, "password": PASSWORD}).json()["access_token"]


def put(provider, profile, token, path="/me/profile"):
    """As somebody who looked at it a moment ago."""
    seen = ask(provider.port, "GET", path, token=token).header("etag")
    return ask(provider.port, "PUT", path, json=profile, fields=[("If-Match", seen)], token=token)


def told(provider, app, browser, **more):
    return ask(provider.port, "GET", "/oauth/userinfo", token=app.tokens(browser, **more)["access_token"]).json()


def test_an_application_is_told_what_a_person_has_said(provider, app):
    bob = Browser(provider, "bob")
    token = token_of(provider, "bob")
    assert ask(provider.port, "GET", "/me/profile", token=token).json() == {}
    done = put(provider, CLAIMS, token)
    assert done.status == 200 and done.json() == CLAIMS
    info = told(provider, app, bob, scope="openid profile")
    assert info.pop("updated_at") > 1_700_000_000 and info.pop("sub")
    assert info == CLAIMS | {"preferred_username": "bob"}
    assert set(told(provider, app, bob, scope="openid")) == {"sub"}
    assert told(provider, app, bob, claims='{"userinfo": {"birthdate": null}}')["birthdate"] == "0000-02-29"
    known = set(ask(provider.port, "GET", "/.well-known/openid-configuration").json()["claims_supported"])
    assert known >= set(CLAIMS) | {"updated_at", "preferred_username"}


def test_an_id_token_says_what_userinfo_says(provider, app):
    """OpenID Connect Core §5.5: each claim can be asked for by its name, and means the same in both places."""
    tim = Browser(provider, "tim")
    put(provider, CLAIMS, token_of(provider, "tim"))
    asked = [*CLAIMS, "updated_at", "preferred_username"]
    body = app.tokens(tim, scope="openid", claims=json.dumps({"id_token": dict.fromkeys(asked)}))
    assert body["scope"] == "openid profile", "each brings its scope"
    said = app.id_token(body["id_token"])
    info = ask(provider.port, "GET", "/oauth/userinfo", token=body["access_token"]).json()
    assert {name: said.get(name) for name in asked} == {name: info[name] for name in asked}
    assert {name: said[name] for name in CLAIMS} == CLAIMS and said["preferred_username"] == "tim"
    few = app.id_token(app.tokens(tim, claims='{"id_token": {"given_name": {"essential": true}}}')["id_token"])
    assert few["given_name"] == "Ann" and not {"name", "family_name", "preferred_username", "updated_at"} & few.keys()


def test_what_is_not_said_again_is_known_no_more(provider, app):
    eve = Browser(provider, "eve")
    token = token_of(provider, "eve")
    put(provider, CLAIMS, token)
    assert put(provider, {"nickname": "e"}, token).json() == {"nickname": "e"}
    info = told(provider, app, eve, scope="openid profile")
    assert info["name"] == "eve" and info["nickname"] == "e" and "given_name" not in info


@pytest.fixture(scope="module")
def kim(provider):
    Browser(provider, "kim")
    return token_of(provider, "kim")


@pytest.mark.parametrize("claim, value", [("picture", "javascript:alert(1)"), ("website", "ftp://example.com/"), ("profile", "https://a b"), ("birthdate", "1990-02-30"), ("birthdate", "yesterday"),
                                          ("locale", "<b>"), ("zoneinfo", "Europe Paris"), ("name", ""), ("name", "x" * 201), ("gender", 3)])
def test_what_is_no_such_claim_is_refused(provider, kim, claim, value):
    refused = put(provider, {claim: value}, kim)
    assert refused.status == 422, refused.body
    assert ask(provider.port, "GET", "/me/profile", token=kim).json() == {}


def test_nobody_is_asked_without_a_token(provider):
    for method in ("GET", "PUT"):
        problem(ask(provider.port, method, "/me/profile", json={}, fields=[("If-Match", '"x"')]), 401, "not_authenticated")


def test_an_operator_shows_and_sets_a_profile(provider, app):
    pat = Browser(provider, "pat")
    made = keyhold(provider, "user", "profile", "pat", "--set", stdin=json.dumps({"given_name": "Pat"}))
    assert json.loads(made.stdout) == {"given_name": "Pat"}
    assert json.loads(keyhold(provider, "user", "profile", "pat").stdout) == {"given_name": "Pat"}
    assert told(provider, app, pat, scope="openid profile")["given_name"] == "Pat"
    for wrong in ("", "[]", '{"birthdate": "1990-02-30"}', '{"picture": "file:///etc/passwd"}'):
        refused = keyhold(provider, "user", "profile", "pat", "--set", stdin=wrong, check=None)
        assert refused.returncode != 0 and refused.stderr.startswith("keyhold: "), (wrong, refused)
    assert json.loads(keyhold(provider, "user", "profile", "pat").stdout) == {"given_name": "Pat"}


def test_an_administrator_may_speak_for_whoever_may_do_no_more(provider):
    names = ["root", "sam"]
    for name in names:
        Browser(provider, name)
    keyhold(provider, "role", "grant", "admin", "root")
    root, sam = (token_of(provider, name) for name in names)
    users = {user["username"]: user["id"] for user in ask(provider.port, "GET", "/admin/api/users", token=root).json()["users"]}
    path = f"/admin/api/users/{users['sam']}/profile"
    assert put(provider, {"name": "Sam"}, root, path).json() == {"name": "Sam"}
    assert ask(provider.port, "GET", path, token=root).json() == {"name": "Sam"}
    assert ask(provider.port, "GET", path, token=sam).status == 403
    assert ask(provider.port, "PUT", path, json={"name": "X"}, fields=[("If-Match", '"x"')], token=sam).status == 403
    assert ask(provider.port, "GET", "/admin/api/users/nobody/profile", token=root).status == 404


def test_a_change_is_of_what_was_seen_and_of_two_at_once_the_second_is_told(provider):
    Browser(provider, "tag")
    Browser(provider, "chief")
    keyhold(provider, "role", "grant", "admin", "chief")
    mine, chiefs = token_of(provider, "tag"), token_of(provider, "chief")
    me = ask(provider.port, "GET", "/me", token=mine).json()["id"]
    for path, token in (("/me/profile", mine), (f"/admin/api/users/{me}/profile", chiefs)):
        before = ask(provider.port, "GET", path, token=token).header("etag")
        assert re.fullmatch('"[A-Za-z0-9_-]+"', before)
        problem(ask(provider.port, "PUT", path, json={"name": "T"}, token=token), 428, "precondition_required")
        done = put(provider, {"name": f"T {path}"}, token, path)
        assert done.status == 200 and done.header("etag") != before
        assert ask(provider.port, "GET", path, token=token).header("etag") == done.header("etag")
        for stale in (before, f"W/{done.header('etag')}", done.header("etag").strip('"')):
            problem(ask(provider.port, "PUT", path, json={"name": "late"}, fields=[("If-Match", stale)], token=token), 412, "precondition_failed")
        assert ask(provider.port, "GET", path, token=token).json() == {"name": f"T {path}"}
    seen = ask(provider.port, "GET", "/me/profile", token=mine).header("etag")
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda n: coming_back(lambda: ask(provider.port, "PUT", "/me/profile", json={"name": f"T{n}"}, fields=[("If-Match", seen)], token=mine)).status, range(20)))
    assert sorted(statuses) == [200] + [412] * 19
