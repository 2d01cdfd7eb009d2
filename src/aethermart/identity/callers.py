"""Who sends a bearer token: a person's access token, a machine's key or the project's own token."""

from __future__ import annotations

from sqlalchemy import select

from aethermart.core.errors import Unauthenticated
from aethermart.identity.keys import PREFIX, ApiKeys
from aethermart.identity.logins import Tools
from aethermart.identity.project_token import KnownTokens, hash_token
from aethermart.identity.roles import Caller, Role
from aethermart.identity.signing import Claims
from aethermart.platform_db.reach import reached
from aethermart.platform_db.tables import accounts, login_sessions


class Callers:
    """A token's form says whom to ask; role and session are looked up, not believed."""

    def __init__(self, tools: Tools, keys: ApiKeys, known: KnownTokens) -> None:
        self._tools = tools
        self._keys = keys
        self._known = known

    def caller(self, bearer: str) -> Caller:
        """Raises Unauthenticated; Unavailable where the platform database does not answer."""
        remembered = self._tools.remembered
        if bearer.startswith(PREFIX):
            return remembered.caller(hash_token(bearer), lambda: self._keys.caller(bearer))
        if bearer.count(".") == 2:
            claims = self._tools.tokens.verify(bearer)
            return remembered.caller(claims, lambda: self._person(claims))
        return self._known.caller(bearer)

    def forget(self) -> None:
        """Look everybody up anew: somebody's rights were changed from elsewhere."""
        self._tools.remembered.forget()

    def _person(self, claims: Claims) -> Caller:
        with reached(self._tools.engine) as connection:
            found = connection.execute(
                select(accounts.c.name, accounts.c.role)
                .select_from(login_sessions.join(accounts))
                .where(
                    login_sessions.c.session_id == claims.session_id,
                    login_sessions.c.account_id == claims.account_id,
                    login_sessions.c.ended_at.is_(None),
                    login_sessions.c.expires_at > self._tools.clock(),
                    accounts.c.disabled_at.is_(None),
                )
            ).one_or_none()
        if found is None:
            raise Unauthenticated(
                "the session has ended", fix="log in again: POST /api/v1/auth/login"
            )
        return Caller(
            subject=str(claims.account_id),
            name=found.name,
            role=Role(found.role),
            session=str(claims.session_id),
        )
