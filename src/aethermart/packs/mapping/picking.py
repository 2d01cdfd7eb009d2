"""Pick the fields of one entity and write them as SQL, keeping account of what leads to orders."""

from __future__ import annotations

from collections.abc import Callable

from aethermart.packs.mapping import fields
from aethermart.packs.mapping.expressions import flag_sql, number_sql, text_of, time_sql
from aethermart.packs.mapping.fields import Scored, ranked
from aethermart.packs.mapping.found import Entity, Guess, Mapping
from aethermart.packs.mapping.relations import Field, Join, Lookup, Pivot, Relation
from aethermart.packs.mapping.variants import Number, Scales
from aethermart.packs.pack import Rule

# Entities that orders show: what they read must say which orders a change of it touches.
SHOWN = ("orders", "order_items", "returns", "order_status_changes", "addresses")


class Picker:
    """grouped: several rows make one of the entity, so each value is an aggregate."""

    def __init__(self, mapping: Mapping, entity: Entity, scales: Scales) -> None:
        self.mapping = mapping
        self.entity = entity
        self.scales = scales
        self.aliases = entity.aliases
        self.relation: Relation = entity.relation
        self.taken: list[Field] = []

    def own(self, column: str) -> str:
        return self.aliases.own(column)

    def row_key(self) -> str:
        """The key of a row, of several columns as one text."""
        keys = self.relation.table.key
        if len(keys) == 1:
            return self.own(keys[0])
        return " || '-' || ".join(f"CAST({self.own(k)} AS VARCHAR)" for k in keys)

    def text(
        self, column: str, fits: Callable[[Field], float] = fields.text, enough: float = 0.5
    ) -> Field | None:
        return self._pick(column, fits, enough, lambda sql, field, _: text_of(sql, field))

    def code(self, column: str) -> Field | None:
        return self._pick(
            column, fields.currency_code, 0.5, lambda sql, field, _: f"UPPER({text_of(sql, field)})"
        )

    def time(self, column: str, enough: float = 0.5, first: bool = True) -> Field | None:
        read = fields.time_of_order if self.entity.name == "orders" else fields.time
        return self._pick(
            column,
            lambda f: read(f) if time_sql("x", f) else 0.0,
            enough,
            lambda sql, field, _: time_sql(sql, field),
            aggregate="MIN" if first else "MAX",
        )

    def flag(self, column: str) -> Field | None:
        return self._pick(column, fields.flag, 0.5, lambda sql, field, _: flag_sql(sql, field))

    def number(self, column: str, enough: float = 0.5) -> Field | None:
        return self._pick(
            column,
            fields.of_the_row(fields.whole) if self.entity.name in SHOWN else fields.whole,
            enough,
            lambda sql, field, _: (
                f"CAST({number_sql(sql, field)} AS BIGINT)" if field.kind.kind != "integer" else sql
            ),
        )

    def money(self, column: str, enough: float = 0.5) -> Number | None:
        def fits(field: Field) -> float:
            return fields.money(field) if self.scales.of(field) is not None else 0.0

        own = fields.of_the_row(fits) if self.entity.name in SHOWN else fits
        scored = self.best(column, own, enough)
        if scored is None:
            return None
        divided_by = self.scales.of(scored.field)
        number = Number(scored.field, scored.score, divided_by or 1)
        self.put(column, number.sql(self.aliases), scored)
        return number

    def best(
        self, column: str, fits: Callable[[Field], float], enough: float = 0.5
    ) -> Scored | None:
        """The best field that is sure enough, and whose table says which orders it touches."""
        for scored in ranked(self.relation, self.entity.name, column, fits, self.taken):
            if scored.score < enough:
                return None
            if self._of_another_thing(scored.field):
                continue
            if self.reaches(scored.field.join):
                return scored
        return None

    def _of_another_thing(self, field: Field) -> bool:
        """The description of a product's category is not the product's."""
        join = field.join
        if self.entity.name in SHOWN or not isinstance(join, Lookup):
            return False
        about = set(self.relation.fields[join.own].concepts) - {"id", "key", "number", "code"}
        return not about & set(self.relation.concepts)

    def put(self, column: str, sql: str, scored: Scored, aggregate: str = "MAX") -> None:
        if self.entity.grouped_by:
            sql = f"{aggregate}({sql})"
        self.taken.append(scored.field)
        self.entity.columns[column] = Guess(sql, scored.score, scored.field.name)

    def reaches(self, join: Join | None) -> bool:
        """Whether a table may be joined; notes how its changed rows lead to orders."""
        mapping, base = self.mapping, self.relation.table.name
        if join is None or self.entity.name not in SHOWN or join.table in mapping.touches:
            return True
        if base not in mapping.touches:
            return False
        if isinstance(join, Pivot) and join.own == mapping.touches[base]:
            mapping.touches[join.table] = join.owner
            return True
        if isinstance(join, Lookup) and join.where and join.own == mapping.touches[base]:
            key = self.mapping.facts.tables[join.table].key
            if join.referred not in key:  # rows of the order itself, not a translation of a thing
                mapping.touches[join.table] = join.referred
                return True
        own = join.owner if isinstance(join, Pivot) else join.referred
        wanted = (base, join.own, own)
        return mapping.through.setdefault(join.table, wanted) == wanted

    def soft_deletes(self) -> None:
        """A row that the shop marked as deleted is quarantined by a rule of the pack."""
        if self.entity.grouped_by:
            return
        scored = self.best("deleted_at", fields.of_the_row(fields.flag_or_time))
        if scored is None:
            return
        self.entity.extra["_deleted"] = flag_sql(self.aliases.column(scored.field), scored.field)
        self.taken.append(scored.field)
        self.add_rule("soft_deleted", "_deleted")
        self.mapping.note(
            self.entity.name, f"rows that {scored.field.name} marks as deleted are quarantined"
        )

    def add_rule(self, name: str, broken_when: str) -> None:
        rules = self.mapping.rules
        same = [r for r in rules if r.name == name and r.broken_when == broken_when]
        if same:
            rules.remove(same[0])
            rules.append(Rule(name, (*same[0].entities, self.entity.name), broken_when))
        else:
            rules.append(Rule(name, (self.entity.name,), broken_when))

    def _pick(
        self,
        column: str,
        fits: Callable[[Field], float],
        enough: float,
        write: Callable[[str, Field, Scored], str | None],
        aggregate: str = "MAX",
    ) -> Field | None:
        scored = self.best(column, fits, enough)
        if scored is None:
            return None
        sql = write(self.aliases.column(scored.field), scored.field, scored)
        if sql is None:
            return None
        self.put(column, sql, scored, aggregate)
        return scored.field
