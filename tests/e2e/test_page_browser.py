# SPDX-License-Identifier: Apache-2.0
"""The pages in a real Chromium: by keyboard, with JavaScript and without, in light and dark, narrow and wide."""
import json
import shutil
from urllib.parse import urlsplit

import pytest
from mail_reader import token_of
from others import node
from page_reader import Browser
from people import Account
from server import PASSWORD, QUICK, run
from wire import ask

# A '+' is for those who are signed in, a '>' for the answer to the form, which is empty.
PAGES = ["/", "/sign-in", "/sign-up", "/sign-out", "/nope", "/problems", "/problems/token_expired", "+/account", "+/account/password", "+/account/sessions",
         "+/account/close", "+/sign-out", "+/sign-in?again=1", "/forgot", "/reset", "/verify", "+/verify", "+/account/address", "/not-me?token=x", "/first-administrator?token=x", "/sign-up?invitation=khi_x",
         "/agree-address", "/agree-address?token=x", "/undo-address", "/confirm-address", "+/confirm-address", "/sign-in-link?token=x", "/device", "+/device", "+/account/applications", "+/account/events", "/dev/inbox", ">/sign-in", ">/sign-up", ">/forgot", ">/reset", "+>/verify",
         "+>/account/password", "+>/account/close", "+>/account/address", "+>/device", "+>/confirm-address", "+/oauth/end-session", "/oauth/authorize?client_id=x"]


def browse(script, url, folder, *arguments, **env):
    browser = shutil.which("chromium")
    assert browser, "Debian's chromium is missing: ./test installs it"
    return node(script, url, folder, *arguments, env={"BROWSER": browser, "PASSWORD": PASSWORD, **env}, seconds=500)


@pytest.fixture(scope="module", params=["on", "off"])
def seen(server, request, tmp_path_factory):
    return browse("pages.mjs", server.url, tmp_path_factory.mktemp("pages"), SCRIPTS=request.param, USERNAME=f"walker-{request.param}") | {
        "with": request.param}


def test_what_was_typed_is_kept_but_the_password(seen):
    assert seen["refusedSignUp"]["title"].startswith("Error: ")
    assert (seen["refusedSignUp"]["kept"], seen["refusedSignUp"]["password"]) == (f"walker-{seen['with']}", "")
    assert seen["refusedSignIn"]["title"].startswith("Error: ")
    assert seen["refusedSignIn"]["kept"] == f"walker-{seen['with']}"
    assert "not right" in seen["refusedSignIn"]["error"]


def test_one_signs_up_and_in_and_out(seen):
    assert seen["signedUp"] == "/account" and f"walker-{seen['with']}" in seen["greeted"]
    assert seen["signedOut"] == "You are signed out"
    assert seen["signedIn"] == "/sign-out", "where one wanted to go"


def test_the_way_back_shows_nobody_who_has_signed_out(seen):
    assert f"walker-{seen['with']}" not in seen["afterBack"]


def test_show_is_there_with_a_script_alone(seen):
    assert seen["scripted"] == (seen["with"] == "on")
    assert seen.get("shown", "text") == "text"


def test_a_page_asks_nothing_of_others_and_breaks_no_rule_of_its_policy(seen):
    assert seen["problems"] == []


@pytest.mark.parametrize("scripts", ["on", "off"])
def test_a_keyboard_does_from_the_start_page_to_an_account_that_is_closed_and_open_again(start, tmp_path, scripts):
    server = start()
    assert ask(server.port, "POST", "/register", json={"username": "boss", "password": PASSWORD}).status == 200
    run("role", "grant", "admin", "boss", folder=server.folder, env=server.env, check=0)
    seen = browse("keyboard.mjs", server.url, tmp_path, SCRIPTS=scripts, USERNAME="typist", BOSS="boss")
    assert seen["unseen"] == [], "one sees where one is"
    assert (seen["signedUp"], seen["sessions"], seen["signedOut"]) == ("/account", "/account/sessions", "You are signed out")
    assert "Your password is changed" in seen["changed"] and seen["closed"] == "Your account is closed" and "open again" in seen["back"]
    assert seen["ticked"]["where"].startswith("/admin/users") and seen["ticked"]["done"] == 0, "Enter on a ticked box does nothing"
    assert seen["problems"] == []


