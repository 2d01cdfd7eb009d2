"""Settings of the API server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from aethermart.core.errors import BadInput


@dataclass(frozen=True, slots=True)
class ApiSettings:
    host: str = field(
        default="127.0.0.1", metadata={"doc": "Address the API listens on; the default is local."}
    )
    port: int = field(
        default=8000, metadata={"doc": "Port the API listens on; 0 takes any free one."}
    )
    tls_certificate: Path | None = field(
        default=None, metadata={"doc": "PEM file of the certificate and its chain."}
    )
    tls_key: Path | None = field(default=None, metadata={"doc": "PEM file of its key."})

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise BadInput(f"API port {self.port} does not exist", fix="use 1 to 65535")
