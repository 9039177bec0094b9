# SPDX-License-Identifier: Apache-2.0
"""Texts and templates of mails that an operator has written himself."""
import pytest
from certificates import Authority
from mail_server import MailServer, settings
from server import PASSWORD, QUICK, run
from waiting import eventually
from wire import ask


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "own-mails"
    (folder / "texts").mkdir(parents=True)
    (folder / "texts/de.txt").write_text("# unsere\nreset.subject: Ein neues Kennwort bei {{service}}\n")
    (folder / "mail.txt.mustache").write_text("Acme\n\n{{{title}}}\n{{{body}}}\n{{#code}}{{{code}}}{{/code}}\n")
    return folder


def forgotten(server, language, subject):
    """The mail for a new password, as `keyhold dev` shows it."""
    assert ask(server.port, "POST", "/password/forgot", json={"email": "ann@example.com"}, fields=[("Accept-Language", language)]).status == 200

    def found():
        mails = ask(server.port, "GET", "/dev/inbox").json()["mails"]
        return [mail for mail in mails if mail["subject"].startswith(subject)]
    mail, = eventually(found, what=f"no mail {subject}")
    return mail


def test_they_stand_in_the_place_of_ours(start, own):
    server = start(QUICK | {"KEYHOLD_MAIL_TEMPLATES_DIR": str(own)})
    assert ask(server.port, "POST", "/register", json={"username": "ann", "email": "ann@example.com", "password": PASSWORD}).status == 200
    assert forgotten(server, "de", "Ein neues Kennwort bei ")["text"].startswith("Acme\n\nSetzen Sie ein neues Passwort\n")
    assert forgotten(server, "en", "Set a new password for ")["text"].startswith("Acme\n\nSet a new password\n")


def test_a_test_mail_has_them_too(tmp_path, own):
    (own / "texts/en.txt").write_text("test.subject: Hello from {{service}}\n")
    folder = tmp_path / "mail"
    folder.mkdir()
    authority = Authority(folder)
    with MailServer(authority) as server:
        run("mail", "test", "ann@example.com", folder=tmp_path, env=settings(server, authority) | {"KEYHOLD_MAIL_TEMPLATES_DIR": str(own)}, check=0)
        mail, = server.handler.parsed()
    assert mail["Subject"] == "Hello from Notes & Söhne"


def test_a_broken_one_is_told_with_file_and_line_before_anything_starts(tmp_path, own):
    broken = own / "texts/fr.txt"
    broken.write_text("# les nôtres\n\nreset.body: Bonjour {{nom}}\n")
    env = QUICK | {"KEYHOLD_MAIL_TEMPLATES_DIR": str(own)}
    for command in (("config", "check"), ("dev", "--bind", "127.0.0.1:0")):
        done = run(*command, folder=tmp_path, env=env)
        assert done.returncode != 0 and f"{broken}:3: this mail has no value {{{{nom}}}}" in done.stdout + done.stderr, command
