"""Which columns of which relations each column of a model is made of, read from the models' SQL.

Followed is what a value is made of: the expressions of the select lists, through WITH clauses,
subqueries and unions. What merely decides which rows there are (WHERE, JOIN, GROUP BY) is not.

sqlglot parses the SQL; nothing else of the package imports it. Reading 220 models takes some
seconds of one core, so `python -m aethermart.governance.flow` does it in a process of its own:
JSON in by standard input, JSON out by standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

_LONGEST = 400  # characters of one expression; a cleansing one is pages long


@dataclass(frozen=True, slots=True)
class Flow:
    """One input of a column. steps: what is done with it, the innermost first; empty: nothing."""

    relation: str
    column: str
    steps: tuple[str, ...] = ()

    def then(self, step: str | None) -> Flow:
        return Flow(self.relation, self.column, (*self.steps, step)) if step else self


Flows = dict[str, list[Flow]]  # column -> what it is made of


def flows_of(models: Mapping[str, str], columns: Mapping[str, tuple[str, ...]]) -> dict[str, Flows]:
    """relation -> its columns -> what each is made of; a column of nothing has an empty list.

    models   relation -> SQL, each after those it reads
    columns  relation -> columns of what is no model: captured tables and the platform's books
    """
    known = {relation: tuple(map(str.lower, names)) for relation, names in columns.items()}
    found: dict[str, Flows] = {}
    for relation, sql in models.items():
        tree = sqlglot.parse_one(sql, read="duckdb")
        scope = build_scope(tree)
        if scope is None:
            raise ValueError(f"{relation} is no SELECT")
        reader = _Reader(known)
        found[relation] = {
            name: _merged(reader.made_of(scope, name)) for name in reader.outputs(scope)
        }
        known[relation] = tuple(found[relation])
    return found


def _merged(flows: list[Flow]) -> list[Flow]:
    """Each input once; of several ways the shortest description of the first."""
    first: dict[tuple[str, str], Flow] = {}
    for flow in flows:
        first.setdefault((flow.relation, flow.column), flow)
    return list(first.values())


@dataclass(frozen=True, slots=True)
class _Passed:
    """A column that `*` takes over from a source."""

    source: exp.Table | Scope
    column: str


class _Reader:
    """Reads one model; `known` has the columns of all that it can name."""

    def __init__(self, known: Mapping[str, tuple[str, ...]]) -> None:
        self._known = known
        self._outputs: dict[int, dict[str, exp.Expr | _Passed]] = {}
        self._made: dict[tuple[int, str], list[Flow]] = {}

    def outputs(self, scope: Scope) -> dict[str, exp.Expr | _Passed]:
        """Columns of a SELECT in their order; of a union those of its first arm."""
        key = id(scope)
        if key not in self._outputs:
            if scope.set_operation_scopes:
                self._outputs[key] = self.outputs(scope.set_operation_scopes[0])
            elif isinstance(scope.expression, exp.Select):
                self._outputs[key] = dict(self._selected(scope))
            else:  # VALUES and the like: made of nothing
                names = scope.expression.alias_column_names
                self._outputs[key] = {name.lower(): exp.Null() for name in names}
        return self._outputs[key]

    def made_of(self, scope: Scope, column: str) -> list[Flow]:
        key = id(scope), column
        if key not in self._made:
            self._made[key] = []  # a recursive query meets itself here
            self._made[key] = self._make(scope, column)
        return self._made[key]

    def _make(self, scope: Scope, column: str) -> list[Flow]:
        if scope.set_operation_scopes:
            at = list(self.outputs(scope)).index(column)
            return [
                flow
                for arm in scope.set_operation_scopes
                for flow in self.made_of(arm, list(self.outputs(arm))[at])
            ]
        made = self.outputs(scope)[column]
        if isinstance(made, _Passed):
            return self._of_source(made.source, made.column)
        expression = made.unalias()
        step = None if isinstance(expression, exp.Column) else _text(expression)
        return [flow.then(step) for flow in self._inputs(scope, expression, column)]

    def _inputs(self, scope: Scope, expression: exp.Expr, of: str) -> Iterator[Flow]:
        inner = {id(each.expression): each for each in scope.subquery_scopes}
        for found in expression.walk(prune=lambda node: isinstance(node, exp.Query)):
            node = found.unnest() if isinstance(found, exp.Subquery) else found
            if isinstance(node, exp.Query):
                asked = inner.get(id(node))
                if asked is not None:
                    for name in self.outputs(asked):
                        yield from self.made_of(asked, name)
            elif isinstance(node, exp.Column):
                yield from self._of_column(scope, node, of)

    def _of_column(self, scope: Scope, column: exp.Column, of: str) -> list[Flow]:
        """Nothing for a name that is no column: a lambda's parameter."""
        name, table = column.name.lower(), column.table.lower()
        around: Scope | None = scope
        while around is not None:
            for alias, (_, source) in around.selected_sources.items():
                if (not table or alias.lower() == table) and name in self._columns(source):
                    return self._of_source(source, name)
            around = around.parent
        if not table and name != of and name in self.outputs(scope):
            return self.made_of(scope, name)  # another column of the same select list
        return []

    def _of_source(self, source: exp.Table | Scope, column: str) -> list[Flow]:
        if isinstance(source, Scope):
            return self.made_of(source, column)
        return [Flow(_relation(source), column)]

    def _columns(self, source: exp.Table | Scope) -> tuple[str, ...]:
        if isinstance(source, Scope):
            return tuple(self.outputs(source))
        return self._known.get(_relation(source), ())

    def _selected(self, scope: Scope) -> Iterator[tuple[str, exp.Expr | _Passed]]:
        for each in scope.expression.expressions:
            if each.is_star:
                yield from self._starred(scope, each)
            else:
                yield each.alias_or_name.lower(), each

    def _starred(self, scope: Scope, each: exp.Expr) -> Iterator[tuple[str, exp.Expr | _Passed]]:
        star = each.this if isinstance(each, exp.Column) else each
        left_out = {e.name.lower() for e in star.args.get("except_") or ()}
        replaced = {e.alias.lower(): e for e in star.args.get("replace") or ()}
        of = each.table.lower() if isinstance(each, exp.Column) else ""
        for alias, (_, source) in scope.selected_sources.items():
            if not of or alias.lower() == of:
                for name in self._columns(source):
                    if name not in left_out:
                        yield name, replaced.get(name) or _Passed(source, name)


def _relation(table: exp.Table) -> str:
    return ".".join(f'"{part.name}"' for part in table.parts)


def _text(expression: exp.Expr) -> str:
    text = expression.sql("duckdb", comments=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def main() -> None:
    os.nice(10)  # whoever asked can wait; the mirror of the same machine cannot
    asked = json.load(sys.stdin)
    columns = {relation: tuple(names) for relation, names in asked["columns"].items()}
    found = flows_of(asked["models"], columns)
    json.dump(
        {
            relation: {
                column: [[flow.relation, flow.column, list(flow.steps)] for flow in flows]
                for column, flows in of_model.items()
            }
            for relation, of_model in found.items()
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
