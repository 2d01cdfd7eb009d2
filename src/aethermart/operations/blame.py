"""Which hop a late shop waits for: the earliest whose own delay exceeds its bound.

A hop's own delay is how far it is behind the hop before it, so a hop that only waits for another is
on time. A quiet shop is not late anywhere: capture looks, heartbeats go through the log, and every
hop has the last of them. A hop of which nothing is known is not blamed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from aethermart.client.answers.lake import Hop, HopName
from aethermart.core.clock import lag_s
from aethermart.pipeline.status import HeadReport, SinkReport, WorkerReport

LOG_DETAIL = "log: "  # how a capture's report begins whose append failed


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds that each hop may be behind the one before it.

    capture  reports every 2 s, or when a look at a large shop ends
    archive  takes heartbeats alone only every 10 s
    """

    capture_s: float = 20.0
    log_s: float = 10.0
    mirror_s: float = 10.0
    archive_s: float = 60.0
    publish_s: float = 120.0  # beside two intervals of publishing


@dataclass(frozen=True, slots=True)
class Hops:
    """What the hops' owners say beside the status board.

    refresh_failure  of a shop: why its kept tables could not be renewed last, None where they were
    published_as_of  of a shop, in the newest publication; None where there is none
    publish_every_s  0: nothing is published on an interval
    compare_every_s  of a shop that is compared: seconds between two passes, each an entry at most
    """

    refresh_failure: Callable[[str], str | None] = lambda _shop: None
    published_as_of: Callable[[str], datetime | None] = lambda _shop: None
    publish_every_s: float = 0.0
    compare_every_s: Mapping[str, float] = field(default_factory=dict)
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class Seen:
    """One shop's hops as they were last seen; None where the board has no word of one."""

    capture: WorkerReport | None
    head: HeadReport | None
    mirror_offset: int
    mirror_as_of: datetime | None
    mirror: SinkReport | None
    archive: SinkReport | None


class _Late(NamedTuple):
    """own_s: None where it cannot be told. why: for the reader, should it be the guilty one."""

    hop: Hop
    name: HopName
    why: str


class Blamed(NamedTuple):
    hops: tuple[Hop, ...]
    guilty: HopName | None
    why: str | None


def blame(shop: str, seen: Seen, told: Hops, now: datetime) -> Blamed:
    pass_s = 2 * told.compare_every_s.get(shop, 0.0)
    judged = [
        _capture(seen, told.bounds.capture_s + pass_s, now),
        _log(seen, told.bounds.log_s + pass_s, now),
        _mirror(seen, told.bounds, now, told.refresh_failure(shop)),
        _warehouse(seen, now, told.refresh_failure(shop)),
        _archive(seen, told.bounds, now),
    ]
    if told.publish_every_s > 0:
        judged.append(_publish(seen, told, now, told.published_as_of(shop)))
    guilty = next((each for each in judged if each.hop.late), None)
    return Blamed(
        tuple(each.hop for each in judged),
        guilty.name if guilty else None,
        guilty.why if guilty else None,
    )


def _capture(seen: Seen, bound_s: float, now: datetime) -> _Late:
    at = _looked_at(seen)
    own_s = lag_s(now, at) if at else None
    offset = seen.head.last_offset if seen.head else None
    detail = seen.capture.detail if seen.capture else None
    why = f"capture has not looked at the shop for {_seconds(own_s)}{_said(detail)}"
    return _judged("capture", offset, at, own_s, bound_s, now, why)


def _looked_at(seen: Seen) -> datetime | None:
    """When capture last got through a look at the shop, or what it saw reached the log."""
    times = [seen.head.logged_at] if seen.head else []
    report = seen.capture
    if report and (report.state == "running" or (report.detail or "").startswith(LOG_DETAIL)):
        times.append(report.beat_at)
    return max((time for time in times if time is not None), default=None)


