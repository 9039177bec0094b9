# SPDX-License-Identifier: Apache-2.0
"""What openapi-python-client made of /openapi.json: its folder stands in PYTHONPATH."""
import json
import sys

from keyhold_client import AuthenticatedClient, Client
from keyhold_client.api.accounts import get_me, post_login, post_register
from keyhold_client.api.oauth import post_token
from keyhold_client.api.protected import get_protected
from keyhold_client.models import Credentials, NewAccount, Problem, TokenRequest

url, name, password = sys.argv[1:]
client = Client(base_url=url)
registered = post_register.sync(client=client, body=NewAccount(username=name, password=password))
wrong = post_login.sync(client=client, body=Credentials(username=name, password="pa55-wrong"))
assert isinstance(wrong, Problem)
by_login = post_login.sync(client=client, body=Credentials(username=name, password=password))
by_form = post_token.sync(client=client, body=TokenRequest(grant_type="password", username=name, password=password))
greetings = [get_protected.sync(client=AuthenticatedClient(base_url=url, token=tokens.access_token)) for tokens in (by_login, by_form)]
me = get_me.sync(client=AuthenticatedClient(base_url=url, token=by_form.access_token))
print(json.dumps({"registered": registered.username, "wrong": wrong.code, "greetings": [one.message for one in greetings], "me": me.username}))
