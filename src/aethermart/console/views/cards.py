"""What the pages share: a card with its age at the foot, and words where there is nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import streamlit as st

from aethermart.client.answers.lake import MetricAnswer, MetricRow, TablePage
from aethermart.console import tiles
from aethermart.console.asking import Asking
from aethermart.console.charts import Chart
from aethermart.console.figures import stamp_of
from aethermart.console.reading import Reading


@contextmanager
def card(name: str, title: str, words: str = "") -> Iterator[None]:
    with st.container(key=f"card-{name}"):
        st.html(tiles.heading(title, words))
        yield


def draw(chart: Chart | dict[str, Any], title: str, spoken: str) -> None:
    """title   names the chart; it may not change with the data, or the chart is drawn anew
    spoken  the chart's content for those who cannot see it
    """
    st.html(tiles.spoken(f"{title}: {spoken}"))
    if isinstance(chart, dict):
        st.vega_lite_chart(chart, width="stretch", theme=None, alt=title)
    else:
        st.altair_chart(chart, width="stretch", theme=None, alt=title)


def foot(reading: Reading[MetricAnswer]) -> None:
    if reading.value is None:
        st.html(tiles.nothing("No answer yet"))
    else:
        st.html(tiles.badge(stamp_of(reading.value, held_s=reading.held_s)))


def choose_currency(rows: Iterable[MetricRow], key: str) -> str | None:
    """Amounts of two currencies are never in one picture: one is chosen where there are several."""
    found = list(dict.fromkeys(row.currency for row in rows if row.currency and row.value))
    if len(found) < 2:
        return found[0] if found else None
    return st.segmented_control(
        "Currency", found, default=found[0], required=True, key=key, bind="query-params"
    )


def say_missing(
    asking: Asking, shops: Sequence[str], table: str, what: str, entity: str, column: str = ""
) -> None:
    """Why there is nothing: the shop's pack gives none, or the period holds none.

    table   of gold, where one row would prove that the pack gives them
    entity  of the pack's staging, which would give them
    column  that must hold something in that row; empty takes any row
    """
    without = []
    for shop in (asking.filters.shop,) if asking.filters.shop else shops:
        page = asking.table(table, shop=shop, sort=f"-{column}" if column else None, limit=1).value
        if page is not None and not _proves(page, column):
            without.append(shop)
    if without:
        names = ", ".join(without)
        of_it = f"`{column}` in `stg_{entity}.sql`" if column == "status" else f"`stg_{entity}.sql`"
        st.html(
            tiles.notice(
                "info",
                f"No {what} from {names}",
                f"The pack of {names} gives none, or none has been captured yet.",
                f"add {of_it} to the shop's pack: it fills `silver.{entity}`",
            )
        )
    elif asking.problem is None:
        st.html(tiles.nothing(f"No {what} in this period: {asking.filters.words}."))


def _proves(page: TablePage, column: str) -> bool:
    if not page.rows or not column:
        return bool(page.rows)
    names = [each.name for each in page.columns]
    return bool(page.rows[0][names.index(column)])
