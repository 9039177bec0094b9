# SPDX-License-Identifier: Apache-2.0
"""An application on FastAPI, the tutorial's own or one of its kind, with the same SECRET_KEY: a token of the one opens the other."""
import json

import pytest
from expect import problem
from fastapi_service import APPLICATIONS, FastapiService, copy_service
from people import Account
from server import PASSWORD
from wire import ask

KEY = "your_secret_key"  # as printed; the real service refuses it, `dev` warns


@pytest.fixture(scope="module", params=APPLICATIONS)
def fastapi(request, tmp_path_factory):
    service = FastapiService(copy_service(tmp_path_factory.mktemp("fastapi"), application=APPLICATIONS[request.param]))
    yield service.port
    service.stop()


def test_a_token_of_either_opens_the_other(fastapi, start):
    keyhold = start({"SECRET_KEY": KEY})
    theirs, ours = Account(fastapi, "zoe"), Account(keyhold.port, "zoe")
    welcome = {"message": "Welcome zoe"}
    assert ask(fastapi, "GET", "/protected", token=theirs.token).json() == welcome
    assert ask(keyhold.port, "GET", "/protected", token=theirs.token).json() == welcome
    assert ask(fastapi, "GET", "/protected", token=ours.token).json() == welcome


def test_with_another_key_neither_opens_the_other(fastapi, start):
    keyhold = start({"SECRET_KEY": KEY + "-and-more-of-it-to-be-long-enough"})
    theirs, ours = Account(fastapi, "yan"), Account(keyhold.port, "yan")
    problem(ask(keyhold.port, "GET", "/protected", token=theirs.token), 401)
    assert ask(fastapi, "GET", "/protected", token=ours.token).status == 401


def test_both_answer_the_tutorials_clients_in_the_same_words(fastapi, start):
    keyhold = start({"SECRET_KEY": KEY})
    good = {"username": "xan", "password": PASSWORD}
    for method, path, sent in [("POST", "/register", {"json": good}), ("POST", "/register", {"json": good}), ("POST", "/login", {"json": good | {"password": "pa55-no"}}),
                               ("GET", "/protected", {}), ("GET", "/protected", {"token": "a.b.c"}), ("GET", "/nope", {}), ("GET", "/register", {})]:
        theirs, ours = (ask(port, method, path, **sent) for port in (fastapi, keyhold.port))
        assert theirs.status == ours.status, (method, path)
        for member, value in json.loads(theirs.body).items():
            assert json.loads(ours.body)[member] == value
