"""Write the table of rights in docs/store-sql.md from the store's matrix; the rest is prose."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from aethermart.store.grants import read_matrix
from tools.generated import ROOT, write_or_check

PAGE = ROOT / "docs" / "store-sql.md"
_BEGIN, _END = "<!-- grants: made by tools/grants_docs.py -->", "<!-- end of grants -->"


def render() -> str:
    """The page as it is, its table made anew. Raises ValueError where the page has no place."""
    page = PAGE.read_text(encoding="utf-8")
    before, found, rest = page.partition(_BEGIN)
    _, ended, after = rest.partition(_END)
    if not found or not ended:
        raise ValueError(f"{PAGE.name} has no {_BEGIN} … {_END}")
    return f"{before}{_BEGIN}\n{table()}{_END}{after}"


def table() -> str:
    matrix = read_matrix()
    lines = ["| account | for | may |", "|---|---|---|"]
    for name, says in (*matrix.roles.items(), *matrix.services.items()):
        rights: dict[str, list[str]] = defaultdict(list)
        for grant in matrix.grants:
            if name in grant["to"]:
                rights[_what(grant)] += _on(grant)
        told = "<br>".join(f"{what}: {', '.join(on)}" for what, on in rights.items())
        lines.append(f"| `{name}` | {says} | {told} |")
    return "\n".join(lines) + "\n"


def _what(grant: Mapping[str, Any]) -> str:
    what = ", ".join(grant.get("may", ["EXECUTE"]))
    columns = grant.get("columns")
    return f"{what} ({', '.join(columns)})" if columns else what


def _on(grant: Mapping[str, Any]) -> list[str]:
    if grant.get("tables") == ["*"]:
        return [f"all tables and views but {', '.join(f'`{t}`' for t in grant['but_not'])}"]
    if grant.get("database"):
        return ["the whole database"]
    if grant.get("server"):
        return ["the server"]
    return [f"`{name}`" for name in (*grant.get("tables", ()), *grant.get("routines", ()))]


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, render))
