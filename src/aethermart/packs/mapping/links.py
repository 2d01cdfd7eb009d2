"""Which column refers to which table: declared foreign keys, and those that only names and values
show. An inferred link counts only where the referred table holds the sampled values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aethermart.packs.discovery.facts import ShopFacts, TableFacts, Value
from aethermart.packs.discovery.peek import Peek
from aethermart.packs.mapping.relations import Link
from aethermart.packs.mapping.values import known
from aethermart.packs.mapping.words import concepts_of

_ASKED = 50  # values looked up in the referred table
_FEW = 5  # keys below which being referred to proves nothing
_HELD = 0.8  # share of them that must be there: real shops have orphans
# Where many are orphans, because old orders were deleted and their lines left: this share at
# least, and nearly every row of the other table is referred to.
_HELD_AT_LEAST = 0.3
_REFERRED_TO = 0.9
_REFERRING = {"id", "key", "number", "code"}
# What a reference adds to the name of its table: which one of several it is.
_ROLES = {"shipping", "billing", "invoice", "new", "recipient", "main", "default"}
# What a table's name adds to what it is about.
FILLERS = {"dim", "fact", "base", "meta"}


Subjects = Mapping[str, Sequence[tuple[str, ...]]]


def links_of(
    facts: ShopFacts, peek: Peek, kinds: Mapping[str, Sequence[tuple[str, ...]]]
) -> dict[str, tuple[Link, ...]]:
    """Table -> its links. kinds: what the parts of a table are, for tables with a type column."""
    subjects = {name: (subject_of(name, facts), *kinds.get(name, ())) for name in facts.tables}
    return {
        name: (*_declared(table, facts), *_inferred(table, facts, subjects, peek))
        for name, table in facts.tables.items()
    }


def subject_of(table: str, facts: ShopFacts) -> tuple[str, ...]:
    """The concepts of a table's name without the prefix that (nearly) every table here has."""
    concepts = [c for c in concepts_of(table) if c not in FILLERS]
    names = [concepts_of(name)[0] for name in facts.tables if concepts_of(name)]
    if len(concepts) > 1 and len(names) > 2 and names.count(concepts[0]) > 0.6 * len(names):
        concepts = concepts[1:]
    if len(concepts) > 1 and concepts[0] in ("tbl", "wp", "t", "tb", "wc", "woocommerce", "shop"):
        concepts = concepts[1:]
    return tuple(concepts)


def _declared(table: TableFacts, facts: ShopFacts) -> list[Link]:
    return [
        Link(key.columns[0], key.table, key.referred[0], declared=True)
        for key in table.foreign_keys
        if len(key.columns) == 1 and key.referred and key.table in facts.tables
    ]


def _inferred(
    table: TableFacts,
    facts: ShopFacts,
    subjects: Subjects,
    peek: Peek,
) -> list[Link]:
    taken = {column for key in table.foreign_keys for column in key.columns}
    found: list[Link] = []
    for column in table.columns:
        if column in taken:
            continue
        if table.key == (column,):
            found += _translated(table, column, facts)
            if not _shares_key(table, column, facts):
                continue
        for other in facts.tables.values():
            referred = (
                _named_key(table, column, other, subjects)
                or _of_parent(table, column, other, facts)
                or _of_state(table, column, other, subjects)
            )
            if referred is None:
                continue
            held = _containment(table, column, other, referred, peek)
            if held is not None and (
                held >= _HELD or _referred_to(table, column, other, referred, held, peek)
            ):
                found.append(Link(column, other.name, referred, declared=False, containment=held))
    return found


def _translated(table: TableFacts, column: str, facts: ShopFacts) -> list[Link]:
    """A table of its names by language: named after it, keyed by its key and a language."""
    return [
        Link(column, other.name, column, declared=False)
        for other in facts.tables.values()
        if other.name.startswith(table.name)
        and len(other.key) == 2
        and column in other.key
        and any(is_language(k) for k in other.key if k != column)
    ]


def _shares_key(table: TableFacts, column: str, facts: ShopFacts) -> bool:
    """A table may extend another by the same key."""
    return any(
        other.key == (column,) and other.name != table.name for other in facts.tables.values()
    )


def _of_parent(table: TableFacts, column: str, other: TableFacts, facts: ShopFacts) -> str | None:
    """`parent_id` of sales_order_address is a sales_order."""
    if concepts_of(column) != ("parent", "id") or len(other.key) != 1:
        return None
    return other.key[0] if longest_prefix(table.name, facts) == other.name else None


