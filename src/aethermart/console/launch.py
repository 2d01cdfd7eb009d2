"""How to start the console as a child process; imports nothing of Streamlit.

The child gets the API's address and the path of the token's file in its environment. The token
itself stands on no command line and in no environment, where other users could read it.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from aethermart.console.settings import ConsoleSettings
from aethermart.console.theme import STREAMLIT_THEME
from aethermart.core.errors import Terminal

API_URL = "AETHERMART_API_URL"
TOKEN_FILE = "AETHERMART_API_TOKEN_FILE"  # noqa: S105 - the name of a setting
REFRESH_S = "AETHERMART_CONSOLE_REFRESH_S"
CHARTS_REFRESH_S = "AETHERMART_CONSOLE_CHARTS_REFRESH_S"

_LOCAL_HOSTS = ("127.0.0.1", "localhost")
_APP = Path(__file__).with_name("app.py")


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


def console_command(settings: ConsoleSettings, api_url: str, token_file: Path) -> ConsoleCommand:
    """Raises ConsoleMissing where the extra `console` is not installed."""
    if importlib.util.find_spec("streamlit") is None:
        raise ConsoleMissing(
            "the console's libraries are not installed",
            fix="install them: pip install 'aethermart[console]'",
        )
    url = f"http://{settings.host}:{settings.port}"
    return ConsoleCommand(
        argv=[sys.executable, "-m", "streamlit", "run", str(_APP), *_flags(settings)],
        env={
            API_URL: api_url,
            TOKEN_FILE: str(token_file),
            REFRESH_S: str(settings.refresh_s),
            CHARTS_REFRESH_S: str(settings.charts_refresh_s),
        },
        url=url,
        health_url=f"{url}/_stcore/health",
    )


def _flags(settings: ConsoleSettings) -> list[str]:
    """Flags, as they go before any configuration file of the user or the working folder."""
    options = {
        "server.address": settings.host,
        "server.port": settings.port,
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
    if settings.host in _LOCAL_HOSTS:
        # A page elsewhere may make its own name point to this machine; that name is refused.
        flags += [f"--server.allowedHosts={host}" for host in _LOCAL_HOSTS]
    return flags
