"""What the API needs to know who asks, and what the routes of /auth need. Every call may block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aethermart.client.answers.auth import (
    ApiKey,
    Me,
    NewApiKey,
    Session,
    Tokens,
    User,
    UserInfo,
    UserPage,
)
from aethermart.identity.roles import Caller, Permission, Role
from aethermart.identity.session_rows import Origin


class Identity(Protocol):
    def caller(self, bearer: str) -> Caller:
        """Who sent this bearer token. Raises Unauthenticated for one unknown, expired or ended."""
        ...


class Logins(Protocol):
    def login(self, email: str, password: str, origin: Origin) -> Tokens:
        """Raises Unauthenticated, whatever is wrong; TooManyFailures after many."""
        ...

    def refresh(self, refresh_token: str) -> Tokens:
        """Raises Unauthenticated; a token's second use ends its session."""
        ...

    def end_session(self, caller: Caller, session_id: str) -> bool:
        """Whether the caller had such a session."""
        ...


class People(Protocol):
    def register(self, email: str, name: str, password: str, origin: Origin) -> User:
        """Raises BadInput, Forbidden where nobody may, Conflict for an address that has one."""
        ...

    def me(self, caller: Caller) -> Me: ...

    def change_password(self, caller: Caller, current: str, new: str, origin: Origin) -> None:
        """Raises BadInput, Forbidden for a wrong present one, TooManyFailures."""
        ...

    def sessions(self, caller: Caller) -> Sequence[Session]: ...

    def page(self, cursor: str | None, limit: int) -> UserPage:
        """Raises BadInput for a cursor that no page gave."""
        ...

    def set_role(self, account_id: str, role: Role, by: str) -> UserInfo:
        """Raises NotFound, and Conflict for the last administrator."""
        ...


class ApiKeys(Protocol):
    def create(
        self, owner: Caller, name: str, scopes: Sequence[Permission], days: int
    ) -> NewApiKey:
        """Raises BadInput, Forbidden for scopes beyond the owner's, Conflict at too many."""
        ...

    def keys(self, owner: Caller) -> Sequence[ApiKey]: ...

    def end(self, owner: Caller, key_id: str) -> bool:
        """Whether the owner had such a key."""
        ...


class Auth(Protocol):
    """The parts behind /auth."""

    @property
    def logins(self) -> Logins: ...

    @property
    def people(self) -> People: ...

    @property
    def keys(self) -> ApiKeys: ...
