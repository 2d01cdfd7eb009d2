"""The pages beside the overview in a real browser, over the API and the warehouse's own SQL."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from aethermart.packs.pack import Shop
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.refresh import Refresh
from tests.console.browsing import HOSTILE, SIZES, expect
from tests.console.lake_platform import LakePlatform
from tests.console.running import RunningConsole, running_console
from tests.console.small_year import MONDAY, NOW, fill
from tests.services import require_service
from tests.warehouse.lake import Lake

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.service("chromium")

PAGES = pytest.mark.parametrize("path", ["cities", "products", "orders", "journeys", "campaigns"])


@dataclass
class Seen:
    """A console with the platform whose rows a test may change."""

    console: RunningConsole
    platform: LakePlatform

    @property
    def lake(self) -> Lake:
        return self.platform.lake


@pytest.fixture(scope="module")
def seen(
    empty_lake_file: Path,
    shops: tuple[Shop, ...],
    compiled: CompiledProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Seen]:
    require_service("chromium")
    file = tmp_path_factory.mktemp("lake") / "lake.duckdb"
    shutil.copy(empty_lake_file, file)
    with (
        duckdb.connect(file) as connection,
        running_console(tmp_path_factory.mktemp("console")) as console,
    ):
        connection.execute("SET TimeZone = 'UTC'")
        lake = Lake(connection, shops, compiled, Refresh(compiled, shops), offset=1)
        fill(lake)
        platform = LakePlatform(lake, ("aethermart", "online_retail"))
        console.reset(platform)
        yield Seen(console, platform)


def spoken(page: Page, *words: str) -> None:
    expect(page.locator(".am-spoken")).to_have_text(list(words))


def assert_fits(page: Page) -> None:
    """Nothing of the page is wider than its window."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.evaluate("window.innerWidth")
    wider = page.evaluate(
        "[...document.querySelectorAll('[class*=st-key-card] > *')]"
        ".filter(each => !each.querySelector('.am-spoken'))"
        ".filter(each => each.getBoundingClientRect().right > window.innerWidth).length"
    )
    assert wider == 0


