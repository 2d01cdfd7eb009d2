"""How to start the console as a child process; imports nothing of Streamlit.

The child gets the API's address and the path of the token's file in its environment. The token
itself stands on no command line and in no environment, where other users could read it.
"""

from __future__ import annotations

import errno
import importlib.util
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from aethermart.console.settings import ConsoleSettings
from aethermart.console.theme import STREAMLIT_THEME
from aethermart.core.errors import BadInput, Conflict, Terminal

API_URL = "AETHERMART_API_URL"
TOKEN_FILE = "AETHERMART_API_TOKEN_FILE"  # noqa: S105 - the name of a setting
SIGN_IN = "AETHERMART_CONSOLE_SIGN_IN"
CERTIFICATE = "AETHERMART_API_CERTIFICATE"
REFRESH_S = "AETHERMART_CONSOLE_REFRESH_S"
CHARTS_REFRESH_S = "AETHERMART_CONSOLE_CHARTS_REFRESH_S"

_LOCAL_HOSTS = ("127.0.0.1", "localhost")
_APP = Path(__file__).with_name("serving.py")


class ConsoleMissing(Terminal):
    """The libraries of the console are not installed."""


@dataclass(frozen=True, slots=True)
class ConsoleCommand:
    """What to start: `env` is added to the parent's environment.

    health_url  answers 200 once pages are served
    """

    argv: list[str]
    env: dict[str, str]
    url: str
    health_url: str


def console_command(
    settings: ConsoleSettings, api_url: str, token_file: Path, certificate: Path | None = None
) -> ConsoleCommand:
    """certificate  the API's, where it is one that only its own project knows

    Raises ConsoleMissing where the extra `console` is not installed, Conflict for a port in use.

    The port is looked at, not held: whoever takes it before the child does makes the child fail.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise ConsoleMissing(
            "the console's libraries are not installed",
            fix="install them: pip install 'aethermart[console]'",
        )
    port = _free_port(settings.host, settings.port)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{port}"
    return ConsoleCommand(
        argv=[sys.executable, "-m", "streamlit", "run", str(_APP), *_flags(settings.host, port)],
        env={
            API_URL: api_url,
            TOKEN_FILE: str(token_file),
            SIGN_IN: settings.sign_in,
            REFRESH_S: str(settings.refresh_s),
            CHARTS_REFRESH_S: str(settings.charts_refresh_s),
            **({CERTIFICATE: str(certificate)} if certificate is not None else {}),
        },
        url=url,
        health_url=f"{url}/_stcore/health",
    )


def _free_port(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as looked_at:
            return int(looked_at.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"port {port} of {host} is in use by another program",
                fix="stop that program, or set another `port` under [console]",
            ) from error
        raise BadInput(
            f"the console cannot listen on {host!r}, port {port}: {error.strerror or error}",
            fix="use 127.0.0.1 and a port above 1023, or an address of this machine",
        ) from error


def _flags(host: str, port: int) -> list[str]:
    """Flags, as they go before any configuration file of the user or the working folder."""
    options = {
        "server.address": host,
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",  # a page shows no trace; it stands in the log
        "client.showErrorLinks": "false",
        "global.developmentMode": "false",
        **STREAMLIT_THEME,
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    if host in _LOCAL_HOSTS:
        # A page elsewhere may make its own name point to this machine; that name is refused.
        flags += [f"--server.allowedHosts={name}" for name in _LOCAL_HOSTS]
    return flags
