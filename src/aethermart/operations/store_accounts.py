"""The accounts of our store's database: who may do what there, and passwords kept by the project.

On MariaDB, by the matrix in store/mariadb/security; on PostgreSQL the store has none of its own.
Where the server is not the project's own their names begin with the database's: two stores on one
server do not share them. A user who may not create accounts makes none, and says so.
"""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path

from aethermart.core.files import private_folder, write_whole
from aethermart.settings.sections import EMBEDDED_MARIADB
from aethermart.store.grants import read_matrix
from aethermart.store.security import apply_security, drop_accounts
from aethermart.store.session import StoreSession
from aethermart.wiring import Project

_MAY = """
SELECT 1 FROM information_schema.user_privileges
WHERE privilege_type = 'CREATE USER'
    AND grantee = CONCAT(
        '''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1),
        '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), ''''
    )
"""


def store_accounts_file(project: Project) -> Path:
    return project.state / "secrets" / "store_accounts"


def secure_store(project: Project, shop: str, session: StoreSession) -> str:
    """Make accounts and rights anew; returns what was done, in words."""
    if session.kind != "mariadb":
        return "no accounts of its own on PostgreSQL"
    if not _may_create_users(session):
        ((user,),) = session.rows("SELECT CURRENT_USER()")
        return f"no accounts made: {user} may not create users here"
    made = apply_security(session, _passwords(project), prefix=_prefix(project, shop, session))
    return f"accounts {', '.join(made)}; their passwords: {store_accounts_file(project)}"


def drop_store_accounts(project: Project, shop: str, session: StoreSession) -> None:
    """Where the user may; else none of them is ours."""
    if session.kind == "mariadb" and _may_create_users(session):
        drop_accounts(session, prefix=_prefix(project, shop, session))


def _may_create_users(session: StoreSession) -> bool:
    return bool(session.rows(_MAY))


def _prefix(project: Project, shop: str, session: StoreSession) -> str:
    if project.settings.shops[shop].dsn == EMBEDDED_MARIADB:
        return ""
    ((database,),) = session.rows("SELECT DATABASE()")
    return re.sub(r"[^A-Za-z0-9_]", "_", database)[:39] + "_"


def _passwords(project: Project) -> dict[str, str]:
    """Made once, in a file that only its owner reads, before any account has one."""
    file = store_accounts_file(project)
    kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    missing = [name for name in read_matrix().accounts if name not in kept]
    if missing:
        kept |= {name: secrets.token_urlsafe(18) for name in missing}
        private_folder(file.parent)
        write_whole(file, json.dumps(kept, indent=2) + "\n", mode=0o600)
    return kept
