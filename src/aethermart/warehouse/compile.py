"""Compile the rendered project with dbt in a child process, once for each state of the project.

dbt is the compiler, never the engine of freshness: it turns Jinja into SQL and checks that the
models fit together. The result is kept as plain SQL in a file, so a later start with the same
packs and shops needs no dbt at all.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from aethermart.core.errors import Terminal, Transient
from aethermart.packs.pack import Shop
from aethermart.warehouse.project import CompiledProject, from_manifest
from aethermart.warehouse.render import render

_KEPT = "compiled.json"
_SHARED = "AETHERMART_COMPILED_MODELS"
_TIMEOUT_S = 600  # a compile takes 15 s, minutes on a machine that is overrun


def compile_warehouse(
    shops: Sequence[Shop], folder: Path, logs: Path, currency: str | None = None
) -> CompiledProject:
    """The models of these shops as SQL.

    folder  state/warehouse: the rendered project and the compiled result are kept there
    logs    state/logs
    currency  the reporting currency; the first shop's where None
    AETHERMART_COMPILED_MODELS may name a folder in which all projects of a user share results.
    Raises Terminal where a pack's SQL does not compile, or dbt is not installed and needed.
    """
    rendered = render(shops, currency)
    fingerprint = rendered.fingerprint
    known = _known(folder / _KEPT, fingerprint)
    if known is not None:
        return known
    rendered.write(folder / "project")
    shared = os.environ.get(_SHARED)
    kept = Path(shared) / f"{fingerprint}.json" if shared is not None else None
    compiled = _known(kept, fingerprint) if kept is not None else None
    if compiled is None:
        compiled = _compiled(folder, logs, fingerprint)
        if kept is not None:
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            compiled.save(kept)
    compiled.save(folder / _KEPT)
    return compiled


def known_warehouse(
    shops: Sequence[Shop], folder: Path, currency: str | None = None
) -> CompiledProject | None:
    """What an earlier compile of the same shops and packs left in `folder`, None where none did."""
    return _known(folder / _KEPT, render(shops, currency).fingerprint)


def _compiled(folder: Path, logs: Path, fingerprint: str) -> CompiledProject:
    logs.mkdir(parents=True, exist_ok=True)
    run_dbt(["compile"], folder / "project", logs)
    manifest = json.loads((folder / "project/target/manifest.json").read_text(encoding="utf-8"))
    return from_manifest(manifest, fingerprint)


def _known(kept: Path, fingerprint: str) -> CompiledProject | None:
    """A result; None where it is of other models or cannot be read: it is made again."""
    try:
        known = CompiledProject.load(kept)
    except (OSError, ValueError):
        return None
    return known if known.fingerprint == fingerprint else None


def run_dbt(command: Sequence[str], project: Path, logs: Path) -> None:
    """Run dbt in a child process. Raises Terminal with what it says, Transient beyond its time."""
    if importlib.util.find_spec("dbt") is None:
        raise Terminal(
            "dbt is not installed, and it is needed to compile this project's models",
            fix="pip install 'aethermart[warehouse]'",
        )
    dbt = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *command]
    options = ["--project-dir", str(project), "--profiles-dir", str(project)]
    options += ["--log-path", str(logs), "--no-use-colors", "--no-partial-parse"]
    options += ["--no-send-anonymous-usage-stats", "--no-version-check", "--quiet"]
    try:
        done = subprocess.run(
            [*dbt, *options],
            cwd=project,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Transient(
            f"dbt did not compile within {_TIMEOUT_S} s", fix="free the machine and start again"
        ) from error
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()
        raise Terminal(
            f"the warehouse's models do not compile:\n{said[-4000:]}",
            fix=f"correct the pack's SQL named there; dbt's log is {logs / 'dbt.log'}",
        )


def _environment() -> dict[str, str]:
    """Ours without dbt's own settings of whoever started us; nothing is sent anywhere."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}
    return own | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
