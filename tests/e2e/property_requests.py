# SPDX-License-Identifier: Apache-2.0
"""Random requests out of an OpenAPI document: what it describes, and mutations of that."""
import json
import random
import re
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from server import PASSWORD
from tokens import swap_last_character

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X"]
ODD_TEXTS = ["", " ", "a", "é", "e\u0301", "\u0000", "\ud83d\ude00", "\u202e", "\uffff", "null", "true", "0", "-1", "1e400", "%00", "%", "+", "&a=b", "{}", "[]",
             '"', "\\", "' OR 1=1 --", "<script>", "../../etc/passwd", "a" * 73, "a" * 257, "x" * 5000, "\r\nSet-Cookie: a=b"]
ODD_VALUES = [None, True, False, 0, -1, 1.5, 1e300, 2**63, -2**63, 10**30, [], {}, [None], {"a": {"b": [1]}}, "", "text"]
ODD_BODIES = [b"", b"{", b"[]", b"null", b'"text"', b"1", b"\xff\xfe", b'{"a":1,"a":2}', b"{" * 5000, b"[" * 200 + b"]" * 200, b"a=1&a=2", b"%zz=1", b"=", b"&&&", b"\x00" * 10]
TYPES = ["application/json", "application/x-www-form-urlencoded", "application/merge-patch+json", "text/plain", "application/json; charset=utf-8",
         "application/json; charset=latin1", "multipart/form-data; boundary=x", "", "x", "application/json, text/plain", ";;;"]
ODD_FIELDS = {"Accept": ["*/*", "text/html", "application/xml;q=0.1", ""], "Accept-Encoding": ["gzip", "gzip;q=0", "br, *", "identity"], "Origin": ["http://localhost:3000", "null", "https://evil.example"],
              "Cookie": ["a=b", "__Host-keyhold=x", ";;;=;", "__Host-keyhold=a; __Host-keyhold=b"], "Sec-Fetch-Site": ["same-origin", "cross-site", "x"], "If-None-Match": ["*", '"x"', 'W/"x"'],
              "Range": ["bytes=0-1"], "User-Agent": ["", "x" * 3000, "\u00ff"], "X-Request-Id": ["mine", "x" * 100, "\t"], "X-Forwarded-For": ["1.2.3.4", "x", "::1, 10.0.0.1"], "Expect": ["100-continue"],
              "Upgrade": ["websocket", "h2c"], "DPoP": ["x"], "Forwarded": ["for=1.2.3.4"], "Content-Encoding": ["gzip"], "Access-Control-Request-Method": ["PUT"], "X-HTTP-Method-Override": ["DELETE"]}


@dataclass
class Person:
    name: str
    password: str = PASSWORD
    token: str = ""
    refresh_token: str = ""
    sessions: list = field(default_factory=list)


@dataclass
class Sent:
    method: str
    target: str
    fields: list
    body: bytes
    operation: dict  # of the document, or None: a request that it does not describe
    person: Person
    path: str = ""   # the document's name for it
    sent_body: dict = None


