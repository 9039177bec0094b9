# SPDX-License-Identifier: Apache-2.0
"""Somebody who asks a server for mails, and reads them."""
import re
import threading
from html import unescape

from expect import problem
from people import when_there_is_a_place
from server import PASSWORD, run
from waiting import eventually
from wire import ask

ISSUER = "https://id.example.org"
NEW_PASSWORD = "pa55-another-one"
SENT = {"msg": "If an account has this address, a mail is on its way to it"}
WRONG = "This link or code is wrong, used or expired"


def at_once(work, items):
    answers, begin = [None] * len(items), threading.Barrier(len(items))

    def one(number, item):
        begin.wait()
        answers[number] = work(item)
    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(items)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


class Post:
    def __init__(self, start, mails, env):
        self.env, self.mails, self.start = env, mails.handler, start  # of more servers on the same database
        self.server = start(env)
        self.port, self.folder = self.server.port, self.server.folder

    def __call__(self, path, who=None, fields=(), host="127.0.0.1", **body):
        return ask(self.port, "POST", path, json=body, token=who, fields=fields, host=host)

    def register(self, name, email=None, password=PASSWORD):
        body = {"username": name, "password": password} | ({"email": email} if email else {})
        assert when_there_is_a_place(lambda: self("/register", **body)).status == 200

    def log_in(self, name, password=PASSWORD):
        return when_there_is_a_place(lambda: self("/login", username=name, password=password))

    def tokens(self, name, password=PASSWORD):
        return self.log_in(name, password).json()

    def me(self, token):
        return ask(self.port, "GET", "/me", token=token)

    def keyhold(self, *arguments, check=0, stdin=""):
        return run(*arguments, folder=self.folder, env=self.env, check=check, stdin=stdin)

    def person(self, name="ann", email="ann@example.com"):
        """Somebody whose address is verified, so that no mail waits."""
        run("user", "add", name, "--email", email, "--verified", folder=self.folder, env=self.env, stdin=PASSWORD + "\n", check=0)

    def mail(self, subject, number=1):
        """The newest of so many mails of that subject."""
        def found():
            of_it = [mail for mail in self.mails.parsed() if subject in str(mail["Subject"])]
            return of_it[-1] if len(of_it) >= number else None
        return eventually(found, what=lambda: f"no mail {subject}: {[str(mail['Subject']) for mail in self.mails.parsed()]}")

    def forgotten(self, email="ann@example.com", number=1):
        """Token and code of the mail for a new password."""
        assert self("/password/forgot", email=email).json() == SENT
        mail = self.mail("Set a new password", number)
        return token_of(mail, "reset"), code_of(mail)


def text_of(mail):
    return next(mail.iter_parts()).get_content().replace("\r\n", "\n")


def token_of(mail, page):
    text, html = text_of(mail), list(mail.iter_parts())[1].get_content()
    token = re.search(rf"^{re.escape(ISSUER)}/{page}\?token=(khl_[\w-]+)$", text, re.M).group(1)
    assert f'href="{ISSUER}/{page}?token={token}"' in unescape(html)
    return token


def code_of(mail):
    return re.search(r"code: ([0-9A-Z]{4}-[0-9A-Z]{4})$", text_of(mail), re.M).group(1)


def dead(answer):
    problem(answer, 400, "one_time_secret_invalid", WRONG)
    return answer
