"""Figures add what can be added, and carry the age of the oldest shop in them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from aethermart.client.answers.lake import MetricAnswer, MetricRow, ShopAge
from aethermart.console.figures import Figure, Stamp, figures, stamp_of, total
from aethermart.console.format import money

EARLY = datetime(2026, 1, 31, 11, 59, 50, tzinfo=UTC)
LATE = datetime(2026, 1, 31, 11, 59, 59, tzinfo=UTC)


def _answer(*rows: MetricRow) -> MetricAnswer:
    return MetricAnswer(
        metric="revenue",
        rows=rows,
        as_of=EARLY,
        lag_s=10.0,
        shops=(
            ShopAge(shop="a", as_of=LATE, lag_s=1.0),
            ShopAge(shop="b", as_of=EARLY, lag_s=10.0),
            ShopAge(shop="new"),
        ),
        sources=("gold.fct_sales",),
    )


def _row(shop: str, currency: str, value: str | None) -> MetricRow:
    return MetricRow(shop=shop, currency=currency, value=None if value is None else Decimal(value))


def test_currencies_stay_apart_and_shops_of_one_currency_are_added() -> None:
    answer = _answer(_row("a", "EUR", "0.10"), _row("b", "EUR", "0.20"), _row("b", "GBP", "5.00"))
    assert figures(answer, money, adds=True) == (
        Figure("€0.30", "EUR · a, b", Stamp(EARLY, 10.0, ("gold.fct_sales",))),
        Figure("£5.00", "GBP · b", Stamp(EARLY, 10.0, ("gold.fct_sales",))),
    )


def test_averages_of_two_shops_are_not_added() -> None:
    answer = _answer(_row("a", "EUR", "10.00"), _row("b", "EUR", "20.00"))
    assert [(f.text, f.label) for f in figures(answer, money, adds=False)] == [
        ("€10.00", "EUR · a"),
        ("€20.00", "EUR · b"),
    ]


def test_a_value_that_is_not_defined_is_a_dash_not_a_zero() -> None:
    [figure] = figures(_answer(_row("a", "EUR", None)), money, adds=False)
    assert figure.text == "—"


def test_an_age_grows_while_the_api_is_silent() -> None:
    [figure] = figures(_answer(_row("a", "EUR", "1.00")), money, adds=True, held_s=30.0)
    assert figure.stamp == Stamp(LATE, 31.0, ("gold.fct_sales",))


def test_a_shop_without_data_makes_the_age_unknown() -> None:
    answer = _answer(_row("a", "EUR", "1.00"), _row("new", "EUR", "2.00"))
    assert figures(answer, money, adds=True)[0].stamp == Stamp(None, None, ("gold.fct_sales",))
    assert stamp_of(answer) == Stamp(EARLY, 10.0, ("gold.fct_sales",))


def test_counts_of_all_currencies_make_one_total() -> None:
    rows = [MetricRow(shop="a", currency=c, value=v) for c, v in (("EUR", 2), ("GBP", 3))]
    assert total(_answer(*rows)) == 5
    assert total(_answer()) == 0
