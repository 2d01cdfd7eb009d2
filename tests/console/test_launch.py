"""The console's command: local, silent towards the network, and without the token."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from aethermart.console.launch import ConsoleMissing, console_command
from aethermart.console.settings import ConsoleSettings
from aethermart.core.errors import BadInput, Conflict
from tests.services import free_port


def test_the_command_serves_locally_and_reports_to_nobody(tmp_path: Path) -> None:
    port = free_port()
    command = console_command(ConsoleSettings(port=port), "http://127.0.0.1:8000", tmp_path)
    assert command.argv[:4] == [sys.executable, "-m", "streamlit", "run"]
    assert Path(command.argv[4]).is_file()
    assert {
        "--server.address=127.0.0.1",
        f"--server.port={port}",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        "--client.showErrorDetails=none",
        "--server.allowedHosts=127.0.0.1",
    } <= set(command.argv)
    assert command.url == f"http://127.0.0.1:{port}"
    assert command.health_url == f"http://127.0.0.1:{port}/_stcore/health"


def test_the_token_stands_on_no_command_line_and_in_no_environment(tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text("very-secret")
    command = console_command(ConsoleSettings(port=0), "http://127.0.0.1:8000", token_file)
    assert "very-secret" not in " ".join(command.argv)
    assert command.env == {
        "AETHERMART_API_URL": "http://127.0.0.1:8000",
        "AETHERMART_API_TOKEN_FILE": str(token_file),
        "AETHERMART_CONSOLE_SIGN_IN": "accounts",
        "AETHERMART_CONSOLE_REFRESH_S": "1.0",
        "AETHERMART_CONSOLE_CHARTS_REFRESH_S": "5.0",
    }


def test_a_missing_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConsoleMissing) as missing:
        console_command(ConsoleSettings(), "http://127.0.0.1:8000", tmp_path)
    assert missing.value.fix == "install them: pip install 'aethermart[console]'"


def test_a_port_in_use_is_named_with_a_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Conflict) as refused:
            console_command(ConsoleSettings(port=port), "http://127.0.0.1:8000", tmp_path)
    assert refused.value.cause == f"port {port} of 127.0.0.1 is in use by another program"
    assert refused.value.fix == "stop that program, or set another `port` under [console]"


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    settings = ConsoleSettings(host="192.0.2.1", port=0)
    with pytest.raises(BadInput, match=r"cannot listen on '192\.0\.2\.1'"):
        console_command(settings, "http://127.0.0.1:8000", tmp_path)


def test_port_0_takes_a_free_one(tmp_path: Path) -> None:
    command = console_command(ConsoleSettings(port=0), "http://127.0.0.1:8000", tmp_path)
    port = int(command.url.rpartition(":")[2])
    assert port > 0
    assert f"--server.port={port}" in command.argv


def test_to_make_the_command_imports_no_streamlit() -> None:
    code = (
        "import sys, aethermart.console.launch; "
        "print(sorted({'streamlit', 'altair', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unusable_settings_are_refused() -> None:
    with pytest.raises(BadInput, match="console port 65536 does not exist"):
        ConsoleSettings(port=65536)
    with pytest.raises(BadInput, match=r"refresh_s = 0\.01 would keep the API busy"):
        ConsoleSettings(refresh_s=0.01)
    with pytest.raises(BadInput, match="charts_refresh_s = nan"):
        ConsoleSettings(charts_refresh_s=float("nan"))
