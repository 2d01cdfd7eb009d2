"""Vectors in a running platform: what keeps them, and what others ask of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from aethermart import wiring
from aethermart.core.errors import NotFound, Unavailable
from aethermart.operations.following import Follower, following
from aethermart.operations.lake import Lake
from aethermart.operations.vector_rows import SilverRows
from aethermart.pipeline.progress import Progress
from aethermart.platform_db.migrate import platform_engine
from aethermart.wiring import Project

if TYPE_CHECKING:
    from aethermart.sinks.vectors.collections import Collections, Registered
    from aethermart.sinks.vectors.index import Filter, Match, VectorIndex
    from aethermart.sinks.vectors.sink import VectorSink
    from aethermart.skills.embed.embedder import Embedder

_log = logging.getLogger(__name__)
SINK = "vectors"


class Vectors:
    """What is alike, by the vectors of a project. Any thread may ask; nothing is loaded before.

    Raises Unavailable while the stores do not answer or the vectors are being built, and Terminal
    without the extra `search`.
    """

    def __init__(self, project: Project) -> None:
        self._project = project

    @cached_property
    def index(self) -> VectorIndex:
        return wiring.vector_index(self._project)

    @cached_property
    def embedder(self) -> Embedder:
        return wiring.embedder(self._project)

    @cached_property
    def collections(self) -> Collections:
        from aethermart.sinks.vectors.collections import Collections  # noqa: PLC0415 - of an extra

        return Collections(platform_engine(self._project.platform_dsn(), kept=2))

    def similar(
        self, shop: str, entity: str, key: str, limit: int = 10, where: Filter | None = None
    ) -> list[Match]:
        """What is most like a row: products, customers or reviews, without the row itself.

        key  as silver has it: product_id, customer_id, review_id
        Raises NotFound for a key that has no vector.
        """
        live = self._live(shop, entity)
        vector = self.index.vectors(live.collection, [key]).get(key)
        if vector is None:
            raise NotFound(
                f"{entity} of {shop}: {key!r} has no vector",
                fix="name one that is there; what was written just now has one in some seconds",
            )
        found = self.index.nearest(live.collection, vector, limit + 1, where)
        return [match for match in found if match.key != key][:limit]

    def alike(
        self, shop: str, entity: str, text: str, limit: int = 10, where: Filter | None = None
    ) -> list[Match]:
        """What is most like some words; nothing where the model knows none of them."""
        live = self._live(shop, entity)
        if live.collection.model != self.embedder.name:
            raise Unavailable(
                f"the vectors of {shop}'s {entity} are still those of {live.collection.model}",
                fix="wait until those of the model in [embeddings] are built",
            )
        (vector,) = self.embedder.embed([text])
        return self.index.nearest(live.collection, vector, limit, where) if vector.any() else []

    def _live(self, shop: str, entity: str) -> Registered:
        live = self.collections.live(shop, entity)
        if live is None or live.store != self.index.name:
            raise Unavailable(
                f"the vectors of {shop}'s {entity} are not built yet",
                fix="wait; `aethermart sink status` tells how far the sink `vectors` is",
            )
        return live


class VectorKeeper:
    """The sink of vectors beside the lake that its texts come from."""

    def __init__(self, project: Project, lake: Lake, vectors: Vectors) -> None:
        self._project = project
        self._lake = lake
        self._vectors = vectors

    @cached_property
    def sink(self) -> VectorSink:
        from aethermart.sinks.vectors.sink import VectorSink  # noqa: PLC0415 - of an extra

        vectors = self._vectors
        return VectorSink(
            vectors.index,
            vectors.collections,
            lambda: vectors.embedder,
            SilverRows(self._lake.engine, self._lake.compiled, self._lake.shops),
        )

    def rebuild_here(self, shop: str) -> int:
        """Build the vectors of a shop anew, without a `serve`; the offset that they reflect."""
        log = wiring.open_log(self._project)
        try:
            for entry in log.replay(shop, self._lake.mirror.applied(shop)):
                self._lake.mirror.apply([entry])
            self.sink.reset(shop)
            newest = self._lake.mirror.applied(shop)
            self.sink.apply(log.read(shop, newest - 1, 1))
            return newest
        finally:
            log.close()


def kept_vectors(
    project: Project, lake: Lake, mirrored: Progress, vectors: Vectors
) -> Sequence[Follower]:
    """What keeps the vectors, where they are wanted; nothing of it runs yet.

    mirrored  tells of each of the mirror's transactions
    """
    if not wiring.vectors_wanted(project):
        _log.info("no vectors are kept: see [vectors], and the extra `search`")
        return []
    sink = VectorKeeper(project, lake, vectors).sink
    runner = following(project, sink, mirrored, ready=sink.ready, reset=sink.reset)
    return [Follower(SINK, runner, sink.applied)]
