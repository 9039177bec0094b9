# SPDX-License-Identifier: Apache-2.0
"""requests-oauthlib in its default wiring: with_requests_oauthlib.py BASE USER PASSWORD CLIENT [SECRET] writes what came out as JSON."""
import json
import sys
from urllib.parse import urlencode

import requests
from oauthlib.oauth2 import LegacyApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session

base, user, password, client, secret = (*sys.argv[1:], None)[:5]
found = requests.get(f"{base}/.well-known/oauth-authorization-server").json()
kept = {}
own = {"client_id": client} | ({"client_secret": secret} if secret else {})
session = OAuth2Session(client=LegacyApplicationClient(client_id=client), auto_refresh_url=found["token_endpoint"],
                        auto_refresh_kwargs=own, token_updater=kept.update)


def refusal(call):
    try:
        call()
    except OAuth2Error as error:
        return error.error
    return "none"


def log_in(password):
    return session.fetch_token(found["token_endpoint"], username=user, password=password, client_secret=secret)


wrong = refusal(lambda: log_in(password + "x"))
before = dict(log_in(password))
greeting = session.get(f"{base}/protected").text
session.token = {**before, "expires_in": -30, "expires_at": 1}
after = session.get(f"{base}/protected").text  # refreshes by itself
url, fields, body = session._client.prepare_token_revocation_request(  # noqa: SLF001: the library's own, as it has no other
    found["revocation_endpoint"].replace("http:", "https:"), kept["refresh_token"], "refresh_token")
revoked = requests.post(found["revocation_endpoint"], data=f"{body}&{urlencode(own)}", headers=fields)
print(json.dumps({
    "wrong_password": wrong, "greeting": greeting, "greeting_after_refresh": after, "revoked": revoked.status_code == 200,
    "refreshed": all(kept[name] != before[name] for name in ("access_token", "refresh_token")),
    "refresh_after_revocation": refusal(lambda: session.refresh_token(found["token_endpoint"], kept["refresh_token"], **own))}))
