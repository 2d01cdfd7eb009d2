"""What stands behind /auth where nobody has an account and nobody may register."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aethermart.api.ports.identity import Auth
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
from aethermart.core.errors import Forbidden, NotFound, Unauthenticated
from aethermart.identity.roles import Caller, Permission, Role
from aethermart.identity.session_rows import Origin


class NoLogins:
    def login(self, email: str, password: str, origin: Origin) -> Tokens:
        raise Unauthenticated("nobody has an account", fix="none")

    def refresh(self, refresh_token: str) -> Tokens:
        raise Unauthenticated("nobody has a session", fix="none")

    def logout(self, account_id: UUID, session_id: UUID) -> bool:
        return False


class NoPeople:
    def register(self, email: str, name: str, password: str, origin: Origin) -> User:
        raise Forbidden("nobody can register here", fix="none")

    def me(self, caller: Caller) -> Me:
        return Me(
            id=caller.subject,
            name=caller.name,
            role=caller.role.value,
            kind=caller.kind,
            permissions=caller.permissions(),
        )

    def change_password(self, caller: Caller, current: str, new: str, origin: Origin) -> None:
        raise NotFound(f"there is no account {caller.subject}", fix="none")

    def sessions(self, caller: Caller) -> Sequence[Session]:
        return ()

    def page(self, cursor: str | None, limit: int) -> UserPage:
        return UserPage(users=())

    def set_role(self, account_id: str, role: Role, by: str) -> UserInfo:
        raise NotFound(f"there is no account {account_id}", fix="none")


class NoKeys:
    def create(
        self, owner: Caller, name: str, scopes: Sequence[Permission], days: int
    ) -> NewApiKey:
        raise NotFound(f"there is no account {owner.subject}", fix="none")

    def keys(self, owner: Caller) -> Sequence[ApiKey]:
        return ()

    def end(self, owner: Caller, key_id: UUID) -> bool:
        return False


def nobody() -> Auth:
    return Auth(NoLogins(), NoPeople(), NoKeys())
