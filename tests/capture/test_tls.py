"""A shop without TLS is refused where its address asks for TLS; nothing is sent in the clear."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from aethermart.capture.mariadb.connection import connect as connect_mariadb
from aethermart.capture.postgres.connection import connect as connect_postgres
from aethermart.core.errors import AetherMartError, BadInput
from aethermart.packs.discovery.address import read_only

_CLIENT_SSL = 0x0800


@pytest.mark.service("postgres")
@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_a_postgresql_shop_without_tls_is_refused_under_sslmode(database: str, mode: str) -> None:
    with pytest.raises(BadInput) as told:
        connect_postgres(f"{database}?sslmode={mode}", "corner")
    assert "does not let us in" in told.value.cause
    assert "set up TLS at the shop's server" in told.value.fix
    connect_postgres(f"{database}?sslmode=prefer", "corner").close()


@pytest.fixture
def without_tls() -> Iterator[tuple[int, list[bytes]]]:
    """A server that greets as a MySQL without TLS does: its port, and what it was sent."""
    received: list[bytes] = []
    capabilities = 0xFFFFF7FF & ~_CLIENT_SSL
    greeting = (
        b"\x0a8.0.0\x00"
        + struct.pack("<I", 1)
        + b"12345678\x00"
        + struct.pack("<H", capabilities & 0xFFFF)
        + struct.pack("<BHH", 45, 2, capabilities >> 16)
        + bytes([21])
        + bytes(10)
        + b"123456789012\x00mysql_native_password\x00"
    )

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.sendall(struct.pack("<I", len(greeting))[:3] + b"\x00" + greeting)
                connection.settimeout(5)
                try:
                    received.append(connection.recv(4096))
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=[listening])
        thread.start()
        yield listening.getsockname()[1], received
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize("asked", ["ssl=true", "ssl_ca=/etc/ssl/certs/ca-certificates.crt"])
def test_a_mysql_shop_without_tls_is_refused_and_learns_no_user(
    without_tls: tuple[int, list[bytes]], asked: str
) -> None:
    port, received = without_tls
    dsn = f"mysql://ada:opensesame@127.0.0.1:{port}/shop?{asked}"
    with pytest.raises(BadInput) as told:
        connect_mariadb(dsn, "corner", 10)
    assert "set up TLS at the shop's server" in told.value.fix
    assert "opensesame" not in str(told.value)
    with pytest.raises(AetherMartError), read_only(dsn):
        pass
    assert b"ada" not in b"".join(received)


def test_an_authority_that_is_no_file_is_said(without_tls: tuple[int, list[bytes]]) -> None:
    port, _ = without_tls
    with pytest.raises(BadInput, match=r"the authority in ssl_ca of .* cannot be used"):
        connect_mariadb(f"mysql://ada:x@127.0.0.1:{port}/shop?ssl_ca=/gone.pem", "corner", 10)
