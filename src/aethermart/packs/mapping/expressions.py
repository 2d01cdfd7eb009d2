"""Staging SQL of a field: names quoted, values of any form brought to the canonical type."""

from __future__ import annotations

from collections.abc import Sequence

from aethermart.packs.mapping.relations import Chosen, Field, Join, Lookup, Pivot
from aethermart.packs.mapping.values import known, number_form, time_form

_AMOUNT = "DECIMAL(18,4)"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text_literal(value: object) -> str:
    """A value of the shop as SQL within a template: a brace of it must not begin an expression."""
    return "'" + str(value).replace("'", "''").replace("{", "' || CHR(123) || '") + "'"


class Aliases:
    """The joins a staging file needs, each under one alias; `t` is the base table.

    used  (table, column) of all that the file reads
    """

    def __init__(self, base: str) -> None:
        self.base = base
        self.used: set[tuple[str, str]] = set()
        self.joins: dict[Join | Chosen, str] = {}
        self.pivoted: dict[Pivot, dict[str, str]] = {}  # key -> name of its column

    def column(self, field: Field) -> str:
        """The field as SQL."""
        join = field.join
        if join is None:
            return self.own(field.column)
        alias = self._alias(join, "m" if isinstance(join, Pivot) else "l")
        self.used.add((self.base, join.own))
        if isinstance(join, Pivot):
            self.used |= {(join.table, c) for c in (join.owner, join.key, join.value)}
            keys = self.pivoted.setdefault(join, {})
            name = keys.setdefault(field.column, f"value_{len(keys) + 1}")
            return f"{alias}.{name}"
        self.used |= {(join.table, join.referred), (join.table, field.column)}
        if join.where is not None:
            self.used.add((join.table, join.where[0]))
        return f"{alias}.{quoted(field.column)}"

    def first(self, join: Chosen) -> str:
        """The value of the first of several rows, as SQL."""
        alias = self._alias(join, "f")
        self.used |= {(self.base, join.own), (join.table, join.owner), (join.table, join.value)}
        if join.first_by is not None:
            self.used.add((join.table, join.first_by))
        return f"{alias}.first_value"

    def _alias(self, join: Join | Chosen, kind: str) -> str:
        count = sum(alias[0] == kind for alias in self.joins.values())
        return self.joins.setdefault(join, f"{kind}{1 + count}")

    def own(self, column: str) -> str:
        """A column of the base table."""
        self.used.add((self.base, column))
        return f"t.{quoted(column)}"

    def sql(self) -> str:
        """The JOIN clauses."""
        return "".join(self._join_sql(join, alias) for join, alias in self.joins.items())

    def _join_sql(self, join: Join | Chosen, alias: str) -> str:
        if isinstance(join, Pivot):
            return _pivot_sql(join, alias, self.pivoted[join])
        return _first_sql(join, alias) if isinstance(join, Chosen) else _lookup_sql(join, alias)


def _equal(left: str, right: str, as_text: bool) -> str:
    return f"CAST({left} AS VARCHAR) = CAST({right} AS VARCHAR)" if as_text else f"{left} = {right}"


def _lookup_sql(join: Lookup, alias: str) -> str:
    on = _equal(f"{alias}.{quoted(join.referred)}", f"t.{quoted(join.own)}", join.as_text)
    if join.where is not None:
        column, value = join.where
        on += f"\n  AND CAST({alias}.{quoted(column)} AS VARCHAR) = {text_literal(value)}"
    return f"\nLEFT JOIN {captured(join.table)} AS {alias}\n  ON {on}"


def _pivot_sql(join: Pivot, alias: str, keys: dict[str, str]) -> str:
    key, value = quoted(join.key), quoted(join.value)
    columns = ",\n".join(
        f"    MAX(CASE WHEN CAST({key} AS VARCHAR) = {text_literal(name)} THEN {value} END)"
        f" AS {column}"
        for name, column in keys.items()
    )
    on = _equal(f"{alias}.owner", f"t.{quoted(join.own)}", join.as_text)
    return (
        f"\nLEFT JOIN (\n  SELECT\n    {quoted(join.owner)} AS owner,\n{columns}\n"
        f"  FROM {captured(join.table)}\n  GROUP BY {quoted(join.owner)}\n) AS {alias}\n  ON {on}"
    )


