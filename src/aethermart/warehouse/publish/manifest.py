"""What a publication is: which version of which table, as of when, and what is in it.

`_publication.json` is written last and replaced whole. Whoever opens each table at the version it
names reads one consistent set, also while the next publication runs or after it was killed.
Versions that an earlier publication named stay readable while it stands under `earlier`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aethermart.core.errors import Terminal
from aethermart.core.files import write_whole
from aethermart.warehouse.publish.parts import Part, Sums

FILE = "_publication.json"
_FORMAT = 1


class BrokenPublication(Terminal):
    """The manifest is not one of ours."""


@dataclass(frozen=True, slots=True)
class ShopState:
    """How far a shop is in a publication: every change up to `as_of` is in it."""

    log_offset: int
    as_of: str | None


@dataclass(frozen=True, slots=True)
class TableState:
    """One table of a publication.

    path     its folder, from the manifest's
    content  stands for its rows, model and files: the same again means nothing to write
    layout   stands for its columns, partitions and kind of files: another one, and all is written
    sums     of its money columns, a currency each; of all rows, to check a copy by
    parts    what each of its partitions holds; empty where it has none
    """

    path: str
    version: int
    rows: int
    sums: Sums
    partition_by: tuple[str, ...]
    content: str
    written_at: str
    layout: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """A publication before this one whose tables are still there: name -> version."""

    publication: int
    published_at: str
    versions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Publication:
    """publication counts up; tables are named `gold.fct_sales`."""

    publication: int
    published_at: str
    compression: str
    shops: Mapping[str, ShopState]
    tables: Mapping[str, TableState]
    earlier: tuple[Earlier, ...] = field(default=())

    def versions_of(self, table: str) -> set[int]:
        """Versions of a table that some publication names which may still be read."""
        now = {self.tables[table].version} if table in self.tables else set()
        return now | {e.versions[table] for e in self.earlier if table in e.versions}

    def as_earlier(self) -> Earlier:
        versions = {name: table.version for name, table in self.tables.items()}
        return Earlier(self.publication, self.published_at, versions)

    def save(self, folder: Path) -> None:
        text = json.dumps({"format": _FORMAT, **asdict(self)}, indent=1)
        write_whole(folder / FILE, text + "\n")


def read_publication(folder: Path) -> Publication | None:
    """The publication in a folder; None where there is none yet. Raises BrokenPublication."""
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != _FORMAT:
            raise ValueError("it has another format")
        return _publication(content)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenPublication(
            f"{path} is no manifest of this release: {type(error).__name__}: {error}",
            fix="move the folder away and publish again: it is computed from the lake",
        ) from error


def _publication(content: dict[str, Any]) -> Publication:
    return Publication(
        **{
            **content,
            "shops": {name: ShopState(**shop) for name, shop in content["shops"].items()},
            "tables": {name: _table(table) for name, table in content["tables"].items()},
            "earlier": tuple(Earlier(**earlier) for earlier in content["earlier"]),
        }
    )


def _table(table: dict[str, Any]) -> TableState:
    parts = (Part(**{**part, "values": tuple(part["values"])}) for part in table.pop("parts", ()))
    return TableState(
        **{**table, "partition_by": tuple(table["partition_by"]), "parts": tuple(parts)}
    )


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
