"""People who log in, in memory: a password each, tokens that a test lets expire."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from uuid import UUID

from aethermart.api.ports.identity import Auth
from aethermart.client.answers.auth import Tokens, User
from aethermart.core.errors import Unauthenticated
from aethermart.identity.roles import Caller, Role
from aethermart.identity.session_rows import Origin
from tests.api.fake_auth import FakeAuth

PASSWORD = "seven quiet harbours"


@dataclass
class FakeAccounts:
    """logins  e-mails that tried to log in
    outs    how many sessions were ended by their owner
    life_s  of an access token
    renewed  how often a refresh token was used
    """

    roles: dict[str, Role] = field(
        default_factory=lambda: {
            "alex@example.org": Role.EXECUTIVE,
            "david@example.org": Role.ARCHITECT,
            "maria@example.org": Role.MARKETING,
        }
    )
    logins: list[str] = field(default_factory=list)
    outs: int = 0
    life_s: int = 900
    renewed: int = 0
    _access: dict[str, str] = field(default_factory=dict)
    _refresh: dict[str, str] = field(default_factory=dict)

    def auth(self) -> Auth:
        return FakeAuth(self)

    def caller(self, bearer: str) -> Caller:
        if bearer not in self._access:
            raise Unauthenticated("the token has expired", fix="log in again")
        email = self._access[bearer]
        name, session = email.partition("@")[0].title(), str(UUID(int=1))
        return Caller(str(UUID(int=1)), name, self.roles[email], session=session)

    def login(self, email: str, password: str, origin: Origin) -> Tokens:
        self.logins.append(email)
        if email not in self.roles or password != PASSWORD:
            raise Unauthenticated(
                "the e-mail or the password is wrong", fix="check both, or ask an administrator"
            )
        return self._tokens(email)

    def refresh(self, refresh_token: str) -> Tokens:
        if refresh_token not in self._refresh:
            raise Unauthenticated("the session has ended", fix="log in again")
        self.renewed += 1
        return self._tokens(self._refresh.pop(refresh_token))

    def end_session(self, caller: Caller, session_id: str) -> bool:
        self.outs += 1
        return True

    def tokens(self) -> list[str]:
        return [*self._access, *self._refresh]

    def end_all(self) -> None:
        """As an administrator would, who ends everybody's sessions."""
        self._access.clear()
        self._refresh.clear()

    def _tokens(self, email: str) -> Tokens:
        access, refresh = secrets.token_hex(16), secrets.token_hex(16)
        self._access[access] = self._refresh[refresh] = email
        role = self.roles[email].value
        return Tokens(
            access_token=access,
            expires_in=self.life_s,
            refresh_token=refresh,
            user=User(id="1", email=email, name=email.partition("@")[0].title(), role=role),
        )
