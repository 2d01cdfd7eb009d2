"""Our own commands as child processes of a project."""

from __future__ import annotations

import sys

from aethermart.pipeline.children import ChildSpec
from aethermart.wiring import Project


def child_spec(project: Project, name: str, *command: str) -> ChildSpec:
    """A child that runs one of our commands on the project; its words go to state/logs."""
    argv = [sys.executable, "-m", "aethermart", *command, "--home", str(project.home)]
    return ChildSpec(name, argv, project.logs / f"{name}.log")
