"""The secrets that identity needs, looked for when the platform starts."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from aethermart.core.errors import BadInput
from aethermart.core.files import private_folder, write_whole
from aethermart.identity.passwords import is_common
from aethermart.identity.settings import IdentitySettings
from aethermart.identity.signing import check_signing_key, new_signing_key


def signing_keys(
    settings: IdentitySettings, environment: str, made_in: Path
) -> tuple[str, tuple[str, ...]]:
    """The key that signs and the old ones that still verify.

    made_in  where a key is made and kept in `dev`, readable by its owner alone
    Raises BadInput where a key is weak, or missing in `production`.
    """
    old = tuple(check_signing_key(k, "old_signing_keys") for k in settings.old_signing_keys)
    if settings.signing_key is not None:
        return check_signing_key(settings.signing_key), old
    if environment != "dev":
        raise BadInput(
            f"[identity.signing_key] is missing, and [platform.environment] is {environment!r}",
            fix='set signing_key = "${AETHERMART_SIGNING_KEY}" there, and that variable to what '
            '`python -c "import secrets; print(secrets.token_urlsafe(48))"` prints',
        )
    if not made_in.exists():
        private_folder(made_in.parent)
        write_whole(made_in, new_signing_key() + "\n", mode=0o600)
    return check_signing_key(made_in.read_text(encoding="utf-8").strip()), old


def check_platform_password(dsn: str, environment: str) -> None:
    """Raises BadInput outside `dev` where the platform database has a password of installations.

    Everything of identity is in there: whoever reaches it with `postgres` is every administrator.
    """
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        return  # no address at all; whoever connects to it says so
    password = str(parts.get("password") or "")
    weak = password == parts.get("user") or is_common(password)
    if environment != "dev" and password and weak:
        raise BadInput(
            "[platform.dsn]: its password is one that anybody would try first",
            fix="ALTER ROLE … PASSWORD in the database, and put the new one into .env",
        )
