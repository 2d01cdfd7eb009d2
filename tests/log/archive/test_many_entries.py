"""However many entries one read takes, each comes back with its own rows."""

from __future__ import annotations

import dataclasses

import pytest

from aethermart.core.entries import Batch
from aethermart.log.archive.archive import Archive
from tests.log.archive.shop_entries import ITEMS, SHOP, assert_same, logged, rows_of


@pytest.mark.parametrize("step", [1, 4, 16])
def test_each_entry_has_its_own_rows(archive: Archive, step: int) -> None:
    """Ids as captures give them; Arrow groups them in an order of its own."""
    entries = []
    for offset in range(1, 400):
        name = f"{offset * step:016x}abcdef123456"
        rows = rows_of(ITEMS, name, offset, [{"item_id": offset}])
        plain = logged(offset, [Batch("items", rows)])
        entries.append(dataclasses.replace(plain, entry=dataclasses.replace(plain.entry, id=name)))
    archive.apply(entries)
    for limit in (3, 19, 100, 399):
        assert_same(archive.read(SHOP, 0, limit), entries[:limit])
