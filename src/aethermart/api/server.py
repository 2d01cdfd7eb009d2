"""Serve an application on a thread of this process: `start` returns once it listens."""

from __future__ import annotations

import errno
import socket
import ssl
import threading
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from aethermart.api.settings import ApiSettings
from aethermart.core.errors import BadInput, Conflict, Unavailable

_STOP_S = 10.0


class ApiServer:
    def __init__(self, app: FastAPI, settings: ApiSettings) -> None:
        self._app = app
        self._settings = settings
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it listens. Raises Unavailable before `start`."""
        if self._socket is None:
            raise Unavailable("the API is not started", fix="call `start` first")
        host, port = self._socket.getsockname()[:2]
        scheme = "http" if self._settings.tls_certificate is None else "https"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"

    def start(self) -> None:
        """Raises Conflict for a port in use, BadInput for an address this machine does not have.

        And BadInput for a certificate or key that cannot be used.
        """
        certificate, key = self._settings.tls_certificate, self._settings.tls_key
        if certificate is not None:
            _require_pair(certificate, key)
        self._socket = _listen(self._settings.host, self._settings.port)
        config = uvicorn.Config(
            self._app,
            log_config=None,  # logging is the process's own; the edge writes the access lines
            access_log=False,
            server_header=False,
            proxy_headers=False,  # the application believes the proxies its settings name
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=5,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="api", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish the requests under way, then release the port; harmless when not started."""
        if self._server is None or self._thread is None or self._socket is None:
            return
        self._server.should_exit = True
        self._thread.join(_STOP_S)
        self._socket.close()
        self._server = self._thread = self._socket = None


def _require_pair(certificate: Path, key: Path | None) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # With a password to try: else it would ask a person at the terminal.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{certificate} and {key} are no certificate and its key that can be used: {error}",
            fix="correct tls_certificate and tls_key under [api]: PEM files that this user may"
            " read, the key without a password and of that certificate",
        ) from error


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"port {port} of {host} is in use by another program",
                fix="stop that program, or set another `port` under [api]",
            ) from error
        raise BadInput(
            f"the API cannot listen on {host!r}, port {port}: {error.strerror or error}",
            fix="use 127.0.0.1 and a port above 1023, or an address of this machine",
        ) from error
