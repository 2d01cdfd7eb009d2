"""A model and all it reads as one statement over captured tables, some of them narrowed.

DuckDB cannot carry a list of order keys down through unions, casts and joins to the scans of a
captured table: a refresh would read millions of lines to renew twenty. So each model becomes a
common table expression, and the captured tables are replaced by narrowed ones where it says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from aethermart.warehouse.project import CompiledProject, Model

_RELATION = re.compile(r'"lake"\."(\w+)"\."(\w+)"')


def inlined(compiled: CompiledProject, model: Model, narrowed: Mapping[str, str]) -> str:
    """`model` as one SELECT.

    narrowed  relation of a captured table -> the subquery that stands for it
    Each model is computed once, however many read it.
    """
    ancestors = compiled.ancestors(model)
    names = {ancestor.relation: f"{ancestor.schema}__{ancestor.name}" for ancestor in ancestors}
    names.update(narrowed)

    def replaced(sql: str) -> str:
        return _RELATION.sub(lambda match: names.get(match[0], match[0]), sql)

    if not ancestors:
        return replaced(model.sql)
    steps = ",\n".join(
        f"{names[step.relation]} AS (\n{replaced(step.sql)}\n)" for step in ancestors
    )
    return f"WITH {steps}\nSELECT * FROM (\n{replaced(model.sql)}\n) AS inlined"
