"""Where a page ended, as text that a caller hands back: the sort and the last row's values in it.

It holds values alone, never SQL; one that was changed by hand asks for other rows or is refused.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

from aethermart.core.errors import BadInput


def write(sort: str, last: Sequence[object]) -> str:
    texts = [None if value is None else str(value) for value in last]
    return base64.urlsafe_b64encode(json.dumps([sort, texts]).encode()).decode().rstrip("=")


def read(cursor: str, sort: str, columns: int) -> list[str | None]:
    """The last row's values. Raises BadInput for a cursor of another question, or of none."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        of_sort, last = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        fits = of_sort == sort and len(last) == columns
        if fits and all(value is None or isinstance(value, str) for value in last):
            return list(last)
    except (binascii.Error, ValueError, TypeError):
        pass
    raise BadInput(
        f"{cursor!r} is no cursor of this question",
        fix="pass `next_cursor` of the page before, with the same table and `sort`",
    )
