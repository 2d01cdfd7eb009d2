"""`aethermart demo`, live: what a new user sees, and what is left when it stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from aethermart.operations.demo_accounts import accounts_file
from aethermart.operations.folder import remove_demo
from aethermart.operations.lake import open_lake
from aethermart.operations.memory import tree_pss_mb
from aethermart.operations.servers import server_pid
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.servers.processes import alive
from tests.e2e import independent, searching
from tests.e2e.platform import LiveDemo, aethermart
from tests.services import chromium_path, require_service


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveDemo]:
    live = LiveDemo(tmp_path_factory.mktemp("live") / "demo home", rate=10.0)
    live.start()
    yield live
    if live.process is not None and live.process.poll() is None:
        live.stop()
    remove_demo(live.home)


def _value(demo: LiveDemo, metric: str, shop: str) -> Any:
    rows = demo.get(f"/lake/metrics/{metric}", shop=shop)["rows"]
    return rows[0]["value"] if rows else None


def _until(condition: Any, within_s: float = 30.0) -> bool:
    deadline = time.monotonic() + within_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(condition())


def test_live_orders_move_the_numbers(demo: LiveDemo) -> None:
    before = _value(demo, "order_count", "aethermart")
    assert _until(lambda: _value(demo, "order_count", "aethermart") >= before + 5)


@pytest.mark.promise("100", "106")
def test_each_shop_is_seconds_old_by_its_own_commits(demo: LiveDemo) -> None:
    def shops() -> dict[str, Any]:
        return {shop["shop"]: shop for shop in demo.get("/lake/freshness")["shops"]}

    assert _until(lambda: shops()["aethermart"]["lag_s"] < 5)
    assert [hop["hop"] for hop in shops()["aethermart"]["hops"]] == [
        "capture",
        "log",
        "mirror",
        "warehouse",
        "archive",
    ]
    assert _until(lambda: shops()["online_retail"]["quiet"])


def test_capture_and_every_sink_report_themselves_running(demo: LiveDemo) -> None:
    assert _until(
        lambda: (
            {(s["sink"], s["shop"], s["status"]) for s in demo.get("/ops/sinks")["sinks"]}
            == {
                (sink, shop, "running")
                for sink in ("capture", "mirror", "archive", "search_index", "vectors")
                for shop in ("aethermart", "online_retail")
            }
        )
    )


@pytest.mark.nightly
@pytest.mark.promise("B5")
def test_price_stock_and_visibility_reach_the_search_within_two_seconds(demo: LiveDemo) -> None:
    ids = searching.put_products(demo, 4)
    words_s = searching.seconds_until(lambda: set(searching.shown(demo)) == set(ids))
    waits = [wait for product_id in ids for wait in searching.changes_of(demo, product_id)]
    print(f"new products {words_s:.2f} s, changes {[round(each, 2) for each in waits]} s")
    assert searching.most_of(waits) <= 2.0
    assert searching.shown(demo) == {}


@pytest.mark.nightly
def test_what_is_searched_is_counted_by_its_words(demo: LiveDemo) -> None:
    def counted() -> dict[str, int]:
        page = demo.get("/lake/tables/mart_search_terms", shop="aethermart")
        names = [column["name"] for column in page["columns"]]
        [row] = [r for r in page["rows"] if r[names.index("query")] == "lost umbrella"] or [()]
        return dict(zip(names, row, strict=False))

    found = demo.get("/shop/search", q="Lost  Umbrella", shop="aethermart")
    told = {"search_id": found["search_id"], "kind": "click", "sku": "none", "position": 1}
    told["sku"] = demo.get("/shop/products", shop="aethermart", limit="1")["items"][0]["sku"]
    assert demo.post("/shop/events", {"shop": "aethermart", "events": [told]}) == {"taken": 1}
    assert _until(lambda: counted().get("clicks") == 1)
    assert (counted()["searches"], counted()["click_through_rate"]) == (1, "1.000000")


@pytest.mark.nightly
@pytest.mark.promise("B5")
def test_after_a_kill_of_serve_the_index_is_as_the_store(demo: LiveDemo) -> None:
    hidden, sold = searching.put_products(demo, 2)
    os.kill(demo.pids()["serve"], signal.SIGKILL)
    searching.change(demo, hidden, "is_active = false")
    searching.change(demo, sold, "stock_quantity = 0, price = 12.34")
    assert _until(lambda: _answers_at(demo.api_port), within_s=60)
    os.kill(demo.pids()["store"], signal.SIGSTOP)  # the traffic, else both are never equal
    try:
        assert _until(lambda: searching.is_as_the_store(demo), within_s=60)
    finally:
        os.kill(demo.pids()["store"], signal.SIGCONT)
    price, _ = searching.listed(demo)[searching.sku_of(demo, sold)]
    assert price == "12.34"
    assert searching.sku_of(demo, hidden) not in searching.listed(demo)


@pytest.mark.service("chromium")
@pytest.mark.promise("97", "99", "100")
def test_the_page_shows_what_the_api_answers_and_moves_with_the_traffic(demo: LiveDemo) -> None:
    require_service("chromium")
    from playwright.sync_api import sync_playwright

    address = f"http://127.0.0.1:{demo.console_port}"
    assert _until(lambda: _answers(address))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 1700})
        page.goto(address)
        alex = json.loads(accounts_file(demo.project).read_text(encoding="utf-8"))["alex"]
        page.get_by_label("E-mail").fill("alex@aethermart.example")
        page.get_by_label("Password").first.fill(alex)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("£9,758,809.99").first.wait_for(timeout=60_000)
        page.get_by_text("22,061").first.wait_for(timeout=30_000)
        page.get_by_text("Stuck in PENDING").first.wait_for(timeout=30_000)
        shown = page.inner_text("body")
        page.wait_for_function(
            "before => document.body.innerText !== before", arg=shown, timeout=30_000
        )
        browser.close()


def _answers_at(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/_stcore/health", timeout=2.0).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.nightly
def test_a_second_copy_on_the_same_folder_is_refused(demo: LiveDemo) -> None:
    again = aethermart("demo", "--home", str(demo.home))
    assert again.returncode == 1
    assert "the demo runs already on this folder, as process" in again.stderr
    served = aethermart("serve", "--home", str(demo.home))
    assert served.returncode == 1
    assert "`aethermart serve` runs already" in served.stderr


@pytest.mark.promise("B10")
def test_the_tree_of_processes_stays_within_four_gigabytes(demo: LiveDemo) -> None:
    assert demo.process is not None
    server = server_pid(demo.project)
    assert server is not None
    assert tree_pss_mb([demo.process.pid, server]) < 4096


def test_a_wrong_token_learns_nothing(demo: LiveDemo) -> None:
    for path in ("/lake/metrics", "/lake/metrics/revenue", "/lake/freshness", "/ops/sinks"):
        answer = httpx.get(f"{demo.api}{path}", headers={"Authorization": "Bearer wrong"})
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_killed_postgres_comes_back_and_meanwhile_the_numbers_stay(demo: LiveDemo) -> None:
    killed = server_pid(demo.project)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert _value(demo, "revenue", "online_retail") == "9758809.99"
    assert _until(lambda: server_pid(demo.project) not in (None, killed), within_s=60)
    demo.wait_until_ready()
    before = _value(demo, "order_count", "aethermart")
    assert _until(lambda: _value(demo, "order_count", "aethermart") >= before + 5, within_s=60)


def test_ctrl_c_stops_every_child_and_a_second_start_resumes_without_a_loss(
    demo: LiveDemo,
) -> None:
    assert demo.process is not None
    tree = psutil.Process(demo.process.pid).children(recursive=True)
    assert demo.stop() == 0
    assert [process for process in tree if alive(process.pid)] == []  # init may be slow to reap
    assert not EmbeddedPostgres(demo.home / "state/postgres").running
    started = time.monotonic()
    demo.start(ready_s=60)
    print(f"resumed in {time.monotonic() - started:.1f} s")
    truth = independent.store(demo.project.shop_dsn("aethermart"))
    assert _until(lambda: _value(demo, "order_count", "aethermart") >= truth["orders"])
    assert _value(demo, "revenue", "online_retail") == "9758809.99"


@pytest.mark.nightly
def test_killed_itself_it_leaves_no_child_behind_and_starts_again(demo: LiveDemo) -> None:
    assert demo.process is not None
    tree = psutil.Process(demo.process.pid).children(recursive=True)
    demo.process.send_signal(signal.SIGKILL)
    demo.process.wait()
    demo.start()  # at once: it waits for what the killed one left behind, which may answer still
    assert _until(lambda: not [p for p in tree if p.is_running()])
    demo.wait_until_ready()
    assert _value(demo, "revenue", "online_retail") == "9758809.99"


def test_a_port_in_use_is_told_before_anything_is_started(tmp_path: Path) -> None:
    live = LiveDemo(tmp_path / "home")
    live.write_settings()
    with socket.create_server(("127.0.0.1", live.api_port)):
        done = aethermart("demo", "--home", str(live.home))
    assert done.returncode == 1
    assert f"port {live.api_port} of 127.0.0.1 is in use by another program" in done.stderr
    assert not (live.home / "state/lake.duckdb").exists()


@pytest.mark.nightly
@pytest.mark.promise("63", "143")
def test_what_happens_around_orders_moves_journeys_posts_and_campaigns(demo: LiveDemo) -> None:
    """What the pages Journeys and Campaigns ask for, before and after some seconds of traffic."""

    def journeys() -> dict[str, int]:
        rows = demo.get("/lake/metrics/sessions", shop="aethermart", by="journey")["rows"]
        return {row["key"]: int(row["value"]) for row in rows}

    def sold_in_campaigns() -> int:
        page = demo.get("/lake/tables/mart_campaign_effect", shop="aethermart")
        names = [column["name"] for column in page["columns"]]
        at, during = names.index("campaign"), names.index("promoted_during")
        return sum(int(row[during]) for row in page["rows"] if str(row[at]).startswith("Flash"))

    visits, posts = journeys(), int(_value(demo, "social_posts", "aethermart"))
    assert set(visits) == {"page", "product", "cart", "checkout", "order"}
    assert _until(lambda: all(journeys()[end] > seen for end, seen in visits.items()), 60)
    assert _until(lambda: int(_value(demo, "social_posts", "aethermart")) > posts, 60)
    assert _until(lambda: sold_in_campaigns() > 0, 120)
    sold = sold_in_campaigns()
    assert _until(lambda: sold_in_campaigns() > sold, 30)


def test_clean_is_refused_while_it_runs(demo: LiveDemo) -> None:
    assert aethermart("demo", "--clean", "--home", str(demo.home)).returncode == 1
    assert demo.project.state.is_dir()


@pytest.mark.nightly
@pytest.mark.promise("63", "87")
def test_each_entity_that_trade_makes_grew_in_the_lake(demo: LiveDemo) -> None:
    """Rows since the traffic began, beside those of the store they came from."""
    began = datetime.fromtimestamp((demo.home / "aethermart.toml").stat().st_mtime, UTC)
    live = independent.since(demo.project.shop_dsn("aethermart"), began, GROWS)
    time.sleep(2)  # what was committed then is in the lake
    assert demo.stop() == 0
    with open_lake(demo.project) as lake, lake.engine.read(60.0) as connection:
        found = {
            entity: connection.execute(
                f"SELECT COUNT(*) FROM silver.{entity} WHERE shop = 'aethermart' AND {time} > ?",
                [began],
            ).fetchall()[0][0]
            for entity, time in GROWS.items()
        }
    assert min(live.values()) > 0
    # The traffic went on between the two looks.
    assert {entity for entity, rows in found.items() if rows < live[entity]} == set()


GROWS = {
    "orders": "ordered_at",
    "order_status_changes": "changed_at",
    "payments": "paid_at",
    "returns": "returned_at",
    "reviews": "reviewed_at",
    "inventory_movements": "moved_at",
    "promotions": "starts_at",
    "clickstream_events": "occurred_at",
    "device_telemetry": "recorded_at",
    "social_posts": "posted_at",
    "support_chats": "opened_at",
}


def test_clean_removes_all_of_it_once_it_is_stopped(demo: LiveDemo) -> None:
    assert demo.process is not None
    if demo.process.poll() is None:
        assert demo.stop() == 0
    assert aethermart("demo", "--clean", "--home", str(demo.home)).returncode == 0
    assert not demo.home.exists()
    assert not EmbeddedPostgres(demo.home / "state/postgres").running
    assert aethermart("demo", "--clean", "--home", str(demo.home)).returncode == 0
