"""The settings of one project folder: `aethermart.toml`, read once and checked at once.

Each package declares its own frozen class; here they are composed. A text value may hold
`${NAME}`: it is taken from the environment or from the folder's `.env`, so that no secret need
stand in the file; or from the file that `NAME_FILE` names there, as container secrets are given.
An unknown name or a value of the wrong type is refused with its place.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import re
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from aethermart.capture.compare.settings import CompareSettings
from aethermart.core.errors import BadInput
from aethermart.core.logs import LogSettings
from aethermart.core.tls import is_loopback
from aethermart.engine.settings import EngineSettings
from aethermart.identity.settings import IdentitySettings
from aethermart.log.archive.settings import ArchiveSettings
from aethermart.pipeline.settings import (
    AlertSettings,
    PipelineSettings,
    RetentionSettings,
    TelemetrySettings,
)
from aethermart.warehouse.settings import COMPRESSIONS, PublishSettings, ReportingSettings

FILE = "aethermart.toml"
EMBEDDED = "embedded"
_CAPTURE_MODES = ("auto", "queue", "compare")
_WITHOUT_QUEUE = ("sqlite:", "mysql:", "mariadb:")
_LAST_PORT = 65_535
_ENVIRONMENTS = ("dev", "production")
_HTTP = ("http://", "https://")
_SHOP = re.compile(r"[a-z][a-z0-9_]{0,30}")
_ORIGIN = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-fA-F:]+\](:[0-9]{1,5})?"
)
_CURRENCY = re.compile(r"[A-Z]{3}")
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
IN_FILE = "_FILE"  # NAME_FILE names the file that holds NAME, as images of databases have it
T = TypeVar("T")


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
            "`mariadb://…`, `sqlite:///file` from the project folder, or `embedded` for the store "
            "this project runs itself."
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
    allow_ddl: bool = field(
        default=False,
        metadata={
            "doc": "The capture user may create the change queue and its triggers in the shop."
        },
    )
    capture: str = field(
        default="auto",
        metadata={
            "doc": "`queue` (PostgreSQL), `compare` (any shop, SELECT alone), or `auto`: the queue "
            "where it may be made or is there for the capture user, else compare."
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
    logs: LogSettings = field(
        default_factory=LogSettings, metadata={"doc": "How long logs may grow."}
    )
    backup: BackupSection = field(
        default_factory=BackupSection, metadata={"doc": "Backups of the platform's own state."}
    )


def read_settings(home: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a project folder. Raises BadInput where the file is missing or wrong."""
    path = home / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8: {error}", fix="save it as UTF-8") from error
    except FileNotFoundError as error:
        raise BadInput(
            f"{home} is not a project folder: it has no {FILE}",
            fix="name the folder with --home, or make one with `aethermart init DIR`",
        ) from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is not TOML: {error}", fix="correct the file") from error
    variables = {
        **read_dotenv(home / ".env"),
        **(os.environ if environment is None else environment),
    }
    settings = _Reader(path, variables).table(Settings, content, "")
    _check_shops(path, settings.shops)
    _check_compare(path, settings)
    _check_ports(path, settings)
    _check_console(path, settings.console)
    _check_tls(path, settings.api)
    _check_reporting(path, settings.reporting)
    _check_publish(path, settings.publish)
    _check_backup(path, settings.backup)
    _check_watching(path, settings)
    _check_logs(path, settings.logs)
    return settings


