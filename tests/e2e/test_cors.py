"""Cross-origin requests: a front end on another port of the developer's machine, and everybody else."""
import pytest
from server import PASSWORD
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


def test_without_an_origin_nothing_is_said(server):
    assert allowed_origin(ask(server.port, "GET", "/nope")) is None
