# SPDX-License-Identifier: Apache-2.0
"""Methods, paths and fields, as RFC 9110 says and as clients of the tutorial's service expect."""
import re

import pytest
from expect import problem
from server import PASSWORD
from wire import ask

GOOD = {"username": "testuser", "password": PASSWORD}
NOT_FOUND = ["/", "/nope", "/PROTECTED", "//protected", "/./protected", "/x/../protected", "/protected;x", "/%00", "/%ff", "/protected%", "/protected%zz",
             "/login/x", "/docs/../openapi.json", "/docs/nope.js", "/protected%00", "/.%2e/", "/protected/%2e%2e"]
NOT_ALLOWED = [("GET", "/register", "POST"), ("PUT", "/register", "POST"), ("DELETE", "/register", "POST"), ("PATCH", "/login", "POST"), ("GET", "/login", "POST"),
               ("HEAD", "/register", "POST"), ("POST", "/protected", "GET"), ("PUT", "/protected", "GET"), ("FOO", "/protected", "GET"), ("get", "/protected", "GET"),
               ("TRACE", "/register", "POST"), ("POST", "/docs", "GET"), ("DELETE", "/openapi.json", "GET"), ("PROPFIND", "/", "GET")]
PAGES = ["/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"]


@pytest.mark.parametrize("path", NOT_FOUND)
def test_what_is_not_there_is_404(server, path):
    problem(ask(server.port, "GET", path), 404, "not_found", "Not Found")


def test_an_unknown_path_is_404_with_a_body_too(server):
    problem(ask(server.port, "POST", "/nope", json=GOOD), 404, "not_found")


@pytest.mark.parametrize(("method", "path", "allowed"), NOT_ALLOWED)
def test_a_method_that_a_path_does_not_have_is_405_and_it_says_which_it_has(server, method, path, allowed):
    answer = ask(server.port, method, path)
    if allowed is None:
        assert answer.status == 404
        return
    if method == "HEAD":
        assert (answer.status, answer.body) == (405, b"")
    else:
        problem(answer, 405, "method_not_allowed", "Method Not Allowed")
    listed = answer.header("allow").split(", ")
    assert allowed in listed and method not in listed
    assert ("HEAD" in listed) == (allowed == "GET")


@pytest.mark.parametrize("path", [*PAGES, "/protected", "/nope"])
def test_head_answers_what_get_does_without_the_body(server, testuser, path):
    get, head = (ask(server.port, method, path, token=testuser.token) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (get.status, b"")
    ours = {"date", "x-request-id"}
    if get.status == 404:  # its body holds the request id, whose length is the same
        assert head.header("content-length") == get.header("content-length")
    assert [field for field in head.fields if field[0] not in ours] == [field for field in get.fields if field[0] not in ours]


@pytest.mark.parametrize(("path", "method"), [("/register", "POST"), ("/login", "POST"), ("/protected", "GET"), ("*", "GET")])
def test_options_says_what_may_be_asked(server, path, method):
    answer = ask(server.port, "OPTIONS", path)
    assert (answer.status, answer.body) == (204, b"")
    assert {method, "OPTIONS"} <= set(answer.header("allow").split(", "))


@pytest.mark.parametrize(("path", "target"), [("/protected/", "/protected"), ("/register/", "/register"), ("/docs/", "/docs"), ("/protected/?x=1", "/protected?x=1")])
def test_a_slash_too_many_is_redirected_with_its_method(server, path, target):
    answer = ask(server.port, "GET", path)
    assert answer.status == 307
    assert re.fullmatch(rf"(http://127\.0\.0\.1(:\d+)?)?{re.escape(target)}", answer.header("location"))


def test_a_redirect_never_leads_elsewhere(server):
    for path in ["//example.com/", "//example.com/protected/", "/\\example.com/", "/%2f%2fexample.com/"]:
        assert ask(server.port, "GET", path).status == 404


@pytest.mark.parametrize("path", ["/%70rotected", "/protected?x=1", "http://127.0.0.1/protected", "http://elsewhere.example/protected"])
def test_a_path_is_the_same_however_it_is_spelt(server, testuser, path):
    assert ask(server.port, "GET", path, token=testuser.token).status == 200


def test_a_field_name_may_be_in_any_case(server, testuser):
    assert ask(server.port, "GET", "/protected", [("aUTHORIZATION", f"Bearer {testuser.token}")]).status == 200


def test_every_answer_carries_a_date_and_no_software_version(server):
    answer = ask(server.port, "GET", "/nope")
    assert re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT", answer.header("date"))
    assert not re.search(r"\d|beast|boost", (answer.header("server") or "").lower())


def request_id(server, *sent, path="/nope"):
    return ask(server.port, "GET", path, [("X-Request-Id", value) for value in sent]).header("x-request-id")


def test_a_request_id_comes_back_and_stands_in_the_log(server):
    assert request_id(server, "trace-me_42.a") == "trace-me_42.a"
    assert "trace-me_42.a" in server.log()


def test_without_a_request_id_each_request_gets_its_own(server):
    ids = {request_id(server) for _ in range(20)}
    assert len(ids) == 20 and all(re.fullmatch(r"[A-Za-z0-9._-]{8,64}", one) for one in ids)


@pytest.mark.parametrize("value", ["", "x" * 300, "a b", '"quoted"', "<script>", "a\tb", "\x1b[31m", "é", "{}"])
def test_an_odd_request_id_is_replaced(server, value):
    assert request_id(server, value) != value


def test_two_request_ids_are_not_repeated_side_by_side(server):
    assert re.fullmatch(r"[A-Za-z0-9._-]{3,64}", request_id(server, "one", "two"))


@pytest.mark.parametrize("path", ["/protected", "/nope", "/login"])
def test_refusals_are_not_kept_by_caches(server, path):
    assert ask(server.port, "GET", path).header("cache-control") == "no-store"
