# SPDX-License-Identifier: Apache-2.0
"""How refusals look in answers (RFC 9457, and what FastAPI's clients read)."""
import re

PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}
OPTIONAL_MEMBERS = {"errors", "error", "error_description"}


def problem(answer, status, code=None, detail=None):
    """Checks that an answer is that refusal; its body."""
    assert answer.status == status, f"{answer.status} {answer.body[:300]!r}"
    assert answer.header("content-type") == "application/problem+json"
    body = answer.json()
    assert PROBLEM_MEMBERS <= body.keys() <= PROBLEM_MEMBERS | OPTIONAL_MEMBERS, body.keys()
    assert body["status"] == status
    assert all(isinstance(body[name], str) and body[name] for name in PROBLEM_MEMBERS - {"status"}), body
    assert re.fullmatch(r"[a-z_]+", body["code"])
    assert body["request_id"] == answer.header("x-request-id")
    if code is not None:
        assert body["code"] == code, body
    if detail is not None:
        assert body["detail"] == detail, body
    return body


def invalid(answer, *expected):
    """A 422 whose errors are at these places: ("username", "missing"), (None, "json_invalid") ..."""
    body = problem(answer, 422, "validation_failed")
    for item in body["errors"]:
        assert item.keys() == {"type", "loc", "msg"} and item["loc"][0] == "body" and item["msg"], item
    found = [(next((step for step in item["loc"][1:] if isinstance(step, str)), None), item["type"]) for item in body["errors"]]
    assert sorted(map(str, found)) == sorted(map(str, expected)), body
    return body
