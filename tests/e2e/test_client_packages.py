# SPDX-License-Identifier: Apache-2.0
"""clients/python and clients/js as their users have them: a wheel and a tarball, built without a network, in front of routes of others."""
import gzip
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
from conftest import Account
from fastapi_service import FastapiService
from oidc import ENV, Provider
from others import node
from server import DATABASE, PASSWORD, ROOT, free_port, run
from waiting import eventually
from wire import Connection, ask, request_bytes

pytestmark = pytest.mark.skipif(DATABASE != "sqlite", reason="the same on every database")
PYTHON, JS = ROOT / "clients/python", ROOT / "clients/js"
NO_NETWORK = {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "npm_config_offline": "true", "npm_config_update_notifier": "false"}


def sh(*command, **more):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, env=os.environ | NO_NETWORK, **more)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    started = Provider(tmp_path_factory.mktemp("provider"))
    run("role", "add", "writer", "notes:write", folder=started.folder, env=ENV, check=0)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def python_package(tmp_path_factory):
    """A folder in which the wheel's content lies."""
    if subprocess.run([sys.executable, "-c", "import setuptools, wheel, fastapi, uvicorn"], capture_output=True).returncode:
        pytest.skip("Debian's python3-setuptools, python3-wheel, python3-fastapi and python3-uvicorn are not installed")
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(PYTHON, folder / "source", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    sh(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", folder, folder / "source")
    (wheel,) = folder.glob("*.whl")
    assert wheel.name == "keyhold-0.3.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(folder / "installed")
    assert {"keyhold/__init__.py", "keyhold/py.typed", "keyhold/fastapi.py", "keyhold/flask.py"} <= names
    assert not [name for name in names if not name.startswith("keyhold")]
    return folder / "installed"


@pytest.fixture(scope="module")
def js_package(tmp_path_factory):
    """A folder whose node_modules has what the tarball holds."""
    folder = tmp_path_factory.mktemp("tarball")
    name = json.loads(sh("npm", "pack", "--json", "--pack-destination", folder, JS))[0]["filename"]
    with tarfile.open(folder / name) as archive:
        archive.extractall(folder)
    (folder / "node_modules").mkdir()
    (folder / "package").rename(folder / "node_modules/keyhold")
    return folder


# As Debian's FastAPI takes it, which is older than Annotated.
FASTAPI = """
from fastapi import Depends, FastAPI, Security
from keyhold import User
from keyhold.fastapi import Keyhold

app = FastAPI()
keyhold = Keyhold("{issuer}")


@app.get("/notes")
def notes(user: User = Depends(keyhold.user)):
    return {{"id": user.id, "name": user.name}}


@app.post("/notes")
def write(user: User = Security(keyhold.user, scopes=["notes:write"])):
    return {{"id": user.id}}
"""

NODE = """
import { createServer } from "node:http";
import { Guard } from "keyhold";
import { protect } from "keyhold/express";

const guard = await Guard.fromIssuer(process.argv[2]);
const routes = { GET: protect(guard), POST: protect(guard, "notes:write") };
createServer((request, response) =>
  routes[request.method](request, response, (problem) => {
    if (problem) throw problem;
    const body = JSON.stringify({ id: request.user.id, name: request.user.name });
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
    response.end(body);
  }),
).listen(Number(process.argv[3]), "127.0.0.1", () => console.log("listening"));
"""


class Started:
    def __init__(self, process, port):
        self.process, self.port = process, port

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(params=["fastapi", "node"])
def service(request, provider, tmp_path):
    """A service with two routes: GET for everybody who is signed in, POST for those who may write."""
    if request.param == "fastapi":
        folder = tmp_path / "service"
        folder.mkdir()
        shutil.copytree(request.getfixturevalue("python_package") / "keyhold", folder / "keyhold")
        (folder / "main.py").write_text(FASTAPI.format(issuer=provider.url))
        started = FastapiService(folder)
    else:
        folder, port = request.getfixturevalue("js_package"), free_port()
        (folder / "main.mjs").write_text(NODE)
        process = subprocess.Popen(["node", "main.mjs", provider.url, str(port)], cwd=folder, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "listening\n"
        started = Started(process, port)
    yield started
    started.stop()


def status(service, token=None, method="GET"):
    return ask(service.port, method, "/notes", token=token).status if token else raw(service, method).status


def raw(service, method="GET", *fields):
    with Connection(service.port) as connection:
        connection.send(request_bytes(method, "/notes", [("Connection", "close"), *fields]))
        return connection.read(method)


def test_a_service_knows_who_asks_and_forgets_who_has_logged_out(service, provider, fresh_name):
    account = Account(provider.port, fresh_name)
    answer = ask(service.port, "GET", "/notes", token=account.token)
    assert answer.status == 200 and json.loads(answer.body) == {"id": ask(provider.port, "GET", "/me", token=account.token).json()["id"], "name": fresh_name}
    assert status(service, account.token[:-10] + account.token[-10:].swapcase()) == 401
    missing = raw(service)
    assert missing.status == 401 and missing.header("www-authenticate") == 'Bearer realm="protected"' and missing.header("cache-control") == "no-store"
    twice = [("Authorization", f"Bearer {account.token}")] * 2
    assert raw(service, "GET", *twice).status in (400, 401)
    assert ask(provider.port, "POST", "/logout", token=account.token).status == 200
    eventually(lambda: status(service, account.token) == 401, 6)  # without being told it would ask again after eight seconds


def test_a_route_asks_for_a_scope(service, provider, fresh_name):
    account = Account(provider.port, fresh_name)
    answer = ask(service.port, "POST", "/notes", token=account.token)
    assert answer.status == 403
    assert answer.header("www-authenticate") == 'Bearer realm="protected", error="insufficient_scope", scope="notes:write"'
    run("role", "grant", "writer", fresh_name, folder=provider.folder, env=ENV, check=0)

    def writes():
        token = ask(provider.port, "POST", "/login", json={"username": fresh_name, "password": PASSWORD}).json()["access_token"]
        return status(service, token, "POST") == 200
    eventually(writes)  # a token of the second in which the role was granted counts as older


def test_the_helper_for_pages_is_small_and_one_of_all_tabs_refreshes(provider, fresh_name):
    assert len(gzip.compress((JS / "browser.js").read_bytes(), 9)) <= 3 * 1024
    browser = shutil.which("chromium")
    assert browser, "Debian's chromium is missing: ./test installs it"
    run("user", "add", fresh_name, folder=provider.folder, env=ENV, stdin=PASSWORD + "\n", check=0)
    seen = node("page_tabs.mjs", provider.url, env={"BROWSER": browser, "USERNAME": fresh_name, "PASSWORD": PASSWORD})
    assert seen["before"] == [401] and seen["wrong"] == [401, "Invalid credentials"] and seen["signedIn"] == 200 and seen["greeted"] == [200]
    assert seen["afterwards"] == [200] * 10 and seen["refreshes"] == 1
    assert seen["onceMore"] == [200] and seen["refreshesThen"] == 2
    assert seen["signedOut"] == 200 and seen["gone"] == [401]
    assert all(heard[0] is True and heard[-1] is False for heard in seen["heard"])


def test_the_declared_names_are_there():
    """What clients/js/package.json exports has its types beside it."""
    exported = json.loads((JS / "package.json").read_text())["exports"]
    assert set(exported) == {".", "./express", "./fastify", "./browser"}
    for where in exported.values():
        assert (JS / where["default"]).is_file() and (JS / where["types"]).is_file()
