"""What a caller sees of a table: the one place that says how each class of personal data is masked.

Ids, addresses of mail, telephone numbers and payments' numbers become pseudonyms: the same value
gives the same one, in every table and shop, so that masked rows still join, group and count;
without the project's key nobody can compute one. Names, addresses and free text are covered, places
are rounded to a tenth of a degree (some 10 km). Whoever may not see rows about single customers sees
no pseudonyms of them either. A class that is not known here is covered.

A masked table is a SELECT that stands in its place, so whatever is asked of it, an expression, a
condition or an error, meets masked values only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aethermart.sinks.mirror.tables import quoted
from aethermart.warehouse.project import CompiledProject, Model

KEY_PARAMETER = "mask_key"
CUSTOMER_ID = "customer_id"
_PSEUDONYMS = {CUSTOMER_ID: "c_", "email": "e_", "phone": "t_", "payment": "p_"}
_OF_A_PERSON = frozenset({"email", "phone", "name", "address"})
_DIGITS = 16  # 64 bits: among a million customers, two share one with a chance of 1 in 37 million
_COVER = "***"


@dataclass(frozen=True, slots=True)
class Sight:
    """What a caller may see.

    personal_data  columns of personal data in clear
    customer_rows  rows about single customers, and which rows belong to the same one
    """

    personal_data: bool
    customer_rows: bool


ALL = Sight(personal_data=True, customer_rows=True)


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A table or view of silver or gold as it may be shown. pii: column -> class."""

    schema: str
    name: str
    columns: Mapping[str, str]
    pii: Mapping[str, str]
    key: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def about_customers(self) -> bool:
        """Whether a row tells of one customer: keyed by them, or with who they are beside them."""
        if CUSTOMER_ID not in self.pii.values():
            return False
        keyed = any(self.pii.get(column) == CUSTOMER_ID for column in self.key)
        return keyed or not _OF_A_PERSON.isdisjoint(self.pii.values())

    def masked(self, sight: Sight) -> tuple[str, ...]:
        """Columns that are not shown as they are."""
        return () if sight.personal_data else tuple(c for c in self.columns if c in self.pii)

    def select(self, sight: Sight) -> str:
        """The table as the caller may see it; binds KEY_PARAMETER where it has pseudonyms."""
        shown = ", ".join(
            f"{self._masked(column, sight)} AS {quoted(column)}"
            if column in self.masked(sight)
            else quoted(column)
            for column in self.columns
        )
        return f"SELECT {shown} FROM {quoted(self.schema)}.{quoted(self.name)}"

    def _masked(self, column: str, sight: Sight) -> str:
        kind, name, is_text = self.pii[column], quoted(column), self.columns[column] == "VARCHAR"
        if kind == "location" and self.columns[column].startswith("DECIMAL"):
            return f"CAST(ROUND({name}, 1) AS {self.columns[column]})"
        if not is_text:
            return f"CAST(NULL AS {self.columns[column]})"
        if kind not in _PSEUDONYMS or (kind == CUSTOMER_ID and not sight.customer_rows):
            return f"CASE WHEN {name} IS NOT NULL THEN '{_COVER}' END"
        keyed = f"SHA256(${KEY_PARAMETER} || '{kind}:' || {name})"
        return f"'{_PSEUDONYMS[kind]}' || LEFT({keyed}, {_DIGITS})"


def lake_tables(compiled: CompiledProject) -> dict[str, LakeTable]:
    """Full name -> table, of every model of silver and gold; a kept one by its table's name."""
    tables = [_table(model) for model in compiled.models if model.schema in ("silver", "gold")]
    return {table.full_name: table for table in tables}


def _table(model: Model) -> LakeTable:
    return LakeTable(
        schema=model.schema,
        name=model.table,
        columns=dict(model.columns),
        pii={note.name: note.pii for note in model.notes if note.pii},
        key=model.key,
    )
