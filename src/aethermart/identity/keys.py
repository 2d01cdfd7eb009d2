"""Keys for machines: narrower than their owner, with an end, kept as a hash.

A key acts as its account with the account's present role, within its scopes; it wakes and sleeps
with the account.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, or_, select, update

from aethermart.client.answers.auth import ApiKey, NewApiKey
from aethermart.core.errors import BadInput, Conflict, Forbidden, Unauthenticated
from aethermart.identity.account_rows import name_form, uuid_of
from aethermart.identity.logins import Tools
from aethermart.identity.project_token import hash_token
from aethermart.identity.roles import Caller, Permission, Role
from aethermart.platform_db.reach import reached
from aethermart.platform_db.tables import accounts, api_keys

PREFIX = "amk_"
LONGEST_DAYS = 365
_MOST_KEYS = 50
_SHOWN = len(PREFIX) + 4
_SEEN_EVERY = timedelta(minutes=1)


class ApiKeys:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def create(
        self, owner: Caller, name: str, scopes: Sequence[Permission], days: int
    ) -> NewApiKey:
        """A key of the caller's own account. Raises Forbidden, BadInput, Conflict at too many."""
        _check_scopes(owner, scopes)
        if not 1 <= days <= LONGEST_DAYS:
            raise BadInput(f"a key cannot last {days} days", fix=f"use 1 to {LONGEST_DAYS}")
        now, account_id = self._tools.clock(), UUID(owner.subject)
        key, name = PREFIX + secrets.token_urlsafe(32), name_form(name)
        with reached(self._tools.engine) as connection:
            # Locked, so that two at once do not pass the limit together.
            connection.execute(
                select(accounts).where(accounts.c.account_id == account_id).with_for_update()
            ).one()
            standing = connection.execute(select(api_keys).where(_lives(account_id, now))).all()
            if len(standing) >= _MOST_KEYS:
                raise Conflict(f"the account has {_MOST_KEYS} keys", fix="delete one of them")
            made = connection.execute(
                insert(api_keys)
                .values(
                    key_id=uuid.uuid4(),
                    account_id=account_id,
                    name=name,
                    key_hash=hash_token(key),
                    shown_prefix=key[:_SHOWN],
                    scopes=[scope.value for scope in Permission if scope in scopes],
                    created_at=now,
                    expires_at=now + timedelta(days=days),
                )
                .returning(api_keys)
            ).one()
        self._tools.audit.record(owner.subject, "make a key", f"key {made.key_id}", "done")
        return NewApiKey(**_shown(made).model_dump(), key=key)

    def keys(self, owner: Caller) -> Sequence[ApiKey]:
        """The caller's living keys, newest first."""
        statement = (
            select(api_keys)
            .where(_lives(UUID(owner.subject), self._tools.clock()))
            .order_by(api_keys.c.created_at.desc(), api_keys.c.key_id)
        )
        with reached(self._tools.engine) as connection:
            return [_shown(row) for row in connection.execute(statement)]

    def end(self, owner: Caller, key_id: str) -> bool:
        """Whether the caller had such a living key."""
        now, found = self._tools.clock(), uuid_of(key_id)
        if found is None:
            return False
        with reached(self._tools.engine) as connection:
            ended = connection.execute(
                update(api_keys)
                .where(_lives(UUID(owner.subject), now), api_keys.c.key_id == found)
                .values(ended_at=now)
            )
        self._tools.remembered.forget()
        if ended.rowcount != 1:
            return False
        self._tools.audit.record(owner.subject, "end a key", f"key {found}", "done")
        return True

    def caller(self, key: str) -> Caller:
        """Whom a key stands for now. Raises Unauthenticated."""
        now, key_hash = self._tools.clock(), hash_token(key)
        with reached(self._tools.engine) as connection:
            found = connection.execute(
                select(api_keys, accounts.c.role)
                .select_from(api_keys.join(accounts))
                .where(
                    api_keys.c.key_hash == key_hash,
                    api_keys.c.ended_at.is_(None),
                    api_keys.c.expires_at > now,
                    accounts.c.disabled_at.is_(None),
                )
            ).one_or_none()
            if found is None:
                raise Unauthenticated(
                    "the key is unknown, has expired or was deleted",
                    fix="make a new one: POST /api/v1/auth/keys",
                )
            seen = api_keys.c.last_used_at
            connection.execute(
                update(api_keys)
                .where(
                    api_keys.c.key_id == found.key_id,
                    or_(seen.is_(None), seen < now - _SEEN_EVERY),
                )
                .values(last_used_at=now)
            )
        return Caller(
            subject=str(found.account_id),
            name=found.name,
            role=Role(found.role),
            kind="api_key",
            scopes=frozenset(map(Permission, found.scopes)),
        )


def _check_scopes(owner: Caller, scopes: Sequence[Permission]) -> None:
    if not scopes:
        raise BadInput("the key has no scopes", fix="name one permission or more")
    beyond = [str(s) for s in scopes if not owner.may(s) or s is Permission.ACCOUNT]
    if beyond:
        raise Forbidden(
            f"a key of yours may not have the scope {', '.join(beyond)}",
            fix="take scopes that your own role has; accounts themselves are for people alone",
        )


def _lives(account_id: UUID, now: datetime) -> ColumnElement[bool]:
    return (
        (api_keys.c.account_id == account_id)
        & api_keys.c.ended_at.is_(None)
        & (api_keys.c.expires_at > now)
    )


def _shown(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=str(row.key_id),
        name=row.name,
        prefix=row.shown_prefix,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
