# SPDX-License-Identifier: Apache-2.0
"""What people are asked before a client of others may act for them, and how an application signs them out (OpenID Connect RP-Initiated Logout)."""
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

import pytest
from oidc import CALLBACK, OURS, Browser, form_of
from server import PASSWORD
from wire import ask

LEFT = "https://app.example.com/left"


@pytest.fixture(scope="module")
def blog(provider):
    return provider.client("blog", "--name", "The <blog>", "--post-logout-redirect-uri", LEFT)


def decide(browser, page, decision, **more):
    fields, action = form_of(page)
    return browser.ask("POST", urljoin("/oauth/authorize", action), fields=OURS, form=fields | {"decision": decision} | more)


def parameters(answer):
    assert answer.status == 303, (answer.status, answer.body)
    where = urlsplit(answer.header("location"))
    assert where.geturl().startswith(CALLBACK + "?")
    return dict(parse_qsl(where.query))


def test_a_person_is_asked_once_and_what_they_allowed_is_remembered(provider, blog):
    ann = Browser(provider, "ann")
    page = ann.ask("GET", blog.request(scope="openid profile"))
    text = page.body.decode()
    assert "The &lt;blog&gt;" in text and "https://app.example.com" in text and "signed in as ann" in text
    assert "form-action" not in page.header("content-security-policy") and "default-src 'none'" in page.header("content-security-policy")
    found = parameters(decide(ann, page, "allow"))
    assert found["state"] == "st%te &1" and found["iss"] == provider.url
    assert blog.redeem(found["code"]).json()["scope"] == "openid profile"
    assert "code" in blog.answer_of(ann, scope="openid"), "less than that is allowed already"
    assert "code" in blog.answer_of(ann, scope="openid profile", prompt="none")
    assert blog.answer_of(ann, scope="openid offline_access", prompt="none")["error"] == "consent_required", "more is not"
    assert form_of(ann.ask("GET", blog.request(prompt="consent")))


@pytest.mark.parametrize(("redirect_uri", "place"), [("http://127.0.0.1/cb", "http://127.0.0.1"), ("http://localhost/cb", "http://localhost"), ("com.example.app:/cb", "com.example.app:")])
def test_a_client_that_anybody_can_pretend_to_be_is_asked_about_each_time(provider, redirect_uri, place):
    """RFC 8252 §8.6, RFC 6749 §10.2."""
    name = "native-" + redirect_uri.replace(":", "-").replace("/", "-")
    app, lou = provider.client(name, "--public", "--redirect-uri", CALLBACK, redirect_uri=redirect_uri), Browser(provider, f"of-{name}")

    def allowed(page):
        answer = decide(lou, page, "allow")
        assert answer.status == 303 and answer.header("location").startswith((redirect_uri, CALLBACK)), answer.header("location")
        return parse_qsl(urlsplit(answer.header("location")).query)[0][1]
    first = lou.ask("GET", app.request())
    assert f"You go on at {place}." in first.body.decode()
    assert app.redeem(allowed(first)).status == 200
    assert form_of(lou.ask("GET", app.request())), "asked again"
    assert "error=consent_required" in lou.ask("GET", app.request(prompt="none")).header("location")
    assert allowed(lou.ask("GET", app.request()))
    by_https = lou.ask("GET", app.request(redirect_uri=CALLBACK))
    assert by_https.status == 303 and by_https.header("location").startswith(CALLBACK + "?code="), "a domain is somebody's own"
    own = provider.client("own-" + name, "--public", "--first-party", redirect_uri=redirect_uri)
    assert lou.ask("GET", own.request()).header("location").startswith(redirect_uri + "?code=")


def test_whoever_says_no_is_sent_back_with_that(provider, blog):
    bob = Browser(provider, "bob")
    assert parameters(decide(bob, bob.ask("GET", blog.request()), "deny"))["error"] == "access_denied"
    assert blog.answer_of(bob, prompt="none")["error"] == "consent_required"


def test_no_is_no_also_where_another_page_said_yes(provider, blog):
    nil = Browser(provider, "nil")
    one, other = nil.ask("GET", blog.request()), nil.ask("GET", blog.request())
    assert "code" in parameters(decide(nil, one, "allow"))
    assert parameters(decide(nil, other, "deny"))["error"] == "access_denied"


