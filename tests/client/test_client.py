"""The client against the real application over a real socket: values in, the core's errors out."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import httpx
import pytest

from aethermart.api.server import ApiServer
from aethermart.api.settings import ApiSettings
from aethermart.client.answers.lake import MetricRow
from aethermart.client.answers.ops import Readiness
from aethermart.client.client import AetherMartClient
from aethermart.client.errors import ServerFault, UnexpectedAnswer
from aethermart.core.errors import (
    AetherMartError,
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from aethermart.identity.roles import Role
from tests.api.asking import app_on, role_token
from tests.api.fake_platform import NOON, TOKEN, FakePlatform, three_orders


@pytest.fixture
def platform() -> FakePlatform:
    return three_orders()


@pytest.fixture
def url(platform: FakePlatform) -> Iterator[str]:
    server = ApiServer(app_on(platform), ApiSettings(port=0))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def client(url: str) -> Iterator[AetherMartClient]:
    with AetherMartClient(url, TOKEN) as client:
        yield client


def test_the_lake_is_asked_by_name_lineage_and_query(
    client: AetherMartClient, platform: FakePlatform
) -> None:
    [table] = client.lake.tables(layer="gold")
    assert table.columns[-1].pii == "customer_id"
    assert client.lake.table("fct_orders").detail == table
    [edge] = client.lake.lineage("gold.fct_sales.revenue", direction="down").edges
    assert edge.source == "shop.aethermart.orders.total_amount"
    answer = client.lake.query("SELECT COUNT(*) FROM gold.fct_orders", limit=5)
    assert (answer.rows, answer.columns[0].type) == (((4,),), "integer")
    assert platform.calls[-1] == "query admin 5 SELECT COUNT(*) FROM gold.fct_orders"


def test_money_comes_back_as_exact_decimals_and_counts_as_ints(client: AetherMartClient) -> None:
    assert client.lake.metric("revenue").rows == (
        MetricRow(shop="aethermart", currency="EUR", value=Decimal("150.00")),
        MetricRow(shop="online_retail", currency="GBP", value=Decimal("10.05")),
    )
    [row] = client.lake.metric("order_count", shop="online_retail").rows
    assert type(row.value) is int
    assert row.value == 1


def test_an_amount_no_float_could_hold_survives_the_way(
    platform: FakePlatform, client: AetherMartClient
) -> None:
    platform.orders = [
        platform.orders[1].__class__("aethermart", "EUR", "90071992547409931.07", NOON)
    ]
    [row] = client.lake.metric("revenue", shop="aethermart").rows
    assert row.value == Decimal("90071992547409931.07")


def test_an_interval_and_a_grain_reach_the_platform(client: AetherMartClient) -> None:
    answer = client.lake.metric(
        "revenue", shop="aethermart", by="month", since=datetime(2026, 1, 31, tzinfo=UTC)
    )
    assert [(row.key, row.value) for row in answer.rows] == [("2026-01", Decimal("50.00"))]
    before = client.lake.metric("revenue", shop="aethermart", until=date(2026, 1, 31))
    assert [row.value for row in before.rows] == [Decimal("100.00")]


def test_freshness_sinks_metrics_and_readiness(
    platform: FakePlatform, client: AetherMartClient
) -> None:
    [shop] = client.lake.freshness("aethermart")
    assert shop.lag_s == 0.8
    assert [hop.hop for hop in shop.hops] == ["capture", "log", "mirror", "archive"]
    assert [sink.shop for sink in client.ops.sinks("online_retail")] == ["online_retail"]
    assert client.lake.metrics()[0].grains == ("day", "week", "month")
    assert client.ops.readiness() == Readiness(ready=True)
    platform.waiting_for = ("mirror: aethermart",)
    assert client.ops.readiness() == Readiness(ready=False, waiting_for=("mirror: aethermart",))
    assert client.ops.healthy()


@pytest.mark.parametrize(
    "raised,expected",
    [
        (BadInput("a", fix="b"), BadInput),
        (NotFound("a", fix="b"), NotFound),
        (Conflict("a", fix="b"), Conflict),
        (Unavailable("a", fix="b"), Unavailable),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_an_error_of_the_platform_arrives_as_itself(
    platform: FakePlatform,
    client: AetherMartClient,
    raised: AetherMartError,
    expected: type[AetherMartError],
) -> None:
    platform.failure = raised
    with pytest.raises(expected) as caught:
        client.lake.freshness()
    assert (type(caught.value), caught.value.cause, caught.value.fix) == (expected, "a", "b")


def test_a_bug_in_the_server_names_the_request_to_look_up(
    platform: FakePlatform, client: AetherMartClient
) -> None:
    platform.failure = RuntimeError("boom")
    with pytest.raises(ServerFault, match=r"/lake/freshness failed with 500 \(request id \w{16}\)"):
        client.lake.freshness()


def test_a_wrong_token_is_unauthenticated_and_a_narrow_one_forbidden(url: str) -> None:
    with AetherMartClient(url, "wrong-token") as client, pytest.raises(Unauthenticated):
        client.lake.freshness()
    with AetherMartClient(url, role_token(Role.MARKETING)) as client, pytest.raises(Forbidden):
        client.ops.sinks()


def test_nothing_listening_is_unavailable_with_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with AetherMartClient(url, TOKEN) as client:
        with pytest.raises(Unavailable, match=f"no answer from {url}: ") as caught:
            client.lake.freshness()
        assert caught.value.fix.startswith("start the platform with `aethermart serve`")
        assert not client.ops.healthy()


def test_a_server_that_does_not_answer_in_time_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            AetherMartClient(url, TOKEN, timeout_s=0.2) as client,
            pytest.raises(Unavailable, match="timed out"),
        ):
            client.lake.freshness()


def _answering(status: int, body: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, text=body)


@pytest.mark.parametrize(
    "status,body,expected",
    [
        (200, "<html>hello</html>", UnexpectedAnswer),
        (200, '{"shops": 3}', UnexpectedAnswer),
        (404, "<html>no such page</html>", UnexpectedAnswer),
        (302, "", UnexpectedAnswer),
        (502, "<html>bad gateway</html>", Unavailable),
        (500, "oops", ServerFault),
    ],
    ids=["a page", "another shape", "a page's 404", "a redirect", "a proxy's 502", "a bare 500"],
)
def test_another_program_at_the_address_is_told_apart(
    status: int, body: str, expected: type[AetherMartError]
) -> None:
    transport = httpx.MockTransport(_answering(status, body))
    with (
        AetherMartClient("http://127.0.0.1:1", TOKEN, transport=transport) as client,
        pytest.raises(expected),
    ):
        client.lake.freshness()


def test_fields_of_a_newer_server_are_ignored() -> None:
    body = '{"shops": [{"shop": "a", "as_of": null, "lag_s": null, "mood": "good"}], "more": 1}'
    transport = httpx.MockTransport(_answering(200, body))
    with AetherMartClient("http://127.0.0.1:1", TOKEN, transport=transport) as client:
        assert [shop.shop for shop in client.lake.freshness()] == ["a"]


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://host", "http://", "http://[::1"])
def test_an_unusable_address_is_quoted(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        AetherMartClient(url, TOKEN)
    assert refused.value.cause == f"{url!r} is not the address of an API"


@pytest.mark.parametrize("token", ["", "  \n", "two words", "snowman-☃", "new\nline"])
def test_an_unusable_token_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(BadInput) as refused:
        AetherMartClient("http://127.0.0.1:8000", token)
    assert "two" not in str(refused.value)
    assert refused.value.cause.startswith("the API token is empty or holds characters")


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with AetherMartClient(url, TOKEN, timeout_s=2.0) as client:
        assert client.ops.healthy()


def test_a_naive_instant_is_refused(client: AetherMartClient) -> None:
    with pytest.raises(BadInput, match="has no time zone"):
        client.lake.metric("revenue", since=datetime(2026, 1, 1))  # noqa: DTZ001 - the case tested


def test_a_float_is_no_value_of_a_metric() -> None:
    with pytest.raises(ValueError, match=r"0\.1 is a float, which is not exact"):
        MetricRow(shop="a", value=0.1)  # type: ignore[arg-type]
