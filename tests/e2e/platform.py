"""Run the real commands on a project folder of a test's own, and look at what they left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from aethermart.operations.folder import DEMO_SETTINGS
from aethermart.wiring import Project
from tests.services import free_port

SCALE = "0.05"  # about 500 orders: the ways a row can go are all there


def aethermart(
    *arguments: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aethermart", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **(env or {})},
        check=False,
    )


def demo_once(home: Path, *more: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, the printed summary ({} where there is none), standard error."""
    done = aethermart("demo", "--once", "--json", "--home", str(home), "--scale", SCALE, *more)
    text = done.stdout.strip()
    return done.returncode, json.loads(text) if text else {}, done.stderr


@dataclass
class LiveDemo:
    """`aethermart demo` as a child, on ports of its own."""

    home: Path
    rate: float = 5.0
    environment: dict[str, str] = field(default_factory=dict)
    api_port: int = field(default_factory=free_port)
    console_port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def write_settings(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        text = DEMO_SETTINGS.replace("8000", str(self.api_port))
        text = text.replace("8501", str(self.console_port))
        (self.home / "aethermart.toml").write_text(text, encoding="utf-8")

    def start(self, ready_s: float = 180.0) -> None:
        if not (self.home / "aethermart.toml").exists():
            self.write_settings()
        with self.words.open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "aethermart", "demo", "--home", str(self.home)),
                    *("--scale", SCALE, "--rate", str(self.rate)),
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, **self.environment},
            )
        self.wait_until_ready(ready_s)

    def wait_until_ready(self, ready_s: float = 180.0) -> None:
        deadline = time.monotonic() + ready_s
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.api}/ops/ready", timeout=2.0).json().get("ready"):
                    return
            except (httpx.HTTPError, json.JSONDecodeError):
                pass
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the demo left: {self.output()}")
            time.sleep(0.2)
        raise AssertionError(f"the demo was not ready in {ready_s:.0f} s: {self.logs()}")

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.api_port}/api/v1"

    @property
    def project(self) -> Project:
        return Project.open(self.home)

    def get(self, path: str, **parameters: str) -> Any:
        token = (self.home / "state/secrets/api_token").read_text(encoding="utf-8").strip()
        answer = httpx.get(
            f"{self.api}{path}",
            params=parameters,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30.0,
        )
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        token = (self.home / "state/secrets/api_token").read_text(encoding="utf-8").strip()
        answer = httpx.post(
            f"{self.api}{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30.0,
        )
        answer.raise_for_status()
        return answer.json()

    def pids(self) -> dict[str, int]:
        """Name of each of our child commands and its process."""
        assert self.process is not None
        found: dict[str, int] = {}
        for child in psutil.Process(self.process.pid).children(recursive=True):
            words = child.cmdline()
            if "aethermart" in words and "-m" in words:
                found[words[words.index("aethermart") + 1]] = child.pid
        return found

    def stop(self) -> int:
        """Ctrl-C; the exit code. One that does not stop is killed, and its children leave."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    @property
    def words(self) -> Path:
        """What it printed, kept beside its folder."""
        return self.home.with_name(f"{self.home.name}.out")

    def output(self) -> str:
        return self.words.read_text(encoding="utf-8")

    def logs(self) -> str:
        files = sorted((self.home / "state/logs").glob("*.log"))
        return "\n".join(f"== {f.name}\n{f.read_text(encoding='utf-8')[-2000:]}" for f in files)
