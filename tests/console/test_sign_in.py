"""Log in, stay through a reload, be sent back when it ends, and see what one's role may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aethermart.console.settings import ACCOUNTS
from aethermart.identity.roles import Role
from tests.api.fake_platform import three_orders
from tests.console.accounts import PASSWORD, FakeAccounts
from tests.console.browsing import SIZES, expect
from tests.console.busy_platform import BusyPlatform, small_lake
from tests.console.running import RunningConsole, running_console
from tests.services import require_service

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.service("chromium")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    require_service("chromium")
    with running_console(tmp_path_factory.mktemp("console"), sign_in=ACCOUNTS) as console:
        yield console


@pytest.fixture
def people(console: RunningConsole) -> FakeAccounts:
    people = FakeAccounts()
    console.reset(small_lake(), people)
    return people


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_role("textbox", name="E-mail").fill(f"{name}@example.org")
    field = page.get_by_role("textbox", name="Password")
    field.fill(password)
    field.press("Enter")


def _is_in(page: Page, name: str) -> None:
    expect(page.get_by_role("button", name=name)).to_be_visible()


def _cookie(page: Page) -> dict[str, object]:
    page.wait_for_timeout(200)
    found = [c for c in page.context.cookies() if c["name"] == "aethermart_console"]
    return dict(found[0]) if found else {}


@SIZES
def test_a_wrong_password_is_refused_with_the_api_s_own_words(
    console: RunningConsole, people: FakeAccounts, page: Page, size: ViewportSize
) -> None:
    page.set_viewport_size(size)
    page.goto(console.url)
    sign_in(page, "alex", "seven loud harbours")
    notice = page.locator(".am-notice.am-error")
    expect(notice).to_contain_text("Sign-in was refused")
    expect(notice).to_contain_text("The e-mail or the password is wrong")
    expect(notice).to_contain_text("What to do: check both, or ask an administrator")
    expect(page.get_by_role("link", name="Overview")).to_have_count(0)
    assert people.logins == ["alex@example.org"]
    assert _cookie(page) == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_who_signs_in_stays_at_the_page_s_address_and_through_a_reload(
    console: RunningConsole, people: FakeAccounts, page: Page
) -> None:
    page.goto(f"{console.url}/lake?part=Freshness&shop=aethermart")
    sign_in(page, "alex")
    _is_in(page, "Alex")
    expect(page.locator('[data-table="hops-aethermart"]')).to_be_visible()
    expect(page.locator('[data-table="hops-online_retail"]')).to_have_count(0)
    cookie = _cookie(page)
    assert "aethermart" not in page.evaluate("document.cookie")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)
    page.reload()
    _is_in(page, "Alex")
    expect(page.locator('[data-table="hops-aethermart"]')).to_be_visible()
    assert people.logins == ["alex@example.org"]
    stored = page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
    for secret in (PASSWORD, *people.tokens()):
        assert secret not in page.content()
        assert secret not in page.url
        assert secret not in stored
        assert secret not in str(cookie["value"])


def test_who_signs_out_is_out_in_every_tab_and_after_a_reload(
    console: RunningConsole, people: FakeAccounts, page: Page
) -> None:
    page.goto(console.url)
    sign_in(page, "alex")
    _is_in(page, "Alex")
    assert _cookie(page) != {}
    other = page.context.new_page()
    other.goto(f"{console.url}/sql")
    _is_in(other, "Alex")
    page.get_by_role("button", name="Alex").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You have signed out.")).to_be_visible()
    assert people.outs == 1
    page.reload()
    expect(page.get_by_role("textbox", name="Password")).to_be_visible()
    other.get_by_role("button", name="Run").click()
    expect(other.get_by_role("textbox", name="Password")).to_be_visible()


def test_a_log_in_that_ends_leads_back_to_it_and_then_to_the_same_page(
    console: RunningConsole, people: FakeAccounts, page: Page
) -> None:
    page.goto(f"{console.url}/lake?part=Freshness")
    sign_in(page, "david")
    expect(page.locator('[data-table="hops-aethermart"]')).to_be_visible()
    people.end_all()
    expect(page.get_by_text("Your log-in has expired, or was ended elsewhere")).to_be_visible()
    expect(page.locator('[data-table="hops-aethermart"]')).to_have_count(0)
    sign_in(page, "david")
    expect(page.locator('[data-table="hops-aethermart"]')).to_be_visible()
    page.wait_for_url(re.compile(r"/lake\?.*part=Freshness"))


def test_an_access_token_that_expires_is_renewed_and_nobody_notices(
    console: RunningConsole, people: FakeAccounts, page: Page
) -> None:
    people.life_s = 1
    page.goto(f"{console.url}/lake?part=Freshness")
    sign_in(page, "alex")
    expect(page.locator('[data-table="hops-aethermart"]')).to_be_visible()
    page.wait_for_timeout(2500)
    expect(page.locator('[data-table="hops-aethermart"]')).to_be_visible()
    assert people.logins == ["alex@example.org"]
    assert people.renewed >= 2


def test_a_role_sees_its_pages_alone_and_is_told_why_at_another_s_address(
    console: RunningConsole, people: FakeAccounts, page: Page
) -> None:
    page.goto(f"{console.url}/operations")
    sign_in(page, "maria")
    notice = page.locator(".am-notice")
    expect(notice).to_contain_text("Operations is not open to you")
    expect(notice).to_contain_text("Your role marketing lacks the permission ops_read")
    menu = page.get_by_role("link").filter(has_text=re.compile("^[A-Z]"))
    expect(page.get_by_role("link", name="SQL")).to_be_visible()
    assert "Operations" not in " ".join(menu.all_inner_texts())
    platform = console.platform
    assert isinstance(platform, BusyPlatform)
    assert not [asked for asked in platform.calls if asked in ("sinks", "alerts", "runs")]
    people.roles["maria@example.org"] = Role.ARCHITECT
    page.reload()
    expect(page.locator('[data-tile="sinks"]')).to_be_visible()


def test_an_api_that_is_away_is_said_at_the_log_in(
    console: RunningConsole, people: FakeAccounts, page: Page
) -> None:
    console.stop_api()
    page.goto(console.url)
    sign_in(page, "alex")
    expect(page.locator(".am-notice.am-error")).to_contain_text("Sign-in is not possible now")
    console.reset(three_orders(), people)
    sign_in(page, "alex")
    _is_in(page, "Alex")
    assert PASSWORD not in Path(console.log).read_text()
