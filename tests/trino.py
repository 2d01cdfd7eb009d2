"""A Trino for tests: one server on loopback that reads Delta tables of this machine's folders."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from tests.mariadb import end_with_the_tests
from tests.services import SERVICES, free_port

_START_S = 120
_QUERY_S = 120


class QueryFailed(AssertionError):
    """What Trino says against a statement."""


@dataclass(frozen=True)
class Answer:
    """rows     with values of Python's types
    types       column -> Trino's name of its type
    rows_read   from files, to give the answer
    """

    rows: list[tuple[Any, ...]]
    types: dict[str, str]
    rows_read: int


class TrinoServer:
    """Catalog `delta`, its metastore of files in a folder that goes with the server."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="trino"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        home = SERVICES / "trino"
        self._configure()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(home / "java/bin/java"),
                    *("-Xmx1500M", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError"),
                    *("-Djdk.attach.allowAttachSelf=true", "-XX:+EnableDynamicAgentLoading"),
                    *(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                    ),
                    *("-Dnode.environment=test", "-Dnode.bind-ip=127.0.0.1"),
                    "-Dnode.internal-address=127.0.0.1",
                    f"-Dnode.data-dir={self.folder / 'data'}",
                    f"-Dconfig={self.folder / 'config.properties'}",
                    f"-Dlog.levels-file={self.folder / 'log.properties'}",
                    f"-Dcatalog.config-dir={self.folder / 'catalog'}",
                    f"-Dplugin.dir={home / 'server/plugin'}",
                    *("-cp", f"{home / 'server/lib'}/*", "io.trino.server.TrinoServer"),
                ],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=end_with_the_tests,  # noqa: PLW1509 - no thread of ours runs yet
            )
        deadline = time.monotonic() + _START_S
        while not self._answers():
            assert self._process.poll() is None, self._said()
            assert time.monotonic() < deadline, self._said()
            time.sleep(0.5)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, statement: str, schema: str = "gold") -> Answer:
        """The whole answer of one statement. Raises QueryFailed with what Trino says."""
        headers = {
            "X-Trino-User": "test",
            "X-Trino-Catalog": "delta",
            "X-Trino-Schema": schema,
            "X-Trino-Time-Zone": "UTC",
        }
        rows: list[Sequence[Any]] = []
        columns: list[dict[str, Any]] = []
        deadline = time.monotonic() + _QUERY_S
        with httpx.Client(headers=headers, timeout=60.0, trust_env=False) as client:
            answer = client.post(f"{self.url}/v1/statement", content=statement).json()
            while True:
                columns = answer.get("columns", columns)
                rows += answer.get("data", [])
                if "error" in answer:
                    raise QueryFailed(answer["error"]["message"])
                if "nextUri" not in answer:
                    break
                assert time.monotonic() < deadline, f"no end of {statement}"
                answer = client.get(answer["nextUri"]).json()
        types = {column["name"]: column["type"] for column in columns}
        found = [tuple(map(_value, types.values(), row)) for row in rows]
        return Answer(found, types, int(answer["stats"]["processedRows"]))

    def register(self, published: Path, names: Sequence[str]) -> None:
        """Tables of a publication's folder, under their own names; those of before are let go."""
        for name in names:
            schema, table = name.split(".")
            self.sql(f"CREATE SCHEMA IF NOT EXISTS delta.{schema}")
            if self.sql(f"SHOW TABLES FROM delta.{schema} LIKE '{table}'").rows:
                self.sql(f"CALL delta.system.unregister_table('{schema}', '{table}')")
            self.sql(
                f"CALL delta.system.register_table("
                f"'{schema}', '{table}', 'local://{published / schema / table}')"
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _configure(self) -> None:
        # Folders of tests lie anywhere, so all of this machine is Trino's file system.
        settings = {
            "config.properties": (
                "coordinator=true",
                "node-scheduler.include-coordinator=true",
                f"http-server.http.port={self.port}",
                f"discovery.uri={self.url}",
                "query.max-memory=600MB",
                "query.max-memory-per-node=600MB",
                "memory.heap-headroom-per-node=300MB",
                "catalog.management=static",
                "http-server.log.enabled=false",
            ),
            "catalog/delta.properties": (
                "connector.name=delta_lake",
                "hive.metastore=file",
                f"hive.metastore.catalog.dir=local://{self.folder / 'metastore'}",
                "fs.native-local.enabled=true",
                "local.location=/",
                "delta.register-table-procedure.enabled=true",
            ),
            "log.properties": ("io.trino=WARN",),
        }
        (self.folder / "catalog").mkdir()
        for name, lines in settings.items():
            (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _answers(self) -> bool:
        try:
            info = httpx.get(f"{self.url}/v1/info", timeout=5.0, trust_env=False).json()
            return info.get("starting") is False and self.sql("SELECT 1").rows == [(1,)]
        except (httpx.HTTPError, ValueError, QueryFailed):
            return False

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-3000:]


def _value(kind: str, value: Any) -> Any:
    """JSON's value as Python's of the same type; timestamps with their zone."""
    if value is None:
        return None
    if kind.startswith("decimal"):
        return Decimal(value)
    if kind == "date":
        return date.fromisoformat(value)
    if kind.endswith("with time zone"):
        return datetime.fromisoformat(value.replace(" UTC", "+00:00"))
    if kind.startswith("timestamp"):
        return datetime.fromisoformat(value)
    return value
