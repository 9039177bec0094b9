# SPDX-License-Identifier: Apache-2.0
"""For Flask: `@keyhold.protect("notes:read")` under a route, and `keyhold.user` within it."""
from functools import wraps

from flask import Response, g, request

from ._guard import Guard, Refused, User

__all__ = ["Keyhold", "User"]


class Keyhold:
    """The options are those of Guard."""
    def __init__(self, issuer: str, **options):
        self.guard = Guard(issuer, **options)

    def protect(self, *scopes: str):
        def around(view):
            @wraps(view)
            def protected(*args, **kwargs):
                fields = request.headers.getlist("Authorization")
                try:
                    g.keyhold_user = self.guard.check(fields[0] if len(fields) == 1 else None, *scopes)
                except Refused as refused:
                    return Response(refused.body, refused.status, refused.headers, content_type="application/problem+json")
                return view(*args, **kwargs)
            return protected
        return around

    @property
    def user(self) -> User:
        """Whoever asks, within a protected view."""
        return g.keyhold_user
