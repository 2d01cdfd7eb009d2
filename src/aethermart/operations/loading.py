"""Load a file into the shop that takes orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from aethermart.core.errors import BadInput
from aethermart.operations.store import primary_dsn
from aethermart.servers.mysql_client import SCHEMES, parse_address
from aethermart.store.ingest.entities import entity_named
from aethermart.store.ingest.load import Loaded, load_file
from aethermart.store.ingest.local_infile import connect
from aethermart.store.ingest.records import Format, source_of
from aethermart.store.ingest.staging import How
from aethermart.store.mariadb.session import MariadbSession
from aethermart.wiring import Project


def load_into_store(
    project: Project,
    entity: str,
    file: Path,
    *,
    form: Format | None = None,
    encoding: str = "utf-8",
    delimiter: str | None = None,
    how: How = "local",
    columns: Mapping[str, str] | None = None,
    again: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Loaded:
    """As `store.ingest.load.load_file`. Raises BadInput for a store that is not in MariaDB, too."""
    dsn = primary_dsn(project)
    source = source_of(file, form=form, encoding=encoding, delimiter=delimiter)
    if dsn.partition(":")[0].lower() not in SCHEMES:
        raise BadInput(
            "the shop that takes orders lies in PostgreSQL, and files are loaded into MariaDB",
            fix="make a shop with a mysql:// address primary",
        )
    with closing(MariadbSession(connect(parse_address(dsn, "the store")))) as session:
        return load_file(
            session,
            entity_named(entity),
            source,
            how=how,
            columns=columns,
            again=again,
            progress=progress,
        )
