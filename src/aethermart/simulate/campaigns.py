"""Campaigns of the made-up shop: price cuts with an effect on demand that is known beforehand."""

from __future__ import annotations

from dataclasses import dataclass

from aethermart.simulate.catalogue import DAY_US, Catalogue
from aethermart.simulate.columns import moment, money, picked, whole
from aethermart.simulate.libraries import Flags, Floats, Ints, np
from aethermart.simulate.words import LIFT
from aethermart.store.session import StoreSession

_NAMES = ("New Year", "Spring", "Early Summer", "Late Summer", "Autumn", "Black Week")
_FIRST_DAY, _EVERY_DAYS, _LASTS_DAYS = 25, 57, 21
_PROMOTED = 0.2  # of the products, others in each campaign


@dataclass(frozen=True, slots=True)
class Campaigns:
    """No two at a time.

    starts, ends  (n_campaigns,) microseconds since 1970, the end excluded
    promoted      (n_campaigns, n_products)
    percent       (n_campaigns,) off the price
    demand        (n_campaigns, n_products) cumulative share of all lines while it runs
    """

    starts: Ints
    ends: Ints
    promoted: Flags
    percent: Ints
    demand: Floats

    def running(self, at: Ints) -> Ints:
        """(n,) index of the campaign that runs at each instant, -1 where none does."""
        found = np.searchsorted(self.starts, at, side="right") - 1
        return np.where((found >= 0) & (at < self.ends[np.maximum(found, 0)]), found, -1)


def make_campaigns(
    session: StoreSession, seed: int, catalogue: Catalogue, start: int
) -> tuple[Campaigns, dict[str, int]]:
    """Write the campaigns; return them and the rows a table."""
    rng = np.random.default_rng([seed, 6])
    count, products = len(_NAMES), len(catalogue)
    starts = start + (_FIRST_DAY + _EVERY_DAYS * np.arange(count)) * DAY_US
    promoted = rng.random((count, products)) < _PROMOTED
    promoted[:, 0] = True  # a small catalogue has a promoted product, too
    share = np.diff(catalogue.demand, prepend=0.0)
    lifted = share * (1 + LIFT * promoted)
    demand = np.cumsum(lifted, axis=1) / lifted.sum(axis=1, keepdims=True)
    demand[:, -1] = 1.0
    percent = rng.choice(np.array([10, 15, 20, 25]), count)
    campaigns = Campaigns(starts, starts + _LASTS_DAYS * DAY_US, promoted, percent, demand)
    campaign, product = np.nonzero(promoted)
    columns = {
        "promotion_id": whole(np.arange(len(campaign)) + 1),
        "campaign": picked(_NAMES, campaign),
        "product_id": whole(product + 1),
        "discount_percent": money(percent[campaign] * 100),
        "starts_at": moment(campaigns.starts[campaign]),
        "ends_at": moment(campaigns.ends[campaign]),
    }
    return campaigns, {"promotions": session.load("promotions", columns)}
