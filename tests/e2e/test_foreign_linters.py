# SPDX-License-Identifier: Apache-2.0
"""/openapi.json by the rules of those who check such documents, all that they recommend. Only by ./test --clients, as they are fetched (into
build/foreign); skipped with a word where that cannot be."""
import json
import os
import subprocess

import pytest
from foreign import linters
from server import Server
from wire import ask

SETTINGS = {"as it comes": {}, "with all that can be on": {"KEYHOLD_OAUTH_REGISTRATION": "open", "KEYHOLD_REGISTRATION": "invite"},
            "with a secret": {"SECRET_KEY": "6e8f0c2d9b7a4153aa51c9e07ab3d8f26"}}


@pytest.fixture(scope="module", params=SETTINGS.values(), ids=SETTINGS)
def document(request, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("linted"), {"KEYHOLD_BCRYPT_COST": "4"} | request.param)
    yield ask(server.port, "GET", "/openapi.json").json()
    server.stop()


def run(folder, document, *words):
    (folder / "openapi.json").write_text(json.dumps(document, indent=1))
    done = subprocess.run([*map(str, words), "openapi.json"], cwd=folder, capture_output=True, text=True, timeout=120,
                          env=os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"})
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def by_redocly(folder, document):
    found = json.loads(run(folder, document, linters() / "redocly", "lint", "--extends=recommended", "--format=json"))
    return [(one["ruleId"], one["message"], one["location"][0].get("pointer")) for one in found["problems"]]


def by_spectral(folder, document):
    (folder / "ruleset.yaml").write_text('extends: ["spectral:oas"]\n')
    found = json.loads(run(folder, document, linters() / "spectral", "lint", "--ruleset=ruleset.yaml", "--format=json", "--quiet"))
    return [(one["code"], one["message"], one["path"]) for one in found]


@pytest.mark.parametrize("linter", [by_redocly, by_spectral])
def test_nothing_is_wrong_with_the_document(tmp_path, document, linter):
    assert linter(tmp_path, document) == []


def test_what_is_wrong_would_be_seen(tmp_path, document):
    worse = json.loads(json.dumps(document))
    del worse["servers"], worse["paths"]["/login"]["post"]["security"]
    assert {rule for rule, _, _ in by_redocly(tmp_path, worse)} == {"no-empty-servers", "security-defined"}
    assert [rule for rule, _, _ in by_spectral(tmp_path, worse)] == ["oas3-api-servers"]
