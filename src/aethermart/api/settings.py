"""Settings of the API server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from aethermart.core.errors import BadInput

_SHA256 = re.compile(r"[0-9a-f]{64}")


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
    token_hashes: tuple[str, ...] = field(
        default=(),
        metadata={"doc": "SHA-256 of each token that may use every route, as 64 hex digits."},
    )
    lake_token_hashes: tuple[str, ...] = field(
        default=(),
        metadata={"doc": "SHA-256 of each token that may read `/lake` and nothing else."},
    )

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise BadInput(f"API port {self.port} does not exist", fix="use 1 to 65535")
        for value in (*self.token_hashes, *self.lake_token_hashes):
            if not _SHA256.fullmatch(value):
                # Whatever stands there may be the token itself: it is not quoted.
                raise BadInput(
                    f"an API token hash of {len(value)} characters is not a SHA-256",
                    fix="store `printf %s TOKEN | sha256sum`, never the token",
                )
