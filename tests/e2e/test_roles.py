# SPDX-License-Identifier: Apache-2.0
"""Roles and scopes: what an account may do, what its tokens say of it, and that a change counts at once on every node."""
import base64
import json
import os

import databases
import jwt
import pytest
from cluster_nodes import OPEN_DOORS
from expect import problem
from people import Account
from server import PASSWORD, QUICK, Server, run
from wire import ask

ROUNDS = 1000 if os.environ.get("KEYHOLD_TEST_LONG") else 60
EDITOR = ["notes:read", "notes:write"]


def keyhold(server, *arguments, check=0, stdin=""):
    return run(*arguments, folder=server.folder, env=server.env, check=check, stdin=stdin)


def log_in(server, name="ann", **more):
    answer = ask(server.port, "POST", "/login", json={"username": name, "password": PASSWORD} | more)
    assert answer.status == 200, answer.body
    return answer.json()


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def me(server, token):
    body = ask(server.port, "GET", "/me", token=token).json()
    return body["roles"], body["scopes"]


@pytest.fixture
def server(start):
    server = start(QUICK)
    Account(server.port, "ann")
    keyhold(server, "role", "add", "editor", *EDITOR)
    return server


def test_a_role_is_granted_and_revoked_and_counts_at_the_next_request(server):
    token = log_in(server)["access_token"]
    assert me(server, token) == ([], [])
    keyhold(server, "role", "grant", "editor", "ann")
    assert me(server, token) == (["editor"], EDITOR)
    keyhold(server, "role", "grant", "admin", "ann")
    assert me(server, token) == (["admin", "editor"], ["keyhold:admin", *EDITOR])
    keyhold(server, "role", "remove", "editor", "notes:write")
    assert me(server, token) == (["admin", "editor"], ["keyhold:admin", "notes:read"])
    keyhold(server, "role", "add", "editor", "notes:delete")
    assert me(server, token) == (["admin", "editor"], ["keyhold:admin", "notes:delete", "notes:read"])
    keyhold(server, "role", "revoke", "admin", "ann")
    assert me(server, token) == (["editor"], ["notes:delete", "notes:read"])
    keyhold(server, "role", "remove", "editor")
    assert me(server, token) == ([], [])


def test_tokens_say_what_their_bearer_may_do_and_nothing_where_there_is_nothing(server):
    bare = log_in(server)
    assert "scope" not in bare and not {"scope", "roles"} & claims_of(bare["access_token"]).keys()
    keyhold(server, "role", "grant", "editor", "ann")
    granted = log_in(server)
    assert granted["scope"] == "notes:read notes:write"
    claims = claims_of(granted["access_token"])
    assert (claims["scope"], claims["roles"]) == ("notes:read notes:write", ["editor"])
    refreshed = ask(server.port, "POST", "/refresh", json={"refresh_token": bare["refresh_token"]}).json()
    assert claims_of(refreshed["access_token"])["scope"] == "notes:read notes:write", "a session from before"


@pytest.mark.parametrize("ask_for", ["/login", "/oauth/token"])
def test_a_token_that_was_asked_for_with_fewer_scopes_has_fewer(server, ask_for):
    keyhold(server, "role", "grant", "editor", "ann")

    def tokens(**more):
        form = {"grant_type": "password", "username": "ann", "password": PASSWORD} | more
        answer = ask(server.port, "POST", ask_for, form=form)
        return answer.json() if answer.status == 200 else answer

    def refreshed(token, **more):
        form = {"grant_type": "refresh_token", "refresh_token": token} | more
        answer = ask(server.port, "POST", "/refresh" if ask_for == "/login" else ask_for, form=form)
        return answer.json() if answer.status == 200 else answer

    assert tokens(scope="")["scope"] == "notes:read notes:write"
    few = tokens(scope="notes:read keyhold:admin notes:read")
    assert few["scope"] == "notes:read" == claims_of(few["access_token"])["scope"]
    assert "roles" not in claims_of(few["access_token"]), "a role stands for all that it grants"
    assert me(server, few["access_token"]) == ([], ["notes:read"])
    keyhold(server, "role", "grant", "admin", "ann")
    assert me(server, few["access_token"]) == ([], ["notes:read"]), "what was granted since is not in it"
    again = refreshed(few["refresh_token"])
    assert again["scope"] == "notes:read" and me(server, again["access_token"]) == ([], ["notes:read"])
    more = refreshed(again["refresh_token"], scope="notes:read notes:write")
    assert more["scope"] == "notes:read", "no refresh gets more than the log-in"
    none = refreshed(more["refresh_token"], scope="notes:write")
    if ask_for == "/login":
        assert "scope" not in none and me(server, none["access_token"]) == ([], [])
        back = refreshed(none["refresh_token"])
    else:  # RFC 6749 §5.1
        assert none.status == 400 and none.json()["error"] == "invalid_scope"
        back = refreshed(more["refresh_token"])
    assert back["scope"] == "notes:read", "and the session keeps what it had"
    keyhold(server, "role", "revoke", "editor", "ann")
    assert me(server, back["access_token"]) == ([], [])
    for scope in ('"', "a\\b", "ä"):
        assert tokens(scope=scope).status in (400, 422)
        assert tokens(scope=scope).json()["error"] == "invalid_scope"


