"""The overview in a real browser, over the real API and a platform whose data change."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from aethermart.client.answers.lake import StoppedTable
from aethermart.identity.roles import Role
from tests.api.asking import role_token
from tests.api.fake_platform import NOON, TOKEN, FakeOrder, FakePlatform, three_orders
from tests.console.browsing import HOSTILE, SIZES, expect
from tests.console.running import RunningConsole

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, ViewportSize

pytestmark = pytest.mark.service("chromium")

CHART = "[data-testid=stVegaLiteChart]"


def _tile(page: Page, name: str) -> Locator:
    return page.locator(f'[data-tile="{name}"]')


@pytest.mark.promise("99")
@SIZES
def test_the_page_shows_exact_numbers_a_currency(
    console: RunningConsole, page: Page, size: ViewportSize
) -> None:
    console.reset(three_orders())
    page.set_viewport_size(size)
    page.goto(console.url)
    expect(_tile(page, "revenue").locator(".am-value")).to_have_text(["€150.00", "£10.05"])
    expect(_tile(page, "orders").locator(".am-value")).to_have_text(["2", "1"])
    expect(_tile(page, "average").locator(".am-value")).to_have_text(["€75.00", "£10.05"])
    expect(_tile(page, "stuck").locator(".am-value")).to_have_text("1")
    expect(_tile(page, "stuck")).to_have_class("am-tile am-alert")
    expect(_tile(page, "revenue").locator(".am-badge").first).to_have_text(
        "as of 11:59:59 UTC, 0.8 s old, gold.fct_sales"
    )
    expect(page.locator(f"{CHART} svg")).to_have_count(5)
    spoken = [
        "Revenue in EUR by week: newest week of 26 Jan 2026: €150.00",
        "Revenue in GBP by week: newest week of 22 Dec 2025: £10.05",
        "Orders by status: PENDING 1 (1 stuck), PAID 2, CANCELLED 1",
        "Revenue in EUR by country: DE €100.00, FR €50.00",
        "Revenue in GBP by country: GB £10.05",
    ]
    expect(page.locator(".am-spoken")).to_have_text(spoken)
    expect(page.locator(".am-quality")).to_contain_text("3 rows quarantined")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert "160.05" not in page.content()  # what the sum of both currencies would be


def test_a_tile_moves_with_the_traffic_without_a_page_load(
    console: RunningConsole, page: Page
) -> None:
    platform = three_orders()
    console.reset(platform)
    page.goto(console.url)
    value = _tile(page, "revenue").locator(".am-value").first
    expect(value).to_have_text("€150.00")
    bar = page.get_by_label("country: DE; revenue: €100.00")
    expect(bar).to_be_visible()
    page.evaluate("window.loadedOnce = true")
    page.evaluate("document.querySelectorAll('svg.marks').forEach(svg => { svg.drawnOnce = true })")
    platform.orders.append(FakeOrder("aethermart", "EUR", "0.01", NOON))
    expect(value).to_have_text("€150.01")
    moved = page.get_by_label("country: DE; revenue: €100.01")
    expect(moved).to_be_visible()
    assert page.evaluate("window.loadedOnce") is True
    assert (
        moved.evaluate("bar => bar.ownerSVGElement.drawnOnce") is True
    )  # redrawn in place, no blinking


@pytest.mark.promise("100")
def test_the_age_counts_from_the_shop_s_time_not_from_the_page_load(
    console: RunningConsole, page: Page
) -> None:
    platform = three_orders()
    console.reset(platform)
    platform.now = lambda: NOON + timedelta(hours=2, minutes=5)
    page.goto(console.url)
    badge = _tile(page, "revenue").locator(".am-badge").first
    expect(badge).to_have_text("as of 11:59:59 UTC, 2 h 5 min old, gold.fct_sales")
    page.reload()
    expect(badge).to_have_text("as of 11:59:59 UTC, 2 h 5 min old, gold.fct_sales")
    expect(page.locator('[data-shop="aethermart"]')).to_contain_text("stale")
    platform.as_of["aethermart"] = NOON + timedelta(hours=2, minutes=4, seconds=58)
    expect(badge).to_have_text("as of 14:04:58 UTC, 2.0 s old, gold.fct_sales")
    expect(page.locator('[data-shop="aethermart"]')).to_contain_text("live")


def test_one_shop_can_be_chosen_and_the_address_remembers_it(
    console: RunningConsole, page: Page
) -> None:
    console.reset(three_orders())
    page.goto(console.url)
    page.get_by_role("combobox", name="Shop").click()
    page.get_by_role("option", name="online_retail").click()
    expect(_tile(page, "revenue").locator(".am-value")).to_have_text(["£10.05"])
    expect(_tile(page, "stuck").locator(".am-value")).to_have_text("0")
    expect(_tile(page, "stuck")).to_have_class("am-tile")
    expect(page.locator("[data-shop]")).to_have_count(1)
    page.wait_for_url(re.compile(r"\?shop=online_retail$"))
    page.reload()
    expect(_tile(page, "revenue").locator(".am-value")).to_have_text(["£10.05"])


def test_the_grain_of_time_can_be_changed(console: RunningConsole, page: Page) -> None:
    console.reset(three_orders())
    page.goto(f"{console.url}/?shop=aethermart")
    page.get_by_role("radio", name="Day").click(force=True)
    spoken = page.locator(".am-spoken").first
    expect(spoken).to_have_text("Revenue in EUR by day: newest 31 Jan 2026: €50.00")
    page.get_by_role("radio", name="Month").click(force=True)
    expect(spoken).to_have_text("Revenue in EUR by month: newest January 2026: €150.00")


@SIZES
def test_an_empty_platform_says_what_it_waits_for_and_fills_itself(
    console: RunningConsole, page: Page, size: ViewportSize
) -> None:
    platform = FakePlatform(shop_names=["aethermart"], waiting_for=("mirror: aethermart",))
    console.reset(platform)
    page.set_viewport_size(size)
    page.goto(console.url)
    notice = page.locator(".am-notice")
    expect(notice).to_contain_text("No data yet")
    expect(notice).to_contain_text("Waiting for mirror: aethermart.")
    platform.orders.append(FakeOrder("aethermart", "EUR", "12.30", datetime.now(UTC)))
    platform.as_of["aethermart"] = datetime.now(UTC)
    expect(_tile(page, "revenue").locator(".am-value")).to_have_text("€12.30")
    expect(notice).to_have_count(0)


def test_a_shop_without_orders_shows_dashes_not_zeros(console: RunningConsole, page: Page) -> None:
    console.reset(FakePlatform(shop_names=["aethermart"], as_of={"aethermart": datetime.now(UTC)}))
    page.goto(console.url)
    expect(_tile(page, "revenue").locator(".am-value")).to_have_text("—")
    expect(_tile(page, "stuck").locator(".am-value")).to_have_text("0")
    expect(page.get_by_text("No orders yet")).to_have_count(3)


def test_no_shop_at_all_says_how_to_add_one(console: RunningConsole, page: Page) -> None:
    platform = FakePlatform(shop_names=[])
    console.reset(platform)
    page.goto(console.url)
    expect(page.locator(".am-notice")).to_contain_text("No shop is connected yet")
    expect(page.locator(".am-notice")).to_contain_text("aethermart demo")


def test_a_shop_added_later_can_be_chosen_without_a_page_load(
    console: RunningConsole, page: Page
) -> None:
    platform = three_orders()
    console.reset(platform)
    page.goto(console.url)
    expect(page.locator("[data-shop]")).to_have_count(2)
    platform.shop_names.append("corner_shop")
    expect(page.locator('[data-shop="corner_shop"]')).to_contain_text("no data yet")
    page.get_by_role("combobox", name="Shop").click()
    expect(page.get_by_role("option", name="corner_shop")).to_be_visible()


@SIZES
def test_an_api_that_is_down_is_said_and_recovered_from(
    console: RunningConsole, page: Page, size: ViewportSize
) -> None:
    console.reset(three_orders())
    console.stop_api()
    page.set_viewport_size(size)
    page.goto(console.url)
    notice = page.locator(".am-notice")
    expect(notice).to_contain_text("The API does not answer")
    expect(notice).to_contain_text("What to do: start the platform with aethermart serve")
    console.start_api()
    expect(_tile(page, "revenue").locator(".am-value")).to_have_text(["€150.00", "£10.05"])
    expect(notice).to_have_count(0)


def test_the_last_numbers_stay_with_a_growing_age_while_the_api_is_away(
    console: RunningConsole, page: Page
) -> None:
    console.reset(three_orders())
    page.goto(console.url)
    badge = _tile(page, "revenue").locator(".am-badge").first
    expect(badge).to_contain_text("0.8 s old")
    console.stop_api()
    expect(page.locator(".am-tiles")).to_have_class("am-tiles am-held")
    expect(page.locator(".am-notice")).to_contain_text(
        "The numbers below are the last ones it gave"
    )
    expect(badge).to_contain_text(re.compile(r"as of 11:59:59 UTC, [3-9]\.\d s old"))
    expect(page.locator("[data-shop]")).to_have_count(2)
    expect(_tile(page, "revenue").locator(".am-value")).to_have_text(["€150.00", "£10.05"])
    console.start_api()
    expect(badge).to_contain_text("0.8 s old")
    expect(page.locator(".am-notice")).to_have_count(0)


def test_a_wrong_token_is_said_and_a_right_one_counts_without_a_restart(
    console: RunningConsole, page: Page
) -> None:
    console.reset(three_orders())
    console.token_file.write_text("another-token")
    page.goto(console.url)
    expect(page.locator(".am-notice")).to_contain_text("The API does not know this console's token")
    assert "another-token" not in page.content()
    console.token_file.write_text(TOKEN)
    expect(_tile(page, "revenue").locator(".am-value")).to_have_text(["€150.00", "£10.05"])


def test_a_token_for_the_lake_alone_still_shows_the_numbers(
    console: RunningConsole, page: Page
) -> None:
    console.reset(three_orders())
    console.token_file.write_text(role_token(Role.MARKETING))
    page.goto(console.url)
    expect(_tile(page, "revenue").locator(".am-value")).to_have_text(["€150.00", "£10.05"])
    expect(page.locator(".am-notice")).to_have_count(0)


def test_a_stopped_shop_is_named_with_its_error_and_no_text_becomes_markup(
    console: RunningConsole, page: Page
) -> None:
    platform = three_orders()
    platform.sink_errors["online_retail"] = "the disk is full"
    platform.stopped = [StoppedTable(shop="online_retail", table="lines", error=HOSTILE)]
    console.reset(platform)
    page.goto(console.url)
    notice = page.locator(".am-notice")
    expect(notice).to_contain_text("online_retail has stopped")
    expect(notice).to_contain_text(f"mirror: the disk is full; table lines: {HOSTILE}")
    expect(page.locator('[data-shop="online_retail"]')).to_contain_text("stopped")
    expect(page.locator(".am-quality")).to_contain_text(f"online_retail.lines stopped: {HOSTILE}")
    expect(_tile(page, "revenue").locator(".am-value")).to_have_text(["€150.00", "£10.05"])
    assert page.evaluate("window.hacked") is None


def test_the_console_itself_talks_to_this_machine_alone(
    console: RunningConsole, page: Page
) -> None:
    console.reset(three_orders())
    page.goto(console.url)
    expect(_tile(page, "revenue")).to_be_visible()
    connections = psutil.Process(console.process.pid).net_connections("inet")
    peers = {c.raddr.ip for c in connections if c.status == "ESTABLISHED"}
    listening = {c.laddr.ip for c in connections if c.status == "LISTEN"}
    assert (peers, listening) == ({"127.0.0.1"}, {"127.0.0.1"})
    log = Path(console.log).read_text()
    assert "Traceback" not in log
    assert TOKEN not in log
