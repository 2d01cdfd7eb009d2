"""As shop_home.py, with a MariaDB shop that is captured by its queue."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pymysql.cursors import DictCursor

from aethermart.capture.mariadb.queue import snapshot, window
from aethermart.capture.mariadb.queue.source import MariadbQueueSource, MariadbShop
from aethermart.capture.source import Source
from aethermart.platform_db.migrate import migrate
from aethermart.servers.mysql_client import parse_address, pymysql
from tests.capture.mariadb_queue.busy_shop import TABLES
from tests.capture.replay import Row
from tests.kill.shop_home import SHOP, Home


@dataclass(frozen=True)
class MariadbHome(Home):
    @classmethod
    def empty(cls, folder: Path, shop_dsn: str, platform_dsn: str) -> MariadbHome:
        folder.mkdir()
        home = cls(str(folder), shop_dsn, platform_dsn)
        (folder / "home.json").write_text(json.dumps(asdict(home)), encoding="utf-8")
        migrate(platform_dsn)
        return home

    @classmethod
    def load(cls, folder: str) -> MariadbHome:
        home = super().load(folder)
        window.INLINE_ROWS, window.BLOCK_ROWS = 40, 30
        snapshot.BLOCK_ROWS = 30
        return cls(**asdict(home))

    def source(self) -> Source:
        shop = MariadbShop(SHOP, self.shop_dsn, TABLES, allow_ddl=True)
        return MariadbQueueSource(shop, self.state, self.chunks)

    def sql(self, statement: str) -> None:
        with closing(self._connected()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def selected(self, table: str) -> list[Row]:
        with closing(self._connected()) as connection, connection.cursor(DictCursor) as cursor:
            cursor.execute(f"SELECT * FROM `{table}`")
            return list(cursor.fetchall())

    def _connected(self) -> Any:
        at = parse_address(self.shop_dsn, SHOP)
        return pymysql().connect(
            host=at.host,
            port=at.port,
            user=at.user,
            password=at.password,
            database=at.database,
            charset="utf8mb4",
            autocommit=True,
        )
