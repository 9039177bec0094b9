# SPDX-License-Identifier: Apache-2.0
"""authlib in its default wiring: with_authlib.py BASE USER PASSWORD CLIENT [SECRET] writes what came out as JSON."""
import json
import sys

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata

base, user, password, client, secret = (*sys.argv[1:], None)[:5]
found = AuthorizationServerMetadata(requests.get(f"{base}/.well-known/oauth-authorization-server").json())
found.validate()
OpenIDProviderMetadata(requests.get(f"{base}/.well-known/openid-configuration").json()).validate()

session = OAuth2Session(client, secret, token_endpoint_auth_method="client_secret_basic" if secret else "none",
                        revocation_endpoint_auth_method="client_secret_basic" if secret else "none",
                        token_endpoint=found["token_endpoint"])


def refusal(call):
    try:
        call()
    except OAuthError as error:
        return error.error
    return "none"


wrong = refusal(lambda: session.fetch_token(username=user, password=password + "x"))
before = dict(session.fetch_token(username=user, password=password))
greeting = session.get(f"{base}/protected").text
session.token = {**before, "expires_at": 1}
after = session.get(f"{base}/protected").text  # refreshes by itself
refreshed = dict(session.token)


def is_active():
    return session.introspect_token(found["introspection_endpoint"], token=refreshed["access_token"]).json()["active"]


introspected = {"introspected": is_active()} if secret else {}
revoked = session.revoke_token(found["revocation_endpoint"], refreshed["refresh_token"], token_type_hint="refresh_token")
if secret:
    introspected["introspected_after_revocation"] = is_active()
print(json.dumps(introspected | {
    "wrong_password": wrong, "greeting": greeting, "greeting_after_refresh": after, "revoked": revoked.status_code == 200,
    "refreshed": all(refreshed[name] != before[name] for name in ("access_token", "refresh_token")),
    "refresh_after_revocation": refusal(lambda: session.refresh_token(found["token_endpoint"], refresh_token=refreshed["refresh_token"]))}))