def _of_state(table: TableFacts, column: str, other: TableFacts, subjects: Subjects) -> str | None:
    """`current_state` or `status` as a code: a table of states has its names."""
    if "status" not in concepts_of(column) or table.columns[column].kind.kind != "integer":
        return None
    about = set(subjects[other.name][0])
    if other.name == table.name or "status" not in about:
        return None
    if not about - {"status", "lang", "language"} <= {
        c for subject in subjects[table.name] for c in subject
    }:
        return None  # the states of something else
    keys = [k for k in other.key if not is_language(k)]
    return keys[0] if len(keys) == 1 else None


def is_language(column: str) -> bool:
    return bool({"lang", "language", "locale", "sprache"} & set(concepts_of(column)))


def longest_prefix(name: str, facts: ShopFacts) -> str | None:
    """The table whose name another's begins with."""
    prefixes = [other for other in facts.tables if other != name and name.startswith(f"{other}_")]
    return max(prefixes, key=len, default=None)


def _named_key(table: TableFacts, column: str, other: TableFacts, subjects: Subjects) -> str | None:
    """The key of `other` that `column` names: `customer_id` -> customers.id, OrderID -> OrderID."""
    if other.name == table.name:
        return None
    concepts = concepts_of(column)
    for key in other.single_keys:
        # `entity_id` or `id` says nothing of what it is the key of.
        if key.lower() == column.lower() and not set(concepts) <= _REFERRING:
            return key
    if not other.single_keys or not concepts:
        return None
    if not any(_names(concepts, other, column, subject) for subject in subjects[other.name]):
        return None
    kind = table.columns[column].kind.kind
    for key in other.single_keys:
        if other.columns[key].kind.kind == kind or kind in ("text", "json"):
            return key
    return None


def _names(
    concepts: tuple[str, ...], other: TableFacts, column: str, subject: tuple[str, ...]
) -> bool:
    about = tuple(c for c in concepts if c not in _REFERRING)
    if not subject:
        return False
    if not {concepts[0], concepts[-1]} & _REFERRING:
        return about == subject and other.single_keys[0].lower() in (column.lower(), "id")
    if about == subject or (len(about) >= len(subject) and about[-len(subject) :] == subject):
        return True
    if about[: len(subject)] == subject and set(about[len(subject) :]) <= _ROLES:
        return True  # `id_address_delivery`
    # `post_id` -> wp_posts, `order_item_id` -> woocommerce_order_items, `order_id` -> sales_order
    if bool(about) and subject[-len(about) :] == about:
        return True
    # `shipping_address_id` -> sales_order_address
    thing = tuple(c for c in about if c not in _ROLES)
    return bool(thing) and thing != about and subject[-len(thing) :] == thing


def _referred_to(
    table: TableFacts, column: str, other: TableFacts, referred: str, held: float, peek: Peek
) -> bool:
    """Orphans bunch: the first rows may be of what was deleted. Asked from the other side, the keys
    that are there must be referred to."""
    if held < _HELD_AT_LEAST:
        return False
    keys: list[Value] = list(dict.fromkeys(known(other.values(referred))))
    keys = [k for k in keys if k not in (0, "0")][:_ASKED]
    if len(keys) < _FEW or table.columns[column].kind.kind != other.columns[referred].kind.kind:
        return False
    there = {str(v) for v, _ in peek.distinct(table.name, column, (column, keys))}
    return sum(str(k) in there for k in keys) >= _REFERRED_TO * len(keys)


def _containment(
    table: TableFacts, column: str, other: TableFacts, referred: str, peek: Peek
) -> float | None:
    values: list[Value] = list(dict.fromkeys(known(table.values(column))))
    # 0 is how many shops write "none".
    values = [v for v in values if v not in (0, "0")][:_ASKED]
    if not values:
        return 1.0 if not table.sample else None
    asked: list[Value] = values
    if other.columns[referred].kind.kind == "integer":
        asked = [int(str(v)) for v in values if str(v).isdigit()]
    elif other.columns[referred].kind.kind == "text":
        asked = [str(v) for v in values]
    if not asked:
        return 0.0
    held = peek.present(other.name, referred, asked)
    return sum(str(v) in held for v in values) / len(values)
