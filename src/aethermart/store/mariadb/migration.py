"""The schema's files applied to MariaDB, one after the other.

MariaDB commits each statement that changes the schema, so each file is recorded by itself, after
its last statement: one that broke off is run again from its beginning, which does no harm. The
ledger is the table aethermart_schema_files beside the store's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aethermart.core.errors import AetherMartError, Terminal, Unavailable
from aethermart.store.mariadb.session import LEDGER, MariadbSession
from aethermart.store.mariadb.statements import statements
from aethermart.store.schema_files import SchemaFile, to_apply

_WAIT_S = 120
_MAKE_LEDGER = f"""
CREATE TABLE IF NOT EXISTS {LEDGER} (
    file       VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    sha256     CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    applied_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
) ENGINE = InnoDB
"""
_RECORD = f"REPLACE INTO {LEDGER} (file, sha256) VALUES (%(file)s, %(sha256)s)"  # noqa: S608 - ours
# Of one database of the server: the name of a lock holds for all of them.
_LOCK = "CONCAT('aethermart_store_', MD5(DATABASE()))"


def apply_to_mariadb(session: MariadbSession, files: Sequence[SchemaFile]) -> list[str]:
    """Returns the names of the files applied. Raises SchemaChanged, Unavailable, Terminal."""
    with _alone(session):
        session.rows(_MAKE_LEDGER)
        new = to_apply(files, applied_to_mariadb(session))
        for file in new:
            _apply(session, file)
    return [file.name for file in new]


def applied_to_mariadb(session: MariadbSession) -> dict[str, str]:
    """Each file's hash; nothing where no schema was ever applied."""
    made = "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE()"
    if not session.rows(f"{made} AND table_name = '{LEDGER}'"):
        return {}
    return dict(session.rows(f"SELECT file, sha256 FROM {LEDGER}"))  # noqa: S608 - ours


def _apply(session: MariadbSession, file: SchemaFile) -> None:
    for statement in _statements(file):
        try:
            session.rows(statement)
        except Terminal as error:
            raise type(error)(f"{file.name}: {error.cause}", fix=error.fix) from error
    session.rows(_RECORD, {"file": file.name, "sha256": file.sha256})


def _statements(file: SchemaFile) -> Iterator[str]:
    """A routine's file may go without DELIMITER: it is one statement then."""
    text = file.sql.decode()
    is_routine = file.name.startswith(("functions/", "procedures/", "triggers/"))
    if is_routine and "\nDELIMITER" not in text:
        return iter([text.strip().removesuffix(";")])
    return statements(text)


@contextmanager
def _alone(session: MariadbSession) -> Iterator[None]:
    ((got,),) = session.rows(f"SELECT GET_LOCK({_LOCK}, {_WAIT_S})")
    if not got:
        raise Unavailable(
            f"another has been changing the store's schema for {_WAIT_S} s",
            fix="wait until it is done, then try again",
        )
    try:
        yield
    finally:
        try:
            session.rows(f"SELECT RELEASE_LOCK({_LOCK})")
        except AetherMartError:
            session.close()  # which releases it
