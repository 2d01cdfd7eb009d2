"""The history of an order's status, by words or by codes that another table names."""

from __future__ import annotations

from aethermart.packs.mapping.entities import REQUIRED
from aethermart.packs.mapping.expressions import Aliases, case_of
from aethermart.packs.mapping.fields import Scored, ranked
from aethermart.packs.mapping.finder import Finder
from aethermart.packs.mapping.found import Entity, Guess
from aethermart.packs.mapping.named import names_now
from aethermart.packs.mapping.picking import Picker
from aethermart.packs.mapping.relations import Field, Lookup
from aethermart.packs.mapping.statuses import understand
from aethermart.packs.mapping.values import known


def map_changes(finder: Finder) -> None:
    _Changes(finder).map()


class _Changes:
    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def map(self) -> None:
        for relation, score in self._finder.ranked("order_status_changes"):
            link = self._finder.to_order(relation)
            if link is None or score < 0.3 or len(relation.table.key) != 1:
                continue
            entity = Entity(
                "order_status_changes", relation, max(score, 0.6), Aliases(relation.table.name)
            )
            picker = Picker(self._finder.mapping, entity, self._finder.scales)
            before = self._finder.mapping.touches.get(relation.table.name)
            self._finder.mapping.touches[relation.table.name] = link.column
            entity.columns["change_id"] = Guess(picker.own(relation.table.key[0]), 0.95, "its key")
            entity.columns["order_id"] = Guess(picker.own(link.column), 0.95, link.column)
            for column in ("from_status", "to_status"):
                self._change(picker, column)
            picker.time("changed_at")
            if all(c in entity.columns for c in REQUIRED["order_status_changes"]):
                self._finder.keep(picker)
                return
            if before is None:
                del self._finder.mapping.touches[relation.table.name]
        self._finder.mapping.todo("order_status_changes", "no table of an order's status over time")

    def _change(self, picker: Picker, column: str) -> None:
        def words(field: Field) -> float:
            values = {str(v) for v in known(field.values)}
            return 1.0 if field.kind.kind == "text" and understand(values).share >= 0.5 else 0.0

        scored = picker.best(column, words)
        if scored is not None:
            found = understand({str(v) for v in known(scored.field.values)}, scored.field.comment)
            sql = case_of(picker.aliases.column(scored.field), found.meanings)
            picker.put(column, sql, scored)
            return
        for scored in ranked(picker.relation, "order_status_changes", column, words, picker.taken):
            if scored.score >= 0.5 and isinstance(scored.field.join, Lookup):
                self._change_by_code(picker, column, scored, scored.field.join)
                return

    def _change_by_code(self, picker: Picker, column: str, scored: Scored, join: Lookup) -> None:
        """A state's name that cannot be joined, since its changes already lead to orders by their
        own state: the codes are named as they were sampled."""
        names = names_now(self._finder.builder, join, scored.field.column)
        meant = understand(set(names.values())).meanings
        meanings = {code: meant[name] for code, name in names.items() if name in meant}
        sql = case_of(f"CAST({picker.own(join.own)} AS VARCHAR)", meanings)
        picker.put(column, sql, scored)
        self._finder.mapping.note(
            "order_status_changes",
            f"{join.own} is named as {join.table} named it at pack init: a state of later is kept "
            "as its code",
        )
