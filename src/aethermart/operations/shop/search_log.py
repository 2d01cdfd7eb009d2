"""Searches and what came of them, as events of our own store.

Written behind the answers, in batches: a search waits for none of it and fails for none of it. What
the store does not take in time is dropped and counted. A shop that is not our own gets no events,
and they are kept nowhere else.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any, Literal

from aethermart.client.answers.shop import SearchAnswer, SearchEvent
from aethermart.core.clock import Clock, utc_now
from aethermart.core.errors import AetherMartError, Transient
from aethermart.core.logs import masked
from aethermart.identity.roles import Caller
from aethermart.operations.store import primary_dsn
from aethermart.pipeline.backoff import Backoff
from aethermart.pipeline.faults import as_ours
from aethermart.store.connect import connect
from aethermart.store.engagement import record
from aethermart.wiring import Project, primary_shop

_log = logging.getLogger(__name__)
_LONGEST = 100  # clickstream_events.search_query
_BATCH = 500
_EVERY_S = 0.5
_MOST_WAITING = 10_000  # some 5 MB
_OWN_PACK = "aethermart"
# Telephone numbers as people write them at home; `masked` knows those with a country's code.
_PHONE = re.compile(r"(?<!\w)0\d[\d ()/-]{5,}\d(?!\w)")
_TYPES: Mapping[Literal["click", "cart"], str] = {"click": "product_view", "cart": "add_to_cart"}

Event = dict[str, Any]
Send = Callable[[Sequence[Event]], object]


class SearchLog:
    """operations.shop.live_shop.Noted.

    shop     our own; None where there is none: then nothing is noted
    send     brings a batch into the shop's store, whole or not at all
    dropped  events that never got there
    """

    def __init__(
        self,
        shop: str | None,
        send: Send,
        *,
        most_waiting: int = _MOST_WAITING,
        every_s: float = _EVERY_S,
        clock: Clock = utc_now,
    ) -> None:
        self._shop = shop
        self._send = send
        self._most_waiting = most_waiting
        self._every_s = every_s
        self._clock = clock
        self._waiting: deque[Event] = deque()
        self._lock = threading.Lock()
        self.dropped = 0

    def searched(self, answer: SearchAnswer, caller: Caller) -> None:
        query = safe_query(answer.query)
        if answer.shop == self._shop and query:  # without words somebody only looks around
            event = self._event("search", answer.search_id, caller)
            # What is shown once words were given up did not match.
            matched = 0 if answer.relaxed else answer.total
            event |= {"search_query": query, "result_count": matched}
            self._note([event])

    def did(self, shop: str, did: Sequence[tuple[SearchEvent, str]], caller: Caller) -> int:
        if shop != self._shop:
            return 0
        return self._note(
            [
                self._event(_TYPES[event.kind], event.search_id, caller)
                | {"product_id": int(product_id), "hit_position": event.position}
                for event, product_id in did
            ]
        )

    def run(self, stop: threading.Event) -> None:
        """Send what is waiting until `stop` is set, and once more then."""
        backoff = Backoff()
        while not stop.is_set():
            stop.wait(self._every_s)
            try:
                while self.send_some():
                    pass
                backoff.reset()
            except Exception as raised:  # noqa: BLE001 - the worker's edge
                _log.warning("searches wait to be noted: %s", as_ours(raised, "the store"))
                stop.wait(backoff.next_s())

    def send_some(self) -> int:
        """Send a batch; how many events it had. One that can never be taken is dropped.

        Raises what may pass; the batch waits on.
        """
        with self._lock:
            batch = [self._waiting[at] for at in range(min(_BATCH, len(self._waiting)))]
        if not batch:
            return 0
        try:
            self._send(batch)
        except AetherMartError as error:
            if isinstance(error, Transient):
                raise
            self._drop(len(batch), str(error))
        with self._lock:
            for _ in batch:
                self._waiting.popleft()
        return len(batch)

    def _event(self, kind: str, search_id: str, caller: Caller) -> Event:
        # One log-in is one visit; nobody can be told from its number.
        visit = hashlib.sha256((caller.session or search_id).encode()).hexdigest()[:16]
        return {
            "session_id": f"search-{visit}",
            "event_type": kind,
            "channel": "web",
            "device": "unknown",
            "page": "/shop/search",
            "occurred_at": self._clock().isoformat(),
            "search_id": search_id,
        }

    def _note(self, events: Sequence[Event]) -> int:
        with self._lock:
            taken = events[: max(0, self._most_waiting - len(self._waiting))]
            self._waiting.extend(taken)
        if len(taken) < len(events):
            self._drop(len(events) - len(taken), "too many wait")
        return len(taken)

    def _drop(self, events: int, why: str) -> None:
        self.dropped += events
        _log.warning("%d events of searches dropped, %d so far: %s", events, self.dropped, why)


def safe_query(query: str) -> str:
    """What was typed without what looks personal, cut to what the store takes."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in query).split())
    return _PHONE.sub("[phone]", masked(plain))[:_LONGEST]


def search_log(project: Project) -> SearchLog:
    """Of the primary shop, where it is a store of ours."""
    name = primary_shop(project)
    ours = name is not None and project.settings.shops[name].pack == _OWN_PACK

    def send(events: Sequence[Event]) -> int:
        with closing(connect(primary_dsn(project))) as session:
            return record(session, "clickstream_events", events)

    return SearchLog(name if ours else None, send)
