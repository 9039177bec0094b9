# SPDX-License-Identifier: Apache-2.0
"""A person signs in to a web application of somebody else's, in a real Chromium; openid-client is wired by the issuer alone."""
import re
import shutil

import pytest
from others import node
from people import Account
from server import PASSWORD

pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is missing: ./test installs it")


@pytest.mark.parametrize("scripts", ["on", "off"])
def test_the_whole_way_there_and_back(provider, tmp_path, scripts):
    # The application's port is not known before: that of 127.0.0.1 is free (RFC 8252 §7.3), but for log-outs.
    client = provider.client(f"wiki-{scripts}", "--name", "The wiki", "--post-logout-redirect-uri", "http://127.0.0.1/left", redirect_uri="http://127.0.0.1/callback")
    Account(provider.port, f"ann-{scripts}")
    seen = node("sign_in_to_client.mjs", provider.url, tmp_path, seconds=300, env={
        "BROWSER": shutil.which("chromium"), "CLIENT_ID": client.id, "CLIENT_SECRET": client.secret, "USERNAME": f"ann-{scripts}", "PASSWORD": PASSWORD, "SCRIPTS": scripts})
    assert seen["hint"] == f"ann-{scripts}" and seen["asked"] == "Allow The wiki to use your account?" and seen["application"] == "The application"
    assert seen["claims"]["aud"] == client.id and seen["claims"]["iss"] == provider.url
    assert seen["told"] == {"sub": seen["claims"]["sub"], "name": f"ann-{scripts}", "preferred_username": f"ann-{scripts}"}
    assert seen["refreshed"] and seen["again"] and seen["later"] == "Is it you?"
    assert seen["laterClaims"]["auth_time"] >= seen["claims"]["auth_time"] and seen["laterClaims"]["sub"] == seen["claims"]["sub"]
    assert re.fullmatch(r"/left\?state=s", seen["left"]) and seen["revoked"] == "invalid_grant"
    assert seen["problems"] == []
