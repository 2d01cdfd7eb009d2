"""Each fault of a shop is named, with its mend."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from aethermart.core.clock import utc_now
from aethermart.operations.doctor.finding import Machine
from aethermart.operations.doctor.shops import binlog_of, clock_of
from tests.mariadb import MariadbServer
from tests.operations.doctor import planted
from tests.operations.doctor.planted import found, said

pytestmark = pytest.mark.promise("133")

PLATFORM = '[platform]\ndsn = "postgresql://u:p@127.0.0.1:1/none"\n'
STAR = (Path(__file__).parents[3] / "examples/shops/star_shop/tables.sql").read_text("utf-8")


def home_of(folder: Path, dsn: str, more: str = "") -> Path:
    text = f'[shops.star]\npack = "star_shop"\ndsn = "{dsn}"\n{more}{PLATFORM}'
    return planted.project(folder, text).home


@pytest.fixture
def star(database: str) -> str:
    """A shop that fits the pack `star_shop`."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(STAR.encode())
    return database


@pytest.fixture
def reader(star: str) -> Iterator[str]:
    """The shop's address for a user who may log in and nothing else."""
    name = f"reader_{secrets.token_hex(4)}"
    with psycopg.connect(star, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'opensesame'".encode())
    yield make_conninfo(star, user=name, password="opensesame").replace("'", "")
    with psycopg.connect(star, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {name}".encode())
        connection.execute(f"DROP ROLE {name}".encode())


def as_url(conninfo: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(conninfo)
    return "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**parts)


@pytest.mark.service("postgres")
def test_a_shop_that_fits_is_sound(star: str, tmp_path: Path) -> None:
    findings = found(home_of(tmp_path, star))
    assert (findings["shop star"].verdict, findings["shop star"].cause) == ("ok", "3 tables")
    assert findings["clock of star"].verdict == "ok"


@pytest.mark.service("postgres")
def test_a_shop_whose_schema_does_not_fit_its_pack_is_said(star: str, tmp_path: Path) -> None:
    with psycopg.connect(star, autocommit=True) as connection:
        connection.execute("ALTER TABLE dim_products RENAME COLUMN price TO cost")
    verdict, words = said(found(home_of(tmp_path, star))["shop star"])
    assert verdict == "wrong"
    assert "it does not fit pack star_shop: dim_products.price is missing" in words
    assert "aethermart pack check star_shop" in words
    with psycopg.connect(star, autocommit=True) as connection:
        connection.execute("DROP TABLE dim_products CASCADE")
    assert "its tables dim_products are not there" in said(found(tmp_path)["shop star"])[1]


@pytest.mark.service("postgres")
def test_a_right_that_is_missing_is_said_with_the_grant(reader: str, tmp_path: Path) -> None:
    verdict, words = said(found(home_of(tmp_path, as_url(reader)))["shop star"])
    assert verdict == "wrong"
    assert "may not read" in words
    assert "GRANT SELECT ON " in words
    assert "opensesame" not in words


@pytest.mark.service("postgres")
def test_a_wrong_password_is_said(reader: str, tmp_path: Path) -> None:
    wrong = as_url(reader).replace("opensesame", "wrongword")
    verdict, words = said(found(home_of(tmp_path, wrong))["shop star"])
    assert (verdict, "password authentication failed" in words) == ("wrong", True)
    assert "correct host, database, user and password" in words
    assert "wrongword" not in words


BAD_SHOPS = {
    "away": ('dsn = "postgresql://u:p@127.0.0.1:1/d"', "does not let us in", "the server runs"),
    "no address": ('dsn = "oracle://u:p@h/d"', "is not a PostgreSQL address", "write it as"),
    "no host": ('dsn = "mysql://u:p@/d"', "it lacks a host", "write it as mysql://"),
    "no SQLite file": ('dsn = "sqlite:///gone.db"', "gone.db", "correct"),
    "no file": ('file = "gone.parquet"', "there is no file", "correct `file` at [shops.star]"),
    "no Parquet": ('file = "letter.txt"', "is no Parquet file", "correct `file`"),
}


@pytest.mark.parametrize("where, cause, mend", BAD_SHOPS.values(), ids=BAD_SHOPS)
def test_a_shop_that_cannot_be_read_is_said(
    tmp_path: Path, where: str, cause: str, mend: str
) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ada,")
    planted.project(tmp_path, f'[shops.star]\npack = "star_shop"\n{where}\n{PLATFORM}')
    verdict, words = said(found(tmp_path)["shop star"])
    assert verdict == "wrong"
    assert cause in words
    assert mend in words


def test_a_pack_that_is_not_there_is_said(tmp_path: Path) -> None:
    planted.project(tmp_path, f'[shops.a]\npack = "none"\nfile = "x.parquet"\n{PLATFORM}')
    verdict, words = said(found(tmp_path)["shop a"])
    assert (verdict, "there is no pack 'none'" in words) == ("wrong", True)


@pytest.mark.service("postgres")
def test_a_clock_that_differs_is_said(star: str, tmp_path: Path) -> None:
    behind = Machine(clock=lambda: utc_now() - timedelta(seconds=90))
    verdict, words = said(found(home_of(tmp_path, star), behind)["clock of star"])
    assert verdict == "warning"
    assert "it is 90 s ahead of this machine's" in words
    assert "NTP" in words


def test_a_clock_without_a_zone_is_utc() -> None:
    noon = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
    assert clock_of("a", datetime(2026, 5, 1, 12, 0, 4), noon).verdict == "ok"  # noqa: DTZ001
    assert "6 s behind" in clock_of("a", noon - timedelta(seconds=6), noon).cause


@pytest.mark.parametrize(
    "variables, words",
    [
        ({"log_bin": "ON", "binlog_format": "ROW"}, "binlog_format=ROW, log_bin=ON"),
        ({"log_bin": "OFF", "binlog_format": "MIXED"}, "not needed: compare capture"),
    ],
)
def test_the_binary_log_is_shown_and_not_asked_for(variables: dict[str, str], words: str) -> None:
    finding = binlog_of("a", variables)
    assert finding.verdict == "ok"
    assert words in finding.cause


@pytest.mark.service("mariadb")
def test_a_mariadb_shop_and_its_missing_rights_are_said(
    mariadb: MariadbServer, tmp_path: Path
) -> None:
    name = mariadb.new_database()
    with closing(mariadb.connect(name)) as connection, connection.cursor() as cursor:
        for statement in filter(str.strip, STAR.split(";\n")):
            cursor.execute(statement)
    user, password = mariadb.select_only_user(name)
    findings = found(home_of(tmp_path, mariadb.dsn(name, user, password)))
    assert (findings["shop star"].verdict, findings["shop star"].cause) == ("ok", "3 tables")
    assert findings["clock of star"].verdict == "ok"
    assert "log_bin=OFF" in findings["binary log of star"].cause
    user, password = mariadb.select_only_user(name, "dim_users")
    verdict, words = said(found(home_of(tmp_path, mariadb.dsn(name, user, password)))["shop star"])
    assert verdict == "wrong"
    assert "its tables dim_products, fact_sales are not there" in words
    assert "may not SELECT from a table does not see it either" in words
    wrong = mariadb.dsn(name, user, "wrongword")
    verdict, words = said(found(home_of(tmp_path, wrong))["shop star"])
    assert "correct host, database, user and password" in words
    assert "wrongword" not in words
