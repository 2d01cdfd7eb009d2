"""The server listens before `start` returns, says clearly why it cannot, and lets its port go."""

from __future__ import annotations

import socket

import httpx
import pytest

from aethermart.api.server import ApiServer
from aethermart.api.settings import ApiSettings
from aethermart.core.errors import BadInput, Conflict
from tests.api.asking import app_on
from tests.api.fake_platform import three_orders


def _health(url: str) -> int:
    return httpx.get(f"{url}/api/v1/ops/health", trust_env=False).status_code


def test_it_answers_as_soon_as_it_started_and_frees_its_port() -> None:
    server = ApiServer(app_on(three_orders()), ApiSettings(port=0))
    server.start()
    port = int(server.url.rpartition(":")[2])
    assert _health(server.url) == 200
    server.stop()
    server.stop()
    again = ApiServer(app_on(three_orders()), ApiSettings(port=port))
    again.start()
    assert _health(f"http://127.0.0.1:{port}") == 200
    again.stop()


def test_a_port_in_use_is_named_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = ApiServer(app_on(three_orders()), ApiSettings(port=port))
        with pytest.raises(Conflict) as refused:
            server.start()
    assert refused.value.cause == f"port {port} of 127.0.0.1 is in use by another program"
    assert refused.value.fix == "stop that program, or set another `port` under [api]"


def test_an_address_of_another_machine_is_refused() -> None:
    settings = ApiSettings(host="192.0.2.1", port=0)
    with pytest.raises(BadInput, match=r"cannot listen on '192\.0\.2\.1', port 0"):
        ApiServer(app_on(three_orders()), settings).start()
