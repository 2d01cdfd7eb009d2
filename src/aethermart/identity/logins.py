"""Log in, renew, log out: what makes and ends sessions.

A password is looked at after its attempt was counted and never within a transaction. Whatever is
wrong with a log-in, the answer is the same, and so is its cost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine

from aethermart.client.answers.auth import Tokens, User
from aethermart.core.clock import Clock, utc_now
from aethermart.core.errors import BadInput, Unauthenticated
from aethermart.identity import account_rows, failure_rows, session_rows
from aethermart.identity.account_rows import Account, email_form, uuid_of
from aethermart.identity.audit import Audit
from aethermart.identity.hashing import Passwords
from aethermart.identity.liveness import Remembered
from aethermart.identity.lockout import Counter, TooManyFailures, counters
from aethermart.identity.passwords import normalised
from aethermart.identity.roles import Caller, Role
from aethermart.identity.rotation import Verdict, judge, new_refresh_token, refresh_hash
from aethermart.identity.session_rows import Origin
from aethermart.identity.signing import AccessTokens, Claims
from aethermart.platform_db.reach import reached


@dataclass(frozen=True, slots=True)
class Lifetimes:
    access: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(days=7)
    session: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Tools:
    """What every part of identity works with."""

    engine: Engine
    passwords: Passwords
    tokens: AccessTokens
    remembered: Remembered
    audit: Audit
    lifetimes: Lifetimes = dataclasses.field(default_factory=Lifetimes)
    clock: Clock = utc_now


class Logins:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def login(self, email: str, password: str, origin: Origin) -> Tokens:
        """A new session. Raises Unauthenticated, TooManyFailures."""
        account = confirmed(self._tools, email, password, origin, "log in")
        now = self._tools.clock()
        with reached(self._tools.engine) as connection:
            until = now + self._tools.lifetimes.session
            session = session_rows.begin_session(connection, account.id, origin, now, until)
            account_rows.note_login(connection, account.id, now)
            user = _user(account.id, account.email, account.name, account.role)
            tokens = self._issue(connection, session, user, until, now)
        self._tools.audit.record(str(account.id), "log in", f"session {session}", "done")
        return tokens

    def refresh(self, refresh_token: str) -> Tokens:
        """The session's next tokens, in exchange for its last refresh token.

        One that was exchanged before ends the session. Raises Unauthenticated.
        """
        now, offered_hash = self._tools.clock(), refresh_hash(refresh_token)
        tokens, stolen = None, False
        with reached(self._tools.engine) as connection:
            offered = session_rows.take_refresh_token(connection, offered_hash)
            if offered is not None:
                verdict = judge(
                    used=offered.used,
                    idle_until=offered.idle_until,
                    session_until=offered.session_until,
                    ended=offered.ended,
                    disabled=offered.disabled,
                    now=now,
                )
                session, account = offered.session_id, offered.account_id
                if verdict is Verdict.ROTATE:
                    session_rows.note_refresh(connection, session, offered_hash, now)
                    user = _user(account, offered.email, offered.name, offered.role)
                    tokens = self._issue(connection, session, user, offered.session_until, now)
                elif verdict is Verdict.REPLAYED:
                    stolen = session_rows.end_session(connection, account, session, now)
        if offered is not None and stolen:
            self._tools.remembered.forget()
            self._tools.audit.record(
                str(offered.account_id),
                "reuse of a refresh token, which ended the session",
                f"session {offered.session_id}",
                "refused",
            )
        if tokens is None:
            raise Unauthenticated(
                "the refresh token is unknown, was used before, or its session has ended",
                fix="log in again: POST /api/v1/auth/login",
            )
        return tokens

    def end_session(self, caller: Caller, session_id: str) -> bool:
        """End one of the caller's own sessions; whether there was one."""
        found, account = uuid_of(session_id), uuid_of(caller.subject)
        if found is None or account is None:
            return False
        with reached(self._tools.engine) as connection:
            ended = session_rows.end_session(connection, account, found, self._tools.clock())
        self._tools.remembered.forget()
        if ended:
            self._tools.audit.record(caller.subject, "end a session", f"session {found}", "done")
        return ended

    def _issue(
        self, connection: Connection, session: UUID, user: User, until: datetime, now: datetime
    ) -> Tokens:
        lifetimes, refresh_token = self._tools.lifetimes, new_refresh_token()
        session_rows.keep_refresh_token(
            connection, session, refresh_hash(refresh_token), min(now + lifetimes.idle, until)
        )
        valid = min(lifetimes.access, until - now)
        claims = Claims(UUID(user.id), session)
        return Tokens(
            access_token=self._tools.tokens.issue(claims, Role(user.role), now, valid),
            expires_in=int(valid.total_seconds()),
            refresh_token=refresh_token,
            user=user,
        )


def confirmed(tools: Tools, email: str, password: str, origin: Origin, action: str) -> Account:
    """The account whose password this is; hashed anew where the parameters have changed.

    Raises Unauthenticated, TooManyFailures.
    """
    now, account, known = tools.clock(), None, False
    try:
        email, offered = email_form(email), normalised(password)
    except BadInput:
        offered = (
            ""  # nobody has such an address or such a password: it goes on, and costs the same
        )
    else:
        with reached(tools.engine) as connection:
            known = session_rows.is_known(connection, email, origin.address, now)
            account = account_rows.account_by_email(connection, email)
    counted = counters(email, origin.address, known=known)
    target = "no account" if account is None else f"account {account.id}"
    actor = f"address {origin.address}"
    _count(tools, counted, now, lambda: tools.audit.record(actor, action, target, "refused"))
    kept = None if account is None else account.password_hash
    right = tools.passwords.verify(kept, offered)
    if account is None or not right or account.disabled_at is not None:
        tools.audit.record(actor, action, target, "refused")
        raise Unauthenticated(
            "the e-mail address or the password is wrong",
            fix="correct it; a forgotten password is set anew by an administrator",
        )
    with reached(tools.engine) as connection:
        failure_rows.count_success(connection, counted)
        failure_rows.sweep(connection, now)
    if tools.passwords.outdated(account.password_hash):
        renewed = tools.passwords.hash(offered)
        with reached(tools.engine) as connection:
            account_rows.set_password_hash(
                connection, account.id, renewed, instead_of=account.password_hash
            )
    return account


def _count(
    tools: Tools, counted: tuple[Counter, ...], now: datetime, refused: Callable[[], None]
) -> None:
    try:
        with reached(tools.engine) as connection:
            failure_rows.count_attempt(connection, counted, now)
    except TooManyFailures:
        refused()
        raise


def _user(account_id: UUID, email: str, name: str, role: Role) -> User:
    return User(id=str(account_id), email=email, name=name, role=role.value)
