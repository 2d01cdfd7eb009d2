"""Write a mapping as a pack: pack.toml with its TODOs as comments, and one stg_*.sql an entity."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from aethermart.packs.mapping.entities import ENTITY_COLUMNS, PII
from aethermart.packs.mapping.expressions import captured, quoted, text_literal
from aethermart.packs.mapping.found import Entity, Mapping
from aethermart.packs.pack import SourceTable

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(mapping: Mapping, name: str, title: str, time_zone: str) -> dict[str, str]:
    """File name -> text."""
    files = {"pack.toml": _toml(mapping, name, title, time_zone)}
    for entity in mapping.entities.values():
        files[f"stg_{entity.name}.sql"] = _staging(entity)
    return files


def feeds_of(mapping: Mapping) -> dict[str, tuple[str, ...]]:
    """Table -> entities whose rows are exactly its rows."""
    found: dict[str, tuple[str, ...]] = {}
    for entity in mapping.entities.values():
        if entity.relation.where is None and not entity.grouped_by and not entity.only:
            found[entity.table] = (*found.get(entity.table, ()), entity.name)
    return {table: entities for table, entities in found.items() if len(entities) == 1}


def _staging(entity: Entity) -> str:
    lines = [f"  {sql} AS {column}" for column, sql in _columns(entity)]
    table = entity.table
    provenance = "{{ derived() }}"
    if not entity.grouped_by:
        provenance = f"{{{{ provenance(shop, '{table}', 't') }}}}"
    lines.append(f"  {provenance}")
    text = _header(entity) + "SELECT\n" + ",\n".join(lines)
    text += f"\nFROM {captured(table)} AS t{entity.aliases.sql()}"
    where = entity.relation.where
    conditions = []
    if where is not None:
        values = ", ".join(text_literal(v) for v in where.values)
        conditions.append(f"t.{quoted(where.column)} IN ({values})")
    if entity.only:
        conditions.append(entity.only)
    if conditions:
        text += "\nWHERE " + "\n  AND ".join(conditions)
    if entity.grouped_by:
        text += f"\nGROUP BY {entity.grouped_by}"
    return text + "\n"


def _columns(entity: Entity) -> Iterator[tuple[str, str]]:
    for column, kind in ENTITY_COLUMNS[entity.name].items():
        guess = entity.columns.get(column)
        yield column, guess.sql if guess else f"CAST(NULL AS {kind})"
    yield from ((name, sql) for name, sql in entity.extra.items())


def _header(entity: Entity) -> str:
    noun = entity.name.replace("_", " ")
    grain = f"-- Grain: one row of {entity.relation.title}"
    if entity.grouped_by:
        grain = f"-- Grain: one order, out of its lines in {entity.relation.title}"
    lines = [f"{grain}, as {noun}. Guessed by `aethermart pack init`: read it."]
    for column, guess in entity.columns.items():
        if guess.source:
            source = guess.source.replace("\n", " ").replace("{", "").replace("}", "")
            lines.append(f"--   {column:<16} {guess.confidence:.2f}  {source}")
    return "\n".join(lines) + "\n"


def _toml(mapping: Mapping, name: str, title: str, time_zone: str) -> str:
    out = [
        "# Written by `aethermart pack init` from what stands in the shop's database.",
        "# What it could not tell is a TODO here and left out; nothing was invented.",
        "# Check your changes with `aethermart pack check`. The format: docs/packs.md.",
        "format = 1",
        f"name = {json.dumps(name)}",
        f"title = {json.dumps(title)}",
    ]
    if not mapping.currency.known:
        out.append("# TODO the currency is not told: XXX stands for an unknown one. Write yours.")
    else:
        out.append(f"# {_one_line(mapping.currency.source)}")
    out += [f'currency = "{mapping.currency.code}"', f"time_zone = {json.dumps(time_zone)}", ""]
    out += _todos(mapping)
    tables = list(_tables(mapping))
    if not tables:
        out += ["[tables]", ""]
    for table in tables:
        out += _table(table, mapping)
    for rule in mapping.rules:
        entities = [e for e in rule.entities if e in mapping.entities]
        if entities:
            out += [
                "[[rules]]",
                f"name = {json.dumps(rule.name)}",
                f"entities = {json.dumps(entities)}",
                f"broken_when = {json.dumps(rule.broken_when)}",
                "",
            ]
    return "\n".join(out).rstrip() + "\n"


def _todos(mapping: Mapping) -> list[str]:
    out = []
    for todo in mapping.todos:
        what = todo.entity + (f".{todo.column}" if todo.column else "")
        word = "TODO" if todo.level == "todo" else "note"
        line = f"# {word} {what}: {_one_line(todo.reason)}"
        if todo.runner_up:
            line += f" (nearest: {_one_line(todo.runner_up)})"
        out.append(line)
        if todo.costs:
            out.append(f"#      costs: {todo.costs}")
    return [*out, ""] if out else []


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tables(mapping: Mapping) -> Iterator[SourceTable]:
    feeds = feeds_of(mapping)
    for name, columns in sorted(mapping.used().items()):
        facts = mapping.facts.tables[name]
        yield SourceTable(
            name=name,
            columns={c: f.kind for c, f in facts.columns.items() if c in columns},
            key=facts.key,
            feeds=feeds.get(name, ()),
            touches=mapping.touches.get(name),
            pii=_pii(mapping, name),
        )


def _table(table: SourceTable, mapping: Mapping) -> list[str]:
    name = _key(table.name)
    out = [f"[tables.{name}]", f"key = {json.dumps(list(table.key), ensure_ascii=False)}"]
    if table.feeds:
        out.append(f"feeds = {json.dumps(list(table.feeds))}")
    if table.touches:
        out.append(f"touches = {json.dumps(table.touches, ensure_ascii=False)}")
    elif table.name in mapping.through:
        other, column, own = mapping.through[table.name]
        by = "" if table.key == (own,) else f", by = {json.dumps(own, ensure_ascii=False)}"
        out.append(
            f"touches_through = {{ table = {json.dumps(other, ensure_ascii=False)}, "
            f"column = {json.dumps(column, ensure_ascii=False)}{by} }}"
        )
    out.append(f"[tables.{name}.columns]")
    out += [f'{_key(column)} = "{kind}"' for column, kind in table.columns.items()]
    if table.pii:
        out.append(f"[tables.{name}.pii]")
        out += [f'{_key(column)} = "{kind}"' for column, kind in table.pii.items()]
    return [*out, ""]


def _pii(mapping: Mapping, table: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for entity in mapping.entities.values():
        if entity.table != table:
            continue
        for (of, column), kind in PII.items():
            guess = entity.columns.get(column)
            if of == entity.name and guess and guess.source in mapping.facts.tables[table].columns:
                found[guess.source] = kind
    return found


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)
