"""/auth: accounts, log-ins and their sessions, keys for machines."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, status
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from aethermart.api.authorise import CallerOf, Needs
from aethermart.api.problems import RESPONSES, refusals
from aethermart.api.routes.asked import AuthOf
from aethermart.client.answers.auth import (
    ApiKeyList,
    Me,
    NewApiKey,
    SessionList,
    Tokens,
    User,
    UserInfo,
    UserPage,
)
from aethermart.core.errors import Forbidden, NotFound
from aethermart.identity.keys import LONGEST_DAYS
from aethermart.identity.roles import Caller, Permission, Role
from aethermart.identity.session_rows import Origin

# Whoever has no token yet comes here for one.
open_router = APIRouter(prefix="/auth", tags=["auth"], responses=RESPONSES)
router = APIRouter(prefix="/auth", tags=["auth"], responses=RESPONSES)
_ANYBODY = [Depends(Needs(None))]
_ACCOUNT = [Depends(Needs(Permission.ACCOUNT))]
_USERS = [Depends(Needs(Permission.USERS))]
_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_409 = refusals(409)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Registering(_Body):
    email: str = Field(examples=["ada@example.org"])
    name: str = Field(examples=["Ada"])
    password: SecretStr = Field(
        description="12 to 128 characters, unless the server is set otherwise; any kinds of them.",
        examples=["seven quiet harbours at dusk"],
    )


class LoggingIn(_Body):
    email: str = Field(examples=["ada@example.org"])
    password: SecretStr = Field(examples=["seven quiet harbours at dusk"])


class Refreshing(_Body):
    refresh_token: SecretStr = Field(
        description="Of the last answer; each is good for one use.",
        examples=["amr_of-the-answer-before"],
    )


class ChangingPassword(_Body):
    current_password: SecretStr = Field(examples=["seven quiet harbours at dusk"])
    new_password: SecretStr = Field(examples=["nine loud harbours at dawn"])


class ChangingRole(_Body):
    role: Role = Field(examples=["marketing"])


class MakingKey(_Body):
    name: str = Field(description="What it is for.", examples=["nightly export"])
    scopes: list[Permission] = Field(min_length=1, examples=[["metrics"]])
    expires_in_days: int = Field(default=90, ge=1, le=LONGEST_DAYS)


class UsersAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=100, ge=1, le=500, description="Accounts on a page.")
    cursor: str | None = Field(default=None, description="`next_cursor` of the page before.")


def _origin(request: Request) -> Origin:
    address = request.client.host if request.client else "unknown"
    return Origin(address, request.headers.get("user-agent", ""))


def _person(caller: CallerOf) -> Caller:
    if caller.kind != "user":
        raise Forbidden(
            f"{caller.name!r} has no account of its own", fix="log in: POST /api/v1/auth/login"
        )
    return caller


OriginOf = Annotated[Origin, Depends(_origin)]
Person = Annotated[Caller, Depends(_person)]
SessionId = Annotated[
    str, Path(alias="id", description="Of a session of one's own.", examples=[_ID])
]
KeyId = Annotated[str, Path(alias="id", description="Of a key of one's own.", examples=[_ID])]
UserId = Annotated[str, Path(alias="id", description="Of an account.", examples=[_ID])]


@open_router.post("/register", status_code=status.HTTP_201_CREATED, responses=_409)
def register(auth: AuthOf, origin: OriginOf, body: Registering) -> User:
    """An account of one's own, as a customer; closed where `[identity] registration` says so."""
    return auth.people.register(body.email, body.name, body.password.get_secret_value(), origin)


@open_router.post("/login")
def login(auth: AuthOf, origin: OriginOf, body: LoggingIn) -> Tokens:
    """Begin a session. Wrong address and wrong password are one answer."""
    return auth.logins.login(body.email, body.password.get_secret_value(), origin)


@open_router.post("/refresh")
def refresh(auth: AuthOf, body: Refreshing) -> Tokens:
    """The session's next tokens. A refresh token sent twice ends its session."""
    return auth.logins.refresh(body.refresh_token.get_secret_value())


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT, dependencies=_ACCOUNT)
def logout(auth: AuthOf, caller: Person) -> None:
    """End the session that asks."""
    if caller.session is not None:
        auth.logins.end_session(caller, caller.session)


@router.get("/me", dependencies=_ANYBODY)
def me(auth: AuthOf, caller: CallerOf) -> Me:
    """Who asks, and what they may."""
    return auth.people.me(caller)


@router.patch("/me/password", status_code=status.HTTP_204_NO_CONTENT, dependencies=_ACCOUNT)
def change_password(auth: AuthOf, caller: Person, origin: OriginOf, body: ChangingPassword) -> None:
    """Set one's own password. All other sessions of the account end; its keys stay."""
    auth.people.change_password(
        caller,
        body.current_password.get_secret_value(),
        body.new_password.get_secret_value(),
        origin,
    )


@router.get("/sessions", dependencies=_ACCOUNT)
def sessions(auth: AuthOf, caller: Person) -> SessionList:
    """One's own log-ins that still live, newest first."""
    return SessionList(sessions=tuple(auth.people.sessions(caller)))


@router.delete("/sessions/{id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=_ACCOUNT)
def end_session(auth: AuthOf, caller: Person, session_id: SessionId) -> None:
    """End one of one's own log-ins; anybody else's is unknown here."""
    if not auth.logins.end_session(caller, session_id):
        raise NotFound(f"you have no session {session_id[:64]!r}", fix="see GET /auth/sessions")


@router.get("/users", dependencies=_USERS)
def users(auth: AuthOf, asked: Annotated[UsersAsked, Query()]) -> UserPage:
    """Every account, by its address, a page at a time."""
    return auth.people.page(asked.cursor, asked.limit)


@router.patch("/users/{id}/role", dependencies=_USERS, responses=_409)
def set_role(auth: AuthOf, caller: CallerOf, user_id: UserId, body: ChangingRole) -> UserInfo:
    """Give an account another role, which holds within seconds; one administrator must remain."""
    return auth.people.set_role(user_id, body.role, caller.subject)


@router.post("/keys", status_code=status.HTTP_201_CREATED, dependencies=_ACCOUNT, responses=_409)
def make_key(auth: AuthOf, caller: Person, body: MakingKey) -> NewApiKey:
    """A key for a machine, shown this once: one's own role, narrowed to the scopes."""
    return auth.keys.create(caller, body.name, body.scopes, body.expires_in_days)


@router.get("/keys", dependencies=_ACCOUNT)
def keys(auth: AuthOf, caller: Person) -> ApiKeyList:
    """One's own keys that still live, newest first."""
    return ApiKeyList(keys=tuple(auth.keys.keys(caller)))


@router.delete("/keys/{id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=_ACCOUNT)
def end_key(auth: AuthOf, caller: Person, key_id: KeyId) -> None:
    """End one of one's own keys; anybody else's is unknown here."""
    if not auth.keys.end(caller, key_id):
        raise NotFound(f"you have no key {key_id[:64]!r}", fix="see GET /auth/keys")
