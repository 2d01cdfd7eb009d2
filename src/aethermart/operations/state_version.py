"""Which release's form a project's state has: `state/version.json`, compared with this release's.

The platform database has its own revision (`platform_db/migrate.py`); this file is for the rest.
State without the file is that of release 0.1.0, which wrote none.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from aethermart import __version__
from aethermart.core.errors import Terminal
from aethermart.core.files import write_whole
from aethermart.platform_db.migrate import NewerState, OlderState, newest_revision
from aethermart.sinks.mirror.tables import MIRROR_FORMAT
from aethermart.wiring import Project

LAYOUT = 1  # of the state folder: raise it when a file's place or form changes


class BrokenVersion(Terminal):
    """The file cannot be read."""


@dataclass(frozen=True, slots=True)
class StateVersion:
    """revision  of the platform database when the file was written; the database itself decides"""

    release: str = "0.1.0"
    layout: int = 1
    mirror: int = 1
    revision: str = "0001"


def our_version() -> StateVersion:
    return StateVersion(__version__, LAYOUT, MIRROR_FORMAT, newest_revision())


def read_version(project: Project) -> StateVersion:
    """Raises BrokenVersion."""
    path = _path(project)
    try:
        return StateVersion(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return StateVersion()
    except (ValueError, TypeError) as error:
        raise BrokenVersion(
            f"{path} cannot be read: {error}",
            fix="delete it if the state is of this release, else bring it back from a backup",
        ) from error


def write_version(project: Project) -> None:
    """The state is this release's."""
    ours = our_version()
    if not _path(project).exists() or read_version(project) != ours:
        write_whole(_path(project), json.dumps(asdict(ours)) + "\n")


def refuse_newer(project: Project) -> StateVersion:
    """The version, unless a later release wrote it: raises NewerState."""
    found = read_version(project)
    if found.layout > LAYOUT or found.mirror > MIRROR_FORMAT:
        raise NewerState(
            f"{project.state} was written by release {found.release}; this is {__version__}",
            fix=f"run aethermart {found.release} or newer",
        )
    return found


def require_version(project: Project) -> None:
    """Raises NewerState, and OlderState where `upgrade` has something to do."""
    found = refuse_newer(project)
    if (found.layout, found.mirror) != (LAYOUT, MIRROR_FORMAT):
        raise OlderState(
            f"{project.state} was written by release {found.release}; this is {__version__}",
            fix="run `aethermart upgrade`: it takes a backup, then brings the state forward",
        )


def _path(project: Project) -> Path:
    return project.state / "version.json"