@SIZES
def test_cities_lie_on_the_map_with_their_share_of_premium_orders(
    seen: Seen, page: Page, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    page.goto(f"{seen.console.url}/cities?shop=aethermart")
    spoken(
        page,
        "Revenue by city on a map: Berlin, DE €636.00, Paris, FR €10.10",
        "Premium share by city: Berlin, DE 50.0 % (1 of 2), Paris, FR 0.0 % (0 of 1)",
    )
    land = page.locator("svg.marks path")
    expect(land.nth(150)).to_be_attached()  # the countries
    expect(page.get_by_label("city: Berlin, DE; revenue: €636.00")).to_be_visible()
    expect(page.locator(".am-badge").first).to_contain_text("gold.fct_sales")
    assert_fits(page)


def test_the_choices_stay_from_page_to_page_and_a_link_shows_the_same(
    seen: Seen, page: Page
) -> None:
    page.goto(f"{seen.console.url}/orders?shop=aethermart&period=7+days")
    spoken(page, "Orders by status by week: PENDING 1")
    page.get_by_role("link", name="Cities").click()
    spoken(
        page,
        "Revenue by city on a map: Berlin, DE €40.00",
        "Premium share by city: Berlin, DE 0.0 % (0 of 1)",
    )
    page.wait_for_url(re.compile(r"/cities\?.*period=7(\+|%20)days"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    spoken(
        page,
        "Revenue by city on a map: Berlin, DE €40.00",
        "Premium share by city: Berlin, DE 0.0 % (0 of 1)",
    )


def test_a_range_of_one_s_own_includes_its_last_day(seen: Seen, page: Page) -> None:
    day = f"{MONDAY:%Y-%m-%d}"
    page.goto(f"{seen.console.url}/orders?shop=aethermart&period=Range&from={day}&to={day}")
    spoken(page, "Orders by status by week: PAID 1, DELIVERED 1, CANCELLED 1")


@pytest.mark.promise("149")
@SIZES
def test_products_show_what_they_sold_and_the_next_order_moves_them(
    seen: Seen, page: Page, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    page.goto(f"{seen.console.url}/products?shop=aethermart")
    first = page.locator(".am-spoken").first
    expect(first).to_have_text("Products of the highest revenue: Lamp €646.10")
    assert_fits(page)
    page.evaluate("window.loadedOnce = true")
    seen.lake.order(90, "5.00", ordered_at=MONDAY)
    seen.lake.applied(["90"])
    try:
        expect(first).to_have_text("Products of the highest revenue: Lamp €651.10")
        assert page.evaluate("window.loadedOnce") is True
    finally:
        seen.lake.remove("orders", order_id=90)
        seen.lake.remove("order_items", order_id=90)
        seen.lake.applied(["90"])


@pytest.mark.promise("149")
@SIZES
def test_orders_stand_by_status_and_one_tells_its_story(
    seen: Seen, page: Page, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    page.goto(f"{seen.console.url}/orders?shop=aethermart&order=aethermart/1")
    spoken(page, "Orders by status by week: PENDING 1, PAID 1, DELIVERED 1, CANCELLED 1")
    expect(page.locator('[data-tile="stuck"] .am-value')).to_have_text("1")
    facts = page.locator(".am-facts")
    expect(facts).to_contain_text("1 of aethermart")
    expect(facts).to_contain_text("600.00 EUR")
    expect(facts).to_contain_text("Berlin, DE")
    expect(page.locator("[class*=st-key-exports-order-]")).to_have_count(3)
    assert_fits(page)
    page.goto(f"{seen.console.url}/orders?shop=aethermart&order=aethermart/77")
    expect(page.get_by_text("There is no order aethermart/77.")).to_be_visible()


def test_a_picked_row_opens_its_order_and_another_can_be_written_over_it(
    seen: Seen, page: Page
) -> None:
    page.goto(f"{seen.console.url}/orders?shop=aethermart&status=Stuck+in+PENDING")
    expect(page.locator(".st-key-exports-orders")).to_contain_text("1 row")
    page.locator(".st-key-grid-orders .dvn-scroller").click(position={"x": 15, "y": 52})
    field = page.get_by_role("textbox", name="Order")
    expect(field).to_have_value("aethermart/2")
    expect(page.locator(".am-facts")).to_contain_text("40.00 EUR")
    field.fill("aethermart/1")
    field.press("Enter")
    expect(page.locator(".am-facts")).to_contain_text("600.00 EUR")


@pytest.mark.nightly
def test_what_a_table_shows_can_be_taken_away_exactly(seen: Seen, page: Page) -> None:
    page.goto(f"{seen.console.url}/orders?shop=aethermart&status=Stuck+in+PENDING")
    exports = page.locator(".st-key-exports-orders")
    expect(exports).to_contain_text("1 row")
    with page.expect_download() as taken:
        exports.get_by_role("button", name="CSV").click()
    at = f"{NOW - timedelta(days=2):%Y-%m-%d %H:%M:%S}.000000Z"
    assert taken.value.suggested_filename == "orders.csv"
    assert Path(taken.value.path()).read_text().splitlines() == [
        '"order_id","ordered_at","status","total","currency","items","channel","country","city","shop"',
        f'"2",{at},"PENDING",40.00,"EUR",1,"web","DE","Berlin","aethermart"',
    ]


@pytest.mark.promise("143")
@SIZES
def test_journeys_show_how_far_visits_come_on_which_devices_and_posts_beside_purchases(
    seen: Seen, page: Page, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    page.goto(f"{seen.console.url}/journeys?shop=aethermart")
    week = f"week of {MONDAY.day} {MONDAY:%b %Y}"
    bought = NOW - timedelta(days=2)  # the newest order
    bought -= timedelta(days=bought.weekday())
    last = f"week of {bought.day} {bought:%b %Y}"
    found = page.locator(".am-spoken")
    expect(found.nth(5)).to_be_attached()
    funnel = (
        "How far visits come: Visited 4 (100.0 %), Looked at a product 2 (50.0 %), "
        "Put it in the cart 2 (50.0 %), Went to the checkout 1 (25.0 %), Ordered 1 (25.0 %)"
    )
    assert [words.replace("\n", " ") for words in found.all_inner_texts()] == [
        f"Visits by week: newest {week}: 4",
        funnel,
        "Visits by channel: web 4 (25.0 % ordered)",
        "Visits by device: phone 3 (0.0 % ordered), desktop 1 (100.0 % ordered)",
        f"Posts that name a product by week: newest {last}: 0",
        f"Order lines bought by week: newest {last}: 1",
    ]
    assert_fits(page)


@SIZES
def test_a_campaign_is_held_against_the_other_products(
    seen: Seen, page: Page, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    page.goto(f"{seen.console.url}/campaigns?shop=aethermart")
    expect(page.locator(".st-key-exports-campaigns")).to_contain_text("1 row")
    expect(page.get_by_text("No campaign sold anything to compare with.")).to_be_visible()
    assert_fits(page)


@pytest.mark.parametrize(
    "path,words",
    [
        ("journeys", ["No visits from online_retail", "No social posts from online_retail"]),
        ("campaigns", ["No campaigns from online_retail"]),
        ("cities", ["No city to put on the map"]),
        ("orders", ["No statuses of orders from online_retail"]),
    ],
)
def test_a_shop_without_the_data_says_what_is_missing_and_what_would_give_it(
    seen: Seen, page: Page, path: str, words: list[str]
) -> None:
    page.goto(f"{seen.console.url}/{path}?shop=online_retail")
    notices = page.locator(".am-notice")
    expect(notices).to_have_count(len(words))
    for number, title in enumerate(words):
        expect(notices.nth(number)).to_contain_text(title)
        expect(notices.nth(number)).to_contain_text("stg_")


@PAGES
def test_a_period_without_rows_says_so_and_breaks_nothing(
    seen: Seen, page: Page, path: str
) -> None:
    range_ = "period=Range&from=2001-01-01&to=2001-01-02"
    page.goto(f"{seen.console.url}/{path}?shop=aethermart&{range_}")
    expect(page.get_by_text(re.compile("1 Jan 2001 to 2 Jan 2001")).first).to_be_visible()
    expect(page.locator(".am-notice")).to_have_count(0)


@PAGES
def test_an_api_that_is_away_is_said_and_what_was_shown_stays(
    seen: Seen, page: Page, path: str
) -> None:
    page.goto(f"{seen.console.url}/{path}?shop=aethermart")
    expect(page.locator(".am-badge").first).to_contain_text("as of")
    seen.console.stop_api()
    try:
        notice = page.locator(".am-notice.am-error")
        expect(notice).to_contain_text("The API does not answer")
        expect(page.locator(".am-badge").first).to_contain_text("as of")
    finally:
        seen.console.start_api()
    expect(notice).to_have_count(0)


@SIZES
def test_much_is_cut_with_a_word_and_fits_and_no_name_becomes_markup(
    seen: Seen, page: Page, size: ViewportSize
) -> None:
    lake = seen.lake
    lake.put("customer_addresses", address_id=500, city=HOSTILE, latitude=10.0, longitude=10.0)
    lake.connection.execute(
        "INSERT INTO mirror.aethermart__orders BY NAME SELECT o.* REPLACE "
        "(order_id + n AS order_id, 500 AS address_id) "
        "FROM mirror.aethermart__orders AS o, range(1000, 2100) AS r(n) "
        "WHERE order_id = 1"
    )
    lake.connection.execute(
        "INSERT INTO mirror.aethermart__order_items BY NAME SELECT o.* REPLACE "
        "(order_id + n AS order_id, order_item_id + n * 10 AS order_item_id) "
        "FROM mirror.aethermart__order_items AS o, range(1000, 2100) AS r(n) WHERE order_id = 1"
    )
    lake.applied(whole=True)
    try:
        page.set_viewport_size(size)
        page.goto(f"{seen.console.url}/orders?shop=aethermart")
        expect(page.locator(".st-key-exports-orders")).to_contain_text(
            "The first 1,000 rows; the table and its files end here."
        )
        assert_fits(page)
        page.goto(f"{seen.console.url}/cities?shop=aethermart")
        expect(page.locator(".am-spoken").first).to_contain_text(f"{HOSTILE}, DE €660,000.00")
        assert_fits(page)
        assert page.evaluate("window.hacked") is None
    finally:
        lake.remove("customer_addresses", address_id=500)
        lake.connection.execute("DELETE FROM mirror.aethermart__orders WHERE order_id > 1000")
        lake.connection.execute("DELETE FROM mirror.aethermart__order_items WHERE order_id > 1000")
        lake.applied(whole=True)


@pytest.mark.nightly
def test_an_order_written_at_any_moment_of_a_refresh_is_not_lost(seen: Seen, page: Page) -> None:
    """The page reads anew each second here; the writing falls into every part of it."""
    page.goto(f"{seen.console.url}/orders?shop=aethermart&order=aethermart/2")
    facts, field = page.locator(".am-facts"), page.get_by_role("textbox", name="Order")
    expect(facts).to_contain_text("40.00 EUR")
    for turn in range(16):
        order, total = (("1", "600.00 EUR"), ("2", "40.00 EUR"))[turn % 2]
        page.wait_for_timeout(70 * turn)
        field.fill(f"aethermart/{order}")
        page.wait_for_timeout(35 * (turn % 5))
        field.press("Enter")
        expect(facts).to_contain_text(total)
        expect(field).to_have_value(f"aethermart/{order}")
