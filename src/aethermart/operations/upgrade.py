"""`upgrade`: bring a project's state from an earlier release to this one.

A backup first; then the platform database, in one transaction; then the mirror, a cache: where its
form is older it is deleted, and `serve` replays the log into a new one; the version last. Each step
does nothing where it was done, so an upgrade that was interrupted is simply run again.

`serve` does not do this on its way: it would have to begin without a backup. It makes the tables of
an empty database, and refuses older state with the word to run `upgrade`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aethermart.core import failpoints
from aethermart.core.files import only_one
from aethermart.operations.backup.create import create_backup
from aethermart.operations.progress import Progress, Say
from aethermart.operations.servers import servers_running, unused
from aethermart.operations.state_version import (
    our_version,
    read_version,
    refuse_newer,
    write_version,
)
from aethermart.platform_db.migrate import (
    migrate,
    newest_revision,
    refuse_newer_revision,
    revision_of,
)
from aethermart.wiring import Project


@dataclass(frozen=True, slots=True)
class Upgraded:
    """revision_before  of the platform database; None where it was empty
    backup           None where none was wanted, or nothing had to be done
    """

    release_before: str
    revision_before: str | None
    revision: str
    mirror_rebuilt: bool
    backup: Path | None

    @property
    def changed(self) -> bool:
        return self.mirror_rebuilt or self.revision_before != self.revision


def needs_upgrade(project: Project) -> bool:
    """Whether an earlier release ran here; asks the folder alone, not the database."""
    return project.lake_file.exists() and read_version(project) != our_version()


def upgrade(project: Project, *, backup: bool = True, say: Say | None = None) -> Upgraded:
    """Bring the state forward; nothing else may use the project.

    Raises Conflict while it is in use, NewerState, and what a backup raises.
    """
    tell = say or (lambda _: None)
    with unused(project.home):
        before = refuse_newer(project)
    with (
        only_one(project.state / "serve.lock", "`aethermart serve` or an upgrade"),
        servers_running(project, migrated=False),
    ):
        dsn, ours = project.platform_dsn(), our_version()
        revision = revision_of(dsn)
        refuse_newer_revision(revision)
        older_mirror = before.mirror != ours.mirror and project.lake_file.exists()
        needed = revision != newest_revision() or older_mirror or before.layout != ours.layout
        made = None
        if needed and backup and revision is not None:
            tell(Progress("Taking a backup"))
            made = create_backup(project, secrets=True, say=say).path
        tell(Progress("Migrating the platform database"))
        migrate(dsn)
        failpoints.reached("upgrade.migrated")
        if older_mirror:
            for path in (project.lake_file, project.lake_file.with_suffix(".duckdb.wal")):
                path.unlink(missing_ok=True)
        write_version(project)
    return Upgraded(before.release, revision, newest_revision(), older_mirror, made)
