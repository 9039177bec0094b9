# SPDX-License-Identifier: Apache-2.0
"""What lets somebody into an account and was not used yet is over when the account changes."""
import json

import pytest
from mail_reader import NEW_PASSWORD, dead
from server import PASSWORD


def a_new_password(post):
    session = post.tokens("ann")["access_token"]
    assert post("/password", who=session, current_password=PASSWORD, new_password="pa55-a-third-one").status == 200


def by_commands(*commands):
    def change(post):
        for command in commands:
            post.keyhold(*command, stdin="pa55-a-third-one\n" if "set-password" in command else "")
    return change


def gone_and_back(post):
    session = post.tokens("ann")["access_token"]
    assert post("/me/close", who=session, current_password=PASSWORD).status == 200
    assert post.log_in("ann").status == 200


@pytest.mark.parametrize("change", [
    a_new_password, by_commands(("user", "set-password", "ann")), by_commands(("user", "disable", "ann"), ("user", "enable", "ann")),
    by_commands(("user", "set-email", "ann", "new@example.com"), ("user", "set-email", "ann", "ann@example.com", "--verified")),
    by_commands(("role", "grant", "admin", "ann")), gone_and_back,
], ids=["password", "set-password", "disabled", "address", "role", "closed"])
def test_what_was_handed_out_is_over_with_a_role_or_a_new_password(post, change):
    post.person()
    reset, _ = post.forgotten()
    link = json.loads(post.keyhold("user", "login-link", "ann", "--json").stdout)["token"]
    change(post)
    dead(post("/login/link", token=link))
    dead(post("/password/reset", token=reset, new_password=NEW_PASSWORD))
    fresh = json.loads(post.keyhold("user", "login-link", "ann", "--json").stdout)["token"]
    assert post("/login/link", token=fresh).status == 200
