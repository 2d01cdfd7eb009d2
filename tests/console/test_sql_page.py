"""The SQL page in a real browser: asked once, shown exactly, refused with a way out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aethermart.client.answers.lake import TableColumn
from aethermart.core.errors import BadInput, Forbidden
from tests.console.browsing import HOSTILE, SIZES, expect
from tests.console.busy_platform import BusyPlatform, small_lake
from tests.console.running import RunningConsole

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.service("chromium")


def _run(page: Page, sql: str) -> None:
    field = page.get_by_role("textbox", name="SQL")
    field.fill(sql)
    field.press("Control+Enter")


def _asked(platform: BusyPlatform) -> list[str]:
    return [each for each in platform.calls if each.startswith("query")]


@SIZES
def test_a_query_shows_rows_types_age_and_what_is_masked(
    console: RunningConsole, page: Page, size: ViewportSize
) -> None:
    platform = small_lake()
    console.reset(platform)
    page.set_viewport_size(size)
    page.goto(f"{console.url}/sql")
    expect(page.get_by_role("textbox", name="SQL")).to_have_value(
        "SELECT country, currency, SUM(revenue) AS revenue\n"
        "FROM gold.fct_sales\nGROUP BY ALL\nORDER BY revenue DESC"
    )
    assert _asked(platform) == []
    _run(page, "SELECT email FROM gold.dim_customer")
    facts = page.locator(".am-facts")
    expect(facts).to_contain_text("Rows2")
    expect(facts).to_contain_text("Took20 ms")
    expect(page.locator(".am-is-masked")).to_have_text("gold.dim_customer.email")
    expect(page.locator(".am-badge")).to_contain_text("as of 11:59:59 UTC")
    expect(page.locator(".am-badge")).to_contain_text("gold.dim_customer, gold.fct_sales")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.wait_for_timeout(1500)  # nothing is asked by itself
    assert _asked(platform) == ["query admin 1000 SELECT email FROM gold.dim_customer"]


def test_the_rows_can_be_taken_away_exactly(console: RunningConsole, page: Page) -> None:
    console.reset(small_lake())
    page.goto(f"{console.url}/sql")
    page.get_by_role("button", name="Run").click()
    exports = page.locator(".st-key-exports-result")
    expect(exports).to_contain_text("2 rows")
    with page.expect_download() as taken:
        exports.get_by_role("button", name="CSV").click()
    assert Path(taken.value.path()).read_text().splitlines() == [
        '"email","orders","revenue","last"',
        '"p-3f1c",2,1234.50,2026-01-31 12:00:00.000000Z',
        '"p-77aa",1,0.10,',
    ]


def test_a_refusal_says_what_is_wrong_and_what_was_asked_can_be_taken_up_again(
    console: RunningConsole, page: Page
) -> None:
    platform = small_lake()
    console.reset(platform)
    page.goto(f"{console.url}/sql")
    platform.answer = Forbidden("mirror.aethermart__orders is not open", fix="use silver.orders")
    _run(page, f"SELECT '{HOSTILE}' FROM mirror.aethermart__orders")
    notice = page.locator(".am-notice")
    expect(notice).to_contain_text("The query was refused")
    expect(notice).to_contain_text("Mirror.aethermart__orders is not open")
    expect(notice).to_contain_text("What to do: use silver.orders")
    platform.answer = BadInput("SELEC is no statement", fix="write one SELECT")
    _run(page, "SELEC 1")
    expect(notice).to_contain_text("SELEC is no statement")
    page.get_by_role("button", name="Asked before (2)").click()
    page.get_by_role("button", name="SELECT '<img src=x").click()
    expect(page.get_by_role("textbox", name="SQL")).to_have_value(
        f"SELECT '{HOSTILE}' FROM mirror.aethermart__orders"
    )
    assert len(_asked(platform)) == 2
    assert page.evaluate("window.hacked") is None


def test_no_rows_and_more_than_asked_for_are_both_said(console: RunningConsole, page: Page) -> None:
    platform = small_lake()
    full = platform.answer
    assert full is not None
    assert not isinstance(full, Exception)
    platform.answer = full.model_copy(update={"rows": (), "row_count": 0, "masked": ()})
    console.reset(platform)
    page.goto(f"{console.url}/sql")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("The query gave no rows.")).to_be_visible()
    wide = tuple(TableColumn(name=f"a_long_column_{n}", type="integer") for n in range(60))
    platform.answer = full.model_copy(
        update={
            "columns": wide,
            "rows": tuple(tuple(range(60)) for _ in range(1000)),
            "row_count": 1000,
            "truncated": True,
        }
    )
    expect(page.get_by_role("button", name="Asked before (1)")).to_be_visible()
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".am-notice")).to_contain_text("Only the first 1,000 rows")
    expect(page.locator(".st-key-exports-result")).to_contain_text("1,000 rows")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert len(set(_asked(platform))) == 1


def test_two_columns_of_one_name_are_both_shown(console: RunningConsole, page: Page) -> None:
    platform = small_lake()
    answer = platform.answer
    assert answer is not None
    assert not isinstance(answer, Exception)
    twice = (TableColumn(name="n", type="integer"), TableColumn(name="n", type="double"))
    platform.answer = answer.model_copy(update={"columns": twice, "rows": ((1, "0.5"),)})
    console.reset(platform)
    page.goto(f"{console.url}/sql")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".st-key-exports-result")).to_contain_text("1 row")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
