"""A shop of any engine, with a pack of the project's own, from its DSN to the mirror."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from click.testing import CliRunner

from aethermart import wiring
from aethermart.cli.main import main
from aethermart.core.errors import BadInput
from aethermart.operations.source_counts import source_rows
from aethermart.pipeline.capture_runner import CaptureRunner
from aethermart.platform_db.migrate import migrate
from aethermart.sinks.mirror.tables import stopped_tables
from aethermart.wiring import Project
from tests.services import require_service

if TYPE_CHECKING:
    from aethermart.servers.postgres import EmbeddedPostgres
    from tests.mariadb import MariadbServer

pytestmark = pytest.mark.service("postgres")

PACK = """
format = 1
name = "kiosk"
title = "A kiosk that nobody here has seen"
currency = "EUR"
time_zone = "Europe/Berlin"

[tables.Verkauf]
key = ["Nr"]
[tables.Verkauf.columns]
Nr = "integer"
Betrag = "decimal(10,2)"
bezahlt = "boolean"

[tables.Artikel]
key = ["Code"]
[tables.Artikel.columns]
Code = "text"
Name = "text"
"""
MADE = (
    """CREATE TABLE {q}Verkauf{q} (
        {q}Nr{q} {int} PRIMARY KEY, {q}Betrag{q} DECIMAL(10, 2), {q}bezahlt{q} BOOLEAN
    )""",
    "CREATE TABLE {q}Artikel{q} ({q}Code{q} VARCHAR(20) NOT NULL PRIMARY KEY, {q}Name{q} TEXT)",
    "INSERT INTO {q}Verkauf{q} VALUES (1, 9.99, TRUE), (2, 0.01, FALSE), (3, NULL, NULL)",
    "INSERT INTO {q}Artikel{q} VALUES ('ä-1', 'Äpfel'), ('B''2', 'Brot')",
)
CHANGED = (
    "DELETE FROM {q}Verkauf{q} WHERE {q}Nr{q} = 1",
    "UPDATE {q}Verkauf{q} SET {q}Betrag{q} = 19.5 WHERE {q}Nr{q} = 3",
    "INSERT INTO {q}Artikel{q} VALUES ('C3', NULL)",
)


class Kiosk:
    """A project with one shop, and the shop itself."""

    def __init__(self, folder: Path, dsn: str, platform_dsn: str, more: str = "") -> None:
        (folder / "packs" / "kiosk").mkdir(parents=True)
        (folder / "packs" / "kiosk" / "pack.toml").write_text(PACK, encoding="utf-8")
        (folder / "aethermart.toml").write_text(
            f'[platform]\ndsn = "{platform_dsn}"\n'
            f'[shops.kiosk]\npack = "kiosk"\ndsn = "{dsn}"\ncompare_every_s = 0\n{more}',
            encoding="utf-8",
        )
        migrate(platform_dsn)
        self.project = Project.open(folder)
        self.log = wiring.open_log(self.project)
        (self.source,) = wiring.sources(self.project)
        self.runner = CaptureRunner(
            self.source,
            self.log,
            wiring.status_board(self.project),
            heartbeat_s=0,
        )

    def close(self) -> None:
        self.source.close()
        self.log.close()

    def mirrored(self) -> dict[str, list[tuple[Any, ...]]]:
        """One pass, and what the mirror then has."""
        self.runner.step()
        with closing(wiring.open_engine(self.project)) as engine:
            mirror = wiring.mirror(self.project, engine, lambda _connection, _touched: None)
            mirror.apply(self.log.read("kiosk", mirror.applied("kiosk"), 1000))
            with engine.read() as connection:
                assert stopped_tables(connection) == []
                return {
                    "Verkauf": connection.execute(
                        'SELECT "Nr", "Betrag", bezahlt FROM mirror."kiosk__Verkauf" ORDER BY 1'
                    ).fetchall(),
                    "Artikel": connection.execute(
                        'SELECT "Code", "Name" FROM mirror."kiosk__Artikel" ORDER BY 1'
                    ).fetchall(),
                }


def check(kiosk: Kiosk, change: Any) -> None:
    assert kiosk.mirrored() == {
        "Verkauf": [
            (1, Decimal("9.99"), True),
            (2, Decimal("0.01"), False),
            (3, None, None),
        ],
        "Artikel": [("B'2", "Brot"), ("ä-1", "Äpfel")],
    }
    change()
    assert kiosk.mirrored() == {
        "Verkauf": [(2, Decimal("0.01"), False), (3, Decimal("19.50"), None)],
        "Artikel": [("B'2", "Brot"), ("C3", None), ("ä-1", "Äpfel")],
    }
    assert source_rows(kiosk.project) == {"kiosk": {"Verkauf": 2, "Artikel": 3}}
    home = str(kiosk.project.home)
    told = json.loads(
        CliRunner().invoke(main, ["capture", "status", "--home", home, "--json"]).stdout
    )
    assert [head["shop"] for head in told["shops"]] == ["kiosk"]
    assert told["shops"][0]["last_offset"] >= 4
    assert told["stopped_tables"] == []
    kiosk.close()


@pytest.fixture
def platform(postgres: EmbeddedPostgres, database: str) -> str:
    return database


def test_a_sqlite_shop_reaches_the_mirror(platform: str, tmp_path: Path) -> None:
    file = tmp_path / "till.db"
    with closing(sqlite3.connect(file)) as shop, shop:
        for statement in MADE:
            shop.execute(statement.format(q='"', int="INTEGER"))

    def change() -> None:
        with closing(sqlite3.connect(file)) as shop, shop:
            for statement in CHANGED:
                shop.execute(statement.format(q='"'))

    check(Kiosk(tmp_path, "sqlite:///till.db", platform), change)


@pytest.fixture
def mariadb_server(request: pytest.FixtureRequest) -> MariadbServer:
    require_service("mariadb")
    found: MariadbServer = request.getfixturevalue("mariadb")
    return found


@pytest.mark.parametrize("more", ["", "allow_ddl = true", "allow_ddl = true\nqueue_rows = 'key'"])
def test_a_mariadb_shop_reaches_the_mirror(
    platform: str, mariadb_server: MariadbServer, tmp_path: Path, more: str
) -> None:
    """Compared where nothing may be made in it, else by its queue."""
    database = mariadb_server.new_database()
    user, password = mariadb_server.select_only_user(database)
    if more:
        mariadb_server.sql(f"GRANT ALL ON {database}.* TO {user}@'%'")
        mariadb_server.sql(f"GRANT PROCESS ON *.* TO {user}@'%'")

    def write(statements: tuple[str, ...]) -> None:
        with closing(mariadb_server.connect(database)) as shop, shop.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.format(q="`", int="INT"))

    write(MADE)
    dsn = mariadb_server.dsn(database, user, password).replace("mysql:", "mariadb:")
    check(Kiosk(tmp_path, dsn, platform, more), lambda: write(CHANGED))
    triggers = mariadb_server.sql(
        "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = %s", [database]
    )
    assert len(triggers) == (6 if more else 0)


@pytest.fixture
def shop_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    postgres.create_database("kiosk_shop")
    yield postgres.dsn("kiosk_shop")
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute("DROP DATABASE kiosk_shop WITH (FORCE)")


def write_postgres(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as shop:
        for statement in statements:
            shop.execute(statement.format(q='"', int="INT").encode())


def schemas(dsn: str) -> list[str]:
    with psycopg.connect(dsn, autocommit=True) as shop:
        rows = shop.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^aethermart'")
        return [name for (name,) in rows]


def test_a_postgresql_shop_without_a_queue_and_without_leave_to_make_one_is_compared(
    platform: str, shop_database: str, tmp_path: Path
) -> None:
    write_postgres(shop_database, *MADE)
    kiosk = Kiosk(tmp_path, shop_database, platform)
    check(kiosk, lambda: write_postgres(shop_database, *CHANGED))
    assert schemas(shop_database) == []


def test_a_shop_changes_from_compare_to_the_queue_and_back(
    platform: str, shop_database: str, tmp_path: Path
) -> None:
    """The other mode's position says nothing to it: the shop is captured anew, and goes on."""
    write_postgres(shop_database, *MADE)
    for number, (more, made) in enumerate(
        [
            ('capture = "compare"', []),
            ("allow_ddl = true", ["aethermart_capture"]),
            ("", ["aethermart_capture"]),  # the queue is there: auto takes it
            ('capture = "compare"', ["aethermart_capture"]),
        ]
    ):
        folder = tmp_path / str(number)
        kiosk = Kiosk(folder, shop_database, platform, more)
        kiosk.runner.step()
        write_postgres(shop_database, f"UPDATE {{q}}Verkauf{{q}} SET {{q}}Betrag{{q}} = {number}")
        kiosk.runner.step()
        kiosk.close()
        assert schemas(shop_database) == made
        assert wiring.capture_state(kiosk.project).stopped("kiosk") == {}
        with closing(wiring.open_log(kiosk.project)) as log:
            last = [*log.replay("kiosk")][-1].entry
        changed = last.parts[0].rows.to_pylist()
        assert [row["Betrag"] for row in changed] == [Decimal(number)] * 3
        assert {row["_op"] for row in changed} == {"u"}


@pytest.mark.parametrize(
    "more, told",
    [
        ('capture = "binlog"', "'binlog' is not a way of capture"),
        ('capture = "queue"', "SQLite has no queue"),
        ("compare_every_s = -1", "-1 is negative"),
        ("[compare]\nleaf_rows = 0", "0 is not more than 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path: Path, more: str, told: str) -> None:
    (tmp_path / "aethermart.toml").write_text(
        f'[shops.kiosk]\npack = "kiosk"\ndsn = "sqlite:///till.db"\n{more}', encoding="utf-8"
    )
    with pytest.raises(BadInput, match=told):
        Project.open(tmp_path)
