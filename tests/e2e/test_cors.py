# SPDX-License-Identifier: Apache-2.0
"""Cross-origin requests: a front end on another port of the developer's machine, and everybody else."""
import pytest
from expect import problem
from server import PASSWORD, QUICK, Server, run
from wire import ask

FRONT_END = "http://localhost:5173"
ANSWERS = [("GET", "/protected", 401), ("GET", "/nope", 404), ("GET", "/login", 405), ("POST", "/login", 422), ("GET", "/openapi.json", 200), ("POST", "/register", 422),
           ("GET", "/protected/", 307), ("OPTIONS", "/login", 204)]


def allowed_origin(answer):
    return answer.header("access-control-allow-origin")


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_may_be_read_by_a_front_end_in_development(server, method, path, status):
    answer = ask(server.port, method, path, [("Origin", FRONT_END)])
    assert answer.status == status
    assert allowed_origin(answer) in (FRONT_END, "*")
    assert answer.header("access-control-allow-credentials") is None
    if allowed_origin(answer) != "*":
        assert "origin" in answer.items("vary")


def test_an_answer_that_is_no_http_may_be_read_too(server):
    answer = ask(server.port, "GET", "/" + "x" * 9000, [("Origin", FRONT_END)])
    assert answer.status == 414


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_a_preflight_allows_what_the_front_end_will_send(server, path):
    answer = ask(server.port, "OPTIONS", path, [("Origin", FRONT_END), ("Access-Control-Request-Method", "POST"),
                                                ("Access-Control-Request-Headers", "content-type,authorization")])
    assert answer.status in (200, 204)
    assert "POST" in answer.header("access-control-allow-methods")
    allowed = answer.header("access-control-allow-headers").lower()
    assert "content-type" in allowed and "authorization" in allowed
    assert int(answer.header("access-control-max-age")) > 0


def test_a_preflight_for_a_protected_route_needs_no_token(server):
    answer = ask(server.port, "OPTIONS", "/protected", [("Origin", FRONT_END), ("Access-Control-Request-Method", "GET"),
                                                        ("Access-Control-Request-Headers", "authorization")])
    assert answer.status in (200, 204)
    assert allowed_origin(answer) in (FRONT_END, "*")
    assert "GET" in answer.header("access-control-allow-methods")


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example:5173", "http://localhost:5173.evil.example", "null", "http://localhost:",
                                    "http://evil-localhost:5173"])
def test_a_page_from_elsewhere_may_not_read(server, origin):
    answer = ask(server.port, "POST", "/login", [("Origin", origin)], json={"username": "testuser", "password": PASSWORD})
    assert allowed_origin(answer) is None


