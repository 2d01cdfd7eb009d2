"""Lists page by page: what every list takes from its request, and how a page is cut.

A page begins behind the last item of the page before, by that item's sort key: items that come in
between are neither shown twice nor push others out of sight. The key travels in a signed cursor
that counts for one path and one query alone, so a route may trust what it reads back.

    class RunsAsked(PageAsked):
        status: str | None = None

    @router.get("/runs", dependencies=_READ)
    def runs(ops: OpsOf, request: Request, asked: Annotated[RunsAsked, Query()]) -> RunPage:
        place = place_of(request, asked)
        found = ops.runs(asked.status, after=place.after, limit=place.fetched)
        return place.page(RunPage, found, key=lambda run: (run.run_id,))
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from aethermart.client.answers.values import Page
from aethermart.core.errors import BadInput

MOST_ITEMS = 500
_LONGEST = 2000
_SIGNATURE = 16  # bytes
T = TypeVar("T")
P = TypeVar("P", bound=Page[Any])


class PageAsked(BaseModel):
    """Query of a list; a list with filters adds its own fields. Unknown names are refused."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=100, ge=1, le=MOST_ITEMS, description="Items on a page.")
    cursor: str | None = Field(
        default=None, max_length=_LONGEST, description="`next_cursor` of the page before."
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its list a request stands.

    limit  most items on the page
    after  sort key of the last item shown so far, as `page` was given it; None at the start
    """

    limit: int
    after: tuple[Any, ...] | None
    _question: bytes = field(repr=False)
    _key: bytes = field(repr=False)

    @property
    def fetched(self) -> int:
        """How many items to fetch: one beyond the page tells whether there is a next one."""
        return self.limit + 1

    def page(self, kind: type[P], found: Sequence[T], key: Callable[[T], tuple[Any, ...]]) -> P:
        """The page of the items found behind `after`, at most `fetched`, in order.

        key  an item's sort key: texts, ints and None, no two items alike
        """
        shown = found[: self.limit]
        cursor = None
        if len(found) > len(shown):
            cursor = self.cursor(key(shown[-1]))
        return kind(items=tuple(shown), next_cursor=cursor)

    def cursor(self, after: tuple[Any, ...]) -> str:
        """Of the page that begins behind a key, for a list that knows its own next page."""
        return _written(after, self._question, self._key)


def place_of(request: Request, asked: PageAsked) -> Place:
    """Raises BadInput for a cursor of another list or query, or of none."""
    question = _question(request, asked)
    key: bytes = request.app.state.gateway.cursor_key
    after = None if asked.cursor is None else _read(asked.cursor, question, key)
    return Place(asked.limit, after, question, key)


def _question(request: Request, asked: PageAsked) -> bytes:
    """Path and filters; another `limit` may go on with the same cursor."""
    filters = asked.model_dump(mode="json", exclude={"limit", "cursor"})
    return json.dumps([request.url.path, filters], sort_keys=True).encode()


def _signature(payload: bytes, question: bytes, key: bytes) -> bytes:
    message = len(question).to_bytes(4, "big") + question + payload
    return hmac.new(key, message, hashlib.sha256).digest()[:_SIGNATURE]


def _written(after: tuple[Any, ...], question: bytes, key: bytes) -> str:
    payload = json.dumps(after, separators=(",", ":")).encode()
    signed = _signature(payload, question, key) + payload
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def _read(cursor: str, question: bytes, key: bytes) -> tuple[Any, ...]:
    try:
        signed = base64.urlsafe_b64decode((cursor + "=" * (-len(cursor) % 4)).encode("ascii"))
    except (binascii.Error, ValueError):
        signed = b""
    signature, payload = signed[:_SIGNATURE], signed[_SIGNATURE:]
    if not hmac.compare_digest(signature, _signature(payload, question, key)):
        raise BadInput(
            f"{cursor!r} is no cursor of this list",
            fix="pass `next_cursor` of the page before with the same path and filters, "
            "or begin again without a cursor",
        )
    return tuple(json.loads(payload))
