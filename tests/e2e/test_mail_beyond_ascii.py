# SPDX-License-Identifier: Apache-2.0
"""Mails to addresses outside ASCII, at mail servers that know SMTPUTF8 (RFC 6531) and at others."""
import json

import pytest
from certificates import Authority
from mail_server import MailServer, settings
from server import run


@pytest.fixture
def authority(tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir()
    return Authority(folder)


def send(tmp_path, server, authority, to, **more):
    done = run("mail", "test", to, "--json", folder=tmp_path, env=settings(server, authority, **more))
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("utf8", [True, False])
def test_a_domain_goes_as_a_labels_to_every_server(tmp_path, authority, utf8):
    with MailServer(authority, utf8=utf8) as server:
        code, answer = send(tmp_path, server, authority, "Ann@Bücher.example", **{"from": "keyhold@bücher.example"})
        assert code == 0 and answer["outcome"] == "sent", answer
        (mail_from, to, content, _), = server.handler.mails
    assert (mail_from, to) == ("keyhold@xn--bcher-kva.example", ["Ann@xn--bcher-kva.example"])
    assert content.split(b"\r\n\r\n")[0].isascii(), "fields outside ASCII are for SMTPUTF8 alone (RFC 6532)"


def test_a_name_outside_ascii_is_told_to_a_server_that_offers_smtputf8(tmp_path, authority):
    with MailServer(authority) as server:
        code, answer = send(tmp_path, server, authority, "bärbel@bücher.example")
        assert code == 0, answer
        assert server.handler.mails[0][1] == ["bärbel@xn--bcher-kva.example"]


def test_a_name_outside_ascii_is_not_told_to_another_and_that_is_said(tmp_path, authority):
    with MailServer(authority, utf8=False) as server:
        code, answer = send(tmp_path, server, authority, "bärbel@bücher.example")
        assert code == 4 and answer["outcome"] == "refused" and "SMTPUTF8" in answer["said"], (code, answer)
        assert server.handler.tries == 0


def test_another_server_that_offers_it_is_asked(tmp_path, authority):
    with MailServer(authority, utf8=False) as first, MailServer(authority) as second:
        env = settings(f"{first.url},{second.url}", authority)
        done = run("mail", "test", "bärbel@example.com", "--json", folder=tmp_path, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not first.handler.tries and second.handler.mails[0][1] == ["bärbel@example.com"]
