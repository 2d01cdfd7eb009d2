"""Which transactions are active, from InnoDB's own report.

`information_schema.INNODB_TRX` is cached and may be stale; this is not. Whatever the report lacks
or may have cut off counts as not known, and a line that only looks like a transaction (text of
somebody's query) as one more: it delays, and loses nothing.
"""

from __future__ import annotations

import re
from typing import Any

from aethermart.capture.mariadb.queue.gaps import Active

_BEGIN = b"LIST OF TRANSACTIONS FOR EACH SESSION:"
_END = b"\n--------\nFILE I/O\n--------"
_TRANSACTION = re.compile(rb"^---TRANSACTION (\d+), (?!not started)", re.MULTILINE)
_TRUNCATED = b"truncated..."
_MOST_BYTES = 1_000_000  # the server cuts it at 1 MiB
_READ_ONLY = 1 << 48  # from here on MySQL's stand-ins for transactions without an id


def active_transactions(connection: Any) -> Active | None:
    """Ids of the transactions that may have written; None where the report cannot be trusted."""
    unicode, connection.use_unicode = connection.use_unicode, False  # queries in it may be anything
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW ENGINE INNODB STATUS")
            rows = cursor.fetchall()
    finally:
        connection.use_unicode = unicode
    return parse_status(bytes(rows[0][2])) if rows else None


def parse_status(report: bytes) -> Active | None:
    # The first beginning and the last end: what a query quotes can only add to what is between.
    begin, end = report.find(_BEGIN), report.rfind(_END)
    if not 0 <= begin < end or len(report) >= _MOST_BYTES or _TRUNCATED in report:
        return None
    ids = map(int, _TRANSACTION.findall(report, begin, end))
    return frozenset(number for number in ids if number < _READ_ONLY)
