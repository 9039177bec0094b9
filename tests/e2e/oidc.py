# SPDX-License-Identifier: Apache-2.0
"""A provider with its own issuer, a person with a browser, and a client that sends them there (RFC 6749 §4.1)."""
import base64
import hashlib
import html
import json
import re
import secrets
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import jwt
from people import Account
from server import PASSWORD, Server, free_port, run
from wire import ask

ENV = {"KEYHOLD_BCRYPT_COST": "4", "KEYHOLD_LOG_FORMAT": "json"}
CALLBACK = "https://app.example.com/cb"
OURS = [("Sec-Fetch-Site", "same-origin")]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Provider(Server):
    """Clients are added while it runs."""
    def __init__(self, folder, env=None):
        super().__init__(folder, ENV | (env or {}), arguments=("dev", "--bind", f"127.0.0.1:{free_port()}"))

    def client(self, name, *words, redirect_uri=CALLBACK):
        done = run("--json", "client", "add", name, "--redirect-uri", redirect_uri, *words, folder=self.folder, env=ENV, check=0)
        return Client(self, json.loads(done.stdout))


class Browser:
    """Of somebody who registers and signs in, or has not yet."""
    def __init__(self, provider, name=None):
        self.provider, self.name, self.cookies = provider, name, {}
        if name:
            Account(provider.port, name)
            self.sign_in()

    def ask(self, method, target, fields=(), **more):
        sent = [("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))] if self.cookies else []
        answer = ask(self.provider.port, method, target, fields=[*sent, *fields], **more)
        for key, value in answer.fields:
            if key == "set-cookie":
                name, content = value.split("; ")[0].split("=", 1)
                self.cookies[name] = content
                if not content:
                    del self.cookies[name]
        return answer

    def sign_in(self):
        answer = self.ask("POST", "/login", fields=OURS, json={"username": self.name, "password": PASSWORD, "mode": "cookie"})
        assert answer.status == 200, answer.body

    def sign_out(self):
        assert self.ask("POST", "/logout", fields=OURS).status == 200


class Client:
    def __init__(self, provider, registered):
        self.provider = provider
        self.id, self.secret = registered["client_id"], registered.get("client_secret")
        self.redirect_uri = registered["redirect_uris"][0]
        self.algorithm = registered["id_token_signed_response_alg"]

    def request(self, **more):
        """A request with PKCE, state and nonce; None takes a parameter out."""
        self.verifier = secrets.token_urlsafe(32)
        fields = {"client_id": self.id, "redirect_uri": self.redirect_uri, "response_type": "code", "scope": "openid", "state": "st%te &1",
                  "nonce": "n-1", "code_challenge": base64url(hashlib.sha256(self.verifier.encode()).digest()), "code_challenge_method": "S256"} | more
        return "/oauth/authorize?" + urlencode({name: value for name, value in fields.items() if value is not None}, quote_via=quote)

    def answer_of(self, browser, **more):
        """The parameters with which the browser comes back."""
        answer = browser.ask("GET", self.request(**more))
        assert answer.status == 303, (answer.status, answer.body)
        where = urlsplit(answer.header("location"))
        assert where._replace(query="", fragment="").geturl() == self.redirect_uri, answer.header("location")
        place, other = (where.fragment, where.query) if "token" in (more.get("response_type") or "") else (where.query, where.fragment)
        fields = parse_qsl(place, strict_parsing=True)
        assert not other, "it goes where the client looks (OAuth 2.0 Multiple Response Types §5)"
        assert len(dict(fields)) == len(fields)
        assert dict(fields)["iss"] == self.provider.url  # RFC 9207
        return dict(fields)

    def code(self, browser, **more):
        fields = self.answer_of(browser, **more)
        assert fields.keys() == {"code", "state", "iss"} and fields["state"] == "st%te &1", fields
        return fields["code"]

    def token(self, **form):
        if self.secret:
            form = {"client_secret": self.secret} | form
        return ask(self.provider.port, "POST", "/oauth/token", form={name: value for name, value in ({"client_id": self.id} | form).items() if value is not None})

    def redeem(self, code, **more):
        return self.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri, "code_verifier": self.verifier} | more)

    def refresh(self, refresh_token, **more):
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **more)

    def tokens(self, browser, **more):
        answer = self.redeem(self.code(browser, **more))
        assert answer.status == 200, answer.body
        return answer.json()

    def id_token(self, text):
        """The claims, after the checks of OpenID Connect Core §3.1.3.7, by PyJWT and the published keys."""
        kid = jwt.get_unverified_header(text)["kid"]
        keys = ask(self.provider.port, "GET", "/.well-known/jwks.json").json()["keys"]
        key = next(key for key in keys if key["kid"] == kid)
        assert key["alg"] == self.algorithm and key["use"] == "sig"
        return jwt.decode(text, jwt.PyJWK(key).key, algorithms=[self.algorithm], audience=self.id, issuer=self.provider.url,
                          options={"require": ["iss", "sub", "aud", "exp", "iat"]})


HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def form_of(answer):
    """The hidden fields of the only form of a page, and where it is sent to."""
    page = answer.body.decode()
    assert answer.status == 200 and answer.header("content-type") == "text/html; charset=utf-8", (answer.status, page)
    action, = re.findall(r'<form method="post" action="([^"]+)">', page[page.index("<main"):])
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page[page.index("<main"):])}, html.unescape(action)


def show_password(browser, answer, at="/oauth/authorize"):
    """On the sign-in page that this answer leads to: where the browser goes on to."""
    page = urljoin(at, answer.header("location"))
    assert answer.status == 303 and urlsplit(page).path == "/sign-in", answer.header("location")
    fields, _ = form_of(browser.ask("GET", page))
    done = browser.ask("POST", "/sign-in", fields=OURS, form=fields | {"username": browser.name, "password": PASSWORD})
    assert done.status == 303, done.body
    return urljoin("/sign-in", done.header("location"))
