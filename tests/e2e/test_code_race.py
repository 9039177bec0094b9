# SPDX-License-Identifier: Apache-2.0
"""What is good once is good once for two nodes on one database too, whoever is quicker: codes, pushed requests and assertions of clients (RFC 9700 §4.5, RFC 9126 §4, RFC 7523 §3)."""
import threading
from urllib.parse import urlencode

import pytest
from oidc import Browser, Provider
from people import coming_back
from server import Server
from test_client_keys import TYPE, add
from wire import ask

MANY, ROUNDS = 50, 3


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nodes")
    first = Provider(folder)
    second = Server(folder, first.env | {"KEYHOLD_ISSUER": first.url})
    yield first, second
    second.stop()
    first.stop()


@pytest.fixture(scope="module")
def ann(nodes):
    return Browser(nodes[0], "ann")


def at_once(nodes, come):
    """The statuses of so many who come to both nodes in the same moment."""
    statuses, start = [], threading.Barrier(MANY)

    def one(port):
        start.wait()
        statuses.append(coming_back(lambda: come(port)).status)
    threads = [threading.Thread(target=one, args=[nodes[number % 2].port]) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_of_fifty_who_come_with_a_code_to_two_nodes_one_succeeds_and_keeps_nothing(nodes, ann):
    app = nodes[0].client("app", "--first-party", "--public")
    for _ in range(ROUNDS):
        form = {"grant_type": "authorization_code", "code": app.code(ann), "redirect_uri": app.redirect_uri, "code_verifier": app.verifier, "client_id": app.id}
        won = []

        def come(port):
            answer = ask(port, "POST", "/oauth/token", form=form)
            if answer.status == 200:
                won.append(answer.json()["access_token"])
            return answer
        assert at_once(nodes, come) == [200] + [400] * (MANY - 1)
        for node in nodes:
            assert ask(node.port, "GET", "/protected", token=won[0]).status == 401, "a code that came twice ends what it began"


def test_of_fifty_who_come_with_a_pushed_request_one_gets_a_code(nodes, ann):
    shop = nodes[0].client("shop", "--first-party")
    for _ in range(ROUNDS):
        pushed = ask(nodes[0].port, "POST", "/oauth/par", form=shop.request().split("?")[1] + f"&client_secret={shop.secret}").json()["request_uri"]
        target = "/oauth/authorize?" + urlencode({"client_id": shop.id, "request_uri": pushed})
        cookies = [("Cookie", "; ".join(f"{name}={value}" for name, value in ann.cookies.items()))]
        assert at_once(nodes, lambda port: ask(port, "GET", target, fields=cookies)) == [303] + [400] * (MANY - 1)


def test_of_fifty_who_show_one_assertion_one_is_believed(nodes, tmp_path):
    robot = add(nodes[0], tmp_path, "robot", "--grant", "client_credentials", "--scope", "notes")
    for _ in range(ROUNDS):
        form = {"grant_type": "client_credentials", "client_id": "robot", "client_assertion_type": TYPE, "client_assertion": robot.assertion()}
        assert at_once(nodes, lambda port: ask(port, "POST", "/oauth/token", form=form)) == [200] + [400] * (MANY - 1)
