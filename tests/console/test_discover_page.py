"""Discover in a real browser: typed, narrowed, opened, shared, with nothing and with much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from aethermart.client.answers.lake import TableColumn, TablePage
from aethermart.core.errors import BadInput, Unavailable
from aethermart.identity.roles import Caller
from aethermart.sinks.search_index.shelf import Listed
from aethermart.skills.search.records import Rate, Rates
from aethermart.warehouse.tables.query import TableAsked
from tests.api.fake_platform import NOON, FakePlatform, three_orders
from tests.console.browsing import HOSTILE, WIDE, expect
from tests.console.running import RunningConsole
from tests.console.shop_window import ShopWindow, listed

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, ViewportSize

pytestmark = pytest.mark.service("chromium")
PHONE: ViewportSize = {"width": 390, "height": 844}
BOTH = pytest.mark.parametrize(
    "size",
    [pytest.param(WIDE, id="wide", marks=pytest.mark.nightly), pytest.param(PHONE, id="phone")],
)
USD = Rates({("USD", "EUR"): Rate(Decimal("0.92"), date(2026, 1, 30))})


def _keyboards() -> list[Listed]:
    return [
        listed(1, "Quiet Mechanical Keyboard", "89.00", rating=4.4, reviews=31,
               attributes={"colour": "Black", "switches": "silent red"}),
        listed(2, "Quiet Mechanical Keyboard Pro", "129.00", brand="Tarn", stock=3,
               attributes={"colour": "White"}),
        listed(3, "Loud Mechanical Keyboard", "59.00", stock=0, attributes={"colour": "Black"}),
        listed(4, "Desk Lamp", "30.00", category="Lighting", brand="Tarn"),
    ]  # fmt: skip


@dataclass
class SearchedPlatform(FakePlatform):
    """searched  rows of mart_search_terms"""

    searched: tuple[tuple[str, str, str, int, int, int], ...] = ()

    def table(self, name: str, asked: TableAsked, caller: Caller) -> TablePage:
        assert name == "mart_search_terms"
        names = ("shop", "query", "day", "searches", "zero_results", "searches_clicked")
        return TablePage(
            table=name,
            columns=tuple(TableColumn(name=each, type="text") for each in names),
            rows=self.searched,
            as_of=NOON,
            lag_s=1.0,
            sources=("gold.mart_search_terms",),
        )


@pytest.fixture
def opened(console: RunningConsole, page: Page) -> Callable[..., ShopWindow]:
    """Put a shop behind the console and look at an address of the page."""

    def look(
        goods: list[Listed],
        address: str = "",
        size: ViewportSize = WIDE,
        rates: Rates | None = None,
    ) -> ShopWindow:
        shop = ShopWindow(goods, rates)
        console.reset(three_orders(), shop=shop)
        page.set_viewport_size(size)
        page.goto(f"{console.url}/discover{address}")
        return shop

    return look


def _titles(page: Page) -> Locator:
    return page.locator("article h3")


def _suggested(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@BOTH
def test_typing_suggests_and_the_keyboard_alone_searches(
    opened: Callable[..., ShopWindow], page: Page, size: ViewportSize
) -> None:
    shop = opened(_keyboards(), size=size)
    expect(_titles(page)).to_have_count(4)
    field = page.get_by_role("combobox", name="Search products")
    field.click()
    page.keyboard.type("mech")
    options = _suggested(page)
    expect(options.first).to_have_text("mechanical")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    chosen = options.nth(1).text_content()
    assert chosen == "mechanical keyboard"
    assert _fits(page)
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("Mechanical")
    expect(_titles(page)).to_have_count(3)
    expect(field).to_have_value("mechanical keyboard")
    expect(options).to_have_count(0)
    assert "q=mechanical+keyboard" in page.url
    assert shop.searches == ["", "mechanical keyboard"]  # a keystroke is no search
    assert _fits(page)


@BOTH
def test_choices_narrow_stand_in_the_address_and_are_taken_back(
    opened: Callable[..., ShopWindow], page: Page, size: ViewportSize
) -> None:
    opened(_keyboards(), "?q=keyboard+under+%24130", size, USD)
    expect(page.locator(".chip.read")).to_have_text(
        "price under 130 USD = 119.60 EUR at the rate of 2026-01-30"
    )
    expect(_titles(page)).to_have_count(2)
    if size is PHONE:
        expect(page.get_by_label("Black", exact=False)).to_be_hidden()
        page.get_by_role("button", name="Filters").click()
    page.get_by_role("checkbox", name="Black").check()
    expect(page.get_by_role("button", name="Take away: Colour: Black")).to_be_visible()
    page.get_by_role("checkbox", name="In stock only").check()
    expect(_titles(page)).to_have_count(1)
    assert "is=colour%3ABlack&stock=1" in page.url
    assert _fits(page)
    page.reload()
    expect(_titles(page)).to_have_count(1)
    page.get_by_role("button", name="Clear all").click()
    expect(_titles(page)).to_have_count(2)
    assert "stock" not in page.url
    page.go_back()
    expect(_titles(page)).to_have_count(1)


def test_two_brands_are_chosen_at_once_and_sorted(
    opened: Callable[..., ShopWindow], page: Page
) -> None:
    opened(_keyboards())
    page.get_by_role("checkbox", name="Tarn").check()
    expect(_titles(page)).to_have_count(2)
    keyora = page.locator(".tick", has_text="Keyora")
    expect(keyora).to_have_text("Keyora2")  # how many would be added
    keyora.click()
    expect(_titles(page)).to_have_count(4)
    page.get_by_label("Sort by").select_option("price_desc")
    expect(_titles(page).first).to_have_text("Quiet Mechanical Keyboard Pro")
    page.get_by_label("Highest price").fill("60")
    page.get_by_label("Highest price").press("Enter")
    expect(_titles(page)).to_have_text(["Loud Mechanical Keyboard", "Desk Lamp"])


def test_a_hit_says_why_and_opens_large(opened: Callable[..., ShopWindow], page: Page) -> None:
    shop = opened(_keyboards(), "?q=quiet+mechanical+keyboard", PHONE)
    first = page.locator("article").first
    expect(first).to_contain_text("€89.00")
    expect(first).to_contain_text("In stock")
    expect(first.get_by_role("img")).to_have_attribute("aria-label", "4.4 of 5 stars of 31 reviews")
    first.get_by_role("button", name="Why this?").click()
    why = first.locator("[popover]")
    expect(why).to_contain_text("Has your words: quiet, mechanical, keyboard")
    box = why.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Quiet Mechanical Keyboard Pro").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("h2", has_text="Quiet Mechanical Keyboard Pro")).to_be_visible()
    expect(dialog).to_contain_text("Only 3 left")
    assert "product=KB-2" in page.url
    assert [(e.kind, e.sku, e.position) for e in shop.events] == [("click", "KB-2", 2)]
    assert _fits(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.wait_for_url(lambda url: "product" not in url)
    expect(_titles(page)).to_have_count(3)
    assert shop.searches == ["quiet mechanical keyboard"]  # looking at one searches nothing anew


@pytest.mark.nightly
def test_a_product_shared_by_its_address_opens(
    opened: Callable[..., ShopWindow], page: Page
) -> None:
    opened(_keyboards(), "?product=KB-4")
    expect(page.get_by_role("dialog").locator("h2", has_text="Desk Lamp")).to_be_visible()
    opened(_keyboards(), "?product=gone")
    expect(page.get_by_role("dialog")).to_contain_text("This product cannot be shown")


@pytest.mark.nightly
def test_hundreds_of_hits_come_page_by_page_and_stay_in_order(
    opened: Callable[..., ShopWindow], page: Page
) -> None:
    shop = opened([listed(n, f"Lamp {n:03}") for n in range(300)], "?q=lamp&sort=title")
    expect(page.locator(".found")).to_contain_text("300 products")
    expect(_titles(page)).to_have_count(24)
    for pages in (2, 3):
        page.get_by_role("button", name="Show more").click()
        expect(_titles(page)).to_have_count(24 * pages)
    assert _titles(page).all_text_contents() == [f"Lamp {n:03}" for n in range(72)]
    assert shop.searches == ["lamp"]
    page.get_by_role("button", name="Lamp 070").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert [event.position for event in shop.events] == [71]


@pytest.mark.nightly
@BOTH
def test_odd_products_are_shown_as_they_are(
    opened: Callable[..., ShopWindow], page: Page, size: ViewportSize
) -> None:
    goods = [
        listed(1, f"{HOSTILE} keyboard", brand=HOSTILE, category=HOSTILE, description=HOSTILE,
               attributes={"colour": HOSTILE}),
        listed(2, f"keyboard {'verylongword' * 20}", None, stock=None),
        listed(3, "keyboard of yen", "1234567", currency="JPY"),
        listed(4, "keyboard of dollars", "0.99", currency="USD", stock=0),
    ]  # fmt: skip
    opened(goods, "?q=keyboard", size)
    expect(_titles(page)).to_have_count(4)
    shown = page.locator(".cards")
    for words in ("Price not known", "Stock not known", "¥1,234,567", "$0.99", "Sold out"):
        expect(shown).to_contain_text(words)
    expect(shown).to_contain_text(HOSTILE)
    assert _fits(page)
    page.locator("article", has_text=HOSTILE).locator("h3 button").click()
    expect(page.get_by_role("dialog")).to_contain_text(HOSTILE)
    page.keyboard.press("Escape")
    field = page.get_by_role("combobox", name="Search products")
    field.fill("key")
    expect(_suggested(page).first).to_be_visible()
    field.fill(HOSTILE)
    field.press("Enter")
    expect(page.locator(".found")).to_contain_text(HOSTILE)
    assert page.evaluate("window.hacked") is None


def test_nothing_found_words_given_up_and_mended_are_told(
    opened: Callable[..., ShopWindow], page: Page
) -> None:
    shop = opened(_keyboards(), "?q=keyboard+under+5+eur")
    expect(page.locator(".nothing")).to_contain_text("your words demand under 5 EUR")
    page.get_by_role("button", name="Lighting").click()
    expect(_titles(page)).to_have_text(["Desk Lamp"])
    field = page.get_by_role("combobox", name="Search products")
    expect(field).to_have_value("Lighting")
    field.fill("xylophone under 70 eur")
    field.press("Enter")
    expect(page.locator(".rescued")).to_contain_text("No product matches all of your words")
    expect(_titles(page)).to_have_count(2)
    field.fill("mecanical keybord")
    field.press("Enter")
    expect(page.locator(".read-as")).to_have_text(
        "Also looked for mechanical where you typed mecanical, keyboard where you typed keybord"
    )
    assert shop.searches[-1] == "mecanical keybord"


def test_no_products_and_no_answer_are_said_with_a_way_on(
    opened: Callable[..., ShopWindow], page: Page
) -> None:
    opened([])
    expect(page.locator(".am-notice")).to_contain_text("Nothing is on sale here yet")
    shop = opened(_keyboards(), "?q=lamp")
    expect(_titles(page)).to_have_count(1)
    shop.refusal = Unavailable("the products are being indexed", fix="ask again in a few seconds")
    field = page.get_by_role("combobox", name="Search products")
    field.fill("desk lamp")
    field.press("Enter")
    expect(page.locator(".am-notice")).to_contain_text("ask again in a few seconds")
    shop.refusal = None
    field.press("Enter")
    expect(_titles(page)).to_have_text(["Desk Lamp"])
    expect(page.locator(".am-notice")).to_have_count(0)


@BOTH
def test_what_people_look_for_and_do_not_find(
    console: RunningConsole, page: Page, size: ViewportSize
) -> None:
    known = {each.name: getattr(three_orders(), each.name) for each in fields(FakePlatform)}
    rows = (
        ("aethermart", "lamp", "2026-01-31", 6, 0, 3),
        ("aethermart", "lamp", "2026-01-30", 2, 0, 1),
        ("aethermart", f"{HOSTILE} flamingo", "2026-01-30", 2, 2, 0),
    )
    console.reset(SearchedPlatform(**known, searched=rows), shop=ShopWindow(_keyboards()))
    page.set_viewport_size(size)
    page.goto(f"{console.url}/discover?look=What+people+look+for")
    facts = page.locator(".am-facts")
    expect(facts).to_contain_text("Searches10")
    expect(facts).to_contain_text("Without a result20.0 %")
    expect(facts).to_contain_text("Something was opened40.0 %")
    unfound = page.locator("[data-table=terms-nothing]")
    expect(unfound.locator("tbody tr")).to_have_count(1)
    expect(unfound).to_contain_text(f"{HOSTILE} flamingo")
    expect(page.locator(".am-badge")).to_contain_text("gold.mart_search_terms")
    assert _fits(page)
    assert page.evaluate("window.hacked") is None
    page.get_by_role("radio", name="Products", exact=True).click(force=True)
    expect(_titles(page)).to_have_count(4)


def test_a_choice_that_the_shop_does_not_know_can_be_taken_back(
    console: RunningConsole, opened: Callable[..., ShopWindow], page: Page
) -> None:
    shop = opened(_keyboards(), "?q=lamp&is=engine:Diesel")
    expect(page.locator(".am-notice")).to_contain_text("No product has an attribute 'engine'")
    page.get_by_role("button", name="Take away: Engine: Diesel").click()
    expect(_titles(page)).to_have_text(["Desk Lamp"])
    shop.refusal = BadInput("2 shops have products and none is the primary one", fix="name one")
    page.goto(f"{console.url}/discover?q=desk")
    expect(page.locator(".am-notice")).to_contain_text("Choose a shop")


def test_age_and_source_stand_below(opened: Callable[..., ShopWindow], page: Page) -> None:
    opened(_keyboards())
    expect(page.locator(".am-badge")).to_contain_text("as of 12:00:00 UTC")
    expect(page.locator(".am-badge")).to_contain_text("search index of aethermart")