@pytest.mark.parametrize("path", ["/register", "/login", "/refresh", "/logout", "/password", "/introspect"])
@pytest.mark.parametrize("fields", [[("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site"), ("Origin", "https://blog.example")], [("Origin", "https://evil.example")],
                                    [("Origin", "null")], [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example"), ("Authorization", "Bearer x")]])
def test_a_page_from_elsewhere_changes_nothing(server, path, fields):
    """A form needs no preflight, and what it does here needs no cookie: it registers its visitor, or logs him in as somebody else."""
    problem(ask(server.port, "POST", path, fields, form={"username": "testuser", "password": PASSWORD}), 403, "cross_site_request")


def test_a_form_from_elsewhere_registers_nobody_and_one_of_ours_does(server, fresh_name):
    register = lambda fields: ask(server.port, "POST", "/register", fields, form={"username": fresh_name, "password": PASSWORD}).status  # noqa: E731
    assert register([("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")]) == 403
    assert register([("Sec-Fetch-Site", "same-origin"), ("Origin", "http://127.0.0.1")]) == 200
    assert register([("Sec-Fetch-Site", "cross-site"), ("Origin", FRONT_END)]) == 400  # taken by now: it was let in


def test_swagger_ui_of_an_application_on_another_origin_can_log_in(server, account):
    """It sends X-Requested-With with the password form."""
    preflight = ask(server.port, "OPTIONS", "/login", [("Origin", FRONT_END), ("Access-Control-Request-Method", "POST"),
                                                       ("Access-Control-Request-Headers", "authorization,x-requested-with")])
    assert preflight.status == 204 and "x-requested-with" in preflight.items("access-control-allow-headers")
    answer = ask(server.port, "POST", "/login", [("Origin", FRONT_END), ("Sec-Fetch-Site", "cross-site"), ("X-Requested-With", "XMLHttpRequest")],
                 form={"grant_type": "password", "username": account.name, "password": account.password})
    assert answer.status == 200 and allowed_origin(answer) == FRONT_END


def test_a_preflight_for_a_path_that_is_not_there_lets_the_page_see_the_404(server):
    asked = [("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-trace")]
    answer = ask(server.port, "OPTIONS", "/nope", [("Origin", FRONT_END), *asked])
    assert answer.status == 204 and allowed_origin(answer) == FRONT_END and answer.header("allow") is None
    assert "put" in answer.items("access-control-allow-methods") and "x-trace" in answer.items("access-control-allow-headers")
    assert ask(server.port, "OPTIONS", "/nope", [("Origin", "https://evil.example"), *asked]).status == 404
    assert ask(server.port, "OPTIONS", "/nope", [("Origin", FRONT_END)]).status == 404


def test_without_an_origin_nothing_is_said(server):
    assert allowed_origin(ask(server.port, "GET", "/nope")) is None


LISTED, NEIGHBOUR = "https://app.example.com", "https://blog.example.com"


@pytest.fixture(scope="module")
def with_cookies(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("cookies"), QUICK | {"KEYHOLD_COOKIE_ORIGINS": LISTED, "KEYHOLD_CORS_ORIGINS": "*"})
    ask(started.port, "POST", "/register", json={"username": "ann", "password": PASSWORD})
    yield started
    started.stop()


def credentials_for(answer):
    return answer.header("access-control-allow-credentials"), allowed_origin(answer)


def log_in_from(server, origin, site="same-site"):
    return ask(server.port, "POST", "/login", [("Origin", origin), ("Sec-Fetch-Site", site)], json={"username": "ann", "password": PASSWORD, "mode": "cookie"})


def test_a_listed_origin_of_the_same_site_may_use_cookies(with_cookies):
    answer = log_in_from(with_cookies, LISTED)
    assert answer.status == 200 and credentials_for(answer) == ("true", LISTED) and "origin" in answer.items("vary")
    cookie = ("Cookie", "; ".join(value.split(";")[0] for name, value in answer.fields if name == "set-cookie"))
    ours = [("Origin", LISTED), ("Sec-Fetch-Site", "same-site"), cookie]
    assert ask(with_cookies.port, "GET", "/protected", ours).status == 200
    for path in ("/refresh", "/logout"):
        for origin, site in ((NEIGHBOUR, "same-site"), (LISTED, "cross-site"), ("null", "same-site"), (LISTED + ".evil.example", "same-site"), (LISTED + ":8443", "same-site")):
            refused = ask(with_cookies.port, "POST", path, [("Origin", origin), ("Sec-Fetch-Site", site), cookie])
            problem(refused, 403, "cross_site_request")
            assert refused.header("access-control-allow-credentials") is None, (origin, site)
        twice = ask(with_cookies.port, "POST", path, [("Origin", LISTED), ("Origin", NEIGHBOUR), ("Sec-Fetch-Site", "same-site"), cookie])
        problem(twice, 403, "cross_site_request")
    assert ask(with_cookies.port, "POST", "/logout", ours).status == 200


@pytest.mark.parametrize(("origin", "site"), [(NEIGHBOUR, "same-site"), (LISTED, "cross-site"), ("http://app.example.com", "same-site")])
def test_no_other_origin_may_though_it_may_read_answers(with_cookies, origin, site):
    answer = log_in_from(with_cookies, origin, site)
    problem(answer, 403, "cross_site_request")
    assert credentials_for(answer) == (None, origin), "cors_origins is about answers without cookies"
    assert not [value for name, value in answer.fields if name == "set-cookie"]


def test_a_preflight_says_whether_cookies_may_come(with_cookies):
    asked = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type"), ("Sec-Fetch-Site", "same-site")]
    assert credentials_for(ask(with_cookies.port, "OPTIONS", "/login", [("Origin", LISTED), *asked])) == ("true", LISTED)
    assert credentials_for(ask(with_cookies.port, "OPTIONS", "/login", [("Origin", NEIGHBOUR), *asked])) == (None, NEIGHBOUR)


def test_pages_are_read_and_their_forms_sent_by_no_other_origin(with_cookies):
    """What stands in a page, as the token of its form, is for nobody else."""
    ours = [("Origin", LISTED), ("Sec-Fetch-Site", "same-site"), ("Accept", "text/html")]
    for path in ("/sign-in", "/account", "/admin/users"):
        assert ask(with_cookies.port, "GET", path, ours).header("access-control-allow-credentials") is None, path
    refused = ask(with_cookies.port, "POST", "/sign-in", ours, form={"username": "ann", "password": PASSWORD})
    assert refused.status == 403


PAGES = ["/oauth/authorize", "/oauth/consent", "/oauth/end-session", "/oauth/end-session/confirmed", "/device", "/device/decision", "/forward-auth/sign-in", "/sign-in", "/sign-out", "/sign-up", "/account", "/admin/users"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_carry_no_fields_for_scripts_of_others(with_cookies, path):
    """RFC 9700 §2.6: the authorization endpoint does not support CORS. Everybody may read answers of this server's API."""
    asked = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")]
    for origin in (LISTED, NEIGHBOUR):
        for method, target, more in (("GET", path, []), ("POST", path, []), ("PUT", path, []), ("OPTIONS", path, asked), ("OPTIONS", path, []), ("GET", path + "/", [])):
            answer = ask(with_cookies.port, method, target, [("Origin", origin), ("Sec-Fetch-Site", "same-site"), *more])
            assert answer.status != 404, (method, target)
            assert not [name for name, _ in answer.fields if name.startswith("access-control-")], (method, target, answer.fields)
    assert allowed_origin(ask(with_cookies.port, "GET", "/protected", [("Origin", NEIGHBOUR)])) == NEIGHBOUR
    assert ask(with_cookies.port, "OPTIONS", "/oauth/token", [("Origin", NEIGHBOUR), *asked]).header("access-control-allow-methods")


@pytest.mark.parametrize("origin", ["*", "https://*.example.com", "http://localhost:*", "http://app.example.com", "https://app.example.com/", "https://app.example.com/x", "app.example.com", "null"])
def test_what_is_no_origin_written_out_is_refused_at_the_start(tmp_path, origin):
    refused = run("config", "check", folder=tmp_path, env=QUICK | {"KEYHOLD_COOKIE_ORIGINS": origin})
    assert refused.returncode != 0 and "cookie_origins" in refused.stdout + refused.stderr
