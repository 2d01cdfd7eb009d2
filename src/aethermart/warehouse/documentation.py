"""The models as one page to read: every model, column, test, and the graph of what reads what.

dbt writes it, from the contracts of the shipped models and the packs of this project; no database
is asked. The page carries all it needs, so it opens from a disk, without a network.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aethermart.core.files import write_whole
from aethermart.packs.pack import Shop
from aethermart.warehouse.compile import run_dbt
from aethermart.warehouse.render import render

PAGE = "index.html"


def write_documentation(
    shops: Sequence[Shop], out: Path, logs: Path, currency: str | None = None
) -> Path:
    """Write the page into a folder and return its address; one that is there is replaced.

    Raises Terminal where a pack's SQL does not compile, or dbt is not installed.
    """
    out.mkdir(parents=True, exist_ok=True)
    logs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="aethermart-docs-") as name:
        project = Path(name) / "project"
        render(shops, currency).write(project)
        # Nothing is looked up in a database: contracts name each column and its type.
        run_dbt(["docs", "generate", "--empty-catalog"], project, logs)
        target = project / "target"
        manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
        catalog = json.loads((target / "catalog.json").read_text(encoding="utf-8"))
        catalog["nodes"] = {
            name: _as_looked_up(node)
            for name, node in manifest["nodes"].items()
            if node["resource_type"] == "model"
        }
        page = (target / "index.html").read_text(encoding="utf-8")
        for mark, content in (("MANIFEST", manifest), ("CATALOG", catalog)):
            page = page.replace(f'"{mark}.JSON INLINE DATA"', json.dumps(content))
        write_whole(out / PAGE, page)
    return out / PAGE


def _as_looked_up(node: dict[str, Any]) -> dict[str, Any]:
    """A model as dbt's catalogue has it: its columns with their types, in order."""
    return {
        "unique_id": node["unique_id"],
        "metadata": {
            "type": "VIEW",
            "database": node["database"],
            "schema": node["schema"],
            "name": node["name"],
            "comment": None,
            "owner": None,
        },
        "columns": {
            name: {"name": name, "index": at, "type": column["data_type"] or "", "comment": None}
            for at, (name, column) in enumerate(node["columns"].items(), start=1)
        },
        "stats": {
            "has_stats": {
                "id": "has_stats",
                "label": "Has Stats?",
                "value": False,
                "include": False,
                "description": "",
            }
        },
    }
