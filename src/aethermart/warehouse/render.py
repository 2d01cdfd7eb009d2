"""The dbt project of one installation: the shipped models, and its shops' packs as staging models.

Rendering is pure: the same shops give the same files, whose hash says whether to compile again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aethermart import __version__
from aethermart.core.errors import BadInput
from aethermart.packs.pack import ENTITIES, OPTIONAL_COLUMNS, Shop, SourceTable
from aethermart.packs.types import ColumnType

HISTORY_ENTITIES = ("customers", "products", "orders")
_ARCHIVED = "__archive"  # what a shop is called where a model reads its archive; see captured()
_BOOKS = "mirror__books"  # no shop has a name with two underscores
DATABASE = "lake"  # the DuckDB file's stem, which dbt writes into every relation's name
_SHIPPED = Path(__file__).parent / "dbt"
_PROFILE = {
    "aethermart": {
        "target": "here",
        "outputs": {
            "here": {
                "type": "duckdb",
                # A scratch file: compiling runs nothing in it, it only lends its name.
                "path": f"{DATABASE}.duckdb",
                "schema": "silver",
                "threads": 1,
            }
        },
    }
}


@dataclass(frozen=True, slots=True)
class RenderedProject:
    """files: path within the project -> text."""

    files: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over our version and every path and text."""
        listing = json.dumps([__version__, sorted(self.files.items())])
        return hashlib.sha256(listing.encode()).hexdigest()

    def write(self, folder: Path) -> None:
        """Replace whatever `folder` held."""
        shutil.rmtree(folder, ignore_errors=True)
        for path, text in self.files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


def render(shops: Sequence[Shop], currency: str | None = None) -> RenderedProject:
    """The project that unions `shops`; several may share a pack.

    currency  the one that amounts are reported in; the first shop's where None
    """
    _check_names(shops)
    files = {
        file.relative_to(_SHIPPED).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(_SHIPPED.rglob("*"))
        if file.is_file()
    }
    reporting = currency or next((shop.pack.currency for shop in shops), "EUR")
    described = json.dumps(
        {"shops": [_described(shop) for shop in shops], "reporting_currency": reporting}, indent=1
    )
    files["dbt_project.yml"] += f"vars: {described}\n"  # JSON is YAML
    files["profiles.yml"] = json.dumps(_PROFILE, indent=1) + "\n"
    files["models/sources.yml"] = json.dumps(_sources(shops), indent=1) + "\n"
    for shop in shops:
        folder = f"models/staging/shops/{shop.name}"
        for entity, sql in shop.pack.staging.items():
            name = f"{folder}/stg_{shop.name}__{entity}.sql"
            files[name] = f"{{% set shop = '{shop.name}' %}}\n{sql}"
        for entity in ENTITIES:
            rows = f"{{{{ shop_rows('{shop.name}', '{entity}') }}}}\n"
            files[f"{folder}/staged_{shop.name}__{entity}.sql"] = rows
        for entity in _with_history(shop):
            name = f"{folder}/archived_{shop.name}__{entity}.sql"
            files[name] = (
                f"{{% set shop = '{shop.name}{_ARCHIVED}' %}}\n{shop.pack.staging[entity]}"
            )
    return RenderedProject(files)


def _check_names(shops: Sequence[Shop]) -> None:
    names = [shop.name for shop in shops]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"two shops are named {name!r}", fix="give each shop its own name")


def _with_history(shop: Shop) -> list[str]:
    """Entities whose staging reads one table row for row: its versions are theirs."""
    found = []
    for entity in HISTORY_ENTITIES:
        read = shop.pack.reading(entity)
        if read.row_by_row and entity in shop.pack.tables[read.tables[0]].feeds:
            found.append(entity)
    return found


def _described(shop: Shop) -> dict[str, object]:
    return {
        "name": shop.name,
        "pack": shop.pack.name,
        "currency": shop.pack.currency,
        "time_zone": shop.zone,
        "entities": list(shop.pack.staging),
        "left_out": {entity: shop.pack.left_out(entity) for entity in OPTIONAL_COLUMNS},
        "history": _with_history(shop),
        "cleansing": {
            "as_written": {e: dict(c) for e, c in shop.pack.cleansing.as_written.items()},
            "country": shop.pack.cleansing.country,
            "since": str(shop.pack.cleansing.since) if shop.pack.cleansing.since else None,
        },
        "tables": {name: _table(table) for name, table in shop.pack.tables.items()},
        "rules": [
            {"name": r.name, "entities": list(r.entities), "broken_when": r.broken_when}
            for r in shop.pack.rules
        ],
    }


def _table(table: SourceTable) -> dict[str, object]:
    return {
        "key": list(table.key),
        "touches": table.touches,
        "columns": list(table.columns),
        "feeds": list(table.feeds),
        "country": table.country,
        "parse": {name: _text_type(kind) for name, kind in (table.parse or {}).items()},
    }


def _text_type(kind: ColumnType) -> str:
    # Text holds local times: their zone is the shop's.
    return "TIMESTAMP" if kind.kind == "timestamp" else kind.duckdb


def _sources(shops: Sequence[Shop]) -> dict[str, object]:
    of_shops = [
        {
            "name": shop.name + suffix,
            "database": DATABASE,
            "schema": schema,
            "tables": [
                {"name": table, "identifier": shop.mirror_table(table)}
                for table in shop.pack.tables
            ],
        }
        for shop in shops
        for suffix, schema in (("", "mirror"), (_ARCHIVED, "bronze"))
    ]
    log = {
        "name": "log",
        "database": DATABASE,
        "schema": "bronze",
        "tables": [{"name": "_entries"}, {"name": "_resets"}],
    }
    rates = {
        "name": "project",
        "database": DATABASE,
        "schema": "reporting",
        "tables": [{"name": "rates_file"}],
    }
    books = {
        "name": _BOOKS,
        "database": DATABASE,
        "schema": "mirror",
        "tables": [{"name": "_offsets"}],
    }
    return {"version": 2, "sources": [*of_shops, log, rates, books]}