class _Reader:
    """Turns TOML tables into settings classes, refusing what the classes do not know."""

    def __init__(self, path: Path, variables: Mapping[str, str]) -> None:
        self._path = path
        self._variables = variables

    def table(self, cls: type[T], content: Mapping[str, Any], place: str) -> T:
        hints = typing.get_type_hints(cls)
        fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
        for name in content:
            if name not in fields:
                raise self._error(
                    place, f"{name!r} is not a setting", f"use one of {', '.join(sorted(fields))}"
                )
        values = {
            name: self._value(hints[name], value, f"{place}.{name}".lstrip("."))
            for name, value in content.items()
        }
        for name, f in fields.items():
            missing = dataclasses.MISSING
            if name not in values and f.default is missing and f.default_factory is missing:
                raise self._error(place, f"{name!r} is missing", f"add {name} = … there")
        return cls(**values)

    def _value(self, hint: Any, value: Any, place: str) -> Any:
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            return self.table(hint, self._typed(dict, value, place), place)
        if typing.get_origin(hint) in (Mapping, dict):
            inner = typing.get_args(hint)[1]
            content = self._typed(dict, value, place)
            return {k: self.table(inner, v, f"{place}.{k}") for k, v in content.items()}
        if typing.get_origin(hint) is tuple:
            inner = typing.get_args(hint)[0]
            return tuple(self._value(inner, each, place) for each in self._listed(value, place))
        kinds = [h for h in (typing.get_args(hint) or (hint,)) if h is not type(None)]
        for kind in kinds:
            if kind is float and isinstance(value, int) and not isinstance(value, bool):
                return float(value)
            if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
                return self._filled(value, place) if isinstance(value, str) else value
        names = " or ".join(kind.__name__ for kind in kinds)
        raise self._error(place, f"{value!r} is not of type {names}", "correct the value")

    def _typed(self, kind: type[T], value: Any, place: str) -> T:
        if not isinstance(value, kind):
            raise self._error(place, f"{value!r} is not a table", f"write it as [{place}]")
        return value

    def _listed(self, value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise self._error(place, f"{value!r} is not a list", "write it as [ … ]")
        return value

    def _filled(self, text: str, place: str) -> str:
        def fill(match: re.Match[str]) -> str:
            name = match[1]
            file = self._variables.get(name + IN_FILE)
            if file is not None:
                return self._from_file(name, file, place)
            if name not in self._variables:
                raise self._error(
                    place, f"the variable {name} is not set", f"set {name} or put it into .env"
                )
            return self._variables[name]

        return VARIABLE.sub(fill, text)

    def _from_file(self, name: str, file: str, place: str) -> str:
        """The secret in a file, without the line's end that an editor put there."""
        if name in self._variables:
            raise self._error(
                place,
                f"both {name} and {name}{IN_FILE} are set",
                "leave one of them out: which one is meant cannot be known",
            )
        try:
            text = (self._path.parent / file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise self._error(
                place,
                f"{name}{IN_FILE} names {file}, which cannot be read: {why}",
                "correct the path, and let the user that runs aethermart read the file",
            ) from error
        if not text or "\n" in text:
            raise self._error(
                place,
                f"{file}, which {name}{IN_FILE} names, is not one line",
                "put the secret alone into it",
            )
        return text

    def _error(self, place: str, cause: str, fix: str) -> BadInput:
        where = f" [{place}]" if place else ""
        return BadInput(f"{self._path}{where}: {cause}", fix=fix)


def _check_shops(path: Path, shops: Mapping[str, ShopSettings]) -> None:
    for name, shop in shops.items():
        if not _SHOP.fullmatch(name) or "__" in name:
            raise BadInput(
                f"{path} [shops]: {name!r} is not a shop's name",
                fix="use a letter, then up to 30 of a-z, 0-9 and single underscores",
            )
        if (shop.dsn is None) == (shop.file is None):
            raise BadInput(
                f"{path} [shops.{name}]: a shop has a dsn or a file, one of the two",
                fix="set dsn for a database, file for a Parquet file",
            )
    primary = [name for name, shop in shops.items() if shop.primary]
    if len(primary) > 1:
        raise BadInput(
            f"{path} [shops]: {' and '.join(primary)} are both primary",
            fix="leave primary = true at the one shop that takes orders",
        )


def _check_compare(path: Path, settings: Settings) -> None:
    for name, shop in settings.shops.items():
        if shop.capture not in _CAPTURE_MODES:
            raise BadInput(
                f"{path} [shops.{name}.capture]: {shop.capture!r} is not a way of capture",
                fix=f"use one of {', '.join(_CAPTURE_MODES)}",
            )
        if shop.capture == "queue" and (shop.dsn or "").startswith(_WITHOUT_QUEUE):
            raise BadInput(
                f"{path} [shops.{name}.capture]: only PostgreSQL has a queue",
                fix='leave it out, or set capture = "compare"',
            )
        if shop.compare_every_s < 0:
            raise BadInput(
                f"{path} [shops.{name}.compare_every_s]: {shop.compare_every_s:g} is negative",
                fix="use 0 or more seconds",
            )
    for size in dataclasses.fields(CompareSettings):
        value = getattr(settings.compare, size.name)
        if value <= 0:
            raise BadInput(
                f"{path} [compare.{size.name}]: {value:g} is not more than 0",
                fix=f"leave it out: it is then {size.default}",
            )


def _check_ports(path: Path, settings: Settings) -> None:
    listening = {"api": settings.api.port, "console": settings.console.port}
    for section, port in listening.items():
        if not 1 <= port <= _LAST_PORT:
            raise BadInput(
                f"{path} [{section}.port]: {port} is not a port",
                fix=f"use a free one from 1024 to {_LAST_PORT}",
            )
    if settings.api.port == settings.console.port:
        raise BadInput(
            f"{path}: [api] and [console] both have port {settings.api.port}",
            fix="give each a port of its own",
        )


def _check_console(path: Path, console: ConsoleSection) -> None:
    if console.sign_in not in ("accounts", "token"):
        raise BadInput(
            f"{path} [console.sign_in]: {console.sign_in!r} is not a way to sign in",
            fix='use "accounts" or "token"',
        )
    if console.sign_in == "token" and not is_loopback(console.host):
        raise BadInput(
            f"{path} [console.host]: {console.host!r} is reached from other machines, and with"
            ' sign_in = "token" each of them has the whole platform',
            fix='use sign_in = "accounts", or 127.0.0.1',
        )


def _check_tls(path: Path, api: ApiSection) -> None:
    if (api.tls_certificate is None) != (api.tls_key is None):
        there, missing = ("tls_key", "tls_certificate")[:: 1 if api.tls_certificate is None else -1]
        raise BadInput(
            f"{path} [api]: {there} is set and {missing} is not",
            fix="set both, or none for plain HTTP on this machine",
        )
    if api.tls_certificate is None and not api.insecure and not is_loopback(api.host):
        raise BadInput(
            f"{path} [api.host]: {api.host!r} is reached from other machines, and without TLS"
            " tokens and data would pass in the clear",
            fix="set tls_certificate and tls_key; or insecure = true behind a proxy that does TLS",
        )


def _check_reporting(path: Path, reporting: ReportingSettings) -> None:
    if reporting.currency is not None and not _CURRENCY.fullmatch(reporting.currency):
        raise BadInput(
            f"{path} [reporting.currency]: {reporting.currency!r} is not a currency code",
            fix="use three capital letters of ISO 4217, for instance EUR",
        )


def _check_publish(path: Path, publish: PublishSettings) -> None:
    if publish.compression not in COMPRESSIONS:
        raise BadInput(
            f"{path} [publish.compression]: {publish.compression!r} is not a compression",
            fix=f"use one of {', '.join(COMPRESSIONS)}",
        )
    for name, value, least in (
        ("every_s", publish.every_s, 0),
        ("kept_publications", publish.kept_publications, 1),
        ("timeout_s", publish.timeout_s, 1),
    ):
        if value < least:
            raise BadInput(
                f"{path} [publish.{name}]: {value:g} is less than {least}",
                fix=f"use {least} or more",
            )


def _check_backup(path: Path, backup: BackupSection) -> None:
    for name, value in (("keep", backup.keep), ("warn_after_hours", backup.warn_after_hours)):
        if value < 0:
            raise BadInput(f"{path} [backup.{name}]: {value:g} is less than 0", fix="use 0 or more")


def _check_watching(path: Path, settings: Settings) -> None:
    for name, section in (("alerts", settings.alerts), ("retention", settings.retention)):
        for bound in dataclasses.fields(section):
            value = getattr(section, bound.name)
            if value is not None and value <= 0:
                left_out = "kept for good" if bound.default is None else bound.default
                raise BadInput(
                    f"{path} [{name}.{bound.name}]: {value:g} is not more than 0",
                    fix=f"leave it out: it is then {left_out}",
                )
    telemetry = settings.telemetry
    if telemetry.endpoint is not None and not telemetry.endpoint.startswith(_HTTP):
        raise BadInput(
            f"{path} [telemetry.endpoint]: {telemetry.endpoint!r} is not an HTTP address",
            fix="write it as http://127.0.0.1:4318",
        )
    if not 0 <= telemetry.sample_ratio <= 1:
        raise BadInput(
            f"{path} [telemetry.sample_ratio]: {telemetry.sample_ratio:g} is not a share",
            fix="use 0 to 1",
        )


def _check_logs(path: Path, logs: LogSettings) -> None:
    for name, value, least in (("longest_mb", logs.longest_mb, 0.01), ("kept", logs.kept, 0)):
        if value < least:
            raise BadInput(
                f"{path} [logs.{name}]: {value:g} is less than {least:g}",
                fix=f"use {least:g} or more",
            )


def read_dotenv(path: Path) -> dict[str, str]:
    """NAME=value lines; quotes around the value are dropped, `#` lines skipped."""
    if not path.is_file():
        return {}
    pairs = (
        line.split("=", 1)
        for line in path.read_text(encoding="utf-8").splitlines()
        if "=" in line and not line.lstrip().startswith("#")
    )
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}
