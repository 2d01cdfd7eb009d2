"""The audit: who did what to what, when and from where, in a chain that shows tampering.

Every event's hash covers the event before it, and a head of one row says where the chain ends: an
event changed, left out, put in or cut off at the end is found by `verify`. Whoever can rewrite all
of both tables can forge the chain, too: note the head's hash elsewhere from time to time.

It lives here and not in the API, for what people do at the command line and what later systems
decide is audited as well; lower floors are handed `record` as a port of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, insert, select, text, update

from aethermart.core.clock import Clock, utc_now
from aethermart.core.errors import Terminal
from aethermart.platform_db.reach import reached
from aethermart.platform_db.tables import audit_events, audit_head

_LONGEST = 500
_READ_ROWS = 5000
Origin = Callable[[], tuple[str, str]]


class Tampered(Terminal):
    """The audit's chain does not hold."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain that holds: how many events, and the hash of the last."""

    events: int
    head: str


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """event_id  1, 2, 3 … without a gap"""

    event_id: int
    at: datetime
    actor: str
    action: str
    target: str
    outcome: str
    request_id: str
    address: str
    previous_hash: str

    def hash(self) -> str:
        """SHA-256 over every field, the hash before it among them."""
        fields = [
            self.event_id,
            self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.actor,
            self.action,
            self.target,
            self.outcome,
            self.request_id,
            self.address,
            self.previous_hash,
        ]
        return hashlib.sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()


class AuditTrail:
    """origin  request id and address of the request that is being answered"""

    def __init__(
        self, engine: Engine, origin: Origin = lambda: ("", ""), clock: Clock = utc_now
    ) -> None:
        self._engine = engine
        self._origin = origin
        self._clock = clock

    def record(self, actor: str, action: str, target: str, outcome: str) -> None:
        """Append one event. Pass names and ids, never bodies: what is in stays in.

        Raises Unavailable where the platform database does not answer.
        """
        request_id, address = self._origin()
        with reached(self._engine) as connection:
            last_id, last_hash = _head(connection, for_update=True)
            event = AuditEvent(
                event_id=last_id + 1,
                at=self._clock(),
                actor=_clean(actor),
                action=_clean(action),
                target=_clean(target),
                outcome=_clean(outcome),
                request_id=_clean(request_id),
                address=_clean(address),
                previous_hash=last_hash,
            )
            values = {name: getattr(event, name) for name in AuditEvent.__slots__}
            connection.execute(insert(audit_events).values(**values, hash=event.hash()))
            connection.execute(
                update(audit_head).values(event_id=event.event_id, hash=event.hash())
            )

    def verify(self) -> Chain:
        """Read the whole chain. Raises Tampered naming the first event that does not hold."""
        with reached(self._engine) as connection:
            # One picture of both tables, while others go on appending.
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            end = _head(connection)
            last_id, last_hash = 0, ""
            for event, kept_hash in _events(connection):
                expected = (last_id + 1, last_hash, kept_hash)
                if (event.event_id, event.previous_hash, event.hash()) != expected:
                    raise _broken(last_id + 1)
                last_id, last_hash = event.event_id, kept_hash
        if (last_id, last_hash) != end:
            raise _broken(last_id + 1)
        return Chain(last_id, last_hash)


def _broken(event_id: int) -> Tampered:
    return Tampered(
        f"the audit's event {event_id} was changed, left out or put in by hand",
        fix="compare with a backup of audit_events from before, and ask who may write there",
    )


def _head(connection: Connection, *, for_update: bool = False) -> tuple[int, str]:
    asked = select(audit_head.c.event_id, audit_head.c.hash)
    found = connection.execute(asked.with_for_update() if for_update else asked).one()
    return int(found.event_id), str(found.hash)


def _events(connection: Connection) -> Iterator[tuple[AuditEvent, str]]:
    asked = select(audit_events).order_by(audit_events.c.event_id).limit(_READ_ROWS)
    last = None
    while True:
        behind = asked if last is None else asked.where(audit_events.c.event_id > last)
        rows = connection.execute(behind).mappings().all()
        for row in rows:
            yield AuditEvent(**{name: row[name] for name in AuditEvent.__slots__}), row["hash"]
        if len(rows) < _READ_ROWS:
            return
        last = rows[-1]["event_id"]


def _clean(told: str) -> str:
    """As PostgreSQL can hold it and JSON can write it."""
    told = told.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return told.encode("utf-8", "replace").decode()[:_LONGEST]
