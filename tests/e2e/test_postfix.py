# SPDX-License-Identifier: Apache-2.0
"""Mails by a mail server that people run: what it takes and refuses, over TLS, and what is left when our server is killed at any moment."""
import json
import random
import sqlite3
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from certificates import Authority
from mail_reader import ISSUER, text_of, token_of
from mail_server import settings
from postfix import Postfix, why_not
from server import DATABASE, PASSWORD, QUICK, Server, make_database, run
from test_outbox import write_mail
from waiting import PATIENCE, eventually, until
from wire import ask

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can be")
sqlite_only = pytest.mark.skipif(DATABASE != "sqlite", reason="looks into the file")


@pytest.fixture
def authority(tmp_path):
    folder = tmp_path / "authority"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def box():
    """Not below tmp_path: the paths of Postfix's sockets have at most 107 characters."""
    with tempfile.TemporaryDirectory(prefix="postfix-") as folder:
        yield Path(folder)


def rows(folder, env, kind):
    """What the outbox says of the mails of one kind, by address: a person gets several kinds."""
    listed = json.loads(run("outbox", "list", "--json", folder=folder, env=env, check=0).stdout)
    return {row["address"]: row for row in listed if row["kind"] == kind}


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "implicit"])
def test_a_mail_arrives_over_tls_and_unknown_recipients_are_dead(tmp_path, start, authority, box, implicit):
    with Postfix(box, authority, ["ann"], implicit=implicit) as postfix:
        env = QUICK | settings(postfix, authority) | {"KEYHOLD_ISSUER": ISSUER}
        server = start(env)
        for name in ("ann", "gone"):
            run("user", "add", name, "--email", f"{name}@example.com", "--verified", folder=tmp_path, env=env, stdin=PASSWORD + "\n", check=0)
            assert ask(server.port, "POST", "/password/forgot", json={"email": f"{name}@example.com"}).status == 200
        mail = eventually(lambda: postfix.mails("ann"), what=postfix.complaint)[0]
        assert "with ESMTPS" in mail["Received"], mail["Received"]
        assert mail["Return-Path"] == "<keyhold@example.org>" and mail["Delivered-To"] == "ann@example.com"
        assert ask(server.port, "POST", "/password/reset", json={"token": token_of(mail, "reset"), "new_password": PASSWORD + "-2"}).status == 200


        def settled():
            found = rows(tmp_path, env, "reset")
            return found if {row["state"] for row in found.values()} == {"sent", "dead"} else None

        found = eventually(settled)
        assert found["gone@example.com"]["state"] == "dead" and "550 5.1.1" in found["gone@example.com"]["said"]
        assert "queued as" in found["ann@example.com"]["said"]


def test_what_is_put_off_waits_and_a_certificate_of_another_name_gets_nothing(tmp_path, start, authority, box):
    with Postfix(box, authority, ["ann"], restrictions="check_recipient_access inline:{ann@example.com=451 later}, permit") as postfix:
        env = QUICK | settings(postfix, authority)
        start(env)
        run("mail", "test", "ann@example.com", folder=tmp_path, env=env, check=6)
        answer = run("mail", "test", "ann@example.com", "--json", folder=tmp_path, env=env, check=6)
        assert "451" in answer.stdout + answer.stderr
        assert postfix.mails("ann") == []
    second = box / "another"
    second.mkdir()
    with Postfix(second, authority, ["ann"], host="mail.example.net") as postfix:
        env = QUICK | settings(postfix, authority)
        run("mail", "test", "ann@example.com", folder=tmp_path, env=env, check=6)
        assert "RCPT" not in postfix.log() and postfix.mails("ann") == []


@sqlite_only
def test_kills_at_any_moment_lose_nothing_and_send_at_most_one_mail_twice_each(tmp_path, authority, box):
    chance, kills, each = random.Random(5), 12, 8
    with Postfix(box, authority, ["ann"]) as postfix:
        env = QUICK | settings(postfix, authority)
        make_database(tmp_path, env)
        written = []
        for _ in range(kills):
            for _ in range(each):
                written.append(write_mail(tmp_path))
            server = Server(tmp_path, env)
            until(time.monotonic() + chance.uniform(0, 0.4))  # any moment will do
            server.kill()
            with sqlite3.connect(tmp_path / "keyhold.db", timeout=30) as database:
                database.execute("UPDATE keyhold_outbox SET due_at = 0 WHERE state = 0")  # the lease of the dead one is over
        last = Server(tmp_path, env)
        try:
            identities = {f"<{identity}@example.org>" for identity in written}
            eventually(lambda: {mail["Message-ID"] for mail in postfix.mails("ann")} == identities, 4 * PATIENCE, postfix.complaint)
            eventually(lambda: not json.loads(run("outbox", "list", "--state", "waiting", "--json", folder=tmp_path, env=env, check=0).stdout))
        finally:
            last.stop()
        eventually(lambda: "queue" not in postfix.log() or not list((box / "queue/active").rglob("*")) and not list((box / "queue/incoming").rglob("[0-9A-F]*")))
        counts = Counter(mail["Message-ID"] for mail in postfix.mails("ann"))
        twice = sum(count - 1 for count in counts.values())
        print(f"{len(written)} mails, {kills} kills: none lost, {twice} sent twice")
        assert set(counts) == identities and max(counts.values()) <= 1 + kills
        assert twice <= kills, "whoever is killed has one mail in his hands"
        for identity, count in counts.items():
            assert len({text_of(mail) for mail in postfix.mails("ann") if mail["Message-ID"] == identity}) == 1, "the same mail each time"
