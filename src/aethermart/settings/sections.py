"""What the settings may say: each section and setting, its default and what it is for.

Each package declares its own frozen class; here they are composed, with those of no package.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aethermart.capture.compare.settings import CompareSettings
from aethermart.core.errors import BadInput
from aethermart.core.logs import LogSettings
from aethermart.engine.settings import EngineSettings
from aethermart.identity.settings import IdentitySettings
from aethermart.log.archive.settings import ArchiveSettings
from aethermart.pipeline.settings import (
    AlertSettings,
    PipelineSettings,
    RetentionSettings,
    TelemetrySettings,
)
from aethermart.sinks.vectors.settings import VectorSettings
from aethermart.skills.embed.settings import EmbeddingSettings
from aethermart.warehouse.settings import PublishSettings, ReportingSettings

EMBEDDED, EMBEDDED_MARIADB = "embedded", "embedded-mariadb"
OWN = (EMBEDDED, EMBEDDED_MARIADB)  # servers that the project runs itself
_ENVIRONMENTS = ("dev", "production")
_ORIGIN = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-fA-F:]+\](:[0-9]{1,5})?"
)


def _at_least(place: str, value: float, least: float) -> None:
    if value < least:
        raise BadInput(f"{place}: {value:g} is less than {least:g}", fix=f"use {least:g} or more")


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """One shop: a database (`dsn`) or a file, read through a pack."""

    pack: str = field(metadata={"doc": "Name of the pack that says what the shop's tables mean."})
    dsn: str | None = field(
        default=None,
        repr=False,
        metadata={
            "doc": "Address of the shop: `postgresql://user:password@host/db`, `mysql://…`, "
            "`mariadb://…`, `sqlite:///file` from the project folder; `embedded` or "
            "`embedded-mariadb` for a store on a PostgreSQL or MariaDB this project runs itself."
        },
    )
    file: str | None = field(
        default=None,
        metadata={"doc": "A Parquet file instead of a database; `shipped` is the one in the pack."},
    )
    schema: str = field(
        default="public",
        metadata={
            "doc": "Schema of the shop's tables, on PostgreSQL. With several (`sales, catalogue`) a"
            " table of the first goes by its name, of another by `schema.table`."
        },
    )
    time_zone: str | None = field(
        default=None, metadata={"doc": "The business's time zone; the pack's where absent."}
    )
    primary: bool = field(
        default=False,
        metadata={"doc": "Orders may be placed here. At most one shop; all others are read only."},
    )
    demo: bool = field(
        default=False,
        metadata={
            "doc": "The demo may fill this primary shop with made-up orders and send it traffic; a "
            "database with tables that are not our store's is refused all the same."
        },
    )
    allow_ddl: bool = field(
        default=False,
        metadata={
            "doc": "The capture user may create the change queue and its triggers in the shop."
        },
    )
    capture: str = field(
        default="auto",
        metadata={
            "doc": "`queue` (PostgreSQL, MariaDB, MySQL), `compare` (any shop, SELECT alone), or "
            "`auto`: the queue where it may be made or is there for the capture user, else compare."
        },
    )
    queue_rows: str = field(
        default="image",
        metadata={
            "doc": "What the triggers of a MariaDB or MySQL shop write: `image`, each row as it "
            "was, or `key`, which costs writers less; the row is then read as it stands."
        },
    )
    compare_every_s: float = field(
        default=10.0, metadata={"doc": "Seconds between two passes of compare capture."}
    )


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """Where the platform keeps its own state."""

    dsn: str = field(
        default=EMBEDDED,
        repr=False,
        metadata={"doc": "PostgreSQL of the log's tail and the platform's state, or `embedded`."},
    )
    environment: str = field(
        default="dev",
        metadata={
            "doc": "`dev`, or `production`: there the platform makes no secret by itself and does "
            "not start without those it needs."
        },
    )

    def __post_init__(self) -> None:
        if self.environment not in _ENVIRONMENTS:
            raise BadInput(
                f"[platform.environment]: {self.environment!r} is not an environment",
                fix=f"use one of {', '.join(_ENVIRONMENTS)}",
            )


@dataclass(frozen=True, slots=True)
class ApiSection:
    """The HTTP API."""

    host: str = field(default="127.0.0.1", metadata={"doc": "Address the API listens on."})
    port: int = field(default=8000, metadata={"doc": "Port of the API."})
    timeout_s: float = field(
        default=20.0,
        metadata={"doc": "A request's queries are stopped after this many seconds: it is a 504."},
    )
    max_body_kb: int = field(
        default=1024, metadata={"doc": "A longer body is refused (413), in KiB."}
    )
    user_rate: int = field(
        default=6000, metadata={"doc": "Most requests of one user in a minute; 0 for no limit."}
    )
    address_rate: int = field(
        default=12_000,
        metadata={"doc": "Most requests from one address in a minute; 0 for no limit."},
    )
    login_rate: int = field(
        default=20,
        metadata={
            "doc": "Most tries to log in or register from one address in a minute; 0 for no limit."
        },
    )
    trusted_proxies: tuple[str, ...] = field(
        default=(),
        metadata={
            "doc": "Addresses or networks of proxies whose `X-Forwarded-For` and "
            "`X-Forwarded-Proto` are believed."
        },
    )
    cors_origins: tuple[str, ...] = field(
        default=(),
        metadata={"doc": "Origins of web pages that may ask, for instance `https://shop.example`."},
    )
    tls_certificate: str | None = field(
        default=None,
        metadata={"doc": "PEM file of the certificate and its chain, from the project folder."},
    )
    tls_key: str | None = field(
        default=None, metadata={"doc": "PEM file of the certificate's key, unencrypted."}
    )
    insecure: bool = field(
        default=False,
        metadata={
            "doc": "Plain HTTP on an address that other machines reach: where a proxy does the TLS."
        },
    )

    def __post_init__(self) -> None:
        for name, least in (("timeout_s", 0.1), ("max_body_kb", 1)):
            _at_least(f"[api] {name}", getattr(self, name), least)
        for name in ("user_rate", "address_rate", "login_rate"):
            _at_least(f"[api] {name}", getattr(self, name), 0)
        for proxy in self.trusted_proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError:
                raise BadInput(
                    f"[api] trusted_proxies: {proxy!r} is no address",
                    fix="write addresses or networks, such as 10.0.0.7 or 10.0.0.0/8",
                ) from None
        for origin in self.cors_origins:
            if not _ORIGIN.fullmatch(origin):
                raise BadInput(
                    f"[api] cors_origins: {origin!r} is no origin",
                    fix="write scheme, host and port alone, such as https://shop.example",
                )

    @property
    def url(self) -> str:
        """Where this machine's own processes reach it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        scheme = "http" if self.tls_certificate is None else "https"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ConsoleSection:
    """The web console."""

    host: str = field(default="127.0.0.1", metadata={"doc": "Address the console listens on."})
    port: int = field(default=8501, metadata={"doc": "Port of the console."})
    refresh_s: float = field(
        default=1.0, metadata={"doc": "Seconds between two readings of the numbers and their ages."}
    )
    charts_refresh_s: float = field(
        default=5.0, metadata={"doc": "Seconds between two readings of the charts."}
    )
    sign_in: str = field(
        default="accounts",
        metadata={
            "doc": "`accounts`: each visitor signs in with an account's e-mail and password. "
            "`token`: nobody is asked, and whoever reaches the console reads with the project's "
            "own token: for one person on their own machine."
        },
    )


