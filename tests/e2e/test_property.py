# SPDX-License-Identifier: Apache-2.0
"""Random requests out of /openapi.json, and mutations of them: no 5xx, and every answer is one that the document declares."""
import os
from collections import Counter

import jsonschema
from property_requests import Person, Requests
from server import PASSWORD, QUICK
from wire import Connection, ask, request_bytes

COUNT = 20_000 if os.environ.get("KEYHOLD_TEST_LONG") else 4_000
SEED = int(os.environ.get("KEYHOLD_TEST_SEED", "6"))
CLIENT = ("tester", "pa55-of-a-client-0123456789")
# What the message itself can be refused for, before anybody knows which operation it is for.
OF_ANY_MESSAGE = {"bad_request", "body_too_large", "target_too_long", "head_too_large", "expectation_failed"}


class Checker:
    def __init__(self, document):
        self.components = document["components"]

    def complaint(self, sent, answer):
        """What is wrong with the answer, or None."""
        if answer.status >= 500:
            return "a server error"
        problem = answer.header("content-type") == "application/problem+json"
        if problem and sent.method != "HEAD":
            self.validate(answer.json(), {"$ref": "#/components/schemas/Problem"})
            if answer.json()["code"] in OF_ANY_MESSAGE:
                return None
        if answer.status in (404, 405) and answer.header("content-type") == "text/html; charset=utf-8":
            asks = "text/html" in (dict(sent.fields).get("Accept") or "")
            return None if asks and sent.operation is None else "a page for whoever did not ask for one"
        if sent.operation is not None and answer.header("content-type") == "text/html; charset=utf-8" and is_page(sent.operation):
            return None
        if answer.status >= 400 and not problem:
            path = sent.path.replace("%6f", "o")
            if not (path.startswith("/oauth/") or path == "/token"):
                return "a refusal that is no problem document"
            self.validate(answer.json() if sent.method != "HEAD" else {"error": "", "error_description": ""}, {"$ref": "#/components/schemas/OAuthError"})
            if sent.operation is None or answer.status in (404, 405, 413, 414, 417, 431):
                return None
        if answer.status == 304:  # RFC 9110 §13.1.2: what a 200 would have been
            return None if dict(sent.fields).get("If-None-Match") else "nobody asked whether it is the same"
        if sent.operation is None:
            # Another spelling of a path with a parameter is still behind its lock: 401, 403, and 428 without If-Match.
            return None if answer.status in (200, 204, 304, 307, 401, 403, 404, 405, 428) else "an odd status for what is not described"
        declared = sent.operation["responses"].get(str(answer.status))
        if declared is None:
            return f"not declared: there are {', '.join(sent.operation['responses'])}"
        content = declared.get("content", {})
        if sent.method == "HEAD" or not answer.body:
            return None if not content or sent.method == "HEAD" else "no body"
        if answer.header("content-type") not in content:
            return f"the media type is none of {', '.join(content)}"
        self.validate(answer.json(), content[answer.header("content-type")]["schema"])
        return None

    def validate(self, value, schema):
        jsonschema.Draft202012Validator({**schema, "components": self.components}).validate(value)


def is_page(operation):
    """What people see, its refusals too, is a page: whom nobody may be sent back to is told there (RFC 6749 §4.1.2.1)."""
    return any("text/html" in answer.get("content", {}) for answer in operation["responses"].values())


def sign_in(port, person):
    answer = ask(port, "POST", "/login", json={"username": person.name, "password": person.password})
    if answer.status != 200:  # after too many wrong passwords it waits; somebody else takes its place
        person.name, person.password = person.name + "x", PASSWORD
        assert ask(port, "POST", "/register", json={"username": person.name, "password": person.password}).status == 200
        answer = ask(port, "POST", "/login", json={"username": person.name, "password": person.password})
    person.token, person.refresh_token = answer.json()["access_token"], answer.json()["refresh_token"]
    person.sessions = [session["id"] for session in ask(port, "GET", "/sessions", token=person.token).json()["sessions"]]


def learn(port, sent, answer):
    """Follows what the request did to its sender, so that later ones have something to go on with."""
    if sent.path == "/password" and answer.status == 200 and sent.sent_body:
        sent.person.password = str(sent.sent_body["new_password"])
    if ask(port, "GET", "/protected", token=sent.person.token).status == 401:
        sign_in(port, sent.person)


def test_every_answer_is_one_that_the_document_declares(start):
    server = start(QUICK | {"KEYHOLD_CLIENTS": ":".join(CLIENT), "KEYHOLD_ACCESS_LOG": "false"})
    document = ask(server.port, "GET", "/openapi.json").json()
    people = [Person(f"random{n}") for n in range(5)]
    for person in people:
        assert ask(server.port, "POST", "/register", json={"username": person.name, "password": PASSWORD}).status == 200
        sign_in(server.port, person)
    requests, checker, seen = Requests(document, people, CLIENT, SEED), Checker(document), Counter()
    print(f"{COUNT} requests, seed {SEED} (KEYHOLD_TEST_SEED)")
    connection = Connection(server.port)
    for number in range(COUNT):
        sent = requests.next()
        connection.send(request_bytes(sent.method, sent.target, sent.fields, sent.body))
        answer = connection.read(sent.method)
        while answer.status == 100:
            answer = connection.read(sent.method)
        where = f"request {number} of seed {SEED}: {sent.method} {sent.target} {sent.fields} {sent.body[:300]!r} -> {answer.status} {answer.body[:300]!r}"
        try:
            complaint = checker.complaint(sent, answer)
        except jsonschema.ValidationError as error:
            complaint = error.message
        assert complaint is None, f"{complaint}\n{where}"
        if answer.header("connection") == "close":
            connection.socket.close()
            connection = Connection(server.port)
        if sent.operation is not None:
            seen[sent.method, sent.path, answer.status // 100] += 1
        if sent.path in ("/password", "/logout", "/logout/all", "/sessions/{id}", "/refresh", "/revoke", "/token", "/oauth/token", "/oauth/revoke"):
            learn(server.port, sent, answer)
    connection.socket.close()
    assert server.process.poll() is None
    # A profile is changed by whoever has looked at it and names its version (If-Match).
    # What needs a role, a mail, a browser, keys of our own, a setting, a registered client or its token has tests of its own: nobody here has one. /token is /oauth/token by
    # another name.
    out_of_reach = ("/.well-known/o", "/admin/api/", "/oauth/authorize", "/oauth/device", "/oauth/end-session", "/oauth/par", "/oauth/userinfo", "/token",
                    "/email/", "/login/link", "/password/forgot", "/password/reset", "/sessions/not-me", "/events/revocations", "/oauth/status-lists/", "/me/applications/")
    needs_a_version = [("put", "/me/profile")]
    untried = [(method, path) for path, method, _ in requests.operations if not seen[method.upper(), path, 2] and not path.startswith(out_of_reach) and (method, path) not in needs_a_version]
    assert not untried, f"never succeeded: {untried}"
