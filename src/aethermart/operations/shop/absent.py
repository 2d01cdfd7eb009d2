"""What /shop answers where search's libraries are not installed: that, and what to install."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from aethermart.client.answers.shop import SearchEvent, Wanted
from aethermart.core.errors import Terminal, Unavailable
from aethermart.identity.roles import Caller


class Absent:
    """missing  what was raised when they were imported"""

    def __init__(self, missing: Terminal) -> None:
        self._missing = missing

    def search(self, shop: str | None, wanted: Wanted, caller: Caller) -> NoReturn:
        self._refuse()

    def suggestions(self, shop: str | None, typed: str, limit: int) -> NoReturn:
        self._refuse()

    def products(self, shop: str | None, after: str | None, limit: int, caller: Caller) -> NoReturn:
        self._refuse()

    def product(self, shop: str | None, sku: str, caller: Caller) -> NoReturn:
        self._refuse()

    def similar(self, shop: str | None, sku: str, limit: int, caller: Caller) -> NoReturn:
        self._refuse()

    def record(self, shop: str | None, events: Sequence[SearchEvent], caller: Caller) -> NoReturn:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Unavailable(self._missing.cause, fix=self._missing.fix)
