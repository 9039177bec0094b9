# SPDX-License-Identifier: Apache-2.0
"""keyhold client: OAuth clients are registered, shown, given another secret, removed; a running server knows it at once."""
import json
import re
import shlex

import pytest
from server import ROOT, Server, make_database, run
from test_client_keys import new_key
from wire import ask

ENV = {"KEYHOLD_LOG_FORMAT": "json", "KEYHOLD_BCRYPT_COST": "4"}
CALLBACK = "https://wiki.example.com/cb"


@pytest.fixture
def folder(tmp_path):
    make_database(tmp_path, ENV)
    return tmp_path


def client(folder, *words, check=0):
    done = run("--json", "client", *words, folder=folder, env=ENV, check=check)
    return json.loads(done.stdout) if done.stdout else json.loads(done.stderr)


def test_a_client_is_added_shown_and_listed(folder):
    made = client(folder, "add", "wiki", "--name", "The wiki", "--redirect-uri", CALLBACK, "--redirect-uri", "http://127.0.0.1/cb",
                  "--scope", "openid", "--scope", "notes:read", "--id-token-algorithm", "ES256", "--first-party")
    secret = made.pop("client_secret")
    assert re.fullmatch(r"khc_[\w-]{43}", secret)
    assert made.pop("created_at").endswith("Z")
    assert made == {"client_id": "wiki", "client_name": "The wiki", "public": False, "token_endpoint_auth_method": "client_secret_basic", "registered_itself": False, "first_party": True, "redirect_uris": [CALLBACK, "http://127.0.0.1/cb"],
                    "post_logout_redirect_uris": [], "grant_types": ["authorization_code", "refresh_token"], "scope": "openid notes:read",
                    "id_token_signed_response_alg": "ES256", "pkce": "required"}
    shown = client(folder, "show", "wiki")
    assert "client_secret" not in shown and shown["client_name"] == "The wiki"
    assert [row["client_id"] for row in client(folder, "list")] == ["wiki"]
    text = run("client", "show", "wiki", folder=folder, env=ENV, check=0).stdout
    assert re.search(r"^redirect_uris +https://wiki\.example\.com/cb http://127\.0\.0\.1/cb$", text, re.M)
    assert secret not in text and not any(secret.encode() in path.read_bytes() for path in folder.glob("*.db*"))


def test_what_cannot_be_a_client_is_refused_with_its_reason(folder):
    client(folder, "add", "wiki", "--redirect-uri", CALLBACK)
    assert "already" in json.dumps(client(folder, "add", "wiki", "--redirect-uri", CALLBACK, check=5))
    assert "use https" in json.dumps(client(folder, "add", "blog", "--redirect-uri", "http://blog.example.com/", check=2))
    assert "redirect URI" in json.dumps(client(folder, "add", "blog", check=2))
    assert "no such client" in json.dumps(client(folder, "show", "blog", check=3))
    assert "public client" in json.dumps(client(folder, "add", "app", "--redirect-uri", CALLBACK, "--public", "--without-pkce", check=2))


def test_a_running_server_knows_each_change_at_once(folder):
    server = Server(folder, ENV)

    def introspect(secret):
        return ask(server.port, "POST", "/oauth/introspect", form={"token": "x", "client_id": "wiki", "client_secret": secret}).status

    first = client(folder, "add", "wiki", "--redirect-uri", CALLBACK)["client_secret"]
    assert introspect(first) == 200
    second = client(folder, "rotate-secret", "wiki")["client_secret"]
    assert introspect(first) == 401 and introspect(second) == 200
    assert client(folder, "delete", "wiki") == {"deleted": True}
    assert introspect(second) == 401
    assert client(folder, "list") == []
    server.stop()


SHOWN = [" ".join(words.split()) for words in re.findall(r"(?:`|\$ )(keyhold client add [^`]+?)(?:`|\n(?=\w+ {2,}))", (ROOT / "docs/openid.md").read_text())]


@pytest.mark.parametrize("command", SHOWN)
def test_what_the_document_shows_works_as_it_stands_there(folder, command):
    (folder / "keys.json").write_text(json.dumps({"keys": [new_key()[1]]}))
    run(*shlex.split(command)[1:], folder=folder, env=ENV, check=0)
    assert len(SHOWN) >= 5