class Requests:
    def __init__(self, document, people, client, seed):
        self.random = random.Random(seed)
        self.document, self.people, self.client = document, people, client
        self.operations = [(path, method, operation) for path, item in document["paths"].items() for method, operation in item.items()]

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def next(self):
        return self.undescribed() if self.chance(20) else self.described()

    def described(self):
        path, method, operation = self.random.choice(self.operations)
        person = self.random.choice(self.people)
        target = re.sub(r"\{\w+\}", lambda _: quote(self.path_id(person), safe=""), path)
        if parameters := [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "query"]:
            chosen = {parameter["name"]: self.random.choice([1, 2, 100, 1000, 0, 1001, -1, 10**30, "x", "", self.random.choice(ODD_TEXTS)]) for parameter in parameters if self.chance(40)}
            target += "?" + urlencode(chosen, errors="surrogatepass") if chosen else ""
        elif self.chance(10):
            target += "?" + self.random.choice(["a=b", "username=a&password=b", "%zz", "token=" + "x" * 100, ""])
        fields = self.authorization(person) if operation.get("security") or self.chance(20) else []
        body, sent_body = b"", None
        if "requestBody" in operation:
            kind, body, sent_body = self.body(operation["requestBody"]["content"], person)
            fields += [("Content-Type", kind)] if kind else []
            if path in ("/introspect", "/revoke", "/oauth/introspect", "/oauth/revoke") and self.chance(70):
                fields.append(("Authorization", "Basic " + b64encode(":".join(self.client).encode()).decode()))
        elif self.chance(10):
            body = self.random.choice(ODD_BODIES)
        return Sent(method.upper(), target, fields + self.odd_fields(), body, operation, person, path, sent_body)

    def undescribed(self):
        path, _, _ = self.random.choice(self.operations)
        path = self.random.choice([path, path, path + "/", path + "/x", path.upper(), "/" + path, path.replace("o", "%6f"), path + "%00", path + ";a", "/docs", "/redoc", "/openapi.json", "/"])
        person = self.random.choice(self.people)
        body = self.random.choice(ODD_BODIES) if self.chance(50) else b""
        method = self.random.choice(METHODS)
        return Sent(method, path, self.authorization(person) + self.odd_fields(), body, self.operation(method, path), person, path)

    def operation(self, method, path):
        """What the document calls it; the same path may be spelt in more than one way (RFC 3986 §6.2.2)."""
        path = path.replace("%6f", "o")
        if path not in self.document["paths"] and not path.endswith("/"):
            path = path.rpartition("/")[0] + "/{id}"
        method = "get" if method == "HEAD" else method.lower() if method.isupper() else ""
        return self.document["paths"].get(path, {}).get(method)

    def path_id(self, person):
        return self.random.choice([*person.sessions, "x", "00000000-0000-4000-8000-000000000000", *self.random.sample(ODD_TEXTS[1:], 2)]).encode("utf-8", "surrogatepass").decode("latin-1")

    def authorization(self, person):
        good = ("Authorization", f"Bearer {person.token}")
        if self.chance(70):
            return [good]
        return self.random.choice([[], [("Authorization", "Bearer " + swap_last_character(person.token, 4))], [("Authorization", "Bearer")], [("Authorization", "Basic Og==")], [good, good],
                                   [("Authorization", "bearer " + person.token)], [("Authorization", "Bearer " + "x" * 9000)], [("Cookie", f"__Host-keyhold={person.token}")]])

    def odd_fields(self):
        return [(name, self.random.choice(ODD_FIELDS[name])) for name in self.random.sample(sorted(ODD_FIELDS), self.random.choice([0, 0, 0, 1, 3]))]

    def body(self, content, person):
        """A media type, a body, and what it says if it is well formed."""
        if self.chance(8):
            return self.random.choice(TYPES), self.random.choice(ODD_BODIES), None
        kind = self.random.choice(sorted(content))
        schema = self.resolve(content[kind]["schema"])
        if "properties" not in schema:  # a file
            return kind, self.random.choice(ODD_BODIES), None
        values = {name: self.value(name, member, person) for name, member in schema["properties"].items() if name in schema.get("required", []) or self.chance(30)}
        if self.chance(15):
            values = self.mutated(values)
        if kind == "application/json":
            return kind, json.dumps(values, ensure_ascii=self.chance(50)).encode("utf-8", "surrogatepass"), values
        return kind, urlencode({name: str(value) for name, value in values.items()}, errors="surrogatepass").encode(), values

    def resolve(self, schema):
        return self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema

    def value(self, name, schema, person):
        known = {"username": [person.name, f"new{self.random.randrange(10**9)}"], "password": [person.password, person.password, PASSWORD + "-other"], "current_password": [person.password],
                 "new_password": [PASSWORD, PASSWORD + "-2"], "refresh_token": [person.refresh_token], "token": [person.token, person.refresh_token], "grant_type": ["password", "refresh_token"],
                 "mode": ["cookie", "body"], "token_type_hint": ["access_token", "refresh_token"]}
        if self.chance(85) and name in known:
            return self.random.choice(known[name])
        if schema.get("type") == "integer":
            return self.random.choice([0, 1, -1, 2**53])
        if schema.get("type") == "boolean":
            return self.chance(50)
        return self.random.choice(ODD_TEXTS)

    def mutated(self, values):
        values = dict(values)
        if values and self.chance(50):
            values.pop(self.random.choice(sorted(values)))
        if values and self.chance(70):
            values[self.random.choice(sorted(values))] = self.random.choice(ODD_VALUES)
        if self.chance(30):
            values[self.random.choice(["extra", "", "__proto__", "username "])] = self.random.choice(ODD_VALUES)
        return values
