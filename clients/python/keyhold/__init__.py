# SPDX-License-Identifier: Apache-2.0
"""Protect routes with the tokens of a Keyhold.

    guard = Guard("https://auth.example.com")
    user = guard.check(request.headers.get("Authorization"), "notes:read")  # raises Refused

keyhold.fastapi and keyhold.flask have the same as a dependency and as a decorator."""
from ._guard import Guard, Refused, RevocationsKnown, User

__all__ = ["Guard", "Refused", "RevocationsKnown", "User"]
__version__ = "0.3.0"
