"""Who may ask: one dependency before every route that shows or changes anything.

A caller sends `Authorization: Bearer TOKEN`. An unknown or missing token is a 401; a known one
whose role has not the route's permission is a 403, before the route or the platform does anything;
one who asks too often is a 429.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from aethermart.api.rates import Rates
from aethermart.api.services import Services
from aethermart.core.errors import Forbidden, Unauthenticated
from aethermart.identity.roles import Caller, Permission

_bearer = HTTPBearer(auto_error=False, description="An access token of POST /auth/login, or a key.")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


def caller_of(request: Request, credentials: _Credentials) -> Caller:
    """Who sent the request. Raises Unauthenticated for nobody we know."""
    if credentials is None:
        raise Unauthenticated(
            "the request has no bearer token", fix="send `Authorization: Bearer TOKEN`"
        )
    services: Services = request.app.state.services
    caller = services.identity.caller(credentials.credentials)
    request.state.caller = caller
    rates: Rates = request.app.state.rates
    rates.user(caller.subject)
    return caller


CallerOf = Annotated[Caller, Depends(caller_of)]


@dataclass(frozen=True, slots=True)
class Needs:
    """The dependency that lets only callers with `permission` pass: `Depends(Needs(...))`.

    permission  None lets every known caller pass
    """

    permission: Permission | None

    async def __call__(self, request: Request, caller: CallerOf) -> None:
        self.check(request, caller)

    def check(self, request: Request, caller: Caller) -> None:
        """Raises Forbidden, naming the role and the permission."""
        if self.permission is not None and not caller.may(self.permission):
            raise Forbidden(
                f"the role {caller.role} may not use {request.method} {request.url.path}",
                fix=f"ask an administrator for a role with the permission {self.permission}",
            )
