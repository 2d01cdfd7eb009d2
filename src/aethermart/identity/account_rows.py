"""Accounts in the platform database."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Update, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from aethermart.core.errors import BadInput
from aethermart.identity.roles import Role
from aethermart.platform_db.tables import accounts

_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@\x00-\x1f\x7f]+\.[^\s@.\x00-\x1f\x7f]{2,}")
_LONGEST_EMAIL = 254
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Account:
    id: UUID
    email: str
    name: str
    role: Role
    password_hash: str
    created_at: datetime
    last_login_at: datetime | None
    disabled_at: datetime | None


def email_form(email: str) -> str:
    """The one form of an address: NFKC, lower case. Raises BadInput for what is none."""
    text = unicodedata.normalize("NFKC", email).strip().lower()
    if len(text) > _LONGEST_EMAIL or not _EMAIL.fullmatch(text):
        raise BadInput(f"{email[:_LONGEST_EMAIL]!r} is not an e-mail address", fix="correct it")
    return text


def name_form(name: str) -> str:
    """A person's or a key's name on one line. Raises BadInput."""
    text = " ".join(unicodedata.normalize("NFC", name).split())
    if not text or len(text) > _LONGEST_NAME or not text.isprintable():
        raise BadInput(
            f"{name[:_LONGEST_NAME]!r} is not a name",
            fix=f"use 1 to {_LONGEST_NAME} characters that can be printed",
        )
    return text


def uuid_of(text: str) -> UUID | None:
    """An id as somebody sent it; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def add_account(
    connection: Connection, email: str, name: str, role: Role, password_hash: str, now: datetime
) -> Account | None:
    """The new account; None where the address has one."""
    made = connection.execute(
        upsert(accounts)
        .values(
            account_id=uuid.uuid4(),
            email=email,
            name=name,
            role=role.value,
            password_hash=password_hash,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(accounts)
    ).one_or_none()
    return None if made is None else _account(made)


def account_by_email(connection: Connection, email: str) -> Account | None:
    found = connection.execute(select(accounts).where(accounts.c.email == email)).one_or_none()
    return None if found is None else _account(found)


def account_by_id(connection: Connection, account_id: UUID) -> Account | None:
    found = connection.execute(
        select(accounts).where(accounts.c.account_id == account_id)
    ).one_or_none()
    return None if found is None else _account(found)


def accounts_after(connection: Connection, email: str, limit: int) -> Sequence[Account]:
    """Accounts by their address, those after `email`."""
    rows = connection.execute(
        select(accounts)
        .where(accounts.c.email.collate("C") > email)
        .order_by(accounts.c.email.collate("C"))
        .limit(limit)
    )
    return [_account(row) for row in rows]


def note_login(connection: Connection, account_id: UUID, now: datetime) -> None:
    connection.execute(_of(account_id).values(last_login_at=now))


def set_password_hash(
    connection: Connection, account_id: UUID, new: str, *, instead_of: str | None = None
) -> bool:
    """instead_of  the hash that must still stand there; False where it does not"""
    statement = _of(account_id).values(password_hash=new)
    if instead_of is not None:
        statement = statement.where(accounts.c.password_hash == instead_of)
    return connection.execute(statement).rowcount == 1


def change_role(connection: Connection, account_id: UUID, role: Role) -> None:
    connection.execute(_of(account_id).values(role=role.value))


def set_disabled(connection: Connection, account_id: UUID, at: datetime | None) -> None:
    connection.execute(_of(account_id).values(disabled_at=at))


def active_admins(connection: Connection) -> set[UUID]:
    """Locked until the transaction ends: two administrators cannot dismiss each other at once."""
    return set(
        connection.execute(
            select(accounts.c.account_id)
            .where(accounts.c.role == Role.ADMIN.value, accounts.c.disabled_at.is_(None))
            .order_by(accounts.c.account_id)
            .with_for_update()
        ).scalars()
    )


def _of(account_id: UUID) -> Update:
    return update(accounts).where(accounts.c.account_id == account_id)


def _account(row: Row[Any]) -> Account:
    return Account(
        row.account_id,
        row.email,
        row.name,
        Role(row.role),
        row.password_hash,
        row.created_at,
        row.last_login_at,
        row.disabled_at,
    )
