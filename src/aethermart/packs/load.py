"""Read a pack's folder, checking every word of `pack.toml`: an error quotes what it refuses."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TypeVar

from aethermart.core.errors import BadInput, NotFound
from aethermart.packs.pack import (
    ENTITIES,
    PII_CLASSES,
    READINGS,
    SURPLUS,
    Cleansing,
    Pack,
    Rule,
    SourceTable,
    TouchesThrough,
    check_time_zone,
)
from aethermart.packs.types import ColumnType, column_type

FORMAT = 1
_SHIPPED = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
# Signs that would end a quoted name in SQL, or the text of a template.
UNFIT_IN_NAMES = ('"', "'", "{", "}", "\\", "\n")
_SHOWN_IN_ORDERS = ("orders", "order_items", "returns", "order_status_changes", "addresses")

T = TypeVar("T")


def shipped_packs() -> tuple[str, ...]:
    """Names of the packs that come with the package."""
    return tuple(sorted(file.parent.name for file in _SHIPPED.glob("*/pack.toml")))


def load_shipped(name: str) -> Pack:
    if name not in shipped_packs():
        raise NotFound(
            f"no shipped pack is named {name!r}", fix=f"use one of {', '.join(shipped_packs())}"
        )
    return load_pack(_SHIPPED / name)


def load_pack(folder: Path) -> Pack:
    """The pack in `folder`: its `pack.toml` and its `stg_<entity>.sql` files."""
    file = folder / "pack.toml"
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(f"{file} does not exist", fix="name a folder with a pack.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} is not TOML: {error}", fix="correct the file") from error
    return _pack(_Section(str(file), "", content), _staging(folder))


class _Section:
    """One table of the TOML file, which knows its place and refuses what nobody asked for."""

    def __init__(self, file: str, place: str, content: Mapping[str, object]) -> None:
        self._file = file
        self._place = place
        self._left = dict(content)

    def error(self, cause: str, fix: str) -> BadInput:
        place = f" [{self._place}]" if self._place else ""
        return BadInput(f"{self._file}{place}: {cause}", fix=fix)

    def take(self, name: str, kind: type[T], default: T | None = None) -> T:
        if name not in self._left:
            if default is not None:
                return default
            raise self.error(f"{name!r} is missing", f"add {name} = … there")
        value = self._left.pop(name)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(f"{name} = {value!r} is not of type {kind.__name__}", "correct it")
        return value

    def words(self, name: str, default: list[object] | None = None) -> tuple[str, ...]:
        values: list[object] = self.take(name, list, default)
        if not all(isinstance(value, str) for value in values):
            raise self.error(f"{name} = {values!r} is not a list of names", "write names in quotes")
        return tuple(str(value) for value in values)

    def section(self, name: str, default: dict[str, object] | None = None) -> _Section:
        content: dict[str, object] = self.take(name, dict, default)
        return _Section(self._file, f"{self._place}.{name}".lstrip("."), content)

    def names(self) -> tuple[str, ...]:
        return tuple(self._left)

    def has(self, name: str) -> bool:
        return name in self._left

    def end(self) -> None:
        if self._left:
            unknown = ", ".join(repr(name) for name in self._left)
            raise self.error(f"unknown field {unknown}", "remove it or correct its spelling")

    def one_of(self, name: str, value: str, known: tuple[str, ...]) -> str:
        if value not in known:
            raise self.error(f"{name}: unknown {value!r}", f"use one of {', '.join(known)}")
        return value


def _pack(top: _Section, staging: Mapping[str, str]) -> Pack:
    version = top.take("format", int)
    if version != FORMAT:
        raise top.error(f"format = {version} is unknown", f"this version reads format {FORMAT}")
    tables_section = top.section("tables")
    surplus = _surplus(top, "tell")
    tables = {
        name: _table(name, tables_section.section(name), surplus) for name in tables_section.names()
    }
    pack = Pack(
        name=_matching(top, "name", _NAME, "a small letter, then a-z, 0-9 and underscores"),
        title=top.take("title", str),
        currency=_matching(top, "currency", _CURRENCY, "three capital letters of ISO 4217"),
        time_zone=check_time_zone(top.take("time_zone", str)),
        tables=tables,
        staging=staging,
        rules=_rules(top),
        cleansing=_cleansing(top),
    )
    top.end()
    _check_whole(top, pack)
    return pack


def _matching(section: _Section, name: str, pattern: re.Pattern[str], fix: str) -> str:
    value = section.take(name, str)
    if not pattern.fullmatch(value):
        raise section.error(f"{name} = {value!r} does not fit", f"use {fix}")
    return value


def _surplus(section: _Section, default: str) -> str:
    return section.one_of("surplus", section.take("surplus", str, default), SURPLUS)


def _table(name: str, section: _Section, surplus: str) -> SourceTable:
    columns = _typed(section.section("columns"))
    table = SourceTable(
        name=name,
        columns=columns,
        key=section.words("key"),
        feeds=section.words("feeds", []),
        touches=section.take("touches", str) if section.has("touches") else None,
        touches_through=_through(section),
        parse=_typed(section.section("parse", {})),
        pii=_pii(section.section("pii", {})),
        country=section.take("country", str) if section.has("country") else None,
        surplus=_surplus(section, surplus),
    )
    section.end()
    _check_table(section, table)
    return table


def _typed(section: _Section) -> dict[str, ColumnType]:
    typed: dict[str, ColumnType] = {}
    for name in section.names():
        text = section.take(name, str)
        try:
            typed[name] = column_type(text)
        except BadInput as error:
            raise section.error(f"{name}: {error.cause}", error.fix) from error
    return typed


def _through(table: _Section) -> TouchesThrough | None:
    if not table.has("touches_through"):
        return None
    section = table.section("touches_through")
    through = TouchesThrough(
        section.take("table", str),
        section.take("column", str),
        section.take("by", str) if section.has("by") else None,
    )
    section.end()
    return through


def _pii(section: _Section) -> dict[str, str]:
    return {
        name: section.one_of(name, section.take(name, str), PII_CLASSES) for name in section.names()
    }


def _check_table(section: _Section, table: SourceTable) -> None:
    for name in (table.name, *table.columns):
        if any(mark in name for mark in UNFIT_IN_NAMES):
            raise section.error(
                f"{name!r} holds a quote, a brace or a backslash",
                "rename it in the shop, or leave it out of the pack",
            )
    if not table.key:
        raise section.error("key = [] names no column", "name the columns that identify a row")
    named = [*table.key, *(table.parse or {}), *(table.pii or {})]
    single = (table.touches, table.country)
    for column in [*named, *(column for column in single if column)]:
        if column not in table.columns:
            raise section.error(
                f"{column!r} is not among its columns",
                f"declare it in [tables.{table.name}.columns]",
            )
    for column in table.parse or {}:
        if table.columns[column].kind != "text":
            raise section.error(f"parse: {column!r} is not text", "only text can be parsed")
    for entity in table.feeds:
        section.one_of("feeds", entity, ENTITIES)


def _rules(top: _Section) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    written: list[object] = top.take("rules", list, [])
    for number, content in enumerate(written, start=1):
        if not isinstance(content, dict):
            raise top.error(f"rules: {content!r} is no table", "write [[rules]]")
        section = _Section("pack.toml", f"rules {number}", content)
        rule = Rule(
            name=_matching(section, "name", _NAME, "small letters and underscores"),
            entities=section.words("entities"),
            broken_when=section.take("broken_when", str),
        )
        section.end()
        for entity in rule.entities:
            section.one_of("entities", entity, ENTITIES)
        rules.append(rule)
    return tuple(rules)


def _cleansing(top: _Section) -> Cleansing:
    if not top.has("cleansing"):
        return Cleansing()
    section = top.section("cleansing")
    written = section.section("as_written", {})
    as_written: dict[str, dict[str, str]] = {}
    for entity in written.names():
        written.one_of("entity", entity, ENTITIES)
        columns = written.section(entity)
        as_written[entity] = {
            name: columns.one_of(name, columns.take(name, str), READINGS)
            for name in columns.names()
        }
    told = Cleansing(
        as_written=as_written,
        country=_matching(section, "country", _COUNTRY, "two capital letters of ISO 3166-1")
        if section.has("country")
        else None,
        since=section.take("since", date) if section.has("since") else None,
    )
    section.end()
    return told


def _staging(folder: Path) -> dict[str, str]:
    return {
        file.stem.removeprefix("stg_"): file.read_text(encoding="utf-8")
        for file in sorted(folder.glob("stg_*.sql"))
    }


def _check_whole(top: _Section, pack: Pack) -> None:
    for entity in pack.staging:
        top.one_of("stg_*.sql", entity, ENTITIES)
    for table in pack.tables.values():
        for entity in table.feeds:
            if entity not in pack.staging:
                raise top.error(
                    f"tables.{table.name} feeds {entity!r}, which no file stages",
                    f"add stg_{entity}.sql beside pack.toml",
                )
        _check_through(top, pack, table)
    fed = [entity for table in pack.tables.values() for entity in table.feeds]
    for entity in fed:
        if fed.count(entity) > 1:
            raise top.error(
                f"two tables feed {entity!r} row for row", "let one feed it, and join the other"
            )
    _check_reach(top, pack)


def _check_through(top: _Section, pack: Pack, table: SourceTable) -> None:
    through = table.touches_through
    if through is None:
        return
    shown_in = pack.tables.get(through.table)
    if shown_in is None or not shown_in.touches or through.column not in shown_in.columns:
        raise top.error(
            f"tables.{table.name}: touches_through {through.table}.{through.column} leads nowhere",
            "name a declared table that `touches` an order, and one of its columns",
        )
    if through.by is not None and through.by not in table.columns:
        raise top.error(
            f"tables.{table.name}: touches_through by {through.by!r}, which is no column of it",
            f"declare it in [tables.{table.name}.columns]",
        )
    if through.by is None and len(table.key) != 1:
        raise top.error(
            f"tables.{table.name}: touches_through needs a key of one column, or `by`",
            f"its key is {', '.join(table.key)}",
        )


def _check_reach(top: _Section, pack: Pack) -> None:
    """What is read is declared, and a table that orders show says which orders it touches."""
    for entity in pack.staging:
        for name in pack.reading(entity).tables:
            table = pack.tables.get(name)
            if table is None:
                raise top.error(
                    f"stg_{entity}.sql reads {name!r}, which is not declared",
                    f"add [tables.{name if name.isidentifier() else json.dumps(name)}]",
                )
            if entity in _SHOWN_IN_ORDERS and not (table.touches or table.touches_through):
                raise top.error(
                    f"stg_{entity}.sql reads {name!r}, whose changes touch no order",
                    f"declare touches or touches_through in [tables.{name}]",
                )
