"""Where a next page begins: behind the last product shown, wherever that one stands by then."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass

from aethermart.core.errors import BadInput
from aethermart.skills.search.records import Constraints, Product, Sort


@dataclass(frozen=True, slots=True)
class After:
    """The last product of the page before.

    shown  how many stood before the next page
    value  by which it was sorted: price or rating; None for other orders and where not known
    """

    shown: int
    uid: str
    value: float | None


def key_of(query: str, filters: Constraints | None, sort: str) -> int:
    """Of one question: a cursor of another one is refused."""
    return zlib.crc32(f"{query}\n{filters}\n{sort}".encode())


def written(shown: int, last: Product, sort: Sort, key: int) -> str:
    by = {"rating": last.rating, "price_asc": last.price, "price_desc": last.price}.get(sort)
    told = [shown, last.product_uid, None if by is None else float(by), key]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()


def read(cursor: str, key: int) -> After:
    """Raises BadInput for what is no cursor of this question."""
    try:
        shown, uid, value, of = json.loads(base64.urlsafe_b64decode(cursor))
        if of == key and isinstance(shown, int) and shown >= 0 and isinstance(uid, str):
            return After(shown, uid, None if value is None else float(value))
    except (binascii.Error, ValueError, TypeError):
        pass
    raise BadInput(
        f"the cursor {cursor!r} belongs to another query",
        fix="ask for the first page again",
    )


def gone(uid: str) -> BadInput:
    return BadInput(
        f"the product {uid!r}, with which the page before ended, is gone from the catalogue",
        fix="ask for the first page again",
    )