@pytest.mark.parametrize("scripts", ["on", "off"])
def test_links_of_mails_lead_to_where_they_say(start, tmp_path, scripts):
    """`dev` shows the mails at /dev/inbox, so the browser is all that the person needs."""
    server = start(QUICK | {"KEYHOLD_ISSUER": "https://id.example.org"})

    def keyhold(*arguments):
        return json.loads(run(*arguments, "--json", folder=server.folder, env=server.env, stdin=PASSWORD + "\n", check=0).stdout)
    run("user", "add", "locked-out", folder=server.folder, env=server.env, stdin=PASSWORD + "\n", check=0)
    ways = {name: server.url + urlsplit(url).path + "?" + urlsplit(url).query
            for name, url in (("LINK", keyhold("user", "login-link", "locked-out")["url"]), ("INVITED", keyhold("user", "invite")["url"]))}
    seen = browse("mailed_ways.mjs", server.url, tmp_path, SCRIPTS=scripts, USERNAME="reader", **ways)
    assert (seen["verify"], seen["verified"]) == ("Confirm your address", "Your address is confirmed.")
    assert "on their way" in seen["asked"] and seen["oneSide"].startswith("Noted.") and seen["changed"] == "The address of your account is changed."
    assert "a mail is on its way" in seen["forgotten"] and seen["refused"].startswith("Error: ") and "Your password is changed" in seen["reset"]
    assert (seen["signedIn"], seen["link"], seen["cameByLink"], seen["usedLink"]) == ("/account", "Sign in by a link", "/account", "This link does not work")
    assert "reader-2" in seen["cameByInvitation"]
    assert seen["problems"] == []


def test_pages_of_other_origins_do_nothing_in_the_name_of_whoever_is_signed_in(start, tmp_path):
    """`dev` lets pages of each port of this machine ask; here one origin is listed, as where people use it. By a name, as
    only names have subdomains; browsers look for each under localhost on this machine."""
    server = start(QUICK | {"KEYHOLD_CORS_ORIGINS": "https://app.example.com"})
    for name in ("victim", "evil"):
        assert ask(server.port, "POST", "/register", json={"username": name, "password": PASSWORD}).status == 200
    seen = browse("cross_origin.mjs", server.url.replace("127.0.0.1", "id.localhost"), tmp_path, USERNAME="victim", ATTACKER="evil")
    assert len(seen["answers"]) == 3 * (11 + 4) * 5
    assert [answer for answer in seen["answers"] if answer[2] != 403] == []
    for signed_in, where, header in seen["after"]:
        assert where == ("/account" if signed_in else "/sign-in") and ("victim" in header) == signed_in and "evil" not in header
    assert len(seen["frames"]) == 3 * 4 and not any(seen["frames"]), "nobody frames a page of ours"
    assert "plain" in seen["set"] and not [name for name in seen["set"] if name.startswith("__Host-")], "a subdomain sets cookies of its own, and none of ours"
    assert seen["afterCookies"][0] == "/account" and "victim" in seen["afterCookies"][1]
    assert ask(server.port, "POST", "/login", json={"username": "victim", "password": PASSWORD}).status == 200
    assert ask(server.port, "POST", "/login", json={"username": "made-by-evil", "password": PASSWORD}).status == 401


def test_a_file_with_users_is_read_as_what_it_is_or_refused(start, tmp_path):
    server = start()
    assert ask(server.port, "POST", "/register", json={"username": "boss", "password": PASSWORD}).status == 200
    run("role", "grant", "admin", "boss", folder=server.folder, env=server.env, check=0)
    seen = browse("import_file.mjs", server.url, tmp_path, USERNAME="boss")
    assert seen["text"] == {"refused": "", "records": "username\nmüller\n", "format": "csv"}
    assert seen["lines"] == {"refused": "", "records": '{"username": "ann"}', "format": "jsonl"}
    assert "UTF-8" in seen["latin"]["refused"] and seen["latin"]["records"] == ""
    assert "too long" in seen["large"]["refused"] and seen["large"]["records"] == ""
    assert "too long" in seen["typed"] and seen["fits"] == "" and seen["problems"] == []


def test_axe_finds_nothing(server, testuser, tmp_path):
    seen = browse("axe.mjs", server.url, tmp_path, *PAGES, USERNAME="testuser")
    assert seen["found"] == [] and seen["problems"] == []
    assert seen["pages"] == len(PAGES) * 8


def test_axe_finds_nothing_where_links_of_mails_lead(post, tmp_path):
    """What cannot be undone comes last."""
    post.register("ann", "ann@example.com")
    verify = token_of(post.mail("Confirm your address"), "verify")
    post.person("bob", "bob@example.com")
    post.register("cy", "cy@example.com")
    other = token_of(post.mail("Confirm your address", 2), "verify")
    bob = Browser(post.port)
    bob.get("/sign-in")
    bob.send("/sign-in", username="bob", password=PASSWORD)
    bob.get("/account/address")
    bob.send("/account/address", email="rob@example.com")
    agree = token_of(post.mail("Agree to the new address"), "agree-address")
    post("/password/forgot", email="bob@example.com")
    reset = post.mail("Set a new password")
    link, invited = (urlsplit(json.loads(post.keyhold("user", *words, "--json").stdout)["url"]) for words in (("login-link", "bob"), ("invite",)))
    pages = [f"{way.path}?{way.query}" for way in (link, invited)]
    pages += [f"/verify?token={verify}", f"+/verify?token={verify}", f"+/verify?token={other}", f"+>/verify?token={verify}", f"+/verify?token={verify}&then", f"/agree-address?token={agree}",
              f"/reset?token={token_of(reset, 'reset')}", f">/reset?token={token_of(reset, 'reset')}", f"/not-me?token={token_of(reset, 'not-me')}",
              f">/not-me?token={token_of(reset, 'not-me')}"]
    seen = browse("axe.mjs", f"http://127.0.0.1:{post.port}", tmp_path, *pages, USERNAME="ann")
    assert seen["found"] == [] and seen["problems"] == []
    assert seen["pages"] == len(pages) * 8


