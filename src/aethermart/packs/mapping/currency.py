"""The shop's currency: told by its owner, by a column, by symbols or by a setting; else unknown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aethermart.core.money import UNKNOWN_CURRENCY
from aethermart.packs.discovery.facts import ShopFacts
from aethermart.packs.discovery.peek import Peek
from aethermart.packs.mapping.found import Currency
from aethermart.packs.mapping.relations import Lookup, Relation
from aethermart.packs.mapping.values import currencies_in, currency_symbols_in
from aethermart.packs.mapping.words import concepts_of, words_of

UNKNOWN = Currency(UNKNOWN_CURRENCY, "unknown: ISO 4217's XXX stands for it")
_MONEY_WORDS = {"price", "amount", "total", "revenue", "subtotal", "cost"}


def of_shop(facts: ShopFacts, peek: Peek, sold: Sequence[Relation], told: str | None) -> Currency:
    """sold: the relations of orders and lines."""
    if told:
        return Currency(told, "as told")
    for way in (_in_columns, _in_names, _in_symbols):
        found = way(sold)
        if found:
            return found
    return _in_settings(facts, peek) or _anywhere(facts) or UNKNOWN


def _in_columns(sold: Sequence[Relation]) -> Currency | None:
    """The commonest code of a currency column."""
    for relation in sold:
        for field in relation.fields.values():
            if "currency" in field.concepts and currencies_in(field.values):
                values = [str(v).upper() for v in field.values if v]
                return Currency(max(sorted(set(values)), key=values.count), field.name)
    return None


def _in_names(sold: Sequence[Relation]) -> Currency | None:
    """`price_eur`."""
    found = {}
    for relation in sold:
        for name, field in relation.fields.items():
            if isinstance(field.join, Lookup) or not _MONEY_WORDS & set(field.concepts):
                continue
            for code in currencies_in([word.upper() for word in words_of(name)[-1:]]):
                found[code] = name
    return Currency(*next(iter(found.items()))) if len(found) == 1 else None


def _in_symbols(sold: Sequence[Relation]) -> Currency | None:
    found = {}
    for relation in sold:
        for name, field in relation.fields.items():
            if _MONEY_WORDS & set(field.concepts):
                for code in currency_symbols_in(field.values):
                    found[code] = f"symbols in {name}"
    return Currency(*next(iter(found.items()))) if len(found) == 1 else None


def _in_settings(facts: ShopFacts, peek: Peek) -> Currency | None:
    """A table of settings with a key that speaks of currency."""
    found = {}
    for table in facts.tables.values():
        texts = [n for n, c in table.columns.items() if c.kind.kind in ("text", "json")]
        if len(table.columns) > 8 or len(texts) < 2:
            continue
        rows = peek.rows(table.name, texts, 5_000) if table.rows and len(texts) <= 4 else []
        for row in rows:
            texts_of_row = [str(v) for v in row.values() if v is not None]
            keys = [
                t for t in texts_of_row if re.search("currency|waehrung|devise|moneda", t, re.I)
            ]
            codes = [t for t in texts_of_row if t not in keys and currencies_in([t])]
            if keys and len(codes) == 1 and "code" not in table.name:
                found[codes[0].upper()] = f"{table.name}: {keys[0]}"
    return Currency(*next(iter(found.items()))) if len(found) == 1 else None


def _anywhere(facts: ShopFacts) -> Currency | None:
    """One code in all currency columns of the database (not in a list of currencies)."""
    found = {}
    for table in facts.tables.values():
        if "currency" in concepts_of(table.name):
            continue
        for name in table.columns:
            if "currency" in concepts_of(name):
                for code in currencies_in(table.values(name)):
                    found[code] = f"{table.name}.{name}"
    return Currency(*next(iter(found.items()))) if len(found) == 1 else None
