"""A request that takes too long ends: its query stops inside DuckDB, its sender gets a 504."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from aethermart.api.app import create_app
from aethermart.api.gateway import Gateway
from aethermart.api.server import ApiServer
from aethermart.api.settings import ApiSettings
from aethermart.engine.deadlines import Abandoned, Patience, QueryTimeout, waiting
from aethermart.engine.engine import Engine
from aethermart.engine.settings import EngineSettings
from aethermart.settings.sections import ApiSection
from tests.api.asking import app_on, ask
from tests.api.fake_platform import three_orders

# Some 10^12 products: minutes of CPU on any machine.
_HEAVY = """
SELECT count(*) FROM range(1000000) AS a(i), range(1000000) AS b(i) WHERE a.i * b.i % 7 = 3
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(tmp_path / "lake.duckdb", EngineSettings(threads=2))
    yield engine
    engine.close()


def _app(engine: Engine, timeout_s: float) -> FastAPI:
    gateway = Gateway(ApiSection(timeout_s=timeout_s))
    app = create_app(app_on(three_orders()).state.services, gateway)

    @app.get("/api/v1/heavy")
    def heavy() -> int:
        with engine.read() as connection:
            [(found,)] = connection.execute(_HEAVY).fetchall()
        return int(found)

    return app


def _wait_until(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def _cpu_of_duckdb(seconds: float) -> float:
    """CPU seconds this process burns in so long."""
    process = psutil.Process()
    before = process.cpu_times()
    time.sleep(seconds)
    after = process.cpu_times()
    return (after.user + after.system) - (before.user + before.system)


def test_a_query_past_the_request_s_time_stops_burning_cpu(engine: Engine) -> None:
    began = time.monotonic()
    answer = ask(_app(engine, 0.4), "/heavy")
    assert time.monotonic() - began < 20.0  # it would take minutes
    assert answer.status_code == 504
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Query timeout"
    assert answer.json()["detail"].endswith(" s and was stopped")
    assert _cpu_of_duckdb(1.0) < 0.3


def test_a_query_of_a_client_that_left_stops(engine: Engine) -> None:
    server = ApiServer(_app(engine, 60.0), ApiSettings(port=0))
    server.start()
    try:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{server.url}/api/v1/heavy", timeout=1.0, trust_env=False)
        assert _wait_until(lambda: _cpu_of_duckdb(0.3) < 0.1, 10.0)
        assert httpx.get(f"{server.url}/api/v1/ops/health", trust_env=False).status_code == 200
    finally:
        server.stop()


def test_what_cannot_be_interrupted_is_answered_with_504_and_left_to_end(engine: Engine) -> None:
    app, go_on, ended = _app(engine, 0.2), threading.Event(), threading.Event()

    @app.get("/api/v1/asleep")
    def asleep() -> int:
        go_on.wait(60.0)
        ended.set()
        return 7

    async def both() -> tuple[int, bool, str]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            answer = await http.get("/api/v1/asleep")
            still_asleep = not ended.is_set()
            go_on.set()
            await asyncio.to_thread(ended.wait, 60.0)
            return answer.status_code, still_asleep, answer.json()["title"]

    status, still_asleep, title = asyncio.run(both())
    assert (status, title) == (504, "Gateway timeout")
    assert still_asleep
    assert ended.is_set()


def test_a_stream_that_has_begun_takes_its_time(engine: Engine) -> None:
    app = _app(engine, 0.2)

    @app.get("/api/v1/stream")
    def stream() -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            for _ in range(5):
                yield b"x"
                time.sleep(0.35)

        return StreamingResponse(parts())

    assert ask(app, "/stream").content == b"xxxxx"


def test_patience_bounds_reads_of_its_block_alone(engine: Engine) -> None:
    with (
        waiting(Patience(0.2)),
        pytest.raises(QueryTimeout, match=r"longer than 0\.2"),
        engine.read() as connection,
    ):
        connection.execute(_HEAVY)
    with engine.read() as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_who_left_before_reads_nothing(engine: Engine) -> None:
    patience = Patience(60.0)
    patience.leave()
    began = time.monotonic()
    with (
        waiting(patience),
        pytest.raises(Abandoned, match="whoever asked has left"),
        engine.read() as connection,
    ):
        connection.execute(_HEAVY)
    assert time.monotonic() - began < 20.0
