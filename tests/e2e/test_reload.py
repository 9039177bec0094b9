# SPDX-License-Identifier: Apache-2.0
"""SIGHUP: what can change while others run changes; a configuration that is wrong leaves everything as it was."""
import signal

from server import QUICK
from waiting import eventually
from wire import ask

ORIGIN = [("Origin", "https://app.example")]


def reload(server, until):
    before = server.log().count(until)
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: server.log().count(until) > before, what=server.log)


def allowed(server):
    return ask(server.port, "GET", "/protected", ORIGIN).header("access-control-allow-origin")


def test_origins_clients_and_the_access_log_follow_the_file(start, tmp_path):
    file = tmp_path / "keyhold.toml"
    file.write_text('cors_origins = ["https://other.example"]\n')
    server = start(QUICK)
    client = {"token": "x", "client_id": "api", "client_secret": "a-secret-of-the-client"}
    assert allowed(server) is None
    assert ask(server.port, "POST", "/introspect", form=client).status == 401
    file.write_text('cors_origins = ["https://app.example"]\nclients = "api:a-secret-of-the-client"\naccess_log = false\nbcrypt_cost = 5\n')
    reload(server, "reloaded")
    assert allowed(server) == "https://app.example"
    assert ask(server.port, "POST", "/introspect", form=client).json() == {"active": False}
    lines = server.log().count('"request"')
    assert ask(server.port, "GET", "/protected").status == 401
    assert server.log().count('"request"') == lines


def test_what_needs_a_restart_is_named(start, tmp_path):
    server = start(QUICK)
    (tmp_path / "keyhold.toml").write_text("session_days = 3\n")
    reload(server, "takes effect with a restart: session_days")
    (tmp_path / "keyhold.toml").write_text('trusted_proxies = "127.0.0.1"\n[[protect]]\nhost = "wiki.example.com"\n[[client]]\nid = "api"\nsecret = "a-secret-of-the-client"\n')
    reload(server, "takes effect with a restart: trusted_proxies, [[protect]]\"")  # and [[client]] is read anew


def test_a_file_that_is_wrong_changes_nothing_and_the_log_says_why(start, tmp_path):
    file = tmp_path / "keyhold.toml"
    file.write_text('cors_origins = ["https://app.example"]\n')
    server = start(QUICK)
    for wrong, why in (("cors_origins = [\n", "is not TOML"), ('cors_origins = []\nclients = "broken"\n', "clients"), ("cors_orgins = []\n", "did you mean 'cors_origins'?")):
        file.write_text(wrong)
        reload(server, why)
        assert allowed(server) == "https://app.example"
    assert "not reloaded, all stays as it was" in server.log()
