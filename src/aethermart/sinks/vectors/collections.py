"""Which collections there are, and which of them answers; kept in the platform database.

A new model's collection is `building` beside the `live` one, which goes on answering. The switch is
one transaction: no reader sees none or two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, Engine, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from aethermart.platform_db.reach import reached
from aethermart.platform_db.tables import vector_collections
from aethermart.sinks.vectors.index import Collection

State = Literal["building", "live", "retired"]
_table = vector_collections


@dataclass(frozen=True, slots=True)
class Registered:
    """applied, vectors: as last told; the index knows better."""

    collection: Collection
    store: str
    state: State
    applied: int
    vectors: int


class Collections:
    """The book of collections. Raises Unavailable while the platform database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def live(self, shop: str, entity: str) -> Registered | None:
        """The one that answers; None before the first was built."""
        query = select(_table).where(
            _table.c.shop == shop, _table.c.entity == entity, _table.c.state == "live"
        )
        with reached(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _registered(row)

    def all(self, shop: str | None = None) -> list[Registered]:
        """Every one, or those of a shop, in the order of their names."""
        query = select(_table).order_by(
            _table.c.shop, _table.c.entity, _table.c.state, _table.c.model, _table.c.text_version
        )
        if shop is not None:
            query = query.where(_table.c.shop == shop)
        with reached(self._engine) as connection:
            return [_registered(row) for row in connection.execute(query).mappings()]

    def begin(self, collection: Collection, store: str) -> None:
        """Register a collection that is to be built; one that is registered stays as it is."""
        with reached(self._engine) as connection:
            connection.execute(
                insert(_table)
                .values(**_key(collection, store), dimension=collection.dimension, state="building")
                .on_conflict_do_update(
                    index_elements=["shop", "entity", "store", "model", "text_version"],
                    set_={"state": "building", "dimension": collection.dimension},
                    where=_table.c.state == "retired",
                )
            )

    def switch(self, collection: Collection, store: str) -> None:
        """From here on this one answers, and the one before no longer does."""
        here = _is(collection, store)
        with reached(self._engine) as connection:
            _lock(connection, collection)
            connection.execute(
                update(_table)
                .where(
                    _table.c.shop == collection.shop,
                    _table.c.entity == collection.entity,
                    _table.c.state == "live",
                    ~here,
                )
                .values(state="retired", changed_at=func.clock_timestamp())
            )
            connection.execute(
                update(_table).where(here).values(state="live", changed_at=func.clock_timestamp())
            )

    def note(self, collection: Collection, store: str, applied: int, vectors: int) -> None:
        """Tell how far a collection is."""
        with reached(self._engine) as connection:
            connection.execute(
                update(_table)
                .where(_is(collection, store))
                .values(applied=applied, vectors=vectors, changed_at=func.clock_timestamp())
            )

    def forget(self, collection: Collection, store: str) -> None:
        with reached(self._engine) as connection:
            connection.execute(delete(_table).where(_is(collection, store)))


def _key(collection: Collection, store: str) -> dict[str, object]:
    return {
        "shop": collection.shop,
        "entity": collection.entity,
        "store": store,
        "model": collection.model,
        "text_version": collection.text_version,
    }


def _is(collection: Collection, store: str):  # type: ignore[no-untyped-def]
    return (
        (_table.c.shop == collection.shop)
        & (_table.c.entity == collection.entity)
        & (_table.c.store == store)
        & (_table.c.model == collection.model)
        & (_table.c.text_version == collection.text_version)
    )


def _lock(connection: Connection, collection: Collection) -> None:
    """Two that switch at once do so one after the other."""
    connection.execute(
        select(_table.c.model)
        .where(_table.c.shop == collection.shop, _table.c.entity == collection.entity)
        .order_by(_table.c.store, _table.c.model, _table.c.text_version)
        .with_for_update()
    ).all()


def _registered(row: object) -> Registered:
    told = dict(row)  # type: ignore[call-overload]
    collection = Collection(
        told["shop"], told["entity"], told["model"], told["text_version"], told["dimension"]
    )
    return Registered(collection, told["store"], told["state"], told["applied"], told["vectors"])
