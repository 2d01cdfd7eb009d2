"""What a running project knows beside its rows, for whoever answers questions on them."""

from __future__ import annotations

import threading
from datetime import datetime

from aethermart.core.errors import Terminal
from aethermart.governance.catalogue import Catalogue
from aethermart.governance.checks import Checks
from aethermart.governance.lineage import LineageOf
from aethermart.operations.blame import Hops
from aethermart.operations.folder import mask_key
from aethermart.operations.lake import Lake
from aethermart.operations.lake_answers import Governed
from aethermart.warehouse.publish.manifest import read_publication
from aethermart.wiring import Project

_CAUGHT_UP_S = 60.0


def governed(project: Project, lake: Lake) -> Governed:
    return Governed(
        catalogue=Catalogue(lake.compiled, lake.shops),
        checks=Checks(lake.engine.read, lake.compiled, project.state / "warehouse"),
        lineage=LineageOf(lake.compiled, lake.shops, project.state / "warehouse"),
        mask_key=mask_key(project),
    )


def keep_known(known: Governed, stop: threading.Event) -> None:
    """Once the lake has caught up: read the lineage, then check the models' tests on and on."""
    if not stop.wait(_CAUGHT_UP_S):
        known.lineage.warm()
        known.checks.run(stop)


def hops(project: Project, lake: Lake) -> Hops:
    """What is told of the hops behind the mirror, and how often they move."""
    folder = project.home / project.settings.publish.folder

    def published_as_of(shop: str) -> datetime | None:
        try:
            newest = read_publication(folder)
        except (Terminal, OSError):
            return None  # the publisher says what is wrong with it
        state = newest.shops.get(shop) if newest else None
        return datetime.fromisoformat(state.as_of) if state and state.as_of else None

    return Hops(
        refresh_failure=lake.refresh.failure,
        published_as_of=published_as_of,
        publish_every_s=project.settings.publish.every_s,
        compare_every_s={
            name: shop.compare_every_s for name, shop in project.settings.shops.items()
        },
    )
