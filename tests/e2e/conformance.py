# SPDX-License-Identifier: Apache-2.0
"""What the OpenID Foundation's conformance suite does with a provider: a browser without JavaScript that fills in forms, and a client that
registers itself, uses no PKCE unless a module is about that, and holds every answer against what the standards ask of all of them."""
import base64
import re
import secrets
import time
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urljoin, urlsplit

import jwt
from oidc import OURS, Browser, Client, form_of
from people import Account
from server import PASSWORD
from wire import ask

PAGE = [("Accept", "text/html")]
SETTINGS = {"KEYHOLD_OAUTH_REGISTRATION": "open", "KEYHOLD_OAUTH_REGISTRATION_PKCE": "false"}
REDIRECT_URI = "https://suite.example.com/test/a/keyhold/callback"
LEFT = "https://suite.example.com/test/a/keyhold/post_logout_redirect"
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 §4.1.2.1, §5.2
TOKEN = re.compile(r"[\x20-\x7e]+")  # RFC 6749, appendices A.12 and A.17


class Person(Browser):
    """Somebody whose browser goes where it is sent, shows forms, and sends them filled in."""
    def __init__(self, provider, name):
        super().__init__(provider)
        Account(provider.port, name)
        self.name = name

    def visit(self, target, method="GET", **more):
        """The pages that were shown, and the address of another server to which the browser was sent; None if it stays."""
        pages, answer = [], self.ask(method, target, **{"fields": PAGE} | more)
        for _ in range(12):
            if answer.status == 303:
                where = urljoin(target, answer.header("location"))
                if not where.startswith("/"):
                    return pages, where
                target, answer = where, self.ask("GET", where, fields=PAGE)
                continue
            pages.append(answer.body.decode())
            typed = self.typed(pages[-1]) if answer.status == 200 else None
            if typed is None:
                return pages, None
            fields, action = form_of(answer)
            target = urljoin(target, action)
            answer = self.ask("POST", target, fields=OURS, form=fields | typed)
        raise AssertionError(f"it goes round: {pages}")

    def typed(self, page):
        main = page[page.index("<main"):]
        if 'name="password"' in main:
            return {"username": self.name, "password": PASSWORD}
        if 'value="allow"' in main:
            return {"decision": "allow"}
        return {} if "end-session/confirmed" in main else None


def asked_for_the_password(pages):
    return [page for page in pages if 'name="password"' in page]


class Suite(Client):
    """A client of the suite's. `metadata` is what the module adds to its registration."""
    def __init__(self, provider, method="client_secret_basic", **metadata):
        self.method = method
        wish = {"client_name": "suite", "grant_types": ["authorization_code"], "response_types": ["code"], "redirect_uris": [REDIRECT_URI],
                "token_endpoint_auth_method": method, "contacts": ["certification@oidf.org"]} | metadata
        answer = ask(provider.port, "POST", "/oauth/clients", json=wish)
        assert answer.status == 201 and answer.header("content-type") == "application/json", answer.body
        self.registered = answer.json()
        for name, value in wish.items():
            assert self.registered.get(name, value) == value, (name, self.registered)
        assert self.registered["registration_client_uri"] and self.registered["registration_access_token"]
        super().__init__(provider, self.registered)

    def request(self, **more):
        self.state, self.nonce = more.get("state", secrets.token_hex(16)), more.get("nonce", secrets.token_hex(16))
        fields = {"client_id": self.id, "redirect_uri": self.redirect_uri, "response_type": "code", "scope": "openid", "state": self.state, "nonce": self.nonce} | more
        return "/oauth/authorize?" + urlencode({name: value for name, value in fields.items() if value is not None}, quote_via=quote)

    def answer(self, where):
        """The parameters of the callback, checked as those of any answer are."""
        parts = urlsplit(where)
        assert parts._replace(query="").geturl() == urlsplit(self.redirect_uri)._replace(query="").geturl() and not parts.fragment, where
        before = parse_qsl(urlsplit(self.redirect_uri).query)
        found = parse_qsl(parts.query, strict_parsing=True)
        assert found[:len(before)] == before, "a query that was registered stays"
        fields = dict(found[len(before):])
        assert len(fields) == len(found) - len(before) and fields.get("state") == self.state and fields["iss"] == self.provider.url
        return fields

    def error(self, where):
        fields = self.answer(where)
        assert fields.keys() == {"error", "error_description", "state", "iss"} and DESCRIPTION.fullmatch(fields["error_description"]), fields
        return fields["error"]

    def code(self, person, **more):
        pages, where = person.visit(self.request(**more))
        assert where, pages[-1]
        return self.code_at(where)

    def code_at(self, where):
        fields = self.answer(where)
        assert fields.keys() == {"code", "state", "iss"}, fields
        return fields["code"]

    def token(self, **form):
        fields = []
        if self.method == "client_secret_basic":
            fields = [("Authorization", "Basic " + base64.b64encode(f"{quote_plus(self.id)}:{quote_plus(self.secret)}".encode()).decode())]
        else:
            form = {"client_id": self.id, "client_secret": self.secret} | form
        return ask(self.provider.port, "POST", "/oauth/token", fields=fields, form=form)

    def redeem(self, code, **more):
        return self.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri} | more)

    def granted(self, answer):
        """RFC 6749 §5.1, OpenID Connect Core §3.1.3.3 and §3.1.3.7."""
        assert answer.status == 200 and answer.header("content-type") == "application/json", answer.body
        assert answer.header("cache-control") == "no-store" and answer.header("pragma") == "no-cache"
        body = answer.json()
        assert body["token_type"].lower() == "bearer" and body["expires_in"] > 0
        for name in {"access_token", "refresh_token"} & body.keys():
            assert TOKEN.fullmatch(body[name]) and len(body[name]) >= 22
        claims = self.id_token(body["id_token"])
        now = time.time()
        assert claims["sub"] and len(claims["sub"]) <= 255 and abs(now - claims["iat"]) < 300 and now < claims["exp"] < now + 86400
        assert userinfo(self.provider, body["access_token"])["sub"] == claims["sub"]
        return body

    def refused(self, answer, error, status=400):
        """RFC 6749 §5.2."""
        assert answer.status == status and answer.header("content-type") == "application/json", (answer.status, answer.body)
        body = answer.json()
        assert body["error"] == error and DESCRIPTION.fullmatch(body["error_description"]), body

    def sign_in(self, person, **more):
        """One walk through the flow: the body of the token endpoint, and the claims of the ID token."""
        body = self.granted(self.redeem(self.code(person, **more)))
        claims = self.id_token(body["id_token"])
        assert claims.get("nonce") == self.nonce
        return body, claims


def userinfo(provider, token, method="GET", **more):
    answer = ask(provider.port, method, "/oauth/userinfo", token=token, **more)
    assert answer.status == 200 and answer.header("content-type") == "application/json", (answer.status, answer.body)
    return answer.json()


def unsigned(claims):
    return jwt.encode(claims, None, "none")
