# SPDX-License-Identifier: Apache-2.0
"""Tokens made by hand, byte by byte, so that every wrong one is the right one with one thing changed."""
import base64
import hashlib
import hmac
import json
import time

from server import SECRET_KEY


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def segment(value):
    if isinstance(value, bytes):
        return base64url(value)
    return base64url((value if isinstance(value, str) else json.dumps(value)).encode())


def sign(signing_input, key=SECRET_KEY, digest="sha256"):
    return base64url(hmac.new(key.encode(), signing_input.encode(), getattr(hashlib, digest)).digest())


def make(claims, header=None, key=SECRET_KEY, digest="sha256"):
    signing_input = f"{segment({'alg': 'HS256', 'typ': 'JWT'} if header is None else header)}.{segment(claims)}"
    return f"{signing_input}.{sign(signing_input, key, digest)}"


def claims_for(name, **changed):
    """What the tutorial's service writes; a claim that is changed to Ellipsis is left out, one that is a function is told the time."""
    now = int(time.time())
    claims = {"sub": name, "exp": now + 30 * 60} | changed
    return {claim: value(now) if callable(value) else value for claim, value in claims.items() if value is not ...}


def swap_last_character(token, step=1):
    """Another last character: with step 1 its two or four unused bits differ, and nothing else."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ step]
