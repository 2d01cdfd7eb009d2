"""Remove our store from a database: every object that our files made, by its name, and no other.

In dependency order: triggers, views, tables (the last made first), routines, and what one of them
still needed once that is gone. On PostgreSQL all or nothing; on MariaDB, which commits each
removal, a second call removes the rest. Nothing cascades: a table of somebody else's that refers to
one of ours stops it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass

from aethermart.core.errors import Conflict, Terminal
from aethermart.core.failpoints import reached
from aethermart.store.schema import applied_files, forget_files, store_files
from aethermart.store.session import Kind, StoreSession

_MADE = re.compile(
    r"^CREATE\s+(?:OR\s+REPLACE\s+)?(?:ALGORITHM\s*=\s*\w+\s+)?(?:SQL\s+SECURITY\s+\w+\s+)?"
    r"(TRIGGER|EVENT|(?:MATERIALIZED\s+)?VIEW|TABLE|SEQUENCE|PROCEDURE|FUNCTION)\s+"
    r"(?:IF\s+NOT\s+EXISTS\s+)?[\"`]?(\w+)",
    re.MULTILINE | re.IGNORECASE,
)
_ON = re.compile(r"\sON\s+[\"`]?(\w+)", re.IGNORECASE)
_ORDER = (
    "TRIGGER", "EVENT", "MATERIALIZED VIEW", "VIEW", "TABLE", "SEQUENCE", "PROCEDURE", "FUNCTION",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoreObject:
    """kind as SQL has it; `on` is a trigger's table."""

    kind: str
    name: str
    on: str = ""


def objects_of(files: Iterable[str]) -> list[StoreObject]:
    """What these files make, in the order in which it is removed."""
    made = [
        StoreObject(
            " ".join(found[1].upper().split()),
            found[2],
            on[1] if (on := _ON.search(text, found.end())) else "",
        )
        for text in files
        for found in _MADE.finditer(text)
    ]
    made.reverse()
    return sorted(dict.fromkeys(made), key=lambda each: _ORDER.index(each.kind))


def store_objects(kind: Kind) -> list[StoreObject]:
    return objects_of(text for _, text in store_files(kind))


def require_ours(session: StoreSession, told: str) -> None:
    """Raises Conflict where the database has tables and no ledger of ours. An empty one is fine.

    told  the database's name, without a password
    """
    others = sorted(session.tables())
    if others and not applied_files(session):
        shown = ", ".join(others[:3]) + (" …" if len(others) > 3 else "")
        raise Conflict(
            f"{told} is not a store that we made: it has {len(others)} tables ({shown})",
            fix="name an empty database, or read this one as a shop: `aethermart pack init`",
        )


def tear_down(session: StoreSession) -> list[StoreObject]:
    """Returns what was removed. Raises Conflict where somebody else's object needs one of ours."""
    objects = store_objects(session.kind)
    if session.kind == "postgres":
        with session.transaction():
            _drop(session, objects)
            forget_files(session)
    else:
        _drop(session, objects)
        forget_files(session)
    return objects


def _drop(session: StoreSession, objects: Iterable[StoreObject]) -> None:
    there = session.tables()
    # A trigger went with its table, if that is gone.
    left = [each for each in objects if each.kind != "TRIGGER" or each.on in there]
    while left:
        # A routine may need a table's type, and a table a routine: whatever can go, goes.
        refused = [(each, why) for each in left if (why := _dropped(session, each)) is not None]
        if len(refused) == len(left):
            each, why = refused[0]
            raise Conflict(
                f"{each.kind.lower()} {each.name} cannot be removed: {why.cause}",
                fix="remove what is not ours and refers to it, then run this again",
            ) from why
        left = [each for each, _ in refused]


def _dropped(session: StoreSession, each: StoreObject) -> Terminal | None:
    """Why it was not."""
    try:
        # A savepoint on PostgreSQL, where a refusal would else end the whole transaction.
        with session.transaction() if session.kind == "postgres" else nullcontext():
            session.execute(_statement(session.kind, each))
    except Terminal as error:
        return error
    reached("reset.dropping")
    return None


def _statement(kind: Kind, each: StoreObject) -> str:
    # Our routines have one signature each; PostgreSQL then needs none to name them.
    said = f"DROP {each.kind} IF EXISTS {each.name}"
    if kind == "postgres" and each.kind == "TRIGGER":
        said += f" ON {each.on}"
    return said
