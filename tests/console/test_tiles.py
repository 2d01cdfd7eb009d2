"""The page's HTML says what it must, and nothing from outside becomes markup."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aethermart.client.answers.lake import Hop, Quality, ShopFreshness, StoppedTable
from aethermart.client.answers.ops import SinkState
from aethermart.console import tiles
from aethermart.console.figures import Figure, Stamp
from aethermart.core.errors import (
    AetherMartError,
    BadInput,
    Forbidden,
    Unauthenticated,
    Unavailable,
)

NOON = datetime(2026, 1, 31, 12, 0, 1, tzinfo=UTC)
HOSTILE = '<img src=x onerror="alert(1)">&'
ESCAPED = "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;"


def test_a_badge_says_when_how_old_and_from_where() -> None:
    assert tiles.badge(Stamp(NOON, 0.84, ("gold.fct_sales",))) == (
        '<div class="am-badge am-live"><span>as of 12:00:01 UTC</span>, '
        "<span>0.8 s old</span>, <span>gold.fct_sales</span></div>"
    )
    assert tiles.badge(Stamp(None, None)) == (
        '<div class="am-badge am-none"><span>no data yet</span></div>'
    )


def test_a_tile_without_figures_shows_a_dash() -> None:
    html = tiles.tile("revenue", "Revenue", "hint", ())
    assert 'data-tile="revenue"' in html
    assert '<div class="am-value">—</div>' in html


def test_nothing_from_outside_becomes_markup() -> None:
    stopped = StoppedTable(shop=HOSTILE, table=HOSTILE, error=HOSTILE)
    quality = Quality(quarantined_rows=1, stopped_tables=(stopped,))
    shop = ShopFreshness(shop=HOSTILE, hops=(Hop(hop=HOSTILE),))
    sink = SinkState(sink=HOSTILE, shop=HOSTILE, status="stopped", error=HOSTILE)
    pages = [
        tiles.badge(Stamp(NOON, 1.0, (HOSTILE,))),
        tiles.tile("x", HOSTILE, HOSTILE, [Figure(HOSTILE, HOSTILE, Stamp(None, None))]),
        tiles.notice("error", HOSTILE, HOSTILE, HOSTILE),
        tiles.problem_notice(Unavailable(HOSTILE, fix=HOSTILE), also=HOSTILE),
        tiles.stopped_notices([sink], quality),
        tiles.freshness_table([shop], 0.0, set()),
        tiles.quality_line(quality),
        tiles.no_data([shop], [HOSTILE]),
        tiles.heading(HOSTILE, HOSTILE) + tiles.subheading(HOSTILE, HOSTILE),
        tiles.page_title(HOSTILE, HOSTILE) + tiles.nothing(HOSTILE),
    ]
    for page in pages:
        assert "<img" not in page
        assert ESCAPED in page


@pytest.mark.parametrize(
    "problem,title",
    [
        (Unavailable("a", fix="b"), "The API does not answer"),
        (Unauthenticated("a", fix="b"), "The API does not know this console&#x27;s token"),
        (Forbidden("a", fix="b"), "Your role may not read this"),
        (BadInput("a", fix="b"), "The API could not answer"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_problem_is_named_with_its_cause_and_way_out(
    problem: AetherMartError, title: str
) -> None:
    html = tiles.problem_notice(problem, also="Old numbers below.")
    assert f"<strong>{title}</strong><p>A. Old numbers below.</p>" in html
    assert '<p class="am-fix">What to do: b</p>' in html
    assert 'role="alert"' in html


def test_code_in_a_message_is_set_as_code() -> None:
    assert "run <code>a &lt;b&gt;</code>!" in tiles.notice("info", "t", "run `a <b>`!")


def test_one_notice_a_stopped_shop_with_each_reason_once() -> None:
    sinks = [
        SinkState(sink="mirror", shop="b", status="stopped", error="disk full"),
        SinkState(sink="mirror", shop="a", status="running"),
        SinkState(sink="archive", shop="b", status="stopped"),
    ]
    table = StoppedTable(shop="a", table="orders", error="type changed")
    html = tiles.stopped_notices(sinks, Quality(stopped_tables=(table,)))
    assert html.count("am-notice") == 2
    assert "<strong>a has stopped</strong><p>table orders: type changed</p>" in html
    assert "<strong>b has stopped</strong><p>mirror: disk full; archive: no reason</p>" in html
    assert tiles.stopped_notices(sinks[1:2], None) == ""


def _state(shop: ShopFreshness, held_s: float = 0.0, stopped: bool = False) -> str:
    html = tiles.freshness_table([shop], held_s, {shop.shop} if stopped else set())
    return html.split('<td data-name="state">')[1].split(">")[1].split("<")[0]


def test_the_state_of_a_shop() -> None:
    fresh = ShopFreshness(shop="a", as_of=NOON, lag_s=1.0)
    quiet = fresh.model_copy(update={"quiet": True})
    assert _state(fresh) == "live"
    assert _state(fresh, held_s=10.0) == "behind"
    assert _state(fresh, held_s=100.0) == "stale"
    assert _state(quiet) == "quiet"
    assert _state(quiet, held_s=100.0) == "stale"  # nothing heard of it: not quiet, unknown
    assert _state(fresh, stopped=True) == "stopped"
    assert _state(ShopFreshness(shop="a")) == "no data yet"


def test_hops_stand_in_the_order_of_the_way_and_a_missing_one_is_a_dash() -> None:
    shops = [
        ShopFreshness(
            shop="a",
            as_of=NOON,
            lag_s=1.0,
            hops=(Hop(hop="mirror", offset=1200, lag_s=1.0), Hop(hop="capture", lag_s=0.5)),
        ),
        ShopFreshness(shop="b", hops=(Hop(hop="documents", offset=3),)),
    ]
    html = tiles.freshness_table(shops, 0.0, set())
    head = html.split("</thead>")[0]
    assert [word.split("<")[0] for word in head.split('scope="col">')[1:]] == [
        *("shop", "state", "as of", "age"),
        *("capture", "mirror", "documents"),
    ]
    assert '<td data-name="mirror">1.0 s<small>offset 1,200</small></td>' in html
    assert '<td data-name="capture">0.5 s</td>' in html
    assert '<td data-name="capture">—</td>' in html


def test_the_quality_line_counts_rows_and_names_stopped_tables() -> None:
    assert "<p>1 row quarantined</p>" in tiles.quality_line(Quality(quarantined_rows=1))
    assert "<p>1,024 rows quarantined</p>" in tiles.quality_line(Quality(quarantined_rows=1024))
    assert "No table has stopped." in tiles.quality_line(Quality())
    table = StoppedTable(shop="a", table="orders", error="type changed")
    html = tiles.quality_line(Quality(stopped_tables=(table,)))
    assert "<li><b>a.orders</b> stopped: type changed</li>" in html
