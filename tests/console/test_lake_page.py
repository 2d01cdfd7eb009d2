"""The lake's page in a real browser: catalogue, lineage, quality, freshness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aethermart.identity.roles import Role
from tests.api.asking import role_token
from tests.console.browsing import HOSTILE, SIZES, expect
from tests.console.busy_platform import BusyPlatform, large_lake, small_lake, table
from tests.console.running import RunningConsole

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.service("chromium")


@SIZES
def test_a_table_is_found_by_a_column_and_shows_its_personal_data_as_the_role_sees_it(
    console: RunningConsole, page: Page, size: ViewportSize
) -> None:
    console.reset(small_lake())
    console.token_file.write_text(role_token(Role.MARKETING))
    page.set_viewport_size(size)
    page.goto(f"{console.url}/lake?table=dim_customer")
    expect(page.get_by_text("4 of 4 tables")).to_be_visible()
    found = page.get_by_label("Find")
    found.fill("marketing EMAIL")
    found.press("Enter")
    expect(page.get_by_text("1 of 4 tables")).to_be_visible()
    facts = page.locator(".am-facts")
    expect(facts).to_contain_text("1,234")
    expect(facts).to_contain_text("marketing")
    row = page.locator("tr", has_text="email")
    expect(row.locator(".am-mark")).to_have_text(["email", "masked for you"])
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    found.fill("no such word")
    found.press("Enter")
    expect(page.get_by_text("No table has all of these words")).to_be_visible()


def test_a_row_leads_to_its_columns_and_on_to_its_lineage(
    console: RunningConsole, page: Page
) -> None:
    console.reset(small_lake())
    page.goto(f"{console.url}/lake")
    page.locator(".st-key-grid-catalogue .dvn-scroller").click(position={"x": 15, "y": 52})
    expect(page.locator(".am-facts")).to_contain_text("executive")
    page.wait_for_url("**/lake?*table=fct_sales*")
    page.get_by_role("button", name="Show its lineage").click()
    chosen = page.locator(".am-lineage-wide .am-chosen")
    expect(chosen).to_have_attribute(
        "aria-label",
        "gold.fct_sales; comes from gold.v_fct_sales; goes into gold.mart_city_performance",
    )


@SIZES
def test_lineage_is_drawn_and_a_box_leads_on_by_mouse_and_by_keyboard(
    console: RunningConsole, page: Page, size: ViewportSize
) -> None:
    console.reset(small_lake())
    page.set_viewport_size(size)
    page.goto(f"{console.url}/lake?part=Lineage&node=gold.fct_sales")
    drawing = page.locator(".am-lineage:visible")
    expect(drawing).to_have_count(1)
    expect(drawing.locator("[data-node]")).to_have_count(11)
    drawing.locator('[data-node="gold.v_fct_sales"]').click()
    expect(drawing.locator(".am-chosen")).to_have_attribute("data-node", "gold.v_fct_sales")
    box = drawing.locator('[data-node="silver.orders"]')
    box.focus()
    page.keyboard.press("Enter")
    expect(drawing.locator(".am-chosen")).to_have_attribute("data-node", "silver.orders")
    expect(drawing.locator("[data-node]")).to_have_count(7)
    page.wait_for_url("**/lake?*node=silver.orders*")
    page.get_by_text("In words: 7 steps").click()
    expect(page.locator(".am-list li").first).to_have_text(
        "silver.orders comes from staging.aethermart__stg_orders"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_hop_that_is_late_is_named_in_words_and_marked(
    console: RunningConsole, page: Page
) -> None:
    platform = small_lake()
    platform.own_s = {("aethermart", "mirror"): 61.0}
    console.reset(platform)
    page.goto(f"{console.url}/lake?part=Freshness")
    notice = page.locator(".am-notice")
    expect(notice).to_have_count(1)
    expect(notice).to_contain_text("mirror holds the data up")
    expect(notice).to_contain_text("mirror has offset 40 of 42 and has not moved for 61 s.")
    guilty = page.locator("tr.am-guilty")
    expect(guilty).to_have_text(
        "mirrorlate: it is to blame1 min 1 s of 5.0 s allowed11:59:59 UTC, offset 42"
    )
    platform.own_s = {}
    expect(notice).to_have_count(0)
    expect(guilty).to_have_count(0)
    expect(page.get_by_text("0.8 s old. No hop is late.")).to_be_visible()


def test_quality_counts_what_was_set_aside_and_puts_a_broken_promise_first(
    console: RunningConsole, page: Page
) -> None:
    console.reset(small_lake())
    page.goto(f"{console.url}/lake?part=Quality")
    expect(page.locator('[data-tile="quarantined"] .am-value')).to_have_text("3")
    expect(page.locator('[data-tile="broken"] .am-value')).to_have_text("1")
    expect(page.locator('[data-tile="broken"]')).to_contain_text("of 2, checked at 12:00:00 UTC")
    page.locator(".st-key-grid-rules .dvn-scroller").click(position={"x": 15, "y": 52})
    expect(page.get_by_text("set_aside of online_retail.orders")).to_be_visible()
    # The fake has no table of such rows: its refusal is said as the API says it.
    expect(page.locator(".am-notice")).to_contain_text("There is no table 'fct_quarantine'")


@pytest.mark.parametrize(
    "part,words",
    [
        ("Catalogue", "The lake has no tables yet"),
        ("Lineage", "The lake has no tables yet: nothing to draw."),
        ("Quality", "No rule has met a row."),
        ("Freshness", "No shop is connected yet"),
    ],
)
def test_an_empty_lake_says_so_on_each_part(
    console: RunningConsole, page: Page, part: str, words: str
) -> None:
    console.reset(BusyPlatform(shop_names=[]))
    page.goto(f"{console.url}/lake?part={part}")
    expect(page.get_by_text(words).first).to_be_visible()


@SIZES
def test_much_with_long_and_hostile_names_fits_and_no_name_becomes_markup(
    console: RunningConsole, page: Page, size: ViewportSize
) -> None:
    platform = large_lake()
    platform.tables.append(table(HOSTILE, description=HOSTILE))
    platform.edges.append((f"gold.{HOSTILE}", "silver.orders"))
    console.reset(platform)
    page.set_viewport_size(size)
    page.goto(f"{console.url}/lake")
    expect(page.get_by_text("501 of 501 tables")).to_be_visible()
    page.get_by_role("radio", name="Lineage").click(force=True)
    page.goto(f"{console.url}/lake?part=Lineage&node=silver.orders")
    expect(page.get_by_text("The nearest 16 are drawn, 92 others are left out.")).to_be_visible()
    drawn = page.locator(".am-lineage:visible [data-node]")
    expect(drawn.first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.evaluate("window.hacked") is None


def test_an_api_that_is_away_is_said_and_the_last_answer_stays(
    console: RunningConsole, page: Page
) -> None:
    console.reset(small_lake())
    page.goto(f"{console.url}/lake?part=Freshness")
    hops = page.locator('[data-table="hops-aethermart"]')
    expect(hops).to_be_visible()
    console.stop_api()
    expect(page.locator(".am-notice.am-error")).to_contain_text("The API does not answer")
    expect(hops).to_be_visible()
    console.start_api()
    expect(page.locator(".am-notice.am-error")).to_have_count(0)
