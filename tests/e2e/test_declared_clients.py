# SPDX-License-Identifier: Apache-2.0
"""Applications that are declared as [[client]] tables of keyhold.toml, as an operator keeps them beside the other settings."""
import json

import pytest
from oidc import CALLBACK, ENV, Browser, Client, Provider
from server import run
from test_reload import reload
from wire import ask

SECRET = "8e1f0c6d2b7a4953c1d2"
WIKI = f'[[client]]\nid = "wiki"\nsecret = "{SECRET}"\nredirect_uris = ["{CALLBACK}"]\nfirst_party = true\n'


@pytest.fixture
def provider(tmp_path):
    (tmp_path / "keyhold.toml").write_text(WIKI)
    started = Provider(tmp_path)
    yield started
    started.stop()


def shown(provider, name="wiki", check=0):
    done = run("--json", "client", "show", name, folder=provider.folder, env=ENV, check=check)
    return json.loads(done.stdout) if check == 0 else done.stderr


def test_people_sign_in_to_a_client_of_the_file(provider):
    client = Client(provider, shown(provider) | {"client_secret": SECRET})
    tokens = client.tokens(Browser(provider, "ann"))
    assert client.id_token(tokens["id_token"])["aud"] == "wiki"
    assert client.refresh(tokens["refresh_token"]).status == 200
    assert SECRET not in provider.log()


def test_the_file_is_read_anew_and_a_client_whose_table_is_gone_stays(provider):
    file, before = provider.folder / "keyhold.toml", shown(provider)
    other = WIKI.replace(CALLBACK, "https://wiki.example.com/cb").replace(SECRET, "another-secret-of-20")
    file.write_text(other + '[[client]]\nid = "app"\npublic = true\nredirect_uris = ["com.example.app:/cb"]\n')
    reload(provider, "reloaded")
    assert shown(provider) == before | {"redirect_uris": ["https://wiki.example.com/cb"]}
    assert shown(provider, "app")["public"] is True
    client = Client(provider, shown(provider))
    browser = Browser(provider, "ann")
    assert browser.ask("GET", client.request(redirect_uri=CALLBACK)).status == 400
    code = client.code(browser)
    client.secret = SECRET
    assert client.redeem(code).json()["error"] == "invalid_client", "the old secret is over"
    file.write_text("")
    reload(provider, "reloaded")
    assert shown(provider)["client_id"] == "wiki"
    run("client", "delete", "wiki", "--yes", folder=provider.folder, env=ENV, check=0)
    assert "client_not_found" in shown(provider, check=3)


def test_what_is_wrong_in_a_table_changes_nothing(provider):
    before = shown(provider)
    for wrong, why in ((WIKI.replace(f'secret = "{SECRET}"\n', ""), "it has either secret"), (WIKI.replace("https:", "http:"), "redirect URI"), (WIKI + 'grants = ["code"]\n', "no grant type"),
                       (WIKI + WIKI, "twice"), (f'clients = "wiki:{SECRET}"\n' + WIKI, "twice")):
        (provider.folder / "keyhold.toml").write_text(wrong)
        reload(provider, why)
        run("config", "check", folder=provider.folder, env=ENV, check=8)
    (provider.folder / "keyhold.toml").write_text("")
    assert shown(provider) == before
    assert ask(provider.port, "GET", "/protected").status == 401