def test_axe_finds_nothing_where_clients_lead(provider, tmp_path):
    """A question for consent, the page to sign in for it, a device's code typed and allowed, and what is connected then."""
    consent = provider.client("blog", "--name", "The <blog>").request(scope="openid profile email offline_access")
    provider.client("tv", "--name", "The TV", "--public", "--grant", "urn:ietf:params:oauth:grant-type:device_code")
    Account(provider.port, "ann")
    device = [ask(provider.port, "POST", "/oauth/device", form={"client_id": "tv", "scope": "openid profile email"}).json()["user_code"] for _ in range(2)]
    pages = [consent, "+" + consent, "+>/device?user_code=" + device[0], "+>>/device?user_code=" + device[1], "+/account/applications"]
    seen = browse("axe.mjs", provider.url, tmp_path, *pages, USERNAME="ann")
    assert seen["found"] == [] and seen["problems"] == []
    assert seen["pages"] == len(pages) * 8


@pytest.fixture
def administered(start):
    """A server with a bit of everything that /admin shows, and an address that mails cannot be sent to."""
    server = start({name: value for name, value in QUICK.items() if name != "SECRET_KEY"})

    def keyhold(*arguments, stdin=""):
        return run(*arguments, folder=server.folder, env=server.env, check=0, stdin=stdin).stdout
    for name in ("boss", "ann", "a-name-that-is-as-long-as-names-may-be-so-that-one-sees-where-it-breaks"):
        assert ask(server.port, "POST", "/register", json={"username": name, "password": PASSWORD}).status == 200
    for password in (PASSWORD, "pa55-wrong", "pa55-wrong"):
        ask(server.port, "POST", "/login", json={"username": "ann", "password": password}, fields=[("User-Agent", "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0")])
    keyhold("role", "grant", "admin", "boss")
    keyhold("role", "add", "editor", "notes:read", "notes:write")
    keyhold("role", "grant", "editor", "ann")
    keyhold("user", "set-email", "ann", "ann@example.com")
    keyhold("user", "disable", "ann")
    keyhold("key", "rotate")
    keyhold("client", "add", "wiki", "--name", "The wiki", "--redirect-uri", "https://wiki.example.com/callback")
    assert ask(server.port, "POST", "/password/forgot", json={"email": "ann@example.com"}).status in (200, 202, 204)
    server.ann = json.loads(keyhold("user", "show", "ann", "--json"))["id"]
    return server


ADMIN_PAGES = ["/admin/users/ANN/roles", "/admin/users/ANN/link", "/admin/users/ANN/delete", "/admin", "/admin/users", "/admin/users?text=nobody-at-all", "/admin/users/ANN",
               "/admin/sessions", "/admin/roles", "/admin/roles/editor", "/admin/events", "/admin/keys", "/admin/outbox", "/admin/clients", "/admin/clients/wiki", "/admin/settings",
               "/admin/users/new", "/admin/backups", "/admin/import", ">/admin/users/new", ">/admin/users/ANN/delete", ">/admin/users/ANN/link", ">/admin/clients", ">/admin/import", ">/admin/backups"]


def test_axe_finds_nothing_in_the_pages_of_administrators(administered, tmp_path):
    """What asks for the password again comes first, so that it was shown a moment ago."""
    pages = ["+" + page.replace("ANN", administered.ann) for page in ADMIN_PAGES]
    seen = browse("axe.mjs", administered.url, tmp_path, *pages, USERNAME="boss")
    assert seen["found"] == [] and seen["problems"] == []
    assert seen["pages"] == len(pages) * 8


def test_axe_finds_nothing_in_what_describes_the_api(server, tmp_path):
    seen = browse("docs_axe.mjs", server.url, tmp_path, "/docs", "/redoc")
    assert seen["found"] == [] and seen["problems"] == []
    assert seen["pages"] == 2 * 3
    assert seen["grounds"] == ["rgb(21, 23, 26)"] * 2, "dark, without JavaScript too"
    assert all(labels[:2] == ["username:", "password:"] and all(scope.startswith("keyhold:") for scope in labels[2:]) for labels in seen["fields"]), "and no fields for what nobody can do here"
