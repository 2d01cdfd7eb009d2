"""`pack init`: look at a shop, map it, write packs/NAME, and add the shop to the project."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from aethermart.core.errors import BadInput, Conflict
from aethermart.operations.new_project import add_shop, check_shop_name, database_of
from aethermart.packs.discovery.address import scheme_of
from aethermart.packs.discovery.discover import discovered, schemas_of
from aethermart.packs.load import load_pack
from aethermart.packs.mapping.found import Mapping as Mapped
from aethermart.packs.mapping.guess import map_shop, sale_score
from aethermart.packs.mapping.roles import ENOUGH
from aethermart.packs.mapping.write import written
from aethermart.packs.pack import check_time_zone
from aethermart.settings.reading import FILE

_USUAL = "public"
_HASHES = ".written.json"  # what pack init wrote, to tell an edited pack from an untouched one


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the shop's owner says of it; None where nothing is said."""

    currency: str | None = None
    time_zone: str | None = None
    schema: str | None = None
    money_in: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedEntity:
    entity: str
    table: str
    confidence: float
    runner_up: str
    columns: dict[str, tuple[str, float]]


@dataclass(frozen=True, slots=True)
class ReportedTodo:
    entity: str
    column: str | None
    reason: str
    runner_up: str
    costs: str
    level: str


@dataclass(frozen=True, slots=True)
class PackReport:
    """tables: name -> rows, as far as they were counted. shop_added: into aethermart.toml."""

    name: str
    folder: str
    currency: str
    currency_from: str
    time_zone: str
    tables: dict[str, int | None]
    views: list[str]
    entities: list[ReportedEntity]
    todos: list[ReportedTodo]
    shop_added: bool

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def init_pack(
    home: Path,
    dsn: str,
    name: str,
    wanted: Wanted,
    *,
    force: bool = False,
    base: Path | None = None,
) -> PackReport:
    """base: where a relative SQLite path starts, `home` where absent.

    Raises Conflict for a pack that was edited, unless `force`.
    """
    check_shop_name(name)
    _check(wanted)
    folder = home / "packs" / name
    if not force:
        _check_untouched(folder)
    schema = wanted.schema or _schema_of_the_sale(dsn, base or home)
    with discovered(dsn, schema, base or home) as found:
        mapped = map_shop(
            found.facts, found.peek, currency=wanted.currency, money_in=wanted.money_in
        )
    if schema is not None and schema != wanted.schema:
        others = ", ".join(name for name in schemas_of(dsn, base or home) if name != schema)
        mapped.note(
            "shop",
            f"schema {schema} was chosen; tables of {others} are not read: name more than one as"
            f" --schema '{schema}, …'",
        )
    zone = wanted.time_zone or "UTC"
    if wanted.time_zone is None:
        mapped.note("shop", "no time zone was given: times without one are read as UTC")
    files = written(mapped, name, f"{name}: {database_of(dsn)}", zone)
    _put(folder, files)
    added = False
    if (home / FILE).exists():
        added = add_shop(
            home,
            name,
            _absolute(dsn, base or home),
            time_zone=wanted.time_zone,
            schema=schema,
        )
    return _report(mapped, name, folder, zone, added)


def _schema_of_the_sale(dsn: str, base: Path) -> str | None:
    """Of several schemas the one whose tables look most like a sale; None for the usual one."""
    names = schemas_of(dsn, base)
    if not names or names == [_USUAL]:
        return None
    scores: dict[str, float] = {}
    for name in sorted(names, key=lambda n: n != _USUAL):
        with discovered(dsn, name, base) as found:
            scores[name] = sale_score(found.facts, found.peek)
        if name == _USUAL and scores[name] >= ENOUGH:
            return None
    best = max(scores, key=lambda n: scores[n])
    return None if best == _USUAL else best


def _check(wanted: Wanted) -> None:
    currency = wanted.currency
    if currency is not None and not (
        len(currency) == 3 and currency.isascii() and currency.isupper()
    ):
        raise BadInput(
            f"{currency!r} is not a currency code",
            fix="use three capital letters of ISO 4217, for instance EUR",
        )
    if wanted.time_zone is not None:
        check_time_zone(wanted.time_zone)


def _check_untouched(folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    try:
        known: Mapping[str, str] = json.loads((folder / _HASHES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    now = {
        file.name: _hash(file.read_text(encoding="utf-8", errors="replace"))
        for file in folder.iterdir()
        if file.is_file() and file.name != _HASHES
    }
    if now != known:
        raise Conflict(
            f"{folder} was edited", fix="use --force to write it anew, or give another --name"
        )


def _put(folder: Path, files: Mapping[str, str]) -> None:
    """In one move, and only a pack that loads."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as made:
        new = Path(made) / folder.name
        new.mkdir()
        for name, text in files.items():
            (new / name).write_text(text, encoding="utf-8")
        hashes = {name: _hash(text) for name, text in files.items()}
        (new / _HASHES).write_text(json.dumps(hashes, indent=1), encoding="utf-8")
        load_pack(new)
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _absolute(dsn: str, base: Path) -> str:
    """A SQLite file by its whole path: the project's processes run in other folders."""
    if scheme_of(dsn) != "sqlite":
        return dsn
    path, question, options = dsn.partition("://")[2].removeprefix("/").partition("?")
    return f"sqlite:///{(base / path).resolve()}{question}{options}"


def _report(mapped: Mapped, name: str, folder: Path, zone: str, added: bool) -> PackReport:
    return PackReport(
        name=name,
        folder=str(folder),
        currency=mapped.currency.code,
        currency_from=mapped.currency.source,
        time_zone=zone,
        tables={t.name: t.rows for t in mapped.facts.tables.values()},
        views=list(mapped.facts.views),
        entities=[
            ReportedEntity(
                e.name,
                e.relation.title,
                e.confidence,
                e.runner_up,
                {c: (g.source, g.confidence) for c, g in e.columns.items()},
            )
            for e in mapped.entities.values()
        ],
        todos=[
            ReportedTodo(t.entity, t.column, t.reason, t.runner_up, t.costs, t.level)
            for t in mapped.todos
        ],
        shop_added=added,
    )
