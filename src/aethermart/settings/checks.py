"""What the sections say together must be possible: each fault is refused with its place."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

from aethermart.capture.compare.settings import CompareSettings
from aethermart.core.errors import BadInput
from aethermart.core.logs import LogSettings
from aethermart.core.tls import is_loopback
from aethermart.settings.sections import (
    ApiSection,
    BackupSection,
    ConsoleSection,
    Settings,
    ShopSettings,
)
from aethermart.warehouse.settings import COMPRESSIONS, PublishSettings, ReportingSettings

_CAPTURE_MODES = ("auto", "queue", "compare")
_QUEUE_ROWS = ("image", "key")
_WITHOUT_QUEUE = ("sqlite:",)
_LAST_PORT = 65_535
_HTTP = ("http://", "https://")
_SHOP = re.compile(r"[a-z][a-z0-9_]{0,30}")
_CURRENCY = re.compile(r"[A-Z]{3}")


def check(path: Path, settings: Settings) -> None:
    """Raises BadInput for the first fault; `path` is the file to name."""
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
                f"{path} [shops.{name}.capture]: SQLite has no queue",
                fix='leave it out, or set capture = "compare"',
            )
        if shop.queue_rows not in _QUEUE_ROWS:
            raise BadInput(
                f"{path} [shops.{name}.queue_rows]: {shop.queue_rows!r} is not what triggers write",
                fix=f"use one of {', '.join(_QUEUE_ROWS)}",
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
