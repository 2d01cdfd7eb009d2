"""B5: no hit breaks a constraint, in 500 queries whose demands were written down beside them."""

from __future__ import annotations

from collections import Counter

import pytest

from aethermart.skills.search.engine import SearchEngine
from benchmarks.search import kinds_read
from benchmarks.search_shop import Labelled, Ware, make_queries


@pytest.fixture(scope="module")
def queries() -> list[Labelled]:
    return make_queries(seed=11, size=500)


@pytest.mark.promise("B5")
def test_no_hit_breaks_a_demand_in_500_queries(
    shop: SearchEngine, wares: list[Ware], queries: list[Labelled]
) -> None:
    facts = {ware.product.product_uid: ware for ware in wares}
    broken, shown = [], 0
    for labelled in queries:
        for hit in shop.search(labelled.query, limit=20).hits:
            ware = facts[hit.product.product_uid]
            shown += 1
            broken += [
                (labelled.query, kind) for kind, met in labelled.met.items() if not met(ware)
            ]
            assert ware.product.visible
    assert broken == []
    assert shown > 5000


@pytest.mark.promise("B5")
def test_every_demand_is_read_and_none_is_made_up(
    shop: SearchEngine, queries: list[Labelled]
) -> None:
    wrong: Counter[str] = Counter()
    for labelled in queries:
        read = kinds_read(shop.understand(labelled.query).constraints)
        wrong.update(f"missed {kind}" for kind in labelled.demands.keys() - read)
        wrong.update(f"made up {kind}" for kind in read - labelled.demands.keys())
    assert wrong == {}
    assert sum(not labelled.demands for labelled in queries) > 50  # many only look like demands


def test_what_meets_all_demands_is_not_lost(
    shop: SearchEngine, wares: list[Ware], queries: list[Labelled]
) -> None:
    """The filters are exact: as many products pass as the facts say, not fewer."""
    for labelled in queries[:60]:
        meet = {
            ware.product.product_uid
            for ware in wares
            if ware.product.visible and all(met(ware) for met in labelled.met.values())
        }
        constraints = shop.understand(labelled.query).constraints
        found = {
            hit.product.product_uid for hit in shop.search("", filters=constraints, limit=1000).hits
        }
        assert found == meet or (len(meet) > 1000 and found <= meet), labelled.query