def _first_sql(join: Chosen, alias: str) -> str:
    owner, value = quoted(join.owner), quoted(join.value)
    order = value
    if join.first_by is not None:
        order = f"{quoted(join.first_by)}{' DESC' if join.falling else ''} NULLS LAST, {value}"
    on = _equal(f"{alias}.owner", f"t.{quoted(join.own)}", join.as_text)
    return (
        f"\nLEFT JOIN (\n  SELECT\n    {owner} AS owner,\n    {value} AS first_value,\n"
        f"    ROW_NUMBER() OVER (PARTITION BY {owner} ORDER BY {order}) AS place\n"
        f"  FROM {captured(join.table)}\n) AS {alias}\n  ON {on}\n  AND {alias}.place = 1"
    )


def captured(table: str) -> str:
    return f"{{{{ captured(shop, '{table}') }}}}"


def text_of(column: str, field: Field) -> str:
    return f"NULLIF({column}, '')" if field.kind.kind == "text" else f"CAST({column} AS VARCHAR)"


def number_sql(column: str, field: Field, divided_by: int = 1) -> str:
    """As DECIMAL(18,4); text that is no number becomes NULL, which a rule then names."""
    form = number_form(field.values)
    if field.kind.kind == "text" and form in ("point", "comma"):
        mark = "," if form == "comma" else "."
        sql = f"{{{{ amount_of_text({jinja_text(column)}, '{mark}') }}}}"
    elif field.kind.kind == "text":
        sql = f"{{{{ try_cast({jinja_text(column)}, '{_AMOUNT}') }}}}"
    elif field.kind.kind == "double":
        sql = f"CAST({column} AS {_AMOUNT})"
    else:
        sql = column
    if divided_by == 1:
        return sql
    digits = len(str(divided_by)) - 1
    return f"CAST({sql} * 0.{'0' * (digits - 1)}1 AS {_AMOUNT})"


def time_sql(column: str, field: Field) -> str | None:
    """As an instant; a time without a zone is the shop's own. None where no form is known."""
    if field.kind.kind == "timestamp":
        return column
    form = "date" if field.kind.kind == "date" else time_form(field.values)
    if form in ("iso", None) and field.kind.kind == "text" and (form or not known(field.values)):
        return _local(
            f"{{{{ try_cast({jinja_text(column)}, 'TIMESTAMP') }}}}", inside=True, column=column
        )
    if form is None:
        return None
    if form == "date":
        return _local(f"CAST({column} AS TIMESTAMP)")
    if form == "zoned":
        return f"{{{{ try_cast({jinja_text(column)}, 'TIMESTAMPTZ') }}}}"
    if form in ("epoch_s", "epoch_ms"):
        return f"{{{{ epoch_to_utc({jinja_text(column)}, '{form.removeprefix('epoch_')}') }}}}"
    return f"{{{{ local_to_utc(shop, time_of_text({jinja_text(column)}, '{form}')) }}}}"


def _local(expression: str, inside: bool = False, column: str = "") -> str:
    if inside:
        return f"{{{{ local_to_utc(shop, try_cast({jinja_text(column)}, 'TIMESTAMP')) }}}}"
    return f"{{{{ local_to_utc(shop, {jinja_text(expression)}) }}}}"


def jinja_text(sql: str) -> str:
    """SQL as a text within a template's expression; names hold no apostrophe (see discover)."""
    return "'" + sql.replace("'", "\\'") + "'"


def flag_sql(column: str, field: Field) -> str:
    """True where a flag is set, or a time is there."""
    if field.kind.kind == "boolean":
        return f"COALESCE({column}, FALSE)"
    if not known(field.values) or _is_time(field):
        empty = f" AND CAST({column} AS VARCHAR) <> ''" if field.kind.kind == "text" else ""
        zero = f" AND {column} <> 0" if field.kind.kind == "integer" else ""
        return f"({column} IS NOT NULL{empty}{zero})"
    return f"COALESCE(LOWER(CAST({column} AS VARCHAR)) IN ('1', 'y', 't', 'true', 'yes'), FALSE)"


def _is_time(field: Field) -> bool:
    return field.kind.kind in ("timestamp", "date") or bool(time_form(field.values))


def case_of(column: str, meanings: dict[str, str], otherwise: Sequence[str] = ()) -> str:
    """Our statuses for the shop's; any other value keeps its own text."""
    arms: dict[str, list[str]] = {}
    for value, status in meanings.items():
        arms.setdefault(status, []).append(value)
    lines = [
        f"    WHEN {column} IN ({', '.join(text_literal(v) for v in values)}) THEN '{status}'"
        for status, values in arms.items()
    ]
    return "CASE\n" + "\n".join(lines) + f"\n    ELSE NULLIF({column}, '')\n  END"
