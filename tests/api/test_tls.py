"""The API over TLS: our own clients trust its certificate and no other; plain HTTP stays home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from aethermart.api.server import ApiServer
from aethermart.api.settings import ApiSettings
from aethermart.client.client import AetherMartClient
from aethermart.core.errors import BadInput, Unavailable
from aethermart.settings.reading import read_settings
from tests.api.asking import app_on
from tests.api.fake_platform import TOKEN, three_orders
from tests.tls import Pair, self_signed


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def server(pair: Pair) -> Iterator[ApiServer]:
    settings = ApiSettings(port=0, tls_certificate=pair.certificate, tls_key=pair.key)
    server = ApiServer(app_on(three_orders()), settings)
    server.start()
    yield server
    server.stop()


def test_who_knows_the_certificate_is_answered_though_it_names_the_public_host(
    server: ApiServer, pair: Pair
) -> None:
    assert server.url.startswith("https://127.0.0.1:")
    with AetherMartClient(server.url, TOKEN, certificate=pair.certificate) as client:
        assert client.ops.healthy()


def test_another_certificate_or_none_is_not_trusted(server: ApiServer, tmp_path: Path) -> None:
    other = self_signed(tmp_path).certificate
    for known in (other, None):
        with (
            AetherMartClient(server.url, TOKEN, certificate=known) as client,
            pytest.raises(Unavailable),
        ):
            client.ops.readiness()


def test_plain_http_gets_no_answer_there(server: ApiServer) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{server.url.replace('https', 'http')}/api/v1/ops/health", trust_env=False)


def test_a_pair_that_cannot_be_used_is_said_before_it_listens(pair: Pair, tmp_path: Path) -> None:
    other = self_signed(tmp_path, "other.example.org")
    (tmp_path / "letter.txt").write_text("Dear Ada,")
    for certificate, key in (
        (pair.certificate, other.key),
        (tmp_path / "letter.txt", pair.key),
        (tmp_path / "gone.pem", pair.key),
    ):
        settings = ApiSettings(port=0, tls_certificate=certificate, tls_key=key)
        with pytest.raises(BadInput, match="no certificate and its key that can be used") as told:
            ApiServer(app_on(three_orders()), settings).start()
        assert "correct tls_certificate and tls_key" in told.value.fix


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "shop.example.org"])
def test_plain_http_on_an_address_that_others_reach_is_refused_unless_said(
    tmp_path: Path, host: str
) -> None:
    settings = tmp_path / "aethermart.toml"
    settings.write_text(f'[api]\nhost = "{host}"\n')
    with pytest.raises(BadInput, match="is reached from other machines") as told:
        read_settings(tmp_path, {})
    assert "set tls_certificate and tls_key; or insecure = true" in told.value.fix
    for said in ("insecure = true", 'tls_certificate = "a.pem"\ntls_key = "a.key"'):
        settings.write_text(f'[api]\nhost = "{host}"\n{said}\n')
        assert read_settings(tmp_path, {}).api.host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_plain_http_on_this_machine_alone_needs_no_word(tmp_path: Path, host: str) -> None:
    (tmp_path / "aethermart.toml").write_text(f'[api]\nhost = "{host}"\n')
    assert read_settings(tmp_path, {}).api.url.startswith("http://")


@pytest.mark.parametrize("one", ["tls_certificate", "tls_key"])
def test_half_a_pair_is_refused(tmp_path: Path, one: str) -> None:
    (tmp_path / "aethermart.toml").write_text(f'[api]\n{one} = "a.pem"\n')
    with pytest.raises(BadInput, match=rf"{one} is set and tls_\w+ is not"):
        read_settings(tmp_path, {})
