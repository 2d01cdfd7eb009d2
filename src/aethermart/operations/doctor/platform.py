"""The platform's database and what its board says: capture, sinks, dead letters, quarantine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import psycopg

from aethermart import wiring
from aethermart.core.errors import AetherMartError
from aethermart.core.files import write_whole
from aethermart.operations.doctor.finding import (
    Check,
    Finding,
    Patient,
    each,
    ok,
    skipped,
    warning,
    wrong,
)
from aethermart.pipeline.status import Picture
from aethermart.platform_db.migrate import newest_revision, refuse_newer_revision, revision_of
from aethermart.settings.sections import EMBEDDED

_SILENT_S = 60.0  # capture says every 2 s that it lives, but not within a snapshot or a pass
_STALLED_S = 900.0
_GROWN_ROWS = 100
_WAL_BYTES = 1 << 30
_LAST_LOOK = "doctor.json"
_LOGIN = ("password authentication failed", "no password supplied", "role", "pg_hba.conf")


def database(patient: Patient) -> Iterator[Finding]:
    """The platform's database answers, lets us in, and has this release's tables."""
    name = "platform database"
    if not patient.database_up:
        yield skipped(name, "the project's own PostgreSQL does not run")
        return
    dsn = patient.project.platform_dsn()
    try:
        revision = revision_of(dsn)
        refuse_newer_revision(revision)
    except AetherMartError as error:
        mend = error.fix
        if any(words in error.cause for words in _LOGIN):
            mend = "correct user and password in `platform.dsn`, or the secret that it names"
        yield wrong(name, error.cause, mend)
        return
    if revision is None:
        yield ok(name, "empty; `serve` makes the tables")
    elif revision != newest_revision():
        yield wrong(
            name,
            f"its schema {revision} is of an earlier release",
            "stop `aethermart serve` and run `aethermart upgrade`",
        )
    else:
        yield from each(_rights(dsn, name), name)


def _rights(dsn: str, name: str) -> Iterator[Finding]:
    with psycopg.connect(dsn, connect_timeout=5) as connection:
        denied = connection.execute(
            "SELECT t FROM unnest(ARRAY['log_heads', 'log_entries', 'sink_offsets']) AS t"
            " WHERE EXISTS (SELECT FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS r"
            " WHERE NOT has_table_privilege(t, r))"
        ).fetchall()
        user = connection.info.user
    if denied:
        tables = ", ".join(table for (table,) in denied)
        yield wrong(
            name,
            f"user {user!r} may not read and write {tables}",
            f"let the user own the database, or GRANT ALL ON ALL TABLES IN SCHEMA public TO {user}",
        )


def _picture(patient: Patient) -> Picture | None:
    """What the board shows; None where it cannot be asked, which `database` tells."""
    if not patient.database_up:
        return None
    try:
        if revision_of(patient.project.platform_dsn()) is None:
            return None
        return wiring.status_board(patient.project).picture()
    except AetherMartError:
        return None


def capture(patient: Patient) -> Iterator[Finding]:
    """Each shop is captured, and capture lives."""
    picture = _picture(patient)
    if picture is None:
        yield skipped("capture", "the platform database cannot be asked")
        return
    workers = {worker.worker: worker for worker in picture.workers}
    for shop in patient.project.settings.shops:
        name = f"capture of {shop}"
        worker = workers.get(f"capture {shop}")
        if worker is None:
            yield skipped(name, "it was never captured")
            continue
        silent = (patient.machine.clock() - worker.beat_at).total_seconds()
        if worker.state != "running":
            cause, _, mend = (worker.detail or worker.state).partition("\n  fix: ")
            found = wrong if worker.state == "stopped" else warning
            yield found(name, f"{worker.state}: {cause}", mend or "see state/logs/capture.log")
        elif silent > _SILENT_S and patient.serving:
            found = wrong if silent > _STALLED_S else warning
            yield found(
                name,
                f"stalled, or in a long read: no sign of life for {silent:.0f} s",
                "see state/logs/capture.log and what the shop is at; if it stays so, stop and start"
                " `aethermart serve`",
            )
        elif silent > _SILENT_S:
            yield skipped(name, f"it does not run; last at {worker.beat_at:%Y-%m-%d %H:%M} UTC")
        else:
            yield ok(name)
    for shop, table, error in picture.stopped_tables:
        cause, _, mend = error.partition("\n  fix: ")
        yield wrong(
            f"capture of {shop}",
            f"table {table} stands still: {cause}",
            mend or f"mend the table, then `aethermart capture run --snapshot {table}`",
        )


def sinks(patient: Patient) -> Iterator[Finding]:
    """No sink stopped, and none waits before an entry that it cannot apply."""
    picture = _picture(patient)
    if picture is None:
        yield skipped("sinks", "the platform database cannot be asked")
        return
    yield from each(_stuck(picture), "sinks")


def _stuck(picture: Picture) -> Iterator[Finding]:
    for report in picture.sinks:
        if report.status != "running":
            cause, _, mend = (report.error or "no reason given").partition("\n  fix: ")
            found = wrong if report.status == "stopped" else warning
            yield found(
                "sinks",
                f"{report.sink} {report.status} at entry {report.applied + 1} of {report.shop}:"
                f" {cause}",
                mend or "see the dead letter of that entry",
            )


def dead_letters(patient: Patient) -> Iterator[Finding]:
    """No entry waits that a sink could not apply."""
    if _picture(patient) is None:
        yield skipped("dead letters", "the platform database cannot be asked")
        return
    letters = wiring.dead_letters(patient.project).open_letters()
    for letter in letters:
        cause, _, mend = str(letter["error"]).partition("\n  fix: ")
        yield wrong(
            "dead letters",
            f"{letter['sink']} could not apply entry {letter['log_offset']} of {letter['shop']},"
            f" {letter['attempts']} times: {cause}",
            (mend + "; " if mend else "") + "the sink tries again by itself every 30 s, and"
            " everything behind the entry waits",
        )
    if not letters:
        yield ok("dead letters")


def wal(patient: Patient) -> Iterator[Finding]:
    """No replication slot that nobody reads makes the database keep its write-ahead log."""
    project = patient.project
    if not patient.database_up:
        yield skipped("replication slots", "the project's own PostgreSQL does not run")
        return
    dsns = {"platform": project.platform_dsn()}
    for shop, settings in project.settings.shops.items():
        if settings.dsn == EMBEDDED or (settings.dsn or "").startswith("postgres"):
            dsns[shop] = project.shop_dsn(shop)
    yield from each(
        (f for name, dsn in dsns.items() for f in _slots(name, dsn)), "replication slots"
    )


def _slots(name: str, dsn: str) -> Iterator[Finding]:
    try:
        with psycopg.connect(dsn, connect_timeout=5) as connection:
            found = connection.execute(
                "SELECT slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint"
                " FROM pg_replication_slots WHERE NOT active AND NOT pg_is_in_recovery()"
                " AND restart_lsn IS NOT NULL"
            ).fetchall()
    except psycopg.Error:
        return  # whether it can be reached, others say
    for slot, kept in found:
        tell = wrong if kept > _WAL_BYTES else warning
        yield tell(
            "replication slots",
            f"{name}: nobody reads slot {slot!r}, which keeps {kept / 1e6:.0f} MB of the log",
            f"start what reads it, or drop it: SELECT pg_drop_replication_slot('{slot}')",
        )


def quarantine(patient: Patient) -> Iterator[Finding]:
    """Not many rows more are set aside than when doctor last looked."""
    if not patient.serving:
        yield skipped("quarantine", "`serve` does not run, which alone can read the lake")
        return
    try:
        rules = patient.client().lake.quality().rules
    except (AetherMartError, OSError) as error:
        yield warning("quarantine", f"the API does not say: {error}", "see the checks above")
        return
    counts = {f"{r.rule} of {r.shop}.{r.entity}": r.rows for r in rules if r.done == "quarantined"}
    yield grown_of(counts, _last_look(patient))
    now = {"at": patient.machine.clock().isoformat(), "quarantined": counts}
    write_whole(patient.project.state / _LAST_LOOK, json.dumps(now))


def grown_of(counts: dict[str, int], before: dict[str, int] | None) -> Finding:
    """counts and before: rule -> rows set aside; before is None at the first look."""
    total = sum(counts.values())
    if before is None:
        return ok("quarantine", f"{total} rows")
    grown = {rule: rows - before.get(rule, 0) for rule, rows in counts.items()}
    worst = max(grown, key=lambda rule: grown[rule], default="")
    if sum(grown.values()) < _GROWN_ROWS:
        return ok("quarantine", f"{total} rows")
    return warning(
        "quarantine",
        f"{sum(grown.values())} rows more than at the last look, {grown[worst]} by {worst}",
        "look at gold.v_fct_quarantine: mend the rows in the shop, or the pack's staging",
    )


def _last_look(patient: Patient) -> dict[str, int] | None:
    try:
        told = json.loads((patient.project.state / _LAST_LOOK).read_text(encoding="utf-8"))
        datetime.fromisoformat(told["at"])
        return {str(rule): int(rows) for rule, rows in told["quarantined"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


CHECKS: tuple[Check, ...] = (database, capture, sinks, dead_letters, wal, quarantine)
