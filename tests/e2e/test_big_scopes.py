# SPDX-License-Identifier: Apache-2.0
"""A scope that is far too big is refused before it costs anything, at each endpoint that takes one."""
import time
from urllib.parse import quote, urlencode

import pytest
from oidc import CALLBACK, OURS
from waiting import eventually
from wire import ask


@pytest.fixture(scope="module")
def app(provider):
    return provider.client("app", "--first-party", "--public", "--grant", "authorization_code", "--grant", "refresh_token", "--grant", "urn:ietf:params:oauth:grant-type:device_code")


# A megabyte in one word, and a hundred thousand words; and as many as fit into what is read.
BIG = {"a megabyte": "s" * 1_000_000, "100,000 scopes": " ".join(f"s{number}" for number in range(100_000)), "32 KiB": "s" * 32_000, "8,000 scopes": " ".join(["s"] * 8_000)}


@pytest.mark.parametrize("path", ["/oauth/token", "/token", "/oauth/par", "/oauth/device", "/oauth/authorize"])
@pytest.mark.parametrize("scope", BIG.values(), ids=BIG)
def test_a_big_scope_costs_nothing(provider, app, path, scope):
    form = {"client_id": app.id, "scope": scope, "grant_type": "refresh_token", "refresh_token": "khr_x", "response_type": "code", "redirect_uri": CALLBACK}
    body = urlencode(form, quote_via=quote).encode()
    took = []

    def is_quick():
        begin = time.monotonic()
        answer = ask(provider.port, "POST", path, fields=[*OURS, ("Content-Type", "application/x-www-form-urlencoded")], body=body)
        took.append(time.monotonic() - begin)
        assert answer.status == 400 or (path == "/oauth/authorize" and answer.status == 413), (answer.status, answer.body[:200])
        return took[-1] <= 0.02
    eventually(is_quick, what=lambda: f"{min(took)} s")  # once will do: others use this machine too
