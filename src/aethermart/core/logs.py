"""Structured logs: one JSON object a line, with personal data and secrets masked.

Masking happens in the formatter, the last place that a record passes, so that no caller can forget
it: message, arguments and traceback alike. E-mail addresses, phone and card numbers, the password
of an address and bearer tokens never reach the output.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

_MASKS = (
    (re.compile(r"(?<=://)([^:@/\s]+):([^@/\s]+)(?=@)"), r"\1:***"),
    (re.compile(r"(?i)(?<=bearer )\S+"), "***"),
    (re.compile(r"""(?i)(password["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s"',}]+)"""), r"\1***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]*\.[\w-]*"), "[token]"),
    (re.compile(r"\bam[rk]_[\w-]{8,}"), "[token]"),
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), "[e-mail]"),
    (re.compile(r"(?<![\w-])(?:\d[ -]?){13,19}(?![\w-])"), "[card]"),
    (re.compile(r"(?<!\w)\+\d[\d ()/-]{6,}\d"), "[phone]"),
)


def masked(text: str) -> str:
    """The text without personal data and secrets that can be told by their form."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


class JsonFormatter(logging.Formatter):
    """One line a record: at, level, process, logger, message, and the trace of an error."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def configure_logs(process: str, level: int = logging.INFO) -> None:
    """Send this process's logs to standard error, in place of any handler set before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "alembic", "uvicorn"):  # a line for each thing that went well
        logging.getLogger(chatty).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The logs of the processes that `serve` and the demo start, in state/logs."""

    longest_mb: float = field(
        default=10.0, metadata={"doc": "A log longer than this, in MB, is set aside."}
    )
    kept: int = field(
        default=2, metadata={"doc": "Logs set aside that stay, `NAME.log.1` the newest."}
    )

    @property
    def longest_bytes(self) -> int:
        return int(self.longest_mb * 1_000_000)


def trim_logs(folder: Path, settings: LogSettings | None = None) -> None:
    """Set what stands in each `*.log` that is too long aside as `*.log.1`, older ones behind it.

    The file itself stays: a process that appends to it goes on. What is written in the moment
    between the copy and the cut is lost.
    """
    settings = settings or LogSettings()
    for path in folder.glob("*.log"):
        if path.stat().st_size > settings.longest_bytes:
            aside = [
                path.with_name(f"{path.name}.{number}") for number in range(1, settings.kept + 1)
            ]
            for newer, older in reversed([*pairwise(aside)]):
                if newer.exists():
                    newer.replace(older)
            if aside:
                shutil.copyfile(path, aside[0])
            os.truncate(path, 0)
