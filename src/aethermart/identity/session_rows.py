"""Log-ins and their refresh tokens in the platform database."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select, update

from aethermart.identity.lockout import KNOWN_FOR, network
from aethermart.identity.roles import Role
from aethermart.platform_db.tables import accounts, login_sessions, refresh_tokens

_KEPT = timedelta(days=90)  # longer than KNOWN_FOR: what an address is known by
_LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """Whence a request came. agent  what the caller's program calls itself"""

    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A refresh token that somebody sent, with its log-in and account, locked."""

    session_id: UUID
    account_id: UUID
    email: str
    name: str
    role: Role
    used: bool
    idle_until: datetime
    session_until: datetime
    ended: bool
    disabled: bool


@dataclass(frozen=True, slots=True)
class LiveSession:
    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str
    agent: str


def begin_session(
    connection: Connection, account_id: UUID, origin: Origin, now: datetime, until: datetime
) -> UUID:
    """A new log-in; the account's long ended ones are forgotten with their tokens."""
    connection.execute(
        delete(login_sessions).where(
            login_sessions.c.account_id == account_id, login_sessions.c.expires_at < now - _KEPT
        )
    )
    session_id = uuid.uuid4()
    connection.execute(
        insert(login_sessions).values(
            session_id=session_id,
            account_id=account_id,
            created_at=now,
            last_used_at=now,
            expires_at=until,
            address=origin.address,
            agent="".join(filter(str.isprintable, origin.agent))[:_LONGEST_AGENT],
        )
    )
    return session_id


def keep_refresh_token(
    connection: Connection, session_id: UUID, token_hash: str, idle_until: datetime
) -> None:
    connection.execute(
        insert(refresh_tokens).values(
            token_hash=token_hash, session_id=session_id, expires_at=idle_until
        )
    )


def take_refresh_token(connection: Connection, token_hash: str) -> Offered | None:
    """The token and its log-in, both locked: a second one who sends it waits for the first."""
    found = connection.execute(
        select(
            login_sessions.c.session_id,
            login_sessions.c.expires_at.label("session_until"),
            login_sessions.c.ended_at,
            refresh_tokens.c.used_at,
            refresh_tokens.c.expires_at.label("idle_until"),
            accounts.c.account_id,
            accounts.c.email,
            accounts.c.name,
            accounts.c.role,
            accounts.c.disabled_at,
        )
        .select_from(refresh_tokens.join(login_sessions).join(accounts))
        .where(refresh_tokens.c.token_hash == token_hash)
        .with_for_update(of=(refresh_tokens, login_sessions))
    ).one_or_none()
    if found is None:
        return None
    return Offered(
        session_id=found.session_id,
        account_id=found.account_id,
        email=found.email,
        name=found.name,
        role=Role(found.role),
        used=found.used_at is not None,
        idle_until=found.idle_until,
        session_until=found.session_until,
        ended=found.ended_at is not None,
        disabled=found.disabled_at is not None,
    )


def note_refresh(connection: Connection, session_id: UUID, token_hash: str, now: datetime) -> None:
    """The token is used, its log-in alive."""
    connection.execute(
        update(refresh_tokens).where(refresh_tokens.c.token_hash == token_hash).values(used_at=now)
    )
    connection.execute(
        update(login_sessions)
        .where(login_sessions.c.session_id == session_id)
        .values(last_used_at=now)
    )


def live_sessions(connection: Connection, account_id: UUID, now: datetime) -> Sequence[LiveSession]:
    """Those that can still be renewed, newest first."""
    renewable = exists().where(
        refresh_tokens.c.session_id == login_sessions.c.session_id,
        refresh_tokens.c.used_at.is_(None),
        refresh_tokens.c.expires_at > now,
    )
    rows = connection.execute(
        select(login_sessions)
        .where(login_sessions.c.account_id == account_id, _lives(now), renewable)
        .order_by(login_sessions.c.created_at.desc())
    )
    return [
        LiveSession(
            row.session_id,
            row.created_at,
            row.last_used_at,
            row.expires_at,
            row.address,
            row.agent,
        )
        for row in rows
    ]


def end_session(connection: Connection, account_id: UUID, session_id: UUID, now: datetime) -> bool:
    """Whether it lived, as that account's."""
    ended = connection.execute(
        update(login_sessions)
        .where(
            login_sessions.c.session_id == session_id,
            login_sessions.c.account_id == account_id,
            _lives(now),
        )
        .values(ended_at=now)
    )
    return ended.rowcount == 1


def end_sessions(
    connection: Connection, account_id: UUID, now: datetime, *, but: UUID | None = None
) -> None:
    """End all of an account's log-ins, `but` one."""
    statement = (
        update(login_sessions)
        .where(login_sessions.c.account_id == account_id, login_sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    )
    if but is not None:
        statement = statement.where(login_sessions.c.session_id != but)
    connection.execute(statement)


def is_known(connection: Connection, email: str, address: str, now: datetime) -> bool:
    """Whether the account of that e-mail was lately logged into from that address."""
    addresses: Iterable[str] = connection.execute(
        select(login_sessions.c.address)
        .distinct()
        .select_from(login_sessions.join(accounts))
        .where(accounts.c.email == email, login_sessions.c.last_used_at > now - KNOWN_FOR)
    ).scalars()
    return network(address) in map(network, addresses)


def _lives(now: datetime) -> ColumnElement[bool]:
    return login_sessions.c.ended_at.is_(None) & (login_sessions.c.expires_at > now)
