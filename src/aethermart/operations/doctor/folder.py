"""The project folder: who may read its secrets, what release wrote it, leftovers, backups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from aethermart.core.errors import AetherMartError
from aethermart.operations.backup.create import LAST
from aethermart.operations.doctor.finding import (
    Check,
    Finding,
    Patient,
    each,
    held,
    ok,
    warning,
    wrong,
)
from aethermart.operations.state_version import require_version
from aethermart.warehouse.publish.manifest import read_publication

_LATE_TIMES = 3  # publications missed


def secrets(patient: Patient) -> Iterator[Finding]:
    """Secrets are open to their owner alone."""
    yield from each(_open_secrets(patient.project.home, patient), "secrets")


def _open_secrets(home: Path, patient: Patient) -> Iterator[Finding]:
    folder, key = home / "state/secrets", patient.project.settings.api.tls_key
    files = [home / ".env", folder, *(folder.rglob("*") if folder.is_dir() else [])]
    files += [home / key] if key is not None else []
    for path in files:
        if path.exists() and path.stat().st_mode & 0o077:
            mode = path.stat().st_mode & 0o777
            yield wrong(
                "secrets",
                f"{path} has mode {mode:04o}: others on this machine may open it",
                f"chmod {'700' if path.is_dir() else '600'} '{path}', then renew what is in it",
            )


def version(patient: Patient) -> Iterator[Finding]:
    """The state is of this release."""
    try:
        require_version(patient.project)
    except AetherMartError as error:
        yield wrong("state version", error.cause, error.fix)
    else:
        yield ok("state version")


def leftovers(patient: Patient) -> Iterator[Finding]:
    """Nothing is left of what was killed: half a backup, half a restore."""
    yield from each(_left(patient), "leftovers")


def _left(patient: Patient) -> Iterator[Finding]:
    state, home = patient.project.state, patient.project.home
    if (state / ".backup").exists() and not held(state / "backup.lock"):
        yield warning(
            "leftovers",
            f"{state / '.backup'} is of a backup that was killed; it takes space",
            "run `aethermart backup create`, which removes it",
        )
    if (home / ".restoring").exists():
        yield warning(
            "leftovers",
            f"{home / '.restoring'} is of a restore that was killed at its very end",
            f"remove it: rm -r '{home / '.restoring'}'",
        )


def locks(patient: Patient) -> Iterator[Finding]:
    """Lock files can be used. None is ever stale: the system frees it with its process."""
    found = sorted(patient.project.state.glob("*.lock"))
    unusable = [path for path in found if not path.is_file()]
    for path in unusable:
        yield wrong("locks", f"{path} is no file: nothing can be locked", f"remove {path}")
    if not unusable:
        running = [path.stem for path in found if held(path)]
        yield ok("locks", f"held: {', '.join(running) or 'none'}")


def backups(patient: Patient) -> Iterator[Finding]:
    """There is a backup, and it is young enough."""
    hours = patient.project.settings.backup.warn_after_hours
    mend = "run `aethermart backup create`, and let a timer do it (docs/operations.md)"
    if not hours:
        yield ok("backup", "not asked for: [backup] warn_after_hours = 0")
        return
    try:
        told = json.loads((patient.project.state / LAST).read_text(encoding="utf-8"))
        made_at, path = datetime.fromisoformat(told["made_at"]), Path(told["path"])
    except FileNotFoundError:
        yield warning("backup", "no backup was ever made of this project", mend)
        return
    except (ValueError, KeyError, TypeError) as error:
        yield warning("backup", f"{patient.project.state / LAST} cannot be read: {error!r}", mend)
        return
    age = (patient.machine.clock() - made_at).total_seconds() / 3600
    if age > hours:
        yield warning("backup", f"the last one is {age:.0f} hours old, of {made_at}", mend)
    elif not path.exists():
        yield ok("backup", f"{age:.0f} hours old; {path} was moved elsewhere")
    else:
        yield ok("backup", f"{age:.0f} hours old")


def published(patient: Patient) -> Iterator[Finding]:
    """Published tables are as young as the settings promise."""
    settings = patient.project.settings.publish
    if not settings.every_s:
        yield ok("published tables", "not asked for: [publish] every_s = 0")
        return
    try:
        found = read_publication(patient.project.home / settings.folder)
    except AetherMartError as error:
        yield wrong("published tables", error.cause, error.fix)
        return
    if found is None:
        yield warning(
            "published tables",
            f"[publish] every_s is {settings.every_s:g}, and nothing was published yet",
            "start `aethermart serve`, or run `aethermart warehouse publish`",
        )
        return
    at = datetime.fromisoformat(found.published_at.replace("Z", "+00:00"))
    age = (patient.machine.clock() - at).total_seconds()
    if age > settings.every_s * _LATE_TIMES + settings.timeout_s:
        yield warning(
            "published tables",
            f"the last publication is {age / 60:.0f} minutes old, every"
            f" {settings.every_s:g} s one was wanted",
            "see state/logs/serve.log for `publish`; start `aethermart serve` if it does not run",
        )
    else:
        yield ok("published tables", f"{age:.0f} s old")


CHECKS: tuple[Check, ...] = (secrets, version, leftovers, locks, backups, published)