def test_nobody_else_can_say_yes(provider, blog):
    cid, eve = Browser(provider, "cid"), Browser(provider, "eve")
    page = cid.ask("GET", blog.request())
    fields, _ = form_of(page)
    theirs, _ = form_of(eve.ask("GET", blog.request()))
    allowed = fields | {"decision": "allow"}
    for wrong, sent in [(allowed, [("Origin", "https://app.example.com")]), (allowed, [("Sec-Fetch-Site", "cross-site")]),
                        (allowed | {"form_token": theirs["form_token"]}, OURS), (allowed | {"form_token": ""}, OURS)]:
        assert cid.ask("POST", "/oauth/consent", fields=sent, form=wrong).status == 403
    assert blog.answer_of(cid, prompt="none")["error"] == "consent_required"
    other = fields["request"].replace(quote(CALLBACK, safe=""), quote("https://evil.tv/", safe=""))
    assert other != fields["request"]
    assert cid.ask("POST", "/oauth/consent", fields=OURS, form=allowed | {"request": other}).status == 400
    assert cid.ask("POST", "/oauth/consent", fields=OURS, form=allowed | {"decision": "maybe"}).status == 422
    assert "code" in parameters(decide(cid, page, "allow"))


def test_the_way_from_the_client_by_the_sign_in_page_and_back(provider, blog):
    dan = Browser(provider, "dan")
    dan.cookies = {}
    answer = dan.ask("GET", blog.request(login_hint="dan"))
    assert answer.status == 303
    page = dan.ask("GET", urljoin("/oauth/authorize", answer.header("location")))
    assert b'value="dan"' in page.body and "form-action" not in page.header("content-security-policy")
    fields, action = form_of(page)
    signed_in = dan.ask("POST", urljoin("/sign-in", action), fields=OURS, form=fields | {"username": "dan", "password": PASSWORD})
    assert signed_in.status == 303, signed_in.body
    asked = dan.ask("GET", urljoin("/sign-in", signed_in.header("location")))
    assert blog.redeem(parameters(decide(dan, asked, "allow"))["code"]).status == 200


def test_whoever_shows_the_password_again_has_signed_in_later(provider):
    shop = provider.client("shop", "--first-party")
    fay = Browser(provider, "fay")
    other = provider.client("another", "--first-party")
    body, elsewhere = shop.tokens(fay), other.tokens(fay)
    first = shop.id_token(body["id_token"])
    answer = fay.ask("GET", shop.request(prompt="login"))
    page = fay.ask("GET", urljoin("/oauth/authorize", answer.header("location")))
    fields, action = form_of(page)
    signed_in = fay.ask("POST", urljoin("/sign-in", action), fields=OURS, form=fields | {"username": "fay", "password": PASSWORD})
    back = fay.ask("GET", urljoin("/sign-in", signed_in.header("location")))
    second = shop.id_token(shop.redeem(parameters(back)["code"]).json()["id_token"])
    assert second["auth_time"] >= first["auth_time"] and second["sub"] == first["sub"]
    assert ask(provider.port, "GET", "/protected", token=body["access_token"]).status == 200, "the session went on, and all that is of it"
    assert other.refresh(elsewhere["refresh_token"]).status == 200


def test_whoever_showed_the_password_for_it_is_not_asked_once_more_after_consent(provider, blog):
    ivo = Browser(provider, "ivo")
    answer = ivo.ask("GET", blog.request(prompt="login"))
    fields, _ = form_of(ivo.ask("GET", urljoin("/oauth/authorize", answer.header("location"))))
    signed_in = ivo.ask("POST", "/sign-in", fields=OURS, form=fields | {"username": "ivo", "password": PASSWORD})
    fields, _ = form_of(ivo.ask("GET", urljoin("/sign-in", signed_in.header("location"))))
    assert "code" in parameters(ivo.ask("POST", "/oauth/consent", fields=OURS, form=fields | {"decision": "allow"}))


def end(browser, **fields):
    return browser.ask("GET", "/oauth/end-session?" + urlencode(fields, quote_via=quote))