def _log(seen: Seen, bound_s: float, now: datetime) -> _Late:
    looked_at, head = _looked_at(seen), seen.head
    logged_at = head.logged_at if head else None
    own_s = _behind(looked_at, logged_at)
    detail = seen.capture.detail if seen.capture else None
    why = f"what capture reads has not reached the log for {_seconds(own_s)}{_said(detail)}"
    return _judged("log", head.last_offset if head else None, logged_at, own_s, bound_s, now, why)


def _mirror(seen: Seen, bounds: Bounds, now: datetime, refresh_failure: str | None) -> _Late:
    own_s = 0.0 if refresh_failure else _mirror_behind_s(seen)
    error = seen.mirror.error if seen.mirror else None
    why = (
        f"the mirror is {_place(seen, seen.mirror_offset)}, {_seconds(own_s)} behind{_said(error)}"
    )
    # Before the first snapshot is in, there is no time to be behind; an error is one all the same.
    stuck = own_s is None and seen.mirror is not None and seen.mirror.status != "running"
    return _judged(
        "mirror", seen.mirror_offset, seen.mirror_as_of, own_s, bounds.mirror_s, now, why, stuck
    )


def _warehouse(seen: Seen, now: datetime, refresh_failure: str | None) -> _Late:
    """It renews gold in the mirror's own transaction: it is late when that fails, or never."""
    own_s = _mirror_behind_s(seen) if refresh_failure else 0.0
    why = f"gold cannot be renewed{_said(refresh_failure)}"
    return _judged(
        "warehouse", seen.mirror_offset, seen.mirror_as_of, own_s, 0.0, now, why,
        refresh_failure is not None,
    )  # fmt: skip


def _mirror_behind_s(seen: Seen) -> float | None:
    if seen.head is None or seen.head.last_offset <= seen.mirror_offset:
        return 0.0
    return _behind(seen.head.captured_at, seen.mirror_as_of)


def _archive(seen: Seen, bounds: Bounds, now: datetime) -> _Late:
    report, head = seen.archive, seen.head
    offset, at = (report.applied, report.as_of) if report else (None, None)
    own_s = _behind(head.captured_at, at) if head else None
    if head and offset is not None and offset >= head.last_offset:
        own_s = 0.0
    error = report.error if report else None
    why = f"the archive is {_place(seen, offset or 0)}, {_seconds(own_s)} behind{_said(error)}"
    return _judged("archive", offset, at, own_s, bounds.archive_s, now, why)


def _publish(seen: Seen, told: Hops, now: datetime, published: datetime | None) -> _Late:
    own_s = _behind(seen.mirror_as_of, published)
    bound_s = told.bounds.publish_s + 2 * told.publish_every_s
    why = f"the newest publication is {_seconds(own_s)} behind the lake"
    return _judged("publish", None, published, own_s, bound_s, now, why)


def _judged(
    name: HopName,
    offset: int | None,
    at: datetime | None,
    own_s: float | None,
    bound_s: float,
    now: datetime,
    why: str,
    stuck: bool = False,
) -> _Late:
    hop = Hop(
        hop=name,
        offset=offset,
        at=at,
        lag_s=lag_s(now, at) if at else None,
        own_s=None if own_s is None else round(own_s, 3),
        bound_s=bound_s,
        late=stuck or (own_s is not None and own_s > bound_s),
    )
    return _Late(hop, name, why)


def _behind(before: datetime | None, at: datetime | None) -> float | None:
    if before is None or at is None:
        return None
    return max(before - at, timedelta()).total_seconds()


def _place(seen: Seen, offset: int) -> str:
    head = seen.head.last_offset if seen.head else "an unknown number"
    return f"at entry {offset} of {head}"


def _seconds(own_s: float | None) -> str:
    return "an unknown time" if own_s is None else f"{own_s:.0f} s"


def _said(detail: str | None) -> str:
    """The first line of what it said of itself."""
    text = (detail or "").removeprefix(LOG_DETAIL).strip()
    return f": {text.splitlines()[0]}" if text else ""
