# SPDX-License-Identifier: Apache-2.0
"""For FastAPI: `CurrentUser = Annotated[User, Depends(keyhold.user)]`, and `Security(keyhold.user, scopes=["notes:write"])`."""
from fastapi import Depends, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

from ._guard import Guard, Refused, User

__all__ = ["Keyhold", "User"]


class Keyhold:
    """The options are those of Guard. /docs gets an Authorize button that leads to the issuer."""
    def __init__(self, issuer: str, **options):
        self.guard = guard = Guard(issuer, **options)
        scheme = OAuth2PasswordBearer(tokenUrl=issuer.rstrip("/") + "/oauth/token", auto_error=False)

        # Not a coroutine: FastAPI runs it where waiting for a new key holds nobody up.
        def user(request: Request, security_scopes: SecurityScopes, _token=Depends(scheme)) -> User:
            fields = request.headers.getlist("authorization")
            try:
                return guard.check(fields[0] if len(fields) == 1 else None, *security_scopes.scopes)
            except Refused as refused:
                raise HTTPException(refused.status, refused.detail, refused.headers) from None

        self.user = user
