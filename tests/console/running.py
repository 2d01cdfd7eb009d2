"""A console under test: the real API over a fake platform, Streamlit as a child, a real browser."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from aethermart.api.ports.shop import Shop
from aethermart.api.server import ApiServer
from aethermart.api.settings import ApiSettings
from aethermart.console.launch import console_command
from aethermart.console.settings import TOKEN as TOKEN_ALONE
from aethermart.console.settings import ConsoleSettings
from tests.api.asking import Serving, app_on
from tests.api.fake_platform import TOKEN, FakePlatform
from tests.console.accounts import FakeAccounts
from tests.services import free_port

_START_S = 60.0


@dataclass
class RunningConsole:
    """One console for several tests: they change what the platform holds and what the API does."""

    url: str
    platform: Serving
    api_port: int
    token_file: Path
    process: subprocess.Popen[bytes]
    log: Path
    accounts: FakeAccounts | None = None
    shop: Shop | None = None
    _server: ApiServer | None = None

    def start_api(self) -> None:
        if self._server is None:
            people = self.accounts
            auth = people.auth() if people else None
            app = app_on(self.platform, people, auth, self.shop)
            self._server = ApiServer(app, ApiSettings(port=self.api_port))
            self._server.start()

    def stop_api(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def reset(
        self,
        platform: Serving,
        accounts: FakeAccounts | None = None,
        shop: Shop | None = None,
    ) -> None:
        """Another platform behind the same address, the right token."""
        self.stop_api()
        self.shop = shop
        self.platform = platform
        self.accounts = accounts
        self.token_file.write_text(TOKEN)
        self.start_api()


@contextmanager
def running_console(folder: Path, *, sign_in: str = TOKEN_ALONE) -> Iterator[RunningConsole]:
    """sign_in  as `[console]` has it; by the token alone, a test's visitor is in at once"""
    token_file = folder / "token"
    token_file.write_text(TOKEN)
    api_port = free_port()
    command = console_command(
        ConsoleSettings(port=0, refresh_s=0.5, charts_refresh_s=1.0, sign_in=sign_in),
        f"http://127.0.0.1:{api_port}",
        token_file,
    )
    log = folder / "console.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command.argv,
            env={**os.environ, **command.env},
            cwd=folder,
            stdout=output,
            stderr=output,
        )
    console = RunningConsole(command.url, FakePlatform(), api_port, token_file, process, log)
    try:
        _await_health(command.health_url, process, log)
        yield console
    finally:
        console.stop_api()
        process.terminate()
        process.wait(30)


def _await_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"the console did not start:\n{log.read_text(errors='replace')}")
