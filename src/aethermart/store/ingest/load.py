"""Load one file: look it through, stage it, then let the store's procedures judge every record.

Records in = kept + rejected, each of these with the name of the rule it broke. A load is known by
what its file holds: killed anywhere and begun again it ends with the same rows, and a finished one
is not done twice unless asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aethermart.core.errors import BadInput, Conflict
from aethermart.store.ingest.entities import Entity, Header, mapped
from aethermart.store.ingest.records import Source, columns_of
from aethermart.store.ingest.staging import How, Load, Staging
from aethermart.store.ingest.survey import (
    Bytes,
    Survey,
    bytes_of,
    fingerprint,
    judged,
    survey,
)
from aethermart.store.mariadb.session import MariadbSession

BATCH = 5_000  # records a transaction: benchmarks/store_load.py
_SHOWN = 20  # rejected records in a report


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    again     the file had been loaded before, and nothing was done
    resumed   a killed load of it was brought to its end
    rules     rejected records a rule; notes: values left out of kept records, a rule
    rejects   the first rejected records: line, rule, value, reason
    left_out  columns of the file that no field takes
    """

    entity: str
    load_id: int
    rows_in: int
    kept: int
    rejected: int
    again: bool
    resumed: bool
    rules: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def load_file(
    session: MariadbSession,
    entity: Entity,
    source: Source,
    *,
    how: How = "local",
    columns: Mapping[str, str] | None = None,
    again: bool = False,
    batch: int = BATCH,
    progress: Callable[[int, int], None] | None = None,
) -> Loaded:
    """
    session   over a connection of `local_infile.connect`
    columns   column of the file -> field, before their own names
    again     load a finished file once more
    progress  told how many records are judged, of how many

    Raises BadInput (the file is not of its form, or the server cannot read it), Conflict (another
    load of the entity runs), Unavailable. What was done up to then stays done.
    """
    names, source = columns_of(source)
    header = mapped(entity, names, columns or {})
    content = bytes_of(source)
    known_as = fingerprint(content, source, entity, header)
    staging = Staging(session, entity)
    with staging.alone():
        last = staging.last(known_as)
        if last is not None and last.state == "done" and not again:
            return _report(staging, entity, header, last, again=True, resumed=False)
        resumed = last is not None and last.state != "done"
        if last is not None and resumed:
            load_id, is_staged, count = last.load_id, last.state == "staged", last.rows_in or 0
        else:
            is_staged, load_id, count = False, 0, 0
        if not is_staged:
            found = survey(source, content, entity, header)
            if not load_id:
                run = last.run + 1 if last is not None else 1
                load_id = staging.begin(known_as, run, source.file.name)
            count = _stage(staging, load_id, header, source, content, found, entity, how)
        ended = _judge(staging, load_id, count, batch, progress)
        return _report(staging, entity, header, ended, again=False, resumed=resumed)


def _stage(
    staging: Staging,
    load_id: int,
    header: Header,
    source: Source,
    content: Bytes,
    found: Survey,
    entity: Entity,
    how: How,
) -> int:
    if how == "server" and found.otherwise is not None:
        raise BadInput(
            f"LOAD DATA INFILE would not read {source.file.name} as it is meant: {found.otherwise}",
            fix="use --how local, which sends it in a form that is read in one way",
        )
    staging.clear(load_id)
    if how != "python" and found.otherwise is None and content.line_end is not None:
        count = staging.as_it_is(load_id, header, source, content.line_end, how)
    else:
        by = staging.by_python if how == "python" else staging.by_local
        count = by(load_id, header, judged(source, entity, header))
    if count != found.count:
        staging.clear(load_id)
        raise Conflict(
            f"{source.file.name} changed while it was loaded: {found.count} records were counted"
            f" and {count} came",
            fix="load it again when it is complete",
        )
    staging.staged(load_id, count)
    return count


def _judge(
    staging: Staging,
    load_id: int,
    count: int,
    batch: int,
    progress: Callable[[int, int], None] | None,
) -> Load:
    done = 0
    while taken := staging.step(load_id, batch):
        done += taken
        if progress is not None:
            progress(done, count)
    return staging.end(load_id)


def _report(
    staging: Staging, entity: Entity, header: Header, load: Load, *, again: bool, resumed: bool
) -> Loaded:
    rules, first = staging.rejections(load.load_id, _SHOWN)
    return Loaded(
        entity=entity.name,
        load_id=load.load_id,
        rows_in=load.rows_in or 0,
        kept=load.kept,
        rejected=load.rejected,
        again=again,
        resumed=resumed,
        rules=rules,
        notes=staging.notes(load.load_id),
        rejects=first,
        left_out=header.left_out,
    )
