"""A hand-written query as the tree that DuckDB itself parses it to, and which trees are allowed.

DuckDB's own parser reads the text, so there is no second grammar that could read it otherwise. Of
the tree, every kind of node is on an allow-list; so is every function.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from aethermart.core.errors import BadInput, Forbidden
from aethermart.warehouse.sql_queries.functions import ALLOWED

Tree = dict[str, Any]
_DEEPEST = 150  # of nested nodes; a query a person writes has some 20 to 40
_SELECTS = frozenset({"SELECT_NODE", "SET_OPERATION_NODE"})
_TABLES = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "EXPRESSION_LIST"})
_TABLE_FUNCTIONS = frozenset({"unnest"})
_MODIFIERS = frozenset(
    {"ORDER_MODIFIER", "LIMIT_MODIFIER", "DISTINCT_MODIFIER", "LIMIT_PERCENT_MODIFIER"}
    | {"ORDER_DEFAULT", "ASCENDING", "DESCENDING", "ORDER_ASCENDING", "ORDER_DESCENDING"}
)
_EXPRESSIONS = frozenset(
    "BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA OPERATOR "
    "POSITIONAL_REFERENCE STAR SUBQUERY TYPE WINDOW".split()
)
_NAMED = {
    "SHOW_REF": "DESCRIBE, SHOW and SUMMARIZE",
    "PIVOT": "PIVOT and UNPIVOT",
    "RECURSIVE_CTE_NODE": "WITH RECURSIVE",
    "PARAMETER": "a parameter",
    "DELETE_QUERY_NODE": "DELETE",
    "INSERT_QUERY_NODE": "INSERT",
    "UPDATE_QUERY_NODE": "UPDATE",
}


def parse(connection: duckdb.DuckDBPyConnection, sql: str) -> Tree:
    """The one statement of `sql`. Raises BadInput where it is none, several, or no SELECT."""
    row = connection.execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchone()
    try:
        found: Tree = json.loads(str(row[0]) if row else "{}")
    except RecursionError:
        raise _too_deep() from None
    if found.get("error", True):
        said = str(found.get("error_message", "it cannot be read"))
        if found.get("error_type") == "not implemented":
            raise BadInput("the query is no SELECT", fix="send one SELECT; nothing else is run")
        raise BadInput(
            f"the query cannot be read: {said}", fix="correct it: the dialect is DuckDB's"
        )
    statements = found["statements"]
    if len(statements) != 1:
        raise BadInput(f"there are {len(statements)} statements", fix="send exactly one SELECT")
    statement: Tree = statements[0]
    return statement


def written(connection: duckdb.DuckDBPyConnection, statement: Tree) -> str:
    """The SQL of a tree."""
    text = json.dumps({"error": False, "statements": [statement]})
    row = connection.execute(
        "SELECT json_deserialize_sql(CAST($t AS JSON))", {"t": text}
    ).fetchone()
    return str(row[0]) if row else ""


def check(statement: Tree) -> None:
    """Raises Forbidden for what may not be in a query, BadInput for one nested too deep."""
    for node in nodes(statement):
        kind, expression = node.get("type"), node.get("class")
        if isinstance(expression, str):
            if expression not in _EXPRESSIONS:
                raise _refused(expression)
            _check_function(node)
        elif kind == "TABLE_FUNCTION":
            name = str(node["function"].get("function_name")).lower()
            if name not in _TABLE_FUNCTIONS:
                raise _refused_function(name)
        elif isinstance(kind, str) and kind not in _SELECTS | _TABLES | _MODIFIERS:
            raise _refused(kind)
        if node.get("at_clause"):
            raise _refused("AT")


def nodes(tree: object, depth: int = 0) -> Iterator[Tree]:
    """Every node, the outer before the inner. Raises BadInput for a tree nested too deep."""
    if depth > _DEEPEST:
        raise _too_deep()
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from nodes(value, depth + 1)
    elif isinstance(tree, list):
        for value in tree:
            yield from nodes(value, depth)


def _check_function(node: Tree) -> None:
    if "function_name" not in node:
        return
    name = str(node["function_name"]).lower()
    # A qualified one may be another of the same name.
    if name not in ALLOWED or node.get("schema") or node.get("catalog"):
        raise _refused_function(name)


def _refused(kind: str) -> Forbidden:
    return Forbidden(
        f"a query may not have {_NAMED.get(kind, kind.lower().replace('_', ' '))}",
        fix="ask with a plain SELECT over silver and gold; docs/lake-api.md says what it may hold",
    )


def _refused_function(name: str) -> Forbidden:
    return Forbidden(
        f"a query may not call {name!r}",
        fix="use another function; docs/lake-api.md says which may be called",
    )


def _too_deep() -> BadInput:
    return BadInput("the query is nested too deep", fix="write it with fewer levels")
