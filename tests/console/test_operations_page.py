"""Operations in a real browser: what stands still, what is tried again, what runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from aethermart.identity.roles import Role
from tests.api.asking import role_token
from tests.console.browsing import SIZES, expect
from tests.console.busy_platform import BusyPlatform, large_lake, troubled
from tests.console.running import RunningConsole

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.service("chromium")


@SIZES
def test_what_stands_still_comes_first_with_its_reason(
    console: RunningConsole, page: Page, size: ViewportSize
) -> None:
    console.reset(troubled())
    page.set_viewport_size(size)
    page.goto(f"{console.url}/operations")
    expect(page.locator('[data-tile="sinks"]')).to_contain_text("of 2 running")
    values = ["1", "2", "2", "1"]
    expect(page.locator(".am-tile .am-value")).to_have_text(values)
    first = page.locator('[data-table="sinks"] tbody tr').first
    expect(first).to_have_class("am-guilty")
    expect(first).to_contain_text("online_retail")
    expect(first).to_contain_text("the disk of state has 20 MB free")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_dead_letter_is_tried_again_only_after_a_second_click(
    console: RunningConsole, page: Page
) -> None:
    platform = troubled()
    console.reset(platform)
    page.goto(f"{console.url}/operations?operations=Dead+letters")
    expect(page.locator(".am-notice")).to_contain_text("Entry 42: open")
    expect(page.locator(".am-notice")).to_contain_text("What to do: capture the table anew")
    page.get_by_role("button", name="Try again").click()
    assert "retry 2" not in platform.calls
    page.get_by_role("button", name="Yes, try it now").click()
    expect(page.get_by_text("A retry was asked for.")).to_be_visible()
    expect(page.locator(".am-notice")).to_contain_text("Entry 42: retry asked for")
    assert platform.calls.count("retry 2") == 1


def test_who_may_only_read_can_neither_retry_nor_start_nor_cancel(
    console: RunningConsole, page: Page
) -> None:
    platform = troubled()
    console.reset(platform)
    console.token_file.write_text(role_token(Role.EXECUTIVE))
    page.goto(f"{console.url}/operations?operations=Dead+letters")
    expect(page.get_by_text("takes a role that may run operations")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    page.get_by_role("radio", name="Runs").click(force=True)
    expect(page.locator('[data-table="runs"]')).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Start|Cancel"))).to_have_count(0)


def test_a_run_is_started_with_its_arguments_and_its_progress_moves(
    console: RunningConsole, page: Page
) -> None:
    platform = troubled()
    platform.made_runs = []
    console.reset(platform)
    page.goto(f"{console.url}/operations?operations=Runs")
    expect(page.get_by_text("Nothing has been run yet.")).to_be_visible()
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="sink_rebuild").click()
    page.get_by_role("button", name="Start sink_rebuild").click()
    expect(page.locator(".am-notice")).to_contain_text("Write sink first.")
    page.get_by_role("textbox", name="sink").fill("mirror")
    page.get_by_role("button", name="Start sink_rebuild").click()
    row = page.locator('[data-table="runs"] tbody tr')
    expect(row).to_contain_text("1 sink_rebuild (sink mirror)")
    expect(row).to_contain_text("queued")
    platform.move_run(1, "running", 0.4, "12 of 30 tables")
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", "40")
    expect(bar).to_have_attribute("aria-label", "12 of 30 tables")
    page.get_by_role("button", name="Start sink_rebuild").click()
    expect(page.locator(".am-notice")).to_contain_text("It was not started")
    expect(page.locator(".am-notice")).to_contain_text("A run of 'sink_rebuild' is not over yet")
    platform.move_run(1, "succeeded", 1.0, "done")
    expect(row).to_contain_text("succeeded")
    expect(bar).to_have_count(0)


def test_what_fires_says_what_to_do_and_runs_that_failed_say_why(
    console: RunningConsole, page: Page
) -> None:
    console.reset(troubled())
    page.goto(f"{console.url}/operations?operations=Alerts")
    first = page.locator('[data-table="alerts"] tbody tr').first
    expect(first).to_contain_text("CaptureStalled")
    expect(first).to_contain_text("firing: critical")
    expect(first).to_contain_text("93 of at most 60 seconds")
    expect(first).to_contain_text("see /ops/sinks for the error of `capture`")
    page.get_by_role("radio", name="Runs").click(force=True)
    failed = page.locator('[data-table="runs"] tr', has_text="failed")
    expect(failed).to_contain_text("the disk of state has 20 MB free. What to do: free space")
    page.get_by_role("radio", name="Retention").click(force=True)
    expect(page.locator(".st-key-exports-retention")).to_contain_text("1 row")


def test_nothing_to_show_and_much_are_both_said(console: RunningConsole, page: Page) -> None:
    console.reset(BusyPlatform(shop_names=[]))
    page.goto(f"{console.url}/operations")
    expect(page.get_by_text("No sink runs: no shop is connected.")).to_be_visible()
    page.get_by_role("radio", name="Dead letters").click(force=True)
    expect(page.get_by_text("No entry is left over")).to_be_visible()
    console.reset(large_lake())
    page.get_by_role("radio", name="Sinks").click(force=True)
    expect(page.locator('[data-table="sinks"] tbody tr')).to_have_count(30)
    expect(page.get_by_text("30 others are running.")).to_be_visible()
    expect(page.locator("tr.am-guilty")).to_contain_text("the disk of state has 20 MB free")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
