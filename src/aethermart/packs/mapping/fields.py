"""Score a relation's fields as the feed of a canonical column: by name first, then by type and
values. A score is a confidence from 0 to 1."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from aethermart.packs.mapping.relations import Field, Lookup, Pivot, Relation
from aethermart.packs.mapping.values import (
    currencies_in,
    known,
    looks_like_email,
    number_form,
    time_form,
)
from aethermart.packs.mapping.words import concepts_of

ENOUGH = 0.5  # a guess below stays out of the pack
_SURE = 0.9
_EXTRA = 0.75  # for each word more than the pattern has
_MISLEADING = 0.25  # for a word that makes it something else
# Words that change what a column is, unless the pattern has them.
_QUALIFIERS = frozenset(
    "tax shipping discount refund return cancelled due old parent min max supplier cost percent"
    " rate type is billing base required list weight paid updated deleted shipped delivered manager"
    " count payment shipment cart gross net note cents group test session stock store invoice"
    " subtotal recipient currency customer category".split()
)
_NEUTRAL = frozenset({"meta", "cents", "post"})
_DATES = frozenset({"date", "time", "at"})
_NUMBERS = ("integer", "decimal", "double")
_SUMS = frozenset({"total", "price", "net", "gross"})


@dataclass(frozen=True, slots=True)
class Scored:
    field: Field
    score: float
    why: str = ""


@cache
def _patterns() -> dict[str, dict[str, list[tuple[tuple[str, ...], float]]]]:
    text = files("aethermart.packs.mapping").joinpath("patterns.toml").read_text(encoding="utf-8")
    return {
        entity: {column: [_pattern(p) for p in patterns] for column, patterns in columns.items()}
        for entity, columns in tomllib.loads(text).items()
    }


def _pattern(text: str) -> tuple[tuple[str, ...], float]:
    words, _, score = text.partition(":")
    return tuple(words.split()), float(score or _SURE)


def ranked(
    relation: Relation,
    entity: str,
    column: str,
    fits: Callable[[Field], float],
    taken: Iterable[Field] = (),
) -> list[Scored]:
    """The relation's fields that may feed a column, the surest first.

    fits  what type and values say: a factor, 0 where the field cannot be it
    """
    used = set(taken)
    found = []
    for field in relation.fields.values():
        if field in used:
            continue
        name = name_score(field, relation.concepts, entity, column)
        if name < 0.2:
            continue
        score = name * fits(field)
        if score >= 0.2:
            found.append(Scored(field, round(min(score, 1.0), 2)))
    return sorted(found, key=lambda s: -s.score)


def name_score(field: Field, about: tuple[str, ...], entity: str, column: str) -> float:
    """How well a field's name says that it is the column of the entity."""
    own = set(about)
    words = [c for c in field.concepts if c not in _NEUTRAL]
    best = _score(words, own, entity, column)
    if "amount" in words and _SUMS & set(words):
        # `total_price_net_amount` says no more than `total_price_net`.
        words = [c for c in words if c != "amount"]
        best = max(best, _score(words, own, entity, column))
    if "tax" in words and {"net", "gross"} & set(words):
        # `price_excl_tax` is the net price.
        best = max(best, _score([c for c in words if c != "tax"], own, entity, column))
    # A value of another table is the second choice; one of a meta table is the row's own.
    return best * (0.97 if isinstance(field.join, Lookup) else 1.0)


def _score(words: list[str], own: set[str], entity: str, column: str) -> float:
    best = 0.0
    for pattern, sure in _patterns()[entity].get(column, ()):
        wanted = {w for w in pattern if w != "self"}
        have = set(words)
        if not wanted <= have | (own if len(wanted) > 1 and have else set()):
            continue
        if not wanted & have or (wanted - have and len(wanted & have) < 1):
            continue
        if wanted - have and not (wanted - have) <= own:
            continue
        if "self" in pattern and not own & have:
            continue
        score = sure if wanted <= have else sure * 0.97
        for extra in have - wanted - (own if len(have) > 1 else set()):
            score *= _MISLEADING if extra in _QUALIFIERS else _EXTRA
        best = max(best, score)
    return best


def money(field: Field) -> float:
    if field.kind.kind in ("decimal", "double"):
        return 1.0
    if isinstance(field.join, Pivot) or field.kind.kind == "text":
        return 1.0 if number_form(field.values) else 0.0
    return 0.95 if field.kind.kind == "integer" else 0.0


def whole(field: Field) -> float:
    if field.kind.kind == "integer":
        return 1.0
    if field.kind.kind == "boolean":
        return 0.0
    if field.kind.kind in ("decimal", "double"):
        return 0.95
    return 0.95 if number_form(field.values) in ("plain", "number") else 0.0


def of_the_row(fits: Callable[[Field], float]) -> Callable[[Field], float]:
    """What is the row's own: a quantity, a sum or a mark of a row that it refers to is not."""
    return lambda field: 0.0 if isinstance(field.join, Lookup) else fits(field)


def time(field: Field) -> float:
    """An unreadable text may still be the column, but cannot be used: 0.3."""
    if field.kind.kind == "timestamp":
        return 1.0
    if field.kind.kind == "date":
        return 0.97
    there = known(field.values)
    if field.kind.kind in ("integer", "double", "decimal"):
        return 0.95 if time_form(field.values) else 0.0
    if field.kind.kind == "text":
        if time_form(field.values):
            return 0.97
        return 0.3 if there else 0.6
    return 0.0


def time_of_order(field: Field) -> float:
    """An order's time is its own, or that of a date it refers to (a star's dimension): the date of
    its product or of its customer is another thing's."""
    dated = isinstance(field.join, Lookup) and _DATES & set(concepts_of(field.join.own))
    return time(field) if dated or not isinstance(field.join, Lookup) else 0.0


def text(field: Field) -> float:
    return _filled(field) if field.kind.kind == "text" else 0.0


def anything(field: Field) -> float:
    return 0.0 if field.kind.kind in ("json", "timestamp") else _filled(field)


def identifier(field: Field) -> float:
    """What may name a thing: `total_products` is a sum of theirs."""
    return (
        0.0
        if {"total", "price", "amount", "net", "gross"} & set(field.concepts)
        else anything(field)
    )


def _filled(field: Field) -> float:
    """A column that is empty in every row is no one's choice while another is filled."""
    return 0.5 if len(field.values) > 0 and not known(field.values) else 1.0


def email(field: Field) -> float:
    if field.kind.kind != "text":
        return 0.0
    if not known(field.values):
        return 0.9
    return 1.0 if looks_like_email(field.values) else 0.3


def currency_code(field: Field) -> float:
    if field.kind.kind != "text":
        return 0.0
    if not known(field.values):
        return 0.6
    return 1.05 if currencies_in(field.values) else 0.0


def flag(field: Field) -> float:
    """True or false, 1 or 0, y or n."""
    if field.kind.kind == "boolean":
        return 1.0
    there = {str(v).strip().lower() for v in known(field.values)}
    return (
        0.95
        if there and there <= {"0", "1", "y", "n", "t", "f", "true", "false", "yes", "no"}
        else 0.0
    )


def flag_or_time(field: Field) -> float:
    """An empty column counts: where nothing was deleted yet, `deleted_at` is empty."""
    if not known(field.values):
        return 0.9
    return max(flag(field), 1.0 if time(field) > 0.9 else 0.0)


def best(
    scored: Mapping[str, list[Scored]] | list[Scored], enough: float = ENOUGH
) -> Scored | None:
    found = scored if isinstance(scored, list) else [s for many in scored.values() for s in many]
    return found[0] if found and found[0].score >= enough else None
