# SPDX-License-Identifier: Apache-2.0
"""Mails that wait in the database: sent at least once, whatever happens to whoever sends them."""
import asyncio
import contextlib
import json
import re
import socket
import sqlite3
import threading
import time
import uuid

import pytest
from certificates import Authority
from mail_server import CUT, MailServer, settings
from server import DATABASE, PASSWORD, QUICK, Server, free_port, make_database, run
from waiting import eventually
from wire import ask

sqlite_only = pytest.mark.skipif(DATABASE != "sqlite", reason="looks into the file")


@pytest.fixture
def authority(tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir()
    return Authority(folder)


def sql(folder, statement, *values):
    with sqlite3.connect(folder / "keyhold.db", timeout=20) as db:
        return db.execute(statement, values).fetchall()


def write_mail(folder, address="ann@example.com"):
    """What a transaction of ours writes."""
    identity, now = str(uuid.uuid4()), int(time.time())
    sql(folder, "INSERT INTO keyhold_outbox (id, kind, account_id, address, language, origin, device, other_address, created_at, due_at, expires_at, attempts, state,"
        " settled_at, said) VALUES (?, 'test', '', ?, 'en', '', '', '', ?, ?, ?, 0, 0, 0, '')", identity, address, now, now, now + 86400)
    return identity


def outbox(folder, *arguments, check=0, **kwargs):
    return run("outbox", *arguments, "--json", folder=folder, env=QUICK, check=check, **kwargs)


def of_id(folder, identity):
    return json.loads(outbox(folder, "show", identity).stdout)


def test_a_mail_that_is_left_to_a_server_is_sent_by_it(tmp_path, start, authority):
    with MailServer(authority) as mails:
        env = QUICK | settings(mails, authority)
        start(env)
        identity = json.loads(run("mail", "test", "ann@example.com", "--outbox", "--language", "de", "--json", folder=tmp_path, env=env, check=0).stdout)["id"]
        mail, = mails.handler.wait_for(1)
        assert (mail["Message-ID"], mail["To"], mail["Content-Language"]) == (f"<{identity}@example.org>", "ann@example.com", "de")
        assert eventually(lambda: of_id(tmp_path, identity)["state"] == "sent")


@sqlite_only
def test_a_mail_that_waits_is_sent_once_by_two_servers_on_one_database(tmp_path, start, authority):
    with MailServer(authority) as mails:
        env = QUICK | settings(mails, authority)
        servers = [start(env), start(env)]
        identities = [write_mail(tmp_path) for _ in range(20)]
        got = mails.handler.wait_for(20)
        assert sorted(mail["Message-ID"] for mail in got) == sorted(f"<{identity}@example.org>" for identity in identities)
        eventually(lambda: len(json.loads(outbox(tmp_path, "list", "--state", "sent").stdout)) == 20)
        assert mails.handler.tries == 40  # RCPT and the data of each
        assert all(server.process.poll() is None for server in servers)


@sqlite_only
def test_a_mail_that_was_put_off_is_sent_later_and_the_same(tmp_path, start, authority):
    with MailServer(authority, rcpt=["451 4.7.1 greylisted"], data=["250 taken", CUT]) as mails:
        start(QUICK | settings(mails, authority))
        identity = write_mail(tmp_path)
        waiting = eventually(lambda: of_id(tmp_path, identity)["said"] and of_id(tmp_path, identity))
        assert waiting["state"] == "waiting" and "451 4.7.1 greylisted" in waiting["said"] and waiting["attempts"] == 1
        outbox(tmp_path, "retry", identity)
        mails.handler.wait_for(1)
        assert eventually(lambda: of_id(tmp_path, identity)["state"] == "sent")
        assert "was sent" in outbox(tmp_path, "retry", identity, check=5).stderr


@sqlite_only
def test_a_mail_that_was_refused_for_good_is_dead_until_somebody_retries_or_drops_it(tmp_path, start, authority):
    with MailServer(authority, rcpt=["550 5.1.1 nobody of that name"]) as mails:
        start(QUICK | settings(mails, authority))
        identity = write_mail(tmp_path)
        dead = eventually(lambda: json.loads(outbox(tmp_path, "list", "--state", "dead").stdout))
        assert dead[0]["id"] == identity and "550 5.1.1 nobody of that name" in dead[0]["said"]
        outbox(tmp_path, "retry", identity)
        assert mails.handler.wait_for(1)[0]["Message-ID"] == f"<{identity}@example.org>"
        another = write_mail(tmp_path)
        outbox(tmp_path, "drop", another)
        outbox(tmp_path, "drop", another, check=3)
        outbox(tmp_path, "show", "nobody", check=3)


@sqlite_only
@pytest.mark.parametrize(("server", "more", "said"), [
    ({"tls": "none"}, {}, "STARTTLS"), ({"names": ("mail.example",)}, {}, "certificate"), ({"tls": "implicit", "names": ("mail.example",)}, {}, "certificate"),
    ({"data": ["452 4.3.1 the disk is full"]}, {}, "452 4.3.1 the disk is full"), ({"data": [CUT]}, {}, "it may have been sent"),
    ({"auth": True}, {"user": "keyhold", "password": "pa55-wrong"}, ""), (None, {}, "time")],
    ids=["no TLS", "another one's certificate", "the same from the first byte on", "4yz to the mail", "cut", "5yz to us", "silent"])
def test_what_is_not_the_mails_fault_leaves_it_waiting_and_says_why(tmp_path, start, authority, server, more, said):
    """A row says what came of each try: whoever mends the mail server finds the mail waiting."""
    with contextlib.ExitStack() as stack:
        if server is None:
            silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            env = settings(f"smtp://127.0.0.1:{silent.getsockname()[1]}") | {"KEYHOLD_MAIL_TIMEOUT": "1"}
        else:
            env = settings(stack.enter_context(MailServer(None if server.get("tls") == "none" else authority, **server)), authority, **more)
        start(QUICK | env)
        identity = write_mail(tmp_path)
        row = eventually(lambda: of_id(tmp_path, identity)["said"] and of_id(tmp_path, identity))
    assert row["state"] == "waiting" and row["attempts"] == 1 and row["due_at"] > row["created_at"], row
    assert said.lower() in row["said"].lower() and "pa55" not in row["said"]


@sqlite_only
def test_a_mail_that_is_refused_is_dead_whoever_says_so(tmp_path, start, authority):
    with MailServer(authority, data=["554 5.7.1 looks like spam"]) as mails:
        start(QUICK | settings(mails, authority))
        identity = write_mail(tmp_path)
        row = eventually(lambda: of_id(tmp_path, identity)["state"] == "dead" and of_id(tmp_path, identity))
        assert "554 5.7.1 looks like spam" in row["said"]


@sqlite_only
def test_a_mail_server_that_is_down_loses_nothing(tmp_path, start, authority):
    port = free_port()
    start(QUICK | settings(f"smtp://localhost:{port}", authority))
    identity = write_mail(tmp_path)
    eventually(lambda: of_id(tmp_path, identity)["said"])
    with MailServer(authority, port=port) as mails:
        outbox(tmp_path, "retry", identity)
        mails.handler.wait_for(1)


@sqlite_only
def test_a_server_that_is_killed_before_it_sends_loses_nothing(tmp_path, authority):
    env = QUICK | settings(f"smtp://localhost:{free_port()}", authority)
    server = Server(tmp_path, env)
    identities = [write_mail(tmp_path) for _ in range(5)]
    server.kill()
    with MailServer(authority) as mails:
        env |= settings(mails, authority)
        sql(tmp_path, "UPDATE keyhold_outbox SET due_at = 0")  # as when the leases of the dead one are over
        again = Server(tmp_path, env)
        got = mails.handler.wait_for(5)
        assert {mail["Message-ID"] for mail in got} == {f"<{identity}@example.org>" for identity in identities}
        again.stop()


@sqlite_only
def test_a_server_that_is_killed_between_send_and_mark_sends_the_same_mail_again(tmp_path, authority):
    arrived, go_on = threading.Event(), threading.Event()
    with MailServer(authority) as mails:
        taken = mails.handler.handle_DATA

        async def take_and_wait(server, session, envelope):
            answer = await taken(server, session, envelope)
            arrived.set()
            await asyncio.to_thread(go_on.wait)
            return answer
        mails.handler.handle_DATA = take_and_wait
        env = QUICK | settings(mails, authority)
        server = Server(tmp_path, env)
        identity = write_mail(tmp_path)
        assert arrived.wait(30)
        server.kill()
        go_on.set()
        again = Server(tmp_path, env)
        other = write_mail(tmp_path)
        mails.handler.wait_for(2)
        assert of_id(tmp_path, identity)["attempts"] == 1  # the outbox was looked at, and the lease still stands
        sql(tmp_path, "UPDATE keyhold_outbox SET due_at = 0")
        got = mails.handler.wait_for(3)
        assert [mail["Message-ID"] for mail in got] == [f"<{name}@example.org>" for name in (identity, other, identity)]
        assert mails.handler.mails[0][2] == mails.handler.mails[2][2]  # receivers can tell that it is one
        again.stop()


def test_the_inbox_of_dev_shows_what_would_have_been_sent(tmp_path, start):
    server = start(arguments=("dev", "--bind", f"127.0.0.1:{free_port()}"))  # whose address it knows: so mails have links
    assert ask(server.port, "GET", "/dev/inbox").json() == {"mails": []}
    # A page whose name was made to lead here (DNS rebinding) reads nothing.
    assert ask(server.port, "GET", "/dev/inbox", host="rebound.example").status == 421
    if DATABASE == "sqlite":
        identity = write_mail(tmp_path)
        mail, = eventually(lambda: ask(server.port, "GET", "/dev/inbox").json()["mails"])
        assert (mail["id"], mail["to"], mail["subject"]) == (identity, "ann@example.com", "A test mail of 127.0.0.1")
        page = ask(server.port, "GET", "/dev/inbox", fields=[("Accept", "text/html")])
        assert page.header("content-type").startswith("text/html") and "A test mail of 127.0.0.1" in page.body.decode()
        eventually(lambda: "A test mail of 127.0.0.1" in server.log())
    ask(server.port, "POST", "/register", json={"username": "ann", "password": PASSWORD, "email": "ann@example.com"})
    eventually(lambda: "/verify?token=" in ask(server.port, "GET", "/dev/inbox").body.decode())
    page = ask(server.port, "GET", "/dev/inbox", fields=[("Accept", "text/html")]).body.decode()
    link = re.search(r'<a href="\.\./(verify\?token=[\w-]+)">Open /verify</a>', page).group(1)
    assert "Sign in with the account that the mail is about" in ask(server.port, "GET", "/" + link, fields=[("Accept", "text/html")]).body.decode()
    assert 'href="./dev/inbox"' in ask(server.port, "GET", "/", fields=[("Accept", "text/html")]).body.decode()
    eventually(lambda: "/dev/inbox" in server.log())


def test_there_is_no_inbox_where_mails_are_sent_or_in_production(tmp_path, start, authority):
    with MailServer(authority) as mails:
        server = start(QUICK | settings(mails, authority))
        assert ask(server.port, "GET", "/dev/inbox").status == 404
        server.stop()
    make_database(tmp_path)
    serving = start({"KEYHOLD_LOG_FORMAT": "json"}, arguments=("serve", "--bind", "127.0.0.1:0"))
    assert ask(serving.port, "GET", "/dev/inbox").status == 404
    assert "mail_server is not set: no mail is sent" in serving.log()
