# SPDX-License-Identifier: Apache-2.0
"""Who may register: everybody, whoever has an invitation, nobody; and how often from one address."""
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from expect import problem
from people import when_there_is_a_place
from server import PASSWORD, QUICK, run
from wire import ask

NO_GOOD = "This invitation is unknown, used or expired"


def register(server, name, invitation=None, fields=()):
    body = {"username": name, "password": PASSWORD}
    if invitation is not None:
        body["invitation"] = invitation
    return ask(server.port, "POST", "/register", json=body, fields=fields)


def invite(server, *arguments):
    return run("user", "invite", *arguments, folder=server.folder, env=server.env, check=0).stdout.strip()


def test_with_an_invitation_one_account_is_made(start):
    server = start(QUICK | {"KEYHOLD_REGISTRATION": "invite"})
    problem(register(server, "ann"), 403, "registration_refused", "An invitation is needed to register here: send it as 'invitation'")
    code = invite(server)
    assert code.startswith("khi_")
    assert register(server, "ann", code).status == 200
    problem(register(server, "bob", code), 403, "registration_refused", NO_GOOD)
    problem(register(server, "bob", "khi_" + "A" * 43), 403, "registration_refused", NO_GOOD)
    problem(register(server, "ann", invite(server)), 400, "username_taken")
    form = {"username": "bob", "password": PASSWORD, "invitation": invite(server, "--days", "1")}
    assert ask(server.port, "POST", "/register", form=form).status == 200
    assert ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).status == 200
    assert not any(code.encode() in path.read_bytes() for path in server.folder.glob("*.db*")), "only its digest is kept"
    assert code not in server.log()


def test_of_twenty_who_have_one_invitation_one_gets_in(start):
    server = start(QUICK | {"KEYHOLD_REGISTRATION": "invite"})
    code = invite(server)
    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(answer.status for answer in pool.map(lambda i: when_there_is_a_place(lambda: register(server, f"racer{i}", code)), range(20)))
    assert statuses == [200] + [403] * 19


def test_closed_is_closed_but_not_to_the_command(start):
    server = start(QUICK | {"KEYHOLD_REGISTRATION": "closed"})
    problem(register(server, "ann", invite(server)), 403, "registration_refused", "Nobody can register here: accounts are made by whoever runs this")
    run("user", "add", "ann", folder=server.folder, env=server.env, stdin="umbrella fjord teaspoon", check=0)
    assert ask(server.port, "POST", "/login", json={"username": "ann", "password": "umbrella fjord teaspoon"}).status == 200


def test_an_address_may_call_register_so_often(start):
    server = start(QUICK | {"KEYHOLD_ADDRESS_REGISTRATIONS": "3", "KEYHOLD_TRUSTED_PROXIES": "127.0.0.1"})

    def come_from(address):
        return [("X-Forwarded-For", address)]
    for number in range(3):
        assert register(server, f"person-{number}", fields=come_from("192.0.2.7")).status == 200
    refused = register(server, "person-3", fields=come_from("192.0.2.7"))
    problem(refused, 429, "too_many_registrations")
    assert 1 <= int(refused.header("retry-after")) <= 6, "10 come back in a minute"
    assert register(server, "person-3", fields=come_from("192.0.2.8")).status == 200, "another client of the same proxy"


@pytest.mark.parametrize("registration, sentence", [
    ("open", "registration is open: anybody who reaches the server may make an account"),
    ("invite", "registration is by invitation: `keyhold user invite` makes one"),
    ("closed", "registration is closed: `keyhold user add` makes accounts")])
def test_the_server_and_config_check_say_who_may_register(start, registration, sentence):
    env = QUICK | {"KEYHOLD_REGISTRATION": registration, "KEYHOLD_BCRYPT_COST": "10"}
    server = start(env, arguments=("serve", "--bind", "127.0.0.1:0"))
    assert sentence in server.log()
    assert sentence in run("config", "check", folder=server.folder, env=env).stdout


def test_an_unknown_word_for_who_may_register_is_refused(tmp_path):
    refused = run("config", "check", folder=tmp_path, env={"KEYHOLD_REGISTRATION": "invites"}, check=8)
    assert "registration = 'invites' is none of open, invite, domains, closed" in refused.stdout


def test_the_invitation_command_says_until_when(start):
    server = start(QUICK)
    made = run("user", "invite", "--json", folder=server.folder, env=server.env, check=0)
    assert json.loads(made.stdout).keys() == {"invitation", "url", "expires_at"}
    said = run("user", "invite", folder=server.folder, env=server.env, check=0).stderr
    assert "Nobody asks for it: registration = open" in said


def test_one_session_more_than_an_account_may_have_ends_the_one_that_was_idle_longest(start):
    server = start(QUICK | {"KEYHOLD_SESSIONS_PER_ACCOUNT": "2"})
    assert register(server, "ann").status == 200
    tokens = [ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json() for _ in range(2)]

    def works(token):
        return ask(server.port, "GET", "/protected", token=token["access_token"]).status == 200
    assert all(map(works, tokens))
    for _ in range(5):
        tokens.append(ask(server.port, "POST", "/login", json={"username": "ann", "password": PASSWORD}).json())
        assert sum(map(works, tokens)) == 2, "from the answer on"
        assert works(tokens[-1])
    assert len(ask(server.port, "GET", "/sessions", token=tokens[-1]["access_token"]).json()["sessions"]) == 2


def test_addresses_of_some_domains_may_register(start, tmp_path):
    server = start(QUICK | {"KEYHOLD_REGISTRATION": "domains", "KEYHOLD_REGISTRATION_DOMAINS": "Example.com,bücher.example"})
    assert "for e-mail addresses of example.com, xn--bcher-kva.example" in run("config", "check", folder=server.folder, env=server.env).stdout

    def with_address(name, email):
        return ask(server.port, "POST", "/register", json={"username": name, "password": PASSWORD, "email": email})

    problem(register(server, "ann"), 403, "registration_refused", "An e-mail address is needed to register here: send it as 'email'")
    problem(with_address("ann", "ann@example.org"), 403, "registration_refused")
    assert with_address("ann", "ann@example.com").status == 200 and register(server, "bob@BÜCHER.example").status == 200
    for settings, said in (({"KEYHOLD_REGISTRATION": "domains"}, "registration_domains"), ({"KEYHOLD_REGISTRATION_DOMAINS": "exa mple"}, "no domain")):
        assert said in run("serve", folder=tmp_path, env=QUICK | settings, check=7).stderr
