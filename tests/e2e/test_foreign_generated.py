# SPDX-License-Identifier: Apache-2.0
"""Clients that generators make of /openapi.json: they register, log in and call. Only by ./test --clients, as the generators are fetched (into
build/foreign); skipped with a word where that cannot be."""
import json
import os
import shutil
import subprocess
from functools import cache

import pytest
from foreign import FETCHED, GO, MAVEN, SOURCES, build, fetch, virtual_environment
from server import PASSWORD, ROOT, Server
from wire import ask

OURS, HOME = SOURCES / "generated", FETCHED / "generated"
GENERATOR = "7.17.0"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("generated"), {"KEYHOLD_BCRYPT_COST": "4"})
    yield started
    started.stop()


@pytest.fixture(scope="module")
def document(server, tmp_path_factory):
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_text(json.dumps(ask(server.port, "GET", "/openapi.json").json()))
    return path


@cache
def python_tools():
    return virtual_environment(HOME / "python", "openapi-python-client", OURS / "requirements.txt")


@cache
def node_tools():
    home = HOME / "node"
    shutil.copytree(OURS / "node", home, dirs_exist_ok=True)
    fetch("openapi-typescript and openapi-fetch", [ROOT / "packaging/npm-install", home])
    return home


@cache
def generator():
    """The jar of openapi-generator."""
    HOME.mkdir(parents=True, exist_ok=True)
    fetch("openapi-generator", ["java", "-version"], [*MAVEN, "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy",
          f"-Dartifact=org.openapitools:openapi-generator-cli:{GENERATOR}", f"-DoutputDirectory={HOME}"], cwd=HOME)
    return HOME / f"openapi-generator-cli-{GENERATOR}.jar"


def generate(document, language, folder, *properties):
    """Validates the document first, and refuses it with what is wrong."""
    build("java", "-jar", generator(), "generate", "-i", document, "-g", language, "-o", folder,
          *(["--additional-properties", ",".join(properties)] if properties else []))


def compile_typescript(folder, program):
    """As strict as tsc can be asked to be by one word; what it complains of fails the test."""
    for file in ("package.json", program):
        shutil.copy(OURS / "node" / file, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(node_tools() / "node_modules")
    build("node", "node_modules/typescript/bin/tsc", "--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler",
          "--types", "node", "--outDir", "built", program, cwd=folder)


def with_openapi_python_client(document, folder):
    # Hooks would only format what was made. A list of users is the bytes of a file to it.
    (folder / "settings.yaml").write_text("post_hooks: []\ncontent_type_overrides:\n  text/csv: application/octet-stream\n  application/x-ndjson: application/octet-stream\n")
    build(python_tools() / "openapi-python-client", "generate", "--config", folder / "settings.yaml", "--fail-on-warning", "--meta", "none", "--path", document,
          "--output-path", folder / "keyhold_client")
    return [python_tools() / "python", OURS / "with_openapi_python_client.py"]


def with_openapi_fetch(document, folder):
    home = node_tools()
    build("node", home / "node_modules/openapi-typescript/bin/cli.js", document, "-o", folder / "schema.ts")
    compile_typescript(folder, "with_openapi_fetch.ts")
    return ["node", "built/with_openapi_fetch.js"]


def with_openapi_generator_python(document, folder):
    generate(document, "python", folder, "packageName=keyhold_client")
    fetch("what the client of openapi-generator needs", [python_tools() / "python", "-m", "pip", "install", "-q", "-r", folder / "requirements.txt"])
    return [python_tools() / "python", OURS / "with_openapi_generator.py"]


def with_openapi_generator_go(document, folder):
    generate(document, "go", folder / "client", "packageName=client")
    module = folder / "client/go.mod"
    module.write_text(module.read_text().replace("github.com/GIT_USER_ID/GIT_REPO_ID", "keyhold.example/client"))
    shutil.rmtree(folder / "client/test")  # imports the module by a name that it has not
    shutil.copytree(OURS / "go", folder / "program")
    fetch("what the client of openapi-generator needs", ["go", "mod", "tidy"], cwd=folder / "program", env=GO)
    build("go", "build", "-o", folder / "made", ".", cwd=folder / "program", env=GO)
    return [folder / "made"]


def with_openapi_generator_typescript(document, folder):
    generate(document, "typescript-fetch", folder / "generated", "importFileExtension=.js")
    compile_typescript(folder, "with_typescript_fetch.ts")
    return ["node", "built/with_typescript_fetch.js"]


@pytest.mark.parametrize("made_by", [with_openapi_python_client, with_openapi_fetch, with_openapi_generator_python, with_openapi_generator_go,
                                     with_openapi_generator_typescript])
def test_a_generated_client_registers_logs_in_and_calls(tmp_path, server, document, made_by):
    command = made_by(document, tmp_path)
    name = made_by.__name__
    done = subprocess.run([*map(str, command), server.url, name, PASSWORD], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)},
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert set(said.pop("greetings")) == {f"Welcome {name}"}
    assert said == {"registered": name, "wrong": "invalid_credentials", "me": name}
