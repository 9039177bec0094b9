# SPDX-License-Identifier: Apache-2.0
"""What openapi-generator made of /openapi.json: its folder stands in PYTHONPATH."""
import json
import sys

from keyhold_client import AccountsApi, ApiClient, Configuration, Credentials, NewAccount, OauthApi, ProtectedApi
from keyhold_client.exceptions import UnauthorizedException

url, name, password = sys.argv[1:]
client = ApiClient(Configuration(host=url))
registered = AccountsApi(client).post_register(NewAccount(username=name, password=password))
wrong = ""
try:
    AccountsApi(client).post_login(Credentials(username=name, password="pa55-wrong"))
except UnauthorizedException as refused:
    wrong = json.loads(refused.body)["code"]
by_login = AccountsApi(client).post_login(Credentials(username=name, password=password))
by_form = OauthApi(client).post_token(grant_type="password", username=name, password=password)
signed_in = [ApiClient(Configuration(host=url, access_token=tokens.access_token)) for tokens in (by_login, by_form)]
greetings = [ProtectedApi(one).get_protected().message for one in signed_in]
me = AccountsApi(signed_in[1]).get_me()
print(json.dumps({"registered": registered.username, "wrong": wrong, "greetings": greetings, "me": me.username}))