@dataclass(frozen=True, slots=True)
class BackupSection:
    """Backups of the platform's own state."""

    folder: str = field(
        default="backups",
        metadata={"doc": "Where `backup create` writes, from the project folder."},
    )
    keep: int = field(
        default=7, metadata={"doc": "Backups that stay in that folder; 0 keeps every one."}
    )
    warn_after_hours: float = field(
        default=48.0,
        metadata={"doc": "`doctor` warns when the last backup is older; 0 asks for none."},
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `aethermart.toml` may say."""

    shops: Mapping[str, ShopSettings] = field(
        default_factory=dict, metadata={"doc": "The shops, each under a name of its own."}
    )
    platform: PlatformSettings = field(
        default_factory=PlatformSettings, metadata={"doc": "The platform's own database."}
    )
    api: ApiSection = field(default_factory=ApiSection, metadata={"doc": "The API."})
    console: ConsoleSection = field(
        default_factory=ConsoleSection, metadata={"doc": "The web console."}
    )
    identity: IdentitySettings = field(
        default_factory=IdentitySettings, metadata={"doc": "Accounts and log-ins."}
    )
    engine: EngineSettings = field(default_factory=EngineSettings, metadata={"doc": "DuckDB."})
    pipeline: PipelineSettings = field(
        default_factory=PipelineSettings, metadata={"doc": "Capture and sinks."}
    )
    alerts: AlertSettings = field(
        default_factory=AlertSettings, metadata={"doc": "When the platform raises an alert."}
    )
    retention: RetentionSettings = field(
        default_factory=RetentionSettings, metadata={"doc": "How long which rows are kept."}
    )
    telemetry: TelemetrySettings = field(
        default_factory=TelemetrySettings, metadata={"doc": "Metrics and traces."}
    )
    compare: CompareSettings = field(
        default_factory=CompareSettings,
        metadata={"doc": "How much compare capture asks of a shop."},
    )
    archive: ArchiveSettings = field(
        default_factory=ArchiveSettings, metadata={"doc": "Bronze, on Delta."}
    )
    reporting: ReportingSettings = field(
        default_factory=ReportingSettings, metadata={"doc": "The reporting currency."}
    )
    publish: PublishSettings = field(
        default_factory=PublishSettings, metadata={"doc": "Silver and gold for everyone else."}
    )
    embeddings: EmbeddingSettings = field(
        default_factory=EmbeddingSettings,
        metadata={"doc": "The model that makes vectors of texts."},
    )
    vectors: VectorSettings = field(
        default_factory=VectorSettings,
        metadata={"doc": "Vectors of products, customers and reviews."},
    )
    logs: LogSettings = field(
        default_factory=LogSettings, metadata={"doc": "How long logs may grow."}
    )
    backup: BackupSection = field(
        default_factory=BackupSection, metadata={"doc": "Backups of the platform's own state."}
    )
