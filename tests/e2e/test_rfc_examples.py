# SPDX-License-Identifier: Apache-2.0
"""The examples that RFC 7515, 7519, 7520, 7797 and 8037 print, through `keyhold token verify`, as anybody else's vectors would be."""
import base64
import json

import pytest
from server import ROOT, run

DATA = ROOT / "tests/data/jose"
BEFORE_JOE_EXPIRES = "1300819379"  # RFC 7519 §3.1: "exp":1300819380


def rows(name):
    return [pytest.param(row, id=f"{row['source']} {row.get('alg', '')}".strip()) for row in json.loads((DATA / name).read_text())]


def verify(folder, key, token, *options):
    (folder / "key.json").write_text(json.dumps(key) if isinstance(key, dict) else key)
    line = token if isinstance(token, str) else json.dumps(token, separators=(",", ":"))
    done = run("token", "verify", "--jwks" if "keys" in key else "--jwk", "key.json", *options, folder=folder, stdin=line + "\n")
    [said] = done.stdout.splitlines()
    return said, done.returncode


@pytest.mark.parametrize("row", rows("signatures.json"))
def test_what_is_signed_there_is_good_here(tmp_path, row):
    said, code = verify(tmp_path, row["jwk"], row["token"], "--now", BEFORE_JOE_EXPIRES)
    word, told = said.split(" ", 1)
    payload = base64.urlsafe_b64decode(row["token"].split(".")[1] + "==")
    assert (word, code) == ("ok", 0)
    if payload.startswith(b"{"):
        assert json.loads(told) == json.loads(payload)
    else:
        assert told == row["token"].split(".")[1], "a JWS of something else than claims is told as it stands there"
    header, body, signature = row["token"].split(".")
    for wrong in (f"{header}.{body}x.{signature}", f"{header}.{body}.{signature[:-4]}AAAA", f"{header}.{body}.", f"{header}..{signature}"):
        said, code = verify(tmp_path, row["jwk"], wrong, "--now", BEFORE_JOE_EXPIRES)
        assert said.startswith("refused token_") and code == 8, wrong


def test_joes_token_expires(tmp_path):
    row = json.loads((DATA / "signatures.json").read_text())[0]
    assert verify(tmp_path, row["jwk"], row["token"])[0].startswith("refused token_expired")


@pytest.mark.parametrize("row", rows("rfc_tokens.json"))
def test_what_is_no_compact_signature_of_ours_is_refused(tmp_path, row):
    said, code = verify(tmp_path, row["key"], row["token"], "--now", BEFORE_JOE_EXPIRES)
    if row["outcome"] == "accepted":
        assert said.startswith("ok ") and code == 0
    else:
        assert said.startswith(f"refused {row['outcome']}: ") and code == 8
