"""Accounts: who has one, with which role; one's own password and sessions."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from aethermart.client.answers.auth import Me, Session, User, UserInfo, UserPage
from aethermart.core.errors import BadInput, Conflict, Forbidden, NotFound, Unauthenticated
from aethermart.identity import account_rows, session_rows
from aethermart.identity.account_rows import Account, email_form, name_form, uuid_of
from aethermart.identity.logins import Tools, confirmed
from aethermart.identity.passwords import check_password
from aethermart.identity.roles import Caller, Role
from aethermart.identity.session_rows import Origin
from aethermart.identity.settings import IdentitySettings
from aethermart.platform_db.reach import reached


class People:
    def __init__(self, tools: Tools, settings: IdentitySettings) -> None:
        self._tools = tools
        self._settings = settings

    def register(self, email: str, name: str, password: str, origin: Origin) -> User:
        """An account for whoever asks, as a customer. Raises Forbidden where that is closed."""
        if self._settings.registration != "open":
            raise Forbidden("nobody can register here", fix="ask an administrator for an account")
        return self.add(email, name, password, Role.CUSTOMER, f"address {origin.address}")

    def add(self, email: str, name: str, password: str, role: Role, by: str) -> UserInfo:
        """A new account. Raises BadInput, and Conflict for an address that has one."""
        email, name = email_form(email), name_form(name)
        password = check_password(password, email, self._settings.password_length)
        hashed = self._tools.passwords.hash(password)
        with reached(self._tools.engine) as connection:
            made = account_rows.add_account(
                connection, email, name, role, hashed, self._tools.clock()
            )
        if made is None:
            raise Conflict(
                f"{email!r} has an account", fix="log in, or register with another address"
            )
        self._tools.audit.record(by, f"add an account as {role}", f"account {made.id}", "done")
        return _info(made)

    def me(self, caller: Caller) -> Me:
        email = None
        if caller.kind != "project":
            with reached(self._tools.engine) as connection:
                email = self._existing(connection, caller.subject).email
        return Me(
            id=caller.subject,
            email=email,
            name=caller.name,
            role=caller.role.value,
            kind=caller.kind,
            permissions=tuple(permission.value for permission in caller.permissions()),
        )

    def change_password(self, caller: Caller, current: str, new: str, origin: Origin) -> None:
        """Set one's own password and end one's other sessions.

        Raises Forbidden for a wrong present password, which counts as a failed log-in.
        """
        with reached(self._tools.engine) as connection:
            email = self._existing(connection, caller.subject).email
        try:
            account = confirmed(self._tools, email, current, origin, "change the password")
        except Unauthenticated as wrong:  # who asks is known: their session is not in doubt
            raise Forbidden("the present password is wrong", fix="correct it") from wrong
        keep = UUID(caller.session) if caller.session else None
        self._set_password(account, new, keep)
        self._tools.audit.record(
            caller.subject, "change the password", f"account {account.id}", "done"
        )

    def set_password(self, email: str, new: str, by: str) -> None:
        """Set somebody's password and end all their sessions."""
        account = self.by_email(email)
        self._set_password(account, new, None)
        self._tools.audit.record(by, "set the password", f"account {account.id}", "done")

    def sessions(self, caller: Caller) -> Sequence[Session]:
        """The caller's own, newest first."""
        with reached(self._tools.engine) as connection:
            found = session_rows.live_sessions(
                connection, UUID(caller.subject), self._tools.clock()
            )
        return [
            Session(
                id=str(each.id),
                created_at=each.created_at,
                last_used_at=each.last_used_at,
                expires_at=each.expires_at,
                address=each.address,
                agent=each.agent,
                current=str(each.id) == caller.session,
            )
            for each in found
        ]

    def page(self, cursor: str | None, limit: int) -> UserPage:
        """Accounts by their address. Raises BadInput for a cursor that no page gave."""
        with reached(self._tools.engine) as connection:
            found = account_rows.accounts_after(connection, _decoded(cursor), limit + 1)
        shown = found[:limit]
        more = len(found) > limit
        return UserPage(
            users=tuple(map(_info, shown)), next_cursor=_encoded(shown[-1].email) if more else None
        )

    def has(self, email: str) -> bool:
        """Whether somebody has an account under that address."""
        return self._by_email(email) is not None

    def by_email(self, email: str) -> Account:
        """Raises NotFound."""
        account = self._by_email(email)
        if account is None:
            raise NotFound(f"{email!r} has no account", fix="see `aethermart account list`")
        return account

    def set_role(self, account_id: str, role: Role, by: str) -> UserInfo:
        """Raises NotFound, and Conflict where nobody would be left as administrator."""
        with reached(self._tools.engine) as connection:
            account = self._existing(connection, account_id)
            if role is not Role.ADMIN:
                _keep_an_admin(connection, account)
            account_rows.change_role(connection, account.id, role)
            changed = self._existing(connection, account_id)
        self._tools.remembered.forget()
        self._tools.audit.record(by, f"make {role}", f"account {account.id}", "done")
        return _info(changed)

    def set_disabled(self, account_id: str, disabled: bool, by: str) -> UserInfo:
        """A disabled account ends with its sessions; its keys are asleep. Raises as `set_role`."""
        now = self._tools.clock()
        with reached(self._tools.engine) as connection:
            account = self._existing(connection, account_id)
            if disabled:
                _keep_an_admin(connection, account)
                session_rows.end_sessions(connection, account.id, now)
            account_rows.set_disabled(connection, account.id, now if disabled else None)
            changed = self._existing(connection, account_id)
        self._tools.remembered.forget()
        done = "disable" if disabled else "enable"
        self._tools.audit.record(by, done, f"account {account.id}", "done")
        return _info(changed)

    def _by_email(self, email: str) -> Account | None:
        with reached(self._tools.engine) as connection:
            return account_rows.account_by_email(connection, email_form(email))

    def _set_password(self, account: Account, new: str, keep: UUID | None) -> None:
        password = check_password(new, account.email, self._settings.password_length)
        hashed = self._tools.passwords.hash(password)
        with reached(self._tools.engine) as connection:
            account_rows.set_password_hash(connection, account.id, hashed)
            session_rows.end_sessions(connection, account.id, self._tools.clock(), but=keep)
        self._tools.remembered.forget()

    def _existing(self, connection: Connection, account_id: str) -> Account:
        known = uuid_of(account_id)
        account = None if known is None else account_rows.account_by_id(connection, known)
        if account is None:
            raise NotFound(f"there is no account {account_id[:64]!r}", fix="see GET /auth/users")
        return account


def _keep_an_admin(connection: Connection, account: Account) -> None:
    if account_rows.active_admins(connection) == {account.id}:
        raise Conflict(
            f"{account.email!r} is the only administrator",
            fix="make somebody else an administrator first",
        )


def _info(account: Account) -> UserInfo:
    return UserInfo(
        id=str(account.id),
        email=account.email,
        name=account.name,
        role=account.role.value,
        created_at=account.created_at,
        last_login_at=account.last_login_at,
        disabled=account.disabled_at is not None,
    )


def _encoded(email: str) -> str:
    return base64.urlsafe_b64encode(email.encode()).decode().rstrip("=")


def _decoded(cursor: str | None) -> str:
    if cursor is None:
        return ""
    try:
        email = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (ValueError, binascii.Error):
        email = ""
    if not email or not email.isprintable():
        raise BadInput(
            f"{cursor[:100]!r} is not a cursor", fix="send `next_cursor` of the page before"
        )
    return email
