"""One shop's part of the models as a short row of statements over narrowed captured tables.

DuckDB cannot carry a list of order keys down through unions, casts and joins to the scan of a
captured table: through the views, a refresh would read millions of lines to renew twenty. So the
captured tables are replaced by narrowed ones, the union of shops by the shop's own arm, and every
model that is read more than once is computed once, as a temporary table. Most of the time of a
small refresh is planning: in steps the planner sees each model once (one statement with common
table expressions took twice as long), and of the quarantine only the entities that a batch can have
changed are looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from aethermart.warehouse.project import CompiledProject, Model

_QUARANTINE = "quarantine"  # the model that unions the broken rows of every entity
_RELATION = re.compile(r'"lake"\."\w+"\."[^"]+"')


@dataclass(frozen=True, slots=True)
class Step:
    """Compute `sql` and keep it as the temporary table `name`."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Steps:
    """results: name of a kept model -> its SELECT, once all steps are done."""

    steps: tuple[Step, ...]
    results: Mapping[str, str]


def steps_of(
    compiled: CompiledProject,
    shop: str,
    models: Iterable[Model],
    narrowed: Mapping[str, str],
    entities: Collection[str],
) -> Steps:
    """What to compute so that the SELECTs of `models` give the rows of narrowed captured tables.

    narrowed  relation of each captured table of the shop -> the SELECT that stands for it
    entities  those whose broken rows count; at least one where a model reads the quarantine
    """
    wanted = tuple(models)
    own = _Shop(compiled, shop, entities)
    needed = own.needed(wanted)
    reads = _reads(own.sql(wanted), {**narrowed, **needed})
    stands_for: dict[str, str] = {}
    steps: list[Step] = []
    for relation, sql in [*narrowed.items(), *needed.items()]:
        if relation in narrowed and not reads[relation]:
            continue
        select = _replaced(sql, stands_for)
        if reads[relation] > 1:
            name = "_" + relation.rsplit(".", 1)[1].strip('"')
            steps.append(Step(name, select))
            stands_for[relation] = f'temp."{name}"'
        else:
            stands_for[relation] = f"(\n{select}\n)"
    results = {
        model.name: _replaced(sql, stands_for)
        for model, sql in zip(wanted, own.sql(wanted), strict=True)
    }
    return Steps(tuple(steps), results)


class _Shop:
    """The compiled models as one shop sees them: a union of shops is its own arm of it."""

    def __init__(self, compiled: CompiledProject, shop: str, entities: Collection[str]) -> None:
        self._compiled = compiled
        self._entities = entities
        relations = {model.name: model.relation for model in compiled.models}
        self._arms = {
            relations[f"staged_{entity}"]: arm
            for name, arm in relations.items()
            if (entity := name.removeprefix(f"staged_{shop}__")) != name
        }

    def sql(self, models: Iterable[Model]) -> list[str]:
        return [_replaced(self._own_sql(model), self._arms) for model in models]

    def _own_sql(self, model: Model) -> str:
        if model.name != _QUARANTINE:
            return model.sql
        columns = ", ".join(f'"{name}"' for name, _ in model.columns)
        return "\nUNION ALL\n".join(
            f"SELECT {columns} FROM {other.relation}"
            for other in self._compiled.models
            if other.name.removeprefix("quarantined_") in self._entities
            and other.name.startswith("quarantined_")
        )

    def needed(self, wanted: tuple[Model, ...]) -> dict[str, str]:
        """Relation -> SQL of every model that `wanted` read, in order, unions left out."""
        seen: set[str] = set()
        for sql in self.sql(wanted):
            seen.update(_RELATION.findall(sql))
        needed: dict[str, str] = {}
        for model in reversed(self._compiled.models):
            if model.relation in seen:
                (sql,) = self.sql([model])
                seen.update(_RELATION.findall(sql))
                needed[model.relation] = sql
        return dict(reversed(needed.items()))


def _reads(wanted: Iterable[str], steps: Mapping[str, str]) -> Counter[str]:
    """How often each relation is read; a narrowed table reads itself, which does not count."""
    reads = Counter(relation for sql in wanted for relation in _RELATION.findall(sql))
    for own, sql in steps.items():
        reads.update(relation for relation in _RELATION.findall(sql) if relation != own)
    return reads


def _replaced(sql: str, by: Mapping[str, str]) -> str:
    return _RELATION.sub(lambda match: by.get(match[0], match[0]), sql)
