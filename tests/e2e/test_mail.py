# SPDX-License-Identifier: Apache-2.0
"""`keyhold mail test` against mail servers of others: what arrives, and what is said of what does not."""
import json
import socket
import threading

import pytest
from certificates import Authority
from mail_server import CUT, PASSWORD, MailServer, settings
from server import free_port, run


@pytest.fixture
def authority(tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir()
    return Authority(folder)


def send(tmp_path, env, *more, to="ann@example.com"):
    """The exit code and what was said."""
    done = run("mail", "test", to, "--json", *more, folder=tmp_path, env=env)
    said = done.stdout + done.stderr
    assert PASSWORD.decode() not in said and "pa55-access-token" not in said
    return done.returncode, json.loads(done.stdout)


def test_a_mail_arrives_by_starttls_and_is_what_every_reader_understands(tmp_path, authority):
    with MailServer(authority) as server:
        code, answer = send(tmp_path, settings(server, authority), "--language", "de-AT")
        assert code == 0 and answer["outcome"] == "sent" and "250 taken" in answer["said"]
        (mail_from, to, _, was_tls), = server.handler.mails
        mail, = server.handler.parsed()
    assert was_tls and mail_from == "keyhold@example.org" and to == ["ann@example.com"]
    assert mail["From"] == '"Notes & Söhne" <keyhold@example.org>' or mail["From"].addresses[0].display_name == "Notes & Söhne"
    assert mail["Subject"] == "Eine Probe-Mail von Notes & Söhne" and mail["To"] == "ann@example.com"
    assert mail["Message-ID"] == answer["message_id"] and mail["Content-Language"] == "de" and mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.utcoffset().total_seconds() == 0 and not mail.defects
    text, html = mail.iter_parts()
    assert mail.get_content_type() == "multipart/alternative" and not text.defects and not html.defects
    assert "Notes & Söhne angefordert" in text.get_content() and "Notes &amp; Söhne angefordert" in html.get_content()


def test_a_mail_arrives_by_tls_from_the_first_byte_on(tmp_path, authority):
    with MailServer(authority, tls="implicit") as server:
        assert send(tmp_path, settings(server, authority))[0] == 0
        assert server.handler.mails[0][3]


@pytest.mark.parametrize("mechanism", ["auto", "plain", "login"])
def test_a_password_is_proven(tmp_path, authority, mechanism):
    with MailServer(authority, auth=True) as server:
        good = settings(server, authority, user="keyhold", password=PASSWORD.decode(), mechanism=mechanism)
        assert send(tmp_path, good)[0] == 0
        code, answer = send(tmp_path, good | {"KEYHOLD_MAIL_PASSWORD": "pa55-another"})
        assert code == 6 and answer["outcome"] == "not sent" and "535" in answer["said"] and "AUTH" in answer["said"]


def test_an_access_token_is_read_from_its_file_for_each_mail(tmp_path, authority):
    token = tmp_path / "token"
    with MailServer(authority, auth=True) as server:
        env = settings(server, authority, user="keyhold", password_file=str(token), mechanism="xoauth2")
        token.write_text("pa55-access-token\n")
        assert send(tmp_path, env)[0] == 0
        token.write_text("pa55-expired\n")
        assert send(tmp_path, env)[1]["outcome"] == "not sent"
        token.unlink()
        assert str(token) in send(tmp_path, env)[1]["said"]


def test_a_server_without_starttls_is_told_nothing(tmp_path):
    with MailServer(tls="none") as server:
        code, answer = send(tmp_path, settings(server))
        assert code == 6 and "STARTTLS" in answer["said"] and not server.handler.tries
        assert send(tmp_path, settings(server, starttls="offered"))[0] == 0
        assert send(tmp_path, settings(server, starttls="never"))[0] == 0


def test_another_ones_certificate_is_refused(tmp_path, authority):
    other = tmp_path / "other"
    other.mkdir()
    for tls in ("starttls", "implicit"):
        with MailServer(authority, tls=tls, names=("mail.example",)) as server:  # signed by whom we trust, for somebody else
            code, answer = send(tmp_path, settings(server, authority))
            assert code == 6 and answer["outcome"] == "not sent" and "certificate" in answer["said"].lower()
        with MailServer(authority, tls=tls) as server:  # for this name, signed by whom we do not know
            code, answer = send(tmp_path, settings(server, Authority(other, "another authority")))
            assert code == 6 and "certificate" in answer["said"].lower() and not server.handler.tries


@pytest.mark.parametrize(("answers", "outcome", "code", "what"), [
    ({"rcpt": ["550 5.1.1 no such mailbox"]}, "refused", 4, "RCPT TO: 550 5.1.1 no such mailbox"),
    ({"rcpt": ["451 4.7.1 come back later"]}, "not sent", 6, "RCPT TO: 451 4.7.1 come back later"),
    ({"data": ["554 5.7.1 looks like spam"]}, "refused", 4, "the mail: 554 5.7.1 looks like spam"),
    ({"data": ["452 4.3.1 the disk is full"]}, "not sent", 6, "the mail: 452 4.3.1 the disk is full"),
    ({"data": [CUT]}, "not sent", 6, "it may have been sent"),
])
def test_what_a_server_says_decides(tmp_path, authority, answers, outcome, code, what):
    with MailServer(authority, **answers) as server:
        exit_code, answer = send(tmp_path, settings(server, authority))
        assert (exit_code, answer["outcome"]) == (code, outcome) and what in answer["said"]
        assert not server.handler.mails
        assert send(tmp_path, settings(server, authority))[1]["outcome"] == "sent"  # the next one


def test_the_next_server_is_asked_unless_the_mail_may_have_been_sent(tmp_path, authority):
    with MailServer(authority) as second:
        env = settings(second, authority)
        nobody = f"smtp://localhost:{free_port()}"
        assert send(tmp_path, env | {"KEYHOLD_MAIL_SERVER": f"{nobody},{second.url}"})[0] == 0
        with MailServer(authority, rcpt=["451 later"], data=[CUT]) as first:
            env["KEYHOLD_MAIL_SERVER"] = f"{first.url},{second.url}"
            assert send(tmp_path, env)[0] == 0 and len(second.handler.mails) == 2  # 451 at the first
            assert send(tmp_path, env)[0] == 6 and len(second.handler.mails) == 2  # cut behind the data
        with MailServer(authority, rcpt=["550 no"]) as first:
            env["KEYHOLD_MAIL_SERVER"] = f"{first.url},{second.url}"
            assert send(tmp_path, env)[0] == 4 and len(second.handler.mails) == 2


def test_a_server_that_says_nothing_is_given_up(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = settings(f"smtp://127.0.0.1:{silent.getsockname()[1]}") | {"KEYHOLD_MAIL_TIMEOUT": "1"}
        code, answer = send(tmp_path, env)
        assert code == 6 and "time" in answer["said"].lower()


def test_a_server_that_refuses_us_at_once_is_tried_again(tmp_path):
    def refuse(listening):
        connection, _ = listening.accept()
        connection.sendall(b"554-we do not\r\n554 know you\x1b[31m\r\n")
        connection.recv(100)
        connection.close()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=refuse, args=[listening])
        thread.start()
        code, answer = send(tmp_path, settings(f"smtp://127.0.0.1:{listening.getsockname()[1]}"))
        thread.join()
    assert code == 6 and "554-we do not 554 know you?[31m" in answer["said"] and "\x1b" not in answer["said"]


@pytest.mark.parametrize(("more", "what"), [
    ({"KEYHOLD_MAIL_FROM": ""}, "mail_from is missing"),
    ({"KEYHOLD_MAIL_FROM": "keyhold"}, "mail_from is no mail address"),
    ({"KEYHOLD_MAIL_REPLY_TO": "a@b\r\nBcc: x"}, "mail_reply_to is no mail address"),
    ({"KEYHOLD_MAIL_STARTTLS": "yes"}, "mail_starttls = 'yes' is none of"),
    ({"KEYHOLD_MAIL_MECHANISM": "ntlm"}, "mail_mechanism = 'ntlm' is none of"),
    ({"KEYHOLD_MAIL_USER": "keyhold"}, "belong together"),
    ({"KEYHOLD_MAIL_PASSWORD": "pa55-x"}, "belong together"),
    ({"KEYHOLD_MAIL_SERVER": "http://mail.example"}, "is no mail server"),
    ({"KEYHOLD_MAIL_SERVER": "smtp://user:pass@mail.example"}, "is no mail server"),
    ({"KEYHOLD_MAIL_SERVER": "mail.example"}, "is no mail server"),
    ({"KEYHOLD_MAIL_USER": "keyhold", "KEYHOLD_MAIL_PASSWORD": "pa55-x", "KEYHOLD_MAIL_STARTTLS": "offered"}, "would show mail_password"),
])
def test_settings_that_contradict_each_other_are_refused(tmp_path, more, what):
    done = run("mail", "test", "ann@example.com", folder=tmp_path, env=settings("smtp://mail.example") | more, check=7)
    assert what in done.stderr and "pa55" not in done.stderr


def test_without_settings_it_says_what_is_missing(tmp_path):
    assert "mail_server is not set" in run("mail", "test", "ann@example.com", folder=tmp_path, check=7).stderr
    assert "no mail address" in run("mail", "test", "ann", folder=tmp_path, env=settings("smtp://mail.example"), check=2).stderr
