"""What stands behind /auth, in memory: one account, whose session and key are the examples' own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from aethermart.api.ports.identity import Logins
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
from aethermart.core.errors import NotFound, Unauthenticated
from aethermart.identity.roles import Caller, Permission, Role
from aethermart.identity.session_rows import Origin
from tests.api.fake_platform import NOON

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ADA = User(id=ID, email="ada@example.org", name="Ada", role="customer")
PASSWORD = "seven quiet harbours at dusk"
TOKENS = Tokens(
    access_token="of-the-answer", expires_in=900, refresh_token="amr_of-the-answer", user=ADA
)
KEY = ApiKey(
    id=ID,
    name="nightly export",
    prefix="amk_3q2-",
    scopes=("metrics",),
    created_at=NOON,
    expires_at=NOON + timedelta(days=90),
)


class FakeAuth:
    """calls  every question asked, to prove that a refused one was never put"""

    def __init__(self, logins: Logins | None = None) -> None:
        """logins  a test's own, where it is about them"""
        self.calls: list[str] = []
        self.logins = logins or _Logins(self.calls)
        self.people = _People(self.calls)
        self.keys = _Keys(self.calls)


class _Logins:
    def __init__(self, calls: list[str]) -> None:
        self._calls = calls

    def login(self, email: str, password: str, origin: Origin) -> Tokens:
        self._calls.append(f"login {email}")
        if (email, password) != (ADA.email, PASSWORD):
            raise Unauthenticated("the e-mail address or the password is wrong", fix="correct it")
        return TOKENS

    def refresh(self, refresh_token: str) -> Tokens:
        self._calls.append("refresh")
        if refresh_token != "amr_of-the-answer-before":
            raise Unauthenticated("the refresh token is unknown", fix="log in again")
        return TOKENS

    def end_session(self, caller: Caller, session_id: str) -> bool:
        self._calls.append(f"end session {session_id}")
        return session_id == ID


class _People:
    def __init__(self, calls: list[str]) -> None:
        self._calls = calls

    def register(self, email: str, name: str, password: str, origin: Origin) -> User:
        self._calls.append(f"register {email}")
        return ADA.model_copy(update={"email": email, "name": name})

    def me(self, caller: Caller) -> Me:
        self._calls.append(f"me {caller.subject}")
        return Me(
            id=caller.subject,
            name=caller.name,
            role=caller.role.value,
            kind=caller.kind,
            permissions=caller.permissions(),
        )

    def change_password(self, caller: Caller, current: str, new: str, origin: Origin) -> None:
        self._calls.append(f"change password of {caller.subject}")

    def sessions(self, caller: Caller) -> Sequence[Session]:
        self._calls.append(f"sessions of {caller.subject}")
        session = Session(
            id=ID,
            created_at=NOON,
            last_used_at=NOON,
            expires_at=NOON + timedelta(days=30),
            address="192.0.2.7",
            agent="tests",
            current=True,
        )
        return [session]

    def page(self, cursor: str | None, limit: int) -> UserPage:
        self._calls.append("users")
        return UserPage(users=(_info("customer"),))

    def set_role(self, account_id: str, role: Role, by: str) -> UserInfo:
        self._calls.append(f"set role of {account_id}")
        if account_id != ID:
            raise NotFound(f"there is no account {account_id!r}", fix="see GET /auth/users")
        return _info(role.value)


class _Keys:
    def __init__(self, calls: list[str]) -> None:
        self._calls = calls

    def create(
        self, owner: Caller, name: str, scopes: Sequence[Permission], days: int
    ) -> NewApiKey:
        self._calls.append(f"make key {name}")
        return NewApiKey(**KEY.model_dump(), key="amk_3q2-of-the-answer")

    def keys(self, owner: Caller) -> Sequence[ApiKey]:
        self._calls.append(f"keys of {owner.subject}")
        return [KEY]

    def end(self, owner: Caller, key_id: str) -> bool:
        self._calls.append(f"end key {key_id}")
        return key_id == ID


def _info(role: str) -> UserInfo:
    return UserInfo(**{**ADA.model_dump(), "role": role}, created_at=NOON, disabled=False)
