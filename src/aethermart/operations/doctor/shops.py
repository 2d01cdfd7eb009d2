"""The shops: can each be read, does it fit its pack, does its clock agree with ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pyarrow.parquet as pq
import sqlalchemy as sa

from aethermart import wiring
from aethermart.capture.postgres.connection import connect
from aethermart.capture.postgres.schema import discover
from aethermart.core.errors import AetherMartError
from aethermart.core.schemas import Schemas
from aethermart.operations.doctor.finding import (
    Check,
    Finding,
    Patient,
    ok,
    skipped,
    warning,
    wrong,
)
from aethermart.packs.discovery.address import read_only, scheme_of
from aethermart.packs.pack import Shop
from aethermart.packs.schema_check import check_schema
from aethermart.servers.mysql_client import SCHEMES as MARIADB_SCHEMES
from aethermart.settings.sections import OWN

_SKEW_S = 5.0
_BINLOG = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format')"
_NOW = {
    "postgresql": "SELECT clock_timestamp()",
    "postgres": "SELECT clock_timestamp()",
    "mysql": "SELECT utc_timestamp(6)",
    "mariadb": "SELECT utc_timestamp(6)",
}


def readable(patient: Patient) -> Iterator[Finding]:
    """Each shop answers, lets us read every table of its pack, and has their columns."""
    for name, settings in patient.project.settings.shops.items():
        told = f"shop {name}"
        try:
            shop = Shop(name, wiring.pack_named(patient.project, settings.pack), settings.time_zone)
            if settings.file is not None:
                yield _file(patient, told, name)
            elif settings.dsn in OWN and not patient.database_up:
                yield skipped(told, "the project's own server does not run")
            else:
                yield from _database(patient, told, shop)
        except AetherMartError as error:
            yield wrong(told, error.cause, error.fix)


def _file(patient: Patient, told: str, name: str) -> Finding:
    path = wiring.shop_file(patient.project, name)
    mend = f"correct `file` at [shops.{name}], or bring the file back"
    if path is None or not path.is_file():
        return wrong(told, f"there is no file {path}", mend)
    try:
        rows = pq.read_metadata(path).num_rows
    except (OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        return wrong(told, f"{path} is no Parquet file: {first}", mend)
    return ok(told, f"{rows} rows in {path.name}")


def _database(patient: Patient, told: str, shop: Shop) -> Iterator[Finding]:
    denied = _denied(patient, shop)
    if denied:
        user, unreadable = denied
        yield wrong(
            told,
            f"user {user!r} may not read {', '.join(unreadable)}",
            f"GRANT SELECT ON {', '.join(unreadable)} TO {user}",
        )
        return
    names = tuple(shop.pack.tables)
    with closing(wiring.shop_reader(patient.project, shop)) as reader, reader.view(names):
        found = reader.discover(names)
    missing = [table for table in shop.pack.tables if table not in found]
    faults = [
        str(fault) for table in found.values() for fault in check_schema(shop.pack, table.announced)
    ]
    if missing:
        yield wrong(
            told,
            f"its tables {', '.join(missing)} are not there, which pack {shop.pack.name} names",
            "correct the database and `schema` of the shop, or its pack; a MariaDB user who may"
            " not SELECT from a table does not see it either",
        )
    elif faults:
        yield wrong(
            told,
            f"it does not fit pack {shop.pack.name}: {'; '.join(faults[:3])}",
            f"see `aethermart pack check {shop.pack.name}`; write the pack anew with `pack init`,"
            " or correct it",
        )
    else:
        yield ok(told, f"{len(found)} tables")


def _denied(patient: Patient, shop: Shop) -> tuple[str, list[str]] | None:
    """Tables that a PostgreSQL shop has and our user may not read."""
    dsn = patient.project.shop_dsn(shop.name)
    if not dsn.startswith("postgres"):
        return None
    schema = patient.project.settings.shops[shop.name].schema
    with closing(connect(dsn, shop.name)) as connection:
        found = discover(connection, Schemas.of(schema), tuple(shop.pack.tables))
        denied = [table.name for table in found.values() if not table.readable]
        return (str(connection.info.user), denied) if denied else None


def clocks(patient: Patient) -> Iterator[Finding]:
    """A shop's clock and ours agree: freshness and history are told by both."""
    for name, settings in patient.project.settings.shops.items():
        if settings.dsn in OWN and not patient.database_up:
            continue
        dsn = patient.project.shop_dsn(name)
        query = _NOW.get(scheme_of(dsn))
        if query is None:
            continue
        try:
            with read_only(dsn) as connection:
                before = patient.machine.clock()
                theirs: datetime = connection.execute(sa.text(query)).scalar_one()
        except (AetherMartError, sa.exc.SQLAlchemyError, psycopg.Error):
            continue  # `readable` says it
        yield clock_of(name, theirs, before)


def clock_of(shop: str, theirs: datetime, ours: datetime) -> Finding:
    """How far a shop's clock is from ours."""
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    ahead = (theirs - ours).total_seconds()
    name = f"clock of {shop}"
    if abs(ahead) <= _SKEW_S:
        return ok(name, f"{ahead:+.1f} s")
    return warning(
        name,
        f"it is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's: ages of"
        " numbers are wrong by as much",
        "let both machines keep time by NTP (timedatectl set-ntp true)",
    )


def binlog(patient: Patient) -> Iterator[Finding]:
    """What a MariaDB shop's binary log would allow; compare capture, the mode today, needs none."""
    for name in patient.project.settings.shops:
        dsn = patient.project.shop_dsn(name)
        if scheme_of(dsn) not in MARIADB_SCHEMES:
            continue
        try:
            with read_only(dsn) as connection:
                rows = connection.execute(sa.text(_BINLOG)).fetchall()
        except (AetherMartError, sa.exc.SQLAlchemyError):
            continue  # `readable` says it
        found = {str(row[0]).lower(): str(row[1]).upper() for row in rows}
        yield binlog_of(name, found)


def binlog_of(shop: str, variables: dict[str, str]) -> Finding:
    """variables: log_bin and binlog_format as the server shows them."""
    fit = variables.get("log_bin") == "ON" and variables.get("binlog_format") == "ROW"
    shown = ", ".join(f"{name}={value}" for name, value in sorted(variables.items()))
    words = "" if fit else "; not needed: compare capture reads by SELECT alone"
    return ok(f"binary log of {shop}", f"{shown}{words}")


CHECKS: tuple[Check, ...] = (readable, clocks, binlog)