def test_a_limited_token_of_whoever_has_nothing_has_nothing_later(server):
    limited = log_in(server, scope="notes:read")
    assert "scope" not in limited and "scope" not in claims_of(limited["access_token"])
    keyhold(server, "role", "grant", "editor", "ann")
    assert me(server, limited["access_token"]) == ([], [])


def test_under_keys_of_our_own_tokens_name_the_user_unless_a_setting_says_otherwise(start):
    env = {"KEYHOLD_LOG_FORMAT": "json", "KEYHOLD_BCRYPT_COST": "4"}
    server = start(env)
    Account(server.port, "Ann")
    assert claims_of(log_in(server, "ann")["access_token"])["preferred_username"] == "Ann"
    server.stop()
    quiet = Server(server.folder, env | {"KEYHOLD_PREFERRED_USERNAME": "false"})
    assert "preferred_username" not in claims_of(log_in(quiet, "ann")["access_token"])
    quiet.stop()


def test_introspection_says_what_is_so_now(start):

    server = start(QUICK | {"KEYHOLD_CLIENTS": "tests:pa55-of-the-client"})
    Account(server.port, "ann")
    keyhold(server, "role", "add", "editor", *EDITOR)
    keyhold(server, "role", "grant", "editor", "ann")
    token = log_in(server)["access_token"]
    client = [("Authorization", "Basic " + base64.b64encode(b"tests:pa55-of-the-client").decode())]

    def introspected():
        body = ask(server.port, "POST", "/introspect", form={"token": token}, fields=client).json()
        return body.get("scope"), body.get("roles")

    assert introspected() == ("notes:read notes:write", ["editor"])
    keyhold(server, "role", "remove", "editor", "notes:write")
    assert introspected() == ("notes:read", ["editor"])
    keyhold(server, "role", "revoke", "editor", "ann")
    assert introspected() == (None, None)


def test_the_commands_say_what_there_is_and_refuse_the_rest(server):
    keyhold(server, "role", "grant", "editor", "ann")
    listed = json.loads(keyhold(server, "role", "list", "--json").stdout)
    assert listed == [{"role": "admin", "scopes": ["keyhold:admin"], "members": 0}, {"role": "editor", "scopes": EDITOR, "members": 1}]
    shown = json.loads(keyhold(server, "role", "show", "editor", "--json").stdout)
    assert shown["scopes"] == EDITOR and [member["username"] for member in shown["members"]] == ["ann"]
    assert "editor  1 member  notes:read  notes:write" in keyhold(server, "role", "list").stdout
    for arguments, code, said in ((("grant", "nothing", "ann"), 3, "no such role"), (("grant", "editor", "nobody"), 3, "no such account"), (("revoke", "nothing", "ann"), 3, "no such role"),
                                  (("remove", "nothing"), 3, "no such role"), (("remove", "admin"), 5, "stay"), (("remove", "admin", "keyhold:admin"), 5, "stay"), (("show", "x"), 3, "no such role"),
                                  (("add", "Editor"), 2, "small letters"), (("add", "x", 'a"b'), 2, "quotes"), (("add", "editor", *[f"scope-{i:0100}" for i in range(10)]), 5, "1024 is the most")):
        assert said in keyhold(server, "role", *arguments, check=code).stderr, arguments
    assert json.loads(keyhold(server, "role", "show", "editor", "--json").stdout)["scopes"] == EDITOR
    keyhold(server, "user", "delete", "ann")
    assert json.loads(keyhold(server, "role", "show", "editor", "--json").stdout)["members"] == []
    assert me(server, Account(server.port, "ann").token) == ([], [])


@pytest.fixture(scope="module", params=databases.SERVERS)
def database(request):
    yield from databases.alone(request.param, "of-roles")


def test_what_is_granted_and_revoked_on_one_node_is_so_at_the_next_request_on_the_other(database, tmp_path, fresh_name):
    """Each change is made by the command line, which is a node of its own, and looked at on both others."""
    url = database.create(fresh_name)
    nodes = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        nodes.append(Server(tmp_path / name, QUICK | OPEN_DOORS | {"DATABASE_URL": url}))
    try:
        Account(nodes[0].port, "ann")
        keyhold(nodes[0], "role", "add", "editor", "notes:write")
        tokens = [log_in(node)["access_token"] for node in nodes]
        late = 0
        for number in range(ROUNDS):
            change, expected = (("grant", (["editor"], ["notes:write"])), ("revoke", ([], [])))[number % 2]
            keyhold(nodes[number % 2], "role", change, "editor", "ann")
            late += sum(me(node, token) != expected for node in nodes for token in tokens)
        assert late == 0
    finally:
        for node in nodes:
            node.stop()
