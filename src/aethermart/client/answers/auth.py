"""Answers of /auth: log-ins, people, sessions, keys of machines."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aethermart.client.answers.values import Answer, Instant

_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_THEN = "2026-01-31T12:00:00Z"


class User(Answer):
    id: str = Field(examples=[_ID])
    email: str = Field(examples=["sarah@aethermart.example"])
    name: str = Field(examples=["Sarah"])
    role: str = Field(examples=["product"])


class Tokens(Answer):
    """A log-in, or what follows from it: the refresh token is good for one use."""

    access_token: str = Field(repr=False, description="For `Authorization: Bearer TOKEN`.")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="Seconds the access token is valid.", examples=[900])
    refresh_token: str = Field(repr=False)
    user: User


class Me(Answer):
    """Who asks: a person, a machine's key, or the project's own token, which has no e-mail."""

    id: str = Field(examples=[_ID])
    email: str | None = Field(default=None, examples=["sarah@aethermart.example"])
    name: str = Field(examples=["Sarah"])
    role: str = Field(examples=["product"])
    kind: Literal["user", "api_key", "project"] = Field(examples=["user"])
    permissions: tuple[str, ...] = Field(examples=[["account", "metrics", "rows"]])


class Session(Answer):
    """One log-in that still lives."""

    id: str = Field(examples=[_ID])
    created_at: Instant = Field(examples=[_THEN])
    last_used_at: Instant = Field(
        description="Log-in or last renewal of its tokens.", examples=[_THEN]
    )
    expires_at: Instant = Field(examples=["2026-03-02T12:00:00Z"])
    address: str = Field(description="Whence it was begun.", examples=["192.0.2.7"])
    agent: str = Field(description="What its program called itself.", examples=["python-httpx"])
    current: bool = Field(description="The one that asks.", examples=[True])


class SessionList(Answer):
    sessions: tuple[Session, ...]


class UserInfo(User):
    """An account as an administrator sees it."""

    created_at: Instant = Field(examples=[_THEN])
    last_login_at: Instant | None = Field(default=None, examples=[_THEN])
    disabled: bool = Field(examples=[False])


class UserPage(Answer):
    users: tuple[UserInfo, ...]
    next_cursor: str | None = Field(default=None, description="null on the last page")


class ApiKey(Answer):
    """A machine's key; the key itself is shown once, when it is made."""

    id: str = Field(examples=[_ID])
    name: str = Field(examples=["nightly export"])
    prefix: str = Field(description="How the key begins.", examples=["amk_3q2-"])
    scopes: tuple[str, ...] = Field(examples=[["metrics"]])
    created_at: Instant = Field(examples=[_THEN])
    expires_at: Instant = Field(examples=["2026-05-01T12:00:00Z"])
    last_used_at: Instant | None = Field(
        default=None, description="To the minute.", examples=[_THEN]
    )


class ApiKeyList(Answer):
    keys: tuple[ApiKey, ...]


class NewApiKey(ApiKey):
    key: str = Field(repr=False, description="Keep it: it is not shown again.")
