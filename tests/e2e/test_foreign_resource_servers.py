# SPDX-License-Identifier: Apache-2.0
"""Resource servers that others wrote, which are told the issuer and nothing else: the recipes of docs/protect-your-routes.md in front of two routes,
GET for everybody and POST for those who may write. Only by ./test --clients."""
import os
import subprocess

import pytest
from foreign import SOURCES, go_middleware, node, spring
from server import accepts, free_port
from test_protect_document import recipe
from token_kinds import Issuer, Kinds
from waiting import eventually
from wire import ask

BOOTS = {"Spring 6": "3.5.7", "Spring 7": "4.0.7"}  # the Spring Security that Boot brings


def express(issuer, port, folder):
    (folder / "node_modules").symlink_to(node() / "node_modules")
    (folder / "notes.mjs").write_text(recipe("js", "express-oauth2-jwt-bearer"))
    return ["node", SOURCES / "node/notes_behind.mjs", folder / "notes.mjs", port]


def by_go(issuer, port, folder):
    return [go_middleware(recipe("go", "go-jwt-middleware")), issuer, port]


def by_spring(name, *words):
    def command(issuer, port, folder):
        return ["java", "-jar", spring(BOOTS[name], recipe("java", "createAtJwtValidator")), f"--server.port={port}", "--server.address=127.0.0.1",
                f"--spring.security.oauth2.resourceserver.jwt.issuer-uri={issuer}", *(word.format(issuer=issuer) for word in words)]
    return command


def of_its_recipe(name):
    return by_spring(name, "--spring.main.sources=notes.Protect")


def of_properties(name):
    return by_spring(name, "--spring.security.oauth2.resourceserver.jwt.audiences={issuer}")


SERVICES = {"express-oauth2-jwt-bearer": express, "go-jwt-middleware": by_go} | {name: of_its_recipe(name) for name in BOOTS}


class Service:
    def __init__(self, command, issuer, folder):
        self.port = free_port()
        log = folder / "service.log"
        words = [*map(str, command(issuer, self.port, folder))]
        with open(log, "wb") as out:
            self.process = subprocess.Popen(words, stdout=out, stderr=out, env=os.environ | {"ISSUER": issuer})
        eventually(lambda: self.process.poll() is not None or accepts(self.port), 120, log.read_text, every=0.2)
        assert self.process.poll() is None, log.read_text()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)

    def ask(self, token, method="GET"):
        return ask(self.port, method, "/notes", fields=[("Authorization", f"Bearer {token}")] if token else [])

    def taken(self, tokens, method="GET"):
        """The kinds that open; the others are refused by 401, as tokens that are no good."""
        answers = {kind: self.ask(token, method) for kind, token in tokens.items()}
        wrong = {kind: answer.status for kind, answer in answers.items() if answer.status not in (200, 201, 401)}
        assert not wrong, wrong
        return {kind for kind, answer in answers.items() if answer.status != 401}


def kinds_of(*arguments):
    issuer, other = Issuer(*arguments), Issuer(*arguments)
    yield Kinds(issuer, other)
    issuer.stop()
    other.stop()


@pytest.fixture(scope="module")
def as_it_comes():
    yield from kinds_of()


@pytest.fixture(scope="module")
def of_type_jwt():
    yield from kinds_of("--access-token-typ", "JWT")


@pytest.fixture(scope="module", params=SERVICES)
def service(request, as_it_comes, tmp_path_factory):
    with Service(SERVICES[request.param], as_it_comes.issuer.url, tmp_path_factory.mktemp("service")) as started:
        yield started


def test_access_tokens_open_and_no_other_token_does(service, as_it_comes):
    assert service.taken(as_it_comes.good | as_it_comes.bad | as_it_comes.of_no_access_token) == set(as_it_comes.good)
    assert as_it_comes.subject in service.ask(as_it_comes.good["of a client"]).body.decode()


def test_who_is_refused_is_told_so_as_bearers_are(service, as_it_comes):
    for token in ("", as_it_comes.bad["expired"]):
        answer = service.ask(token)
        assert answer.status == 401 and answer.header("www-authenticate").startswith("Bearer"), token  # RFC 6750 §3


def test_a_route_asks_for_a_scope(service, as_it_comes):
    assert service.ask(as_it_comes.writer, "POST").status in (200, 201)
    for token in as_it_comes.good.values():
        answer = service.ask(token, "POST")
        assert answer.status == 403 and 'error="insufficient_scope"' in answer.header("www-authenticate")
    assert service.taken(as_it_comes.bad | as_it_comes.of_no_access_token, "POST") == set()


@pytest.mark.parametrize("name", BOOTS)
def test_springs_properties_take_access_tokens_whose_typ_is_jwt(name, of_type_jwt, tmp_path):
    with Service(of_properties(name), of_type_jwt.issuer.url, tmp_path) as service:
        assert service.taken(of_type_jwt.good | of_type_jwt.bad) == set(of_type_jwt.good)


@pytest.mark.parametrize("name", BOOTS)
def test_without_audiences_spring_takes_id_tokens_as_the_document_warns(name, of_type_jwt, tmp_path):
    with Service(by_spring(name), of_type_jwt.issuer.url, tmp_path) as service:
        assert service.taken(of_type_jwt.good | of_type_jwt.bad) - set(of_type_jwt.good) == {"ID token, ES256", "ID token, RS256", "for another audience"}


@pytest.mark.parametrize("name", BOOTS)
def test_springs_properties_take_no_token_whose_typ_is_another(name, as_it_comes, tmp_path):
    with Service(of_properties(name), as_it_comes.issuer.url, tmp_path) as service:
        assert service.taken(as_it_comes.good | as_it_comes.bad) == set(), "at+jwt: docs/oauth.md may say now that Spring takes it"
