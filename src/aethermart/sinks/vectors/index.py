"""Where vectors are kept and found by likeness: the port, and what goes in and comes out.

Every adapter promises the same (tests/sinks/vectors): data and offset in one commit, an offset that
is not newer changes nothing, and a filter never starves the answer: `nearest` gives `limit` rows,
or as many as match.
"""

from __future__ import annotations

from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import Protocol

from aethermart.core.errors import BadInput
from aethermart.sinks.vectors.libraries import Floats, np

ENTITIES = ("products", "customers", "reviews")
Fact = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Collection:
    """The vectors of one entity of one shop, made by one model of one form of text."""

    shop: str
    entity: str
    model: str
    text_version: int
    dimension: int

    @property
    def id(self) -> str:
        """A name for tables and folders: letters, digits, underscores, 30 at the most."""
        told = "\n".join([self.shop, self.entity, self.model, str(self.text_version)])
        return f"{self.entity}_{sha256(told.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What filters may ask for. None is unknown: it passes no filter that asks for it.

    product  the product that a review is of
    price    in the product's own currency
    rating   1 to 5
    """

    category: str | None = None
    brand: str | None = None
    product: str | None = None
    price: float | None = None
    rating: float | None = None
    in_stock: bool | None = None


TEXTS = ("category", "brand", "product")
NUMBERS = ("price", "rating")
TRUTHS = ("in_stock",)
COLUMNS = tuple(each.name for each in fields(Facts))


def facts_tuple(facts: Facts) -> tuple[Fact, ...]:
    """In the order of COLUMNS."""
    return tuple(getattr(facts, column) for column in COLUMNS)


@dataclass(frozen=True, slots=True)
class Stored:
    """A row to write.

    text_hash  of the text that the vector was made of
    vector     (dimension,), of length 1; None keeps the one that the key has, where it has one
    """

    key: str
    text_hash: str
    vector: Floats | None
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True, slots=True)
class Held:
    """What a key has, apart from its vector."""

    text_hash: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Match:
    """likeness: the cosine of the angle, -1 to 1."""

    key: str
    likeness: float
    facts: Facts


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions hold. A fact that is unknown meets none.

    one_of   column -> the values of which it has one
    between  column of numbers -> lowest and highest, both included; None leaves a side open
    """

    one_of: Mapping[str, AnyOf[str | bool]] = field(default_factory=dict)
    between: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for column in self.one_of:
            _check(column, (*TEXTS, *TRUTHS))
        for column in self.between:
            _check(column, NUMBERS)

    def __bool__(self) -> bool:
        return bool(self.one_of or self.between)

    def holds(self, facts: Facts) -> bool:
        for column, values in self.one_of.items():
            if getattr(facts, column) not in values:
                return False
        for column, (low, high) in self.between.items():
            value = getattr(facts, column)
            if value is None or (low is not None and value < low):
                return False
            if high is not None and value > high:
                return False
        return True


def _check(column: str, known: Sequence[str]) -> None:
    if column not in known:
        raise BadInput(f"vectors have no fact {column!r} to ask so", fix=f"use {', '.join(known)}")


class VectorIndex(Protocol):
    """Unit vectors by key, found by likeness, collection by collection."""

    @property
    def name(self) -> str:
        """Of the adapter, as the settings say it."""

    def apply(
        self,
        collection: Collection,
        offset: int | None,
        upserts: Sequence[Stored],
        deletes: Sequence[str],
    ) -> None:
        """Write rows and the offset they reflect in one commit; make the collection where new.

        offset  not newer than what is applied: nothing changes. None: rows of a build that is not
                done; the offset stays, and writing them again does no harm.
        Raises BadInput for a vector of another dimension.
        """

    def applied(self, collection: Collection) -> int:
        """The offset that the collection reflects; 0 for one that is new or not complete."""

    def held(self, collection: Collection, keys: AnyOf[str] | None = None) -> Mapping[str, Held]:
        """What each key's vector was made of: what need not be embedded again.

        keys  only those of them that are there; None: all
        """

    def vectors(self, collection: Collection, keys: Sequence[str]) -> Mapping[str, Floats]:
        """The vectors of those keys that there are."""

    def nearest(
        self, collection: Collection, query: Floats, limit: int, where: Filter | None = None
    ) -> list[Match]:
        """The most alike first; min(limit, rows that match) of them."""

    def drop(self, collection: Collection) -> None:
        """Forget the collection; one that is not there is no error."""


def checked_vector(collection: Collection, row: Stored) -> Floats | None:
    """The row's vector as float32. Raises BadInput where it has another dimension."""
    if row.vector is None:
        return None
    vector = np.ascontiguousarray(row.vector, dtype=np.float32)
    if vector.shape != (collection.dimension,):
        raise BadInput(
            f"{collection.entity} {row.key!r}: a vector of shape {vector.shape}"
            f" in a collection of dimension {collection.dimension}",
            fix="embed with the collection's own model",
        )
    return vector
