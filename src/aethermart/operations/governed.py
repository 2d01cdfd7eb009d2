"""What is known of a project's tables beside their rows, for whoever answers questions on them."""

from __future__ import annotations

from aethermart.governance.catalogue import Catalogue
from aethermart.governance.lineage import LineageOf
from aethermart.operations.folder import mask_key
from aethermart.operations.lake import Lake
from aethermart.operations.lake_answers import Governed
from aethermart.wiring import Project


def governed(project: Project, lake: Lake) -> Governed:
    return Governed(
        catalogue=Catalogue(lake.compiled, lake.shops),
        lineage=LineageOf(lake.compiled, lake.shops, project.state / "warehouse"),
        mask_key=mask_key(project),
    )
