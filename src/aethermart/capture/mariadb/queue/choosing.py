"""Queue or compare for a MariaDB or MySQL shop that does not say which."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from typing import Any

from aethermart.capture.chosen import ChosenSource
from aethermart.capture.mariadb.queue.install import QUEUE, READER, has_queue
from aethermart.capture.mariadb.queue.server import (
    connect_writing,
    queue_explained,
    require_capturable,
)
from aethermart.capture.mariadb.queue.source import MariadbQueueSource, MariadbShop
from aethermart.capture.mariadb.queue.status import active_transactions
from aethermart.capture.mariadb.queue.tables import faults, look
from aethermart.capture.source import Source
from aethermart.core.errors import BadInput, Forbidden
from aethermart.servers.mysql_client import parse_address

_log = logging.getLogger(__name__)


def mariadb_source(
    shop: MariadbShop, capture: str, queue: MariadbQueueSource, compared: Source
) -> Source:
    """capture  of the shop's settings: queue, compare or auto"""
    if capture == "compare":
        return compared
    if capture == "queue":
        return queue
    suits: Callable[[MariadbShop], bool] = _makeable if shop.allow_ddl else usable_queue
    return ChosenSource(shop.name, lambda: queue if suits(shop) else compared)


def usable_queue(shop: MariadbShop) -> bool:
    """Whether the shop has a change queue that this user may read, mark and clean."""
    with closing(connect_writing(shop.dsn, shop.name)) as connection:
        try:
            with queue_explained(shop.name, parse_address(shop.dsn, shop.name).user):
                if not has_queue(connection):
                    return False
                _may_use(connection)
                require_capturable(connection, shop.name)
        except (BadInput, Forbidden):
            return False
    return True


def _may_use(connection: Any) -> None:
    active_transactions(connection)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {QUEUE} WHERE id = 0")
        cursor.execute(f"UPDATE {READER} SET times_read = times_read WHERE one = 0")


def _makeable(shop: MariadbShop) -> bool:
    """Whether a queue can tell all of the pack's tables; where not, why is logged."""
    user = parse_address(shop.dsn, shop.name).user
    with (
        closing(connect_writing(shop.dsn, shop.name)) as connection,
        queue_explained(shop.name, user),
    ):
        try:
            require_capturable(connection, shop.name)
            why = faults(look(connection, user, shop.tables).values())
        except BadInput as error:
            why = [error.cause]
    if why:
        _log.warning("%s is captured by compare, not by a queue: %s", shop.name, "; ".join(why))
    return not why
