"""The sample shops of examples/ on real servers, and one project over them, from DSN to gold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from aethermart import wiring
from aethermart.log.log import Log
from aethermart.operations.lake import Lake, open_lake
from aethermart.pipeline.capture_runner import CaptureRunner
from aethermart.platform_db.migrate import migrate
from aethermart.warehouse.bronze_views import BronzeViews
from aethermart.warehouse.kept import compare_kept
from aethermart.wiring import Project
from tests.mariadb import MariadbServer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "shops"


def loader() -> ModuleType:
    """examples/shops/load.py, which is no part of a package."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("sample_shops", EXAMPLES / "load.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class MysqlShop:
    """A sample shop in a database of its own; `sql` runs as root, `dsn` may only SELECT."""

    server: MariadbServer
    database: str
    dsn: str

    @classmethod
    def made(cls, server: MariadbServer, sample: str, database: str) -> MysqlShop:
        server.sql(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
        owner = f"mysql://root@localhost/{database}?unix_socket={server.folder / 's.sock'}"
        loader().load(sample, owner)
        user, password = server.select_only_user(database)
        return cls(server, database, server.dsn(database, user, password))

    def sql(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        with closing(self.server.connect(self.database)) as shop, shop.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def dropped(self) -> None:
        self.server.sql(f"DROP DATABASE {self.database}")


class Captured:
    """A project whose shops are captured, archived, mirrored and in gold, one step at a time."""

    def __init__(self, project: Project, log: Log, lake: Lake, sources: Mapping[str, Any]) -> None:
        self.project = project
        self.lake = lake
        self._log = log
        self._archive = wiring.archive(project)
        self._bronze = BronzeViews(lake.engine, self._archive, lake.shops)
        board = wiring.status_board(project)
        self._runners = {
            name: CaptureRunner(source, log, board, heartbeat_s=3600)
            for name, source in sources.items()
        }

    def step(self, shop: str) -> None:
        """Whatever the shop has new is in the archive and in gold."""
        while self._runners[shop].step():
            pass
        assert wiring.capture_state(self.project).stopped(shop) == {}
        for sink in (self._archive, self.lake.mirror):
            while entries := self._log.read(shop, sink.applied(shop), 256):
                sink.apply(entries)
        self._bronze.renew()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.lake.engine.read(60.0) as connection:
            return connection.execute(sql, list(values)).fetchall()

    def one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        ((value,),) = self.rows(sql, values)
        return value

    def kept_tables_are_their_views(self) -> bool:
        with self.lake.engine.read(60.0) as connection:
            differing = compare_kept(connection, self.lake.compiled)
        assert [d for d in differing if d.only_in_table or d.only_in_view] == []
        return True


@contextmanager
def captured(folder: Path, platform_dsn: str, shops: Mapping[str, str]) -> Iterator[Captured]:
    """shops: name -> what stands under [shops.NAME]; nothing is captured yet."""
    sections = "\n".join(
        f"[shops.{name}]\ncompare_every_s = 0\n{section}" for name, section in shops.items()
    )
    (folder / "aethermart.toml").write_text(
        f'[platform]\ndsn = "{platform_dsn}"\n{sections}\n', encoding="utf-8"
    )
    migrate(platform_dsn)
    project = Project.open(folder)
    with ExitStack() as stack:
        lake = stack.enter_context(open_lake(project))
        log = wiring.open_log(project)
        stack.callback(log.close)
        sources = {source.shop: source for source in wiring.sources(project)}
        for source in sources.values():
            stack.callback(source.close)
        yield Captured(project, log, lake, sources)
