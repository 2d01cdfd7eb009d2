"""Where the two databases differ, declared: the suite asks by name, docs/store.md tells them."""

from __future__ import annotations

from aethermart.store.session import Kind

# By name: the database that does otherwise, and how.
GAPS: dict[str, tuple[Kind, str]] = {
    "a movement a line": (
        "mariadb",
        "an order of one product on two lines has two stock movements, PostgreSQL's has one",
    ),
    "an empty change is dated": (
        "mariadb",
        "an UPDATE that changes nothing sets updated_at, where PostgreSQL leaves the row",
    ),
    "schema not atomic": (
        "mariadb",
        "a schema file that fails leaves what was applied before it; the next run goes on",
    ),
    "texts have lengths": (
        "mariadb",
        "names, titles and codes have a length, beyond which they are refused, and texts 16 MB",
    ),
    "truth as numbers": ("mariadb", "truth values are read as 1 and 0, not as True and False"),
    "numbers are not given back": (
        "mariadb",
        "a number above any that was ever used is given next, also after a load was rolled back",
    ),
}


def gap(kind: Kind, name: str) -> bool:
    return GAPS[name][0] == kind