def test_an_application_signs_its_person_out(provider):
    shop = provider.client("store", "--first-party", "--post-logout-redirect-uri", LEFT)
    gil = Browser(provider, "gil")
    body = shop.tokens(gil)
    answer = end(gil, id_token_hint=body["id_token"], post_logout_redirect_uri=LEFT, state="s 1")
    assert answer.status == 303 and answer.header("location") == LEFT + "?state=s%201"
    assert not any(name.startswith("__Host-keyhold") and "form" not in name and "device" not in name for name in gil.cookies)
    assert shop.answer_of(gil, prompt="none")["error"] == "login_required"
    assert ask(provider.port, "GET", "/protected", token=body["access_token"]).status == 401
    again = end(gil, id_token_hint=body["id_token"], post_logout_redirect_uri=LEFT)
    assert again.header("location") == LEFT, "whoever is out already comes back too"


def test_without_a_hint_the_person_is_asked(provider, blog):
    hal = Browser(provider, "hal")
    page = end(hal, client_id="blog", post_logout_redirect_uri=LEFT, state="x")
    fields, action = form_of(page)
    assert hal.ask("GET", "/protected").status == 200, "nothing has happened yet"
    assert hal.ask("POST", "/oauth/end-session/confirmed", fields=[("Origin", "https://evil.tv")], form=fields).status == 403
    answer = hal.ask("POST", urljoin("/oauth/end-session", action), fields=OURS, form=fields)
    assert answer.status == 303 and answer.header("location") == LEFT + "?state=x"
    assert hal.ask("GET", "/protected").status == 401
    alone = end(hal)
    assert alone.status == 303 and alone.header("location").endswith("sign-out")


def test_the_hint_of_another_log_in_of_the_same_person_is_asked_about(provider):
    """RP-Initiated Logout §2: the `sid` of the hint is not of the session here, so it says nothing of it."""
    shop = provider.client("bazaar", "--first-party", "--post-logout-redirect-uri", LEFT)
    mia = Browser(provider, "mia")
    hint = shop.tokens(mia)["id_token"]
    elsewhere = Browser(provider)
    elsewhere.name = "mia"
    elsewhere.sign_in()
    fields, action = form_of(end(elsewhere, id_token_hint=hint, post_logout_redirect_uri=LEFT))
    assert elsewhere.ask("GET", "/protected").status == 200, "nothing has happened yet"
    answer = elsewhere.ask("POST", urljoin("/oauth/end-session", action), fields=OURS, form=fields)
    assert answer.status == 303 and answer.header("location") == LEFT
    assert elsewhere.ask("GET", "/protected").status == 401 and mia.ask("GET", "/protected").status == 200
    assert end(mia, id_token_hint=hint, post_logout_redirect_uri=LEFT).header("location") == LEFT


def test_a_wrong_hint_or_place_ends_nothing_and_leads_nowhere(provider, blog):
    ivy, jon = Browser(provider, "ivy"), Browser(provider, "jon")
    shop = provider.client("market", "--first-party", "--post-logout-redirect-uri", LEFT)
    hint = shop.tokens(ivy)["id_token"]
    for fields in [{"id_token_hint": hint[:-8] + "AAAAAAAA"}, {"id_token_hint": "x"}, {"id_token_hint": hint, "client_id": "blog"},
                   {"id_token_hint": hint, "post_logout_redirect_uri": LEFT + "/"}, {"id_token_hint": hint, "post_logout_redirect_uri": "https://evil.tv/"},
                   {"client_id": "blog", "post_logout_redirect_uri": LEFT + "?x"}, {"client_id": "nobody", "post_logout_redirect_uri": LEFT}]:
        answer = end(ivy, **fields)
        assert answer.status == 400 and answer.header("location") is None, fields
    for twice in (f"id_token_hint={hint}&id_token_hint={hint}", f"id_token_hint={hint}&state=a&state=b", "state=%zz"):
        assert ivy.ask("GET", f"/oauth/end-session?{twice}").status == 400, twice
    assert form_of(end(jon, id_token_hint=hint, post_logout_redirect_uri=LEFT)), "it is somebody else's"
    assert ivy.ask("GET", "/protected").status == 200 and jon.ask("GET", "/protected").status == 200
    posted = ask(provider.port, "POST", "/oauth/end-session", fields=[("Origin", "https://app.example.com")], form={"id_token_hint": hint})
    assert posted.status == 303 and unquote(posted.header("location")) == f"end-session?id_token_hint={hint}"
