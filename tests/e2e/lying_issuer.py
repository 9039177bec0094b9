# SPDX-License-Identifier: Apache-2.0
"""An issuer that does whatever a test wants of it: publishes keys, rotates them, is slow, wrong, or somebody else."""
import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_encode

DISCOVERY, OAUTH, KEYS, INTROSPECT = "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/keys", "/introspect"


class Key:
    def __init__(self, kid):
        self.kid, self.private = kid, ec.generate_private_key(ec.SECP256R1())

    def jwk(self, **more):
        # One key in 128 has a coordinate that begins with a zero, which Debian's PyJWT leaves out (RFC 7518 §6.2.1.2 does not).
        numbers = self.private.public_key().public_numbers()
        point = {name: base64url_encode(number.to_bytes(32, "big")).decode() for name, number in (("x", numbers.x), ("y", numbers.y))}
        return {"kty": "EC", "crv": "P-256"} | point | {"kid": self.kid, "use": "sig", "alg": "ES256"} | more

    def private_jwk(self):
        return json.loads(ECAlgorithm.to_jwk(self.private)) | {"kid": self.kid, "alg": "ES256"}


class Issuer:
    """`answers` says what a path answers instead of the truth: (status, fields, body), or a function that is given the handler."""
    def __init__(self, certificate=None):
        self.keys, self.answers, self.asked, self.dead = [Key("k0")], {}, [], set()
        self.stopped = threading.Event()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                issuer.answer(self)

            def do_POST(self):
                self.form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                issuer.answer(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if certificate else 'http'}://{'localhost' if certificate else '127.0.0.1'}:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def discovery(self, **more):
        return {"issuer": self.url, "jwks_uri": self.url + KEYS, "introspection_endpoint": self.url + INTROSPECT} | more

    def jwks(self):
        return {"keys": [key.jwk() for key in self.keys]}

    def answer(self, handler):
        self.asked.append(handler.path)
        said = self.answers.get(handler.path)
        if callable(said):
            said = said(handler)
            if said is None:
                return
        if said is None:
            truth = {DISCOVERY: self.discovery, KEYS: self.jwks}.get(handler.path)
            said = (200, {"Content-Type": "application/json"}, json.dumps(truth())) if truth else (404, {}, "")
        status, fields, body = said
        body = body if isinstance(body, bytes) else body.encode()
        try:
            handler.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | fields).items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            handler.close_connection = True  # a guard that has seen enough

    def never(self, said):
        """For `answers`: an answer that does not come as long as the test lasts."""
        return lambda _: self.stopped.wait() and said

    def fetches(self):
        return self.asked.count(KEYS)

    def token(self, key=None, headers=None, **changed):
        """An access token (RFC 9068) for whoever takes the issuer for its audience; None takes a claim or a field of the header out."""
        key = key or self.keys[0]
        now = int(time.time())
        claims = {"sub": "ann", "iss": self.url, "aud": self.url, "iat": now, "exp": now + 600} | changed
        return jwt.encode({name: value for name, value in claims.items() if value is not None}, key.private, algorithm="ES256",
                          headers={"typ": "at+jwt", "kid": key.kid} | (headers or {}))

    def stop(self):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()
