# SPDX-License-Identifier: Apache-2.0
"""httpx-oauth's OpenID in its default wiring: with_httpx_oauth.py ISSUER CLIENT SECRET REDIRECT_URI writes where to send the person, reads with what
they came back, and writes what came out as JSON. It knows no password grant, no introspection and no ID token."""
import asyncio
import base64
import hashlib
import json
import secrets
import sys
from urllib.parse import parse_qs, urlsplit

from httpx_oauth.clients.openid import OpenID
from httpx_oauth.oauth2 import OAuth2RequestError, OAuth2Token

issuer, client_id, secret, redirect_uri = sys.argv[1:]
client = OpenID(client_id, secret, f"{issuer}/.well-known/openid-configuration")


async def refusal(call):
    try:
        await call
    except OAuth2RequestError as error:
        return error.response.json()["error"]
    return "none"


async def main():
    state, verifier = secrets.token_urlsafe(), secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    print(await client.get_authorization_url(redirect_uri, state, ["openid", "profile", "offline_access"], challenge, "S256"), flush=True)
    back = parse_qs(urlsplit(sys.stdin.readline().strip()).query)
    wrong = await refusal(client.get_access_token("wrong", redirect_uri, verifier))
    token = await client.get_access_token(back["code"][0], redirect_uri, verifier)
    profile = await client.get_profile(token["access_token"])
    known, _ = await client.get_id_email(token["access_token"])
    over = OAuth2Token({**token, "expires_at": 1})
    refreshed = await client.refresh_token(over["refresh_token"]) if over.is_expired() and not token.is_expired() else token
    again, _ = await client.get_id_email(refreshed["access_token"])
    await client.revoke_token(refreshed["refresh_token"], "refresh_token")
    print(json.dumps({"state": back["state"] == [state], "issuer": back["iss"] == [issuer], "wrong_code": wrong, "name": profile["preferred_username"],
                      "same_subject": known == again == profile["sub"], "refreshed": all(refreshed[name] != token[name] for name in ("access_token", "refresh_token")),
                      "revoked": True, "refresh_after_revocation": await refusal(client.refresh_token(refreshed["refresh_token"]))}))


asyncio.run(main())
