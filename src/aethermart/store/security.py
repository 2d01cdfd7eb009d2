"""Give the store's accounts exactly what the matrix declares: least privilege, made again any time.

On MariaDB. A role that loses a right in the matrix loses it here; while it is applied an account is
without rights for a moment. Passwords come from the caller, who has them from the environment or
from files, and stand in no file of ours and in no message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from aethermart.core.errors import AetherMartError, BadInput, Conflict
from aethermart.store.grants import Matrix, Objects, Right, read_matrix
from aethermart.store.session import StoreSession

SHORTEST_PASSWORD = 12
_ON = re.compile(r""" ON (?:[A-Z ]+ )?(?:`((?:[^`]|``)+)`|"((?:[^"]|"")+)")\.""")
_NO_SUCH_ACCOUNT = "1141"
_NAME = re.compile(r"[A-Za-z0-9_]{0,40}")


def apply_security(
    session: StoreSession,
    passwords: Mapping[str, str],
    *,
    require_tls: bool = False,
    prefix: str = "",
) -> list[str]:
    """Make the accounts and their rights; returns the users that can log in now.

    passwords    of the users to be made or kept: alex, sarah, maria, david, app, capture, or some
    require_tls  no user gets in without TLS
    prefix       of all accounts' names, where two stores share a server
    Nothing is done on PostgreSQL, where the store has no accounts yet. Raises BadInput (an unknown
    account, a short password), Conflict (an account of that name has rights on something else, or
    somebody else is at it), NotFound (the store's tables and routines are not there).
    """
    if session.kind != "mariadb":
        return []
    matrix = read_matrix()
    _check(matrix, passwords, prefix)
    made = _Accounts(session, prefix)
    rights = matrix.rights(made.objects())
    with session.alone("security"):
        made.require_ours(matrix)
        for role in matrix.roles:
            made.make_role(role)
        for user, password in passwords.items():
            made.make_user(user, password, require_tls, user in matrix.roles)
        for role in matrix.roles:
            made.give(role, made.role(role), rights)
        for service in matrix.services:
            if made.has(made.user(service)):
                made.give(service, made.user(service), rights)
    return [f"{prefix}{name}" for name in matrix.accounts if name in passwords]


def drop_accounts(session: StoreSession, *, prefix: str = "") -> None:
    """Remove the store's users and roles, as `store reset` does. Raises Conflict as above."""
    if session.kind != "mariadb":
        return
    matrix = read_matrix()
    made = _Accounts(session, prefix)
    made.require_ours(matrix)
    for name in matrix.accounts:
        session.execute(f"DROP USER IF EXISTS {made.user(name)}")
    for name in matrix.roles:
        session.execute(f"DROP ROLE IF EXISTS {made.role(name)}")


class _Accounts:
    """Statements about accounts, on one database."""

    def __init__(self, session: StoreSession, prefix: str) -> None:
        self._session = session
        self._prefix = prefix
        ((self._database,),) = session.rows("SELECT DATABASE()")

    def objects(self) -> Objects:
        tables = self._session.rows(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
        )
        routines = self._session.rows(
            "SELECT routine_name, routine_type FROM information_schema.routines"
            " WHERE routine_schema = DATABASE()"
        )
        return Objects(
            frozenset(name for (name,) in tables),
            frozenset(name for name, kind in routines if kind == "PROCEDURE"),
            frozenset(name for name, kind in routines if kind == "FUNCTION"),
        )

    def role(self, name: str) -> str:
        return _quoted(self._prefix + name)

    def user(self, name: str) -> str:
        return f"{_quoted(self._prefix + name)}@'%'"

    def require_ours(self, matrix: Matrix) -> None:
        """No account of another application, which happens to be called the same, is touched."""
        there = {name for (name,) in self._session.rows("SHOW DATABASES")} - {self._database}
        for name in matrix.accounts:
            for account in (self.role(name), self.user(name)):
                elsewhere = self._databases_of(account) & there
                if elsewhere:
                    raise Conflict(
                        f"account {self._prefix + name} has rights on {min(elsewhere)!r},"
                        " which is not this store",
                        fix="give the accounts of this store a prefix",
                    )

    def has(self, account: str) -> bool:
        return self._granted(account) is not None

    def _databases_of(self, account: str) -> set[str]:
        found = (_ON.search(line) for line in self._granted(account) or ())
        return {(each.group(1) or each.group(2)) for each in found if each}

    def _granted(self, account: str) -> list[str] | None:
        """What it may, a GRANT a line; None where it does not exist."""
        try:
            return [str(line) for (line,) in self._session.rows(f"SHOW GRANTS FOR {account}")]
        except AetherMartError as error:
            if _NO_SUCH_ACCOUNT in error.cause:
                return None
            raise

    def make_role(self, name: str) -> None:
        self._session.execute(f"CREATE ROLE IF NOT EXISTS {self.role(name)}")

    def make_user(self, name: str, password: str, require_tls: bool, has_role: bool) -> None:
        user, secret = self.user(name).replace("%", "%%"), {"password": password}
        tls = "REQUIRE SSL" if require_tls else "REQUIRE NONE"
        for verb in ("CREATE USER IF NOT EXISTS", "ALTER USER"):
            self._session.execute(f"{verb} {user} IDENTIFIED BY %(password)s {tls}", secret)
        if has_role:
            self._session.execute(f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {self.user(name)}")
            self._session.execute(f"GRANT {self.role(name)} TO {self.user(name)}")
            self._session.execute(f"SET DEFAULT ROLE {self.role(name)} FOR {self.user(name)}")

    def give(self, name: str, account: str, rights: list[Right]) -> None:
        self._session.execute(f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {account}")
        for right in rights:
            if right.account == name:
                columns = ", ".join(map(_quoted, right.columns))
                what = f"{right.privilege} ({columns})" if columns else right.privilege
                self._session.execute(f"GRANT {what} ON {self._on(right)} TO {account}")

    def _on(self, right: Right) -> str:
        database = _quoted(self._database)
        if right.kind == "server":
            return "*.*"
        if right.kind == "database":
            # `_` and `%` are patterns there.
            return re.sub(r"([_%])", r"\\\1", database) + ".*"
        kind = {"procedure": "PROCEDURE ", "function": "FUNCTION ", "table": ""}[right.kind]
        return f"{kind}{database}.{_quoted(right.on)}"


def _check(matrix: Matrix, passwords: Mapping[str, str], prefix: str) -> None:
    for name, password in passwords.items():
        if name not in matrix.accounts:
            raise BadInput(
                f"the store has no account {name!r}", fix=f"use {', '.join(matrix.accounts)}"
            )
        if len(password) < SHORTEST_PASSWORD:
            raise BadInput(
                f"the password of {name} has {len(password)} characters",
                fix=f"use {SHORTEST_PASSWORD} or more",
            )
    if not _NAME.fullmatch(prefix):
        raise BadInput(f"{prefix!r} is no prefix", fix="use up to 40 letters, digits and _")


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
