# SPDX-License-Identifier: Apache-2.0
"""A mail server of somebody else (aiosmtpd) that answers as a test wants it to."""
import base64
import email
import email.policy
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from server import free_port

CUT = "cut"  # instead of an answer: the connection breaks
USER, PASSWORD = b"keyhold", b"pa55-of-the-mail-server"


class Handler:
    """Answers to RCPT and to the data come from lists, and then are 250."""
    def __init__(self, rcpt=(), data=()):
        self.rcpt, self.data = list(rcpt), list(data)
        self.mails, self.tries = [], 0
        self.changed = threading.Condition()

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.rcpt.pop(0) if self.rcpt else "250 ok"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        self._note()
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.data.pop(0) if self.data else "250 taken"
        if answer == CUT:
            server.transport.abort()
            self._note()
            return "250 nobody reads this"
        if answer.startswith("250"):
            self._note((envelope.mail_from, envelope.rcpt_tos, envelope.content, server.transport.get_extra_info("ssl_object") is not None))
        else:
            self._note()
        return answer

    async def auth_XOAUTH2(self, server, args):
        answer = await server.challenge_auth("") if len(args) == 1 else base64.b64decode(args[1])
        good = answer == b"user=keyhold\x01auth=Bearer pa55-access-token\x01\x01"
        return AuthResult(success=good, auth_data=USER if good else None, handled=False)

    def _note(self, mail=None):
        with self.changed:
            self.tries += 1
            if mail:
                self.mails.append(mail)
            self.changed.notify_all()

    def wait_for(self, mails, seconds=30):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.mails) >= mails, seconds), f"{len(self.mails)} mails of {mails}, {self.tries} tries"
        return self.parsed()

    def parsed(self):
        return [email.message_from_bytes(content, policy=email.policy.default) for _, _, content, _ in self.mails]


class MailServer:
    def __init__(self, authority=None, tls="starttls", auth=False, rcpt=(), data=(), names=("localhost",), port=None, utf8=True):
        self.handler = Handler(rcpt, data)
        context = None
        if authority:
            authority.issue(names=names)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(authority.folder / "tls.pem", authority.folder / "tls.key")
        kwargs = {"ready_timeout": 30, "hostname": "127.0.0.1", "port": port or free_port(), "enable_SMTPUTF8": utf8}
        if auth:
            kwargs |= {"authenticator": self._authenticate, "auth_required": True, "auth_require_tls": tls != "none"}
        if tls == "starttls":
            kwargs |= {"tls_context": context, "require_starttls": True}
        elif tls == "implicit":
            kwargs |= {"ssl_context": context}
        self.controller = Controller(self.handler, **kwargs)
        self.scheme = "smtps" if tls == "implicit" else "smtp"
        self.controller.start()
        self.url = f"{self.scheme}://localhost:{self.controller.port}"
        self.port = self.controller.port

    @staticmethod
    def _authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (USER, PASSWORD), handled=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.controller.stop()


def settings(server, authority=None, **more):
    """The environment of a keyhold that sends its mails there."""
    env = {"KEYHOLD_MAIL_SERVER": server if isinstance(server, str) else server.url, "KEYHOLD_MAIL_FROM": "keyhold@example.org", "KEYHOLD_MAIL_FROM_NAME": "Notes & Söhne",
           "KEYHOLD_MAIL_TIMEOUT": "10"}
    if authority:
        env["KEYHOLD_MAIL_CA_FILE"] = str(authority.path)
    return env | {f"KEYHOLD_MAIL_{name.upper()}": value for name, value in more.items()}
