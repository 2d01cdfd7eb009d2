"""Join adapters to ports: the one place that knows which implementation stands behind which.

A `Project` is a folder with its settings; the functions make the parts of the platform from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aethermart.capture.chosen import ChosenSource
from aethermart.capture.compare.reader import ShopReader
from aethermart.capture.compare.source import ComparedShop, CompareSource
from aethermart.capture.flat_file.source import FlatFileShop, FlatFileSource
from aethermart.capture.mariadb.queue.choosing import mariadb_source
from aethermart.capture.mariadb.queue.source import MariadbQueueSource, MariadbShop
from aethermart.capture.mariadb.reader import MariadbReader
from aethermart.capture.postgres.compared import PostgresReader, usable_queue
from aethermart.capture.postgres.source import PostgresShop, PostgresSource
from aethermart.capture.source import Source
from aethermart.capture.sqlite.reader import SqliteReader, sqlite_path
from aethermart.capture.state import PlatformCaptureState
from aethermart.core.entries import TableSchema
from aethermart.core.errors import BadInput
from aethermart.core.tracing import start_tracing
from aethermart.engine.engine import Engine
from aethermart.identity.audit import Audit
from aethermart.identity.identity import Identity, make_identity
from aethermart.identity.project_token import KnownTokens, hash_token
from aethermart.identity.roles import Caller, Role
from aethermart.identity.signing import AccessTokens
from aethermart.identity.start import check_platform_password, signing_keys
from aethermart.log.archive.archive import Archive
from aethermart.log.chunks import ChunkStore
from aethermart.log.log import Log
from aethermart.log.tail import PostgresTail
from aethermart.packs.load import load_pack, load_shipped, shipped_packs
from aethermart.packs.pack import Pack, Shop
from aethermart.packs.schema_check import check_schema
from aethermart.pipeline.retention import RetentionBook
from aethermart.pipeline.status import DeadLetters, StatusBoard
from aethermart.platform_db.migrate import platform_engine, require_current
from aethermart.servers.embedded import EmbeddedServer
from aethermart.servers.mariadb import EmbeddedMariadb
from aethermart.servers.mysql_client import SCHEMES as MARIADB_SCHEMES
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.settings.reading import read_settings
from aethermart.settings.sections import EMBEDDED, EMBEDDED_MARIADB, Settings
from aethermart.sinks.mirror.mirror import Mirror
from aethermart.sinks.mirror.touched import OnApplied
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.publish.publisher import Publisher
from aethermart.warehouse.routes import mirror_routes

if TYPE_CHECKING:
    from aethermart.sinks.vectors.index import VectorIndex
    from aethermart.skills.embed.embedder import Embedder

STORE_DATABASE = "store"
PLATFORM_DATABASE = "platform"


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder: its settings and where everything of it lies."""

    home: Path
    settings: Settings

    @classmethod
    def open(cls, home: Path) -> Project:
        home = home.resolve()
        return cls(home, read_settings(home))

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def token_file(self) -> Path:
        return self.state / "secrets" / "api_token"

    @property
    def signing_key_file(self) -> Path:
        return self.state / "secrets" / "signing_key"

    @property
    def api_certificate(self) -> Path | None:
        """What our own processes trust of the API; None where it speaks plain HTTP."""
        name = self.settings.api.tls_certificate
        return self.home / name if name is not None else None

    @property
    def lake_file(self) -> Path:
        # The stem must differ from every schema's name, or DuckDB confuses the two.
        return self.state / "lake.duckdb"

    def embedded(self) -> EmbeddedPostgres | None:
        """The embedded server, where a part of the project uses it."""
        dsns = [self.settings.platform.dsn, *(s.dsn for s in self.settings.shops.values())]
        return EmbeddedPostgres(self.state / "postgres") if EMBEDDED in dsns else None

    def embedded_mariadb(self) -> EmbeddedMariadb | None:
        """The MariaDB that the project runs itself, where its store lies there."""
        dsns = [shop.dsn for shop in self.settings.shops.values()]
        return EmbeddedMariadb(self.state / "mariadb") if EMBEDDED_MARIADB in dsns else None

    def own_servers(self) -> list[EmbeddedServer[Any]]:
        return [s for s in (self.embedded(), self.embedded_mariadb()) if s is not None]

    def platform_dsn(self) -> str:
        return self._resolved(self.settings.platform.dsn, PLATFORM_DATABASE)

    def shop_dsn(self, name: str) -> str:
        return self._resolved(self.settings.shops[name].dsn or "", STORE_DATABASE)

    def compare_folder(self, name: str) -> Path:
        """What compare capture remembers of a shop."""
        return self.state / "compare" / name

    def _resolved(self, dsn: str, database: str) -> str:
        known = {EMBEDDED: self.embedded, EMBEDDED_MARIADB: self.embedded_mariadb}
        server = known[dsn]() if dsn in known else None
        return server.dsn(database) if server is not None else dsn


def start_servers(project: Project, *, migrated: bool = True) -> EmbeddedPostgres | None:
    """Start what the project runs itself; make the platform's tables where there are none.

    migrated  refuse a database of an earlier release; else it is left as it is
    Returns the server if this call started it: who started it stops it.
    Raises OlderState, NewerState.
    """
    server = project.embedded()
    started = None
    if server is not None:
        if not server.running:
            started = server
        server.start()
        for database in (STORE_DATABASE, PLATFORM_DATABASE):
            server.create_database(database)
    mariadb = project.embedded_mariadb()
    if mariadb is not None:
        mariadb.start()
        mariadb.create_database(STORE_DATABASE)
    if migrated:
        require_current(project.platform_dsn())
    return started


def shops(project: Project) -> list[Shop]:
    """Every shop with its pack, in the order of the settings."""
    return [
        Shop(name, pack_named(project, shop.pack), shop.time_zone)
        for name, shop in project.settings.shops.items()
    ]


def primary_shop(project: Project) -> str | None:
    """The shop in which orders may be placed; None where there is none."""
    return next((name for name, shop in project.settings.shops.items() if shop.primary), None)


def chunk_store(project: Project) -> ChunkStore:
    return ChunkStore(project.state / "chunks")


def archive(project: Project) -> Archive:
    return Archive(project.state / "bronze", chunk_store(project), project.settings.archive)


def open_log(project: Project) -> Log:
    """The log; one a thread."""
    return Log(PostgresTail(project.platform_dsn()), archive(project), chunk_store(project))


def status_board(project: Project, *, often: bool = False) -> StatusBoard:
    """often  asked many times a second: its connection stays open"""
    return StatusBoard(platform_engine(project.platform_dsn(), kept=int(often)))


def dead_letters(project: Project) -> DeadLetters:
    return DeadLetters(platform_engine(project.platform_dsn()))


def identity(project: Project, token: str | None = None, audit: Audit | None = None) -> Identity:
    """token  the project's own, where requests are answered: connections stay open then

    Raises BadInput where a secret is missing or weak.
    """
    settings = project.settings
    keys = signing_keys(settings.identity, settings.platform.environment, project.signing_key_file)
    check_platform_password(settings.platform.dsn, settings.platform.environment)
    owner = Caller("project", "project", Role.ADMIN, "project")
    known = KnownTokens({} if token is None else {hash_token(token): owner})
    engine = platform_engine(project.platform_dsn(), kept=0 if token is None else 4)
    return make_identity(engine, settings.identity, AccessTokens(*keys), known, audit=audit)


def trace(project: Project, process: str) -> None:
    """Send the spans of this process where the settings say; without an endpoint nothing is made.

    Raises BadInput without the extra `telemetry`.
    """
    telemetry = project.settings.telemetry
    if telemetry.endpoint is not None:
        start_tracing(telemetry.endpoint, process, telemetry.sample_ratio)


def retention_book(project: Project) -> RetentionBook:
    return RetentionBook(platform_engine(project.platform_dsn()))


def capture_state(project: Project) -> PlatformCaptureState:
    return PlatformCaptureState(platform_engine(project.platform_dsn()))


def sources(project: Project) -> list[Source]:
    """A source for each shop."""
    return [_source(project, shop) for shop in shops(project)]


def shop_file(project: Project, name: str) -> Path | None:
    """The file that a shop is read from; None for a database."""
    settings = project.settings.shops[name]
    if settings.file == "shipped":
        return Path(__file__).parent / "packs" / settings.pack / f"{settings.pack}.parquet"
    return project.home / settings.file if settings.file is not None else None


def shop_reader(project: Project, shop: Shop) -> ShopReader:
    """A shop's database, read by SELECT alone. Raises what connecting to it raises."""
    settings, dsn = project.settings.shops[shop.name], project.shop_dsn(shop.name)
    timeout_s = project.settings.compare.statement_timeout_s
    if _scheme(dsn) == "sqlite":
        path = sqlite_path(shop.name, dsn, project.home)
        return SqliteReader(shop.name, path, project.compare_folder(shop.name), timeout_s=timeout_s)
    if _scheme(dsn) in MARIADB_SCHEMES:
        return MariadbReader(shop.name, dsn, time_zone=shop.zone, timeout_s=timeout_s)
    return PostgresReader(
        shop.name, dsn, schema=settings.schema, time_zone=shop.zone, timeout_s=timeout_s
    )


def mirror(project: Project, engine: Engine, on_applied: OnApplied) -> Mirror:
    return Mirror(
        engine,
        chunk_store(project),
        routes=mirror_routes(shops(project)),
        gate=_gate({shop.name: shop.pack for shop in shops(project)}),
        on_applied=on_applied,
    )


def open_engine(project: Project) -> Engine:
    """DuckDB with the project's lake; one a machine. Raises Conflict when another has it.

    No SQL in it reads other files than those of bronze and the log's chunks.
    """
    files = (project.state / "bronze", project.state / "chunks")
    return Engine(project.lake_file, project.settings.engine, files)


def publisher(
    project: Project,
    engine: Engine,
    compiled: CompiledProject,
    compression: str | None = None,
) -> Publisher:
    """Publishes what the engine holds; `compression` instead of the setting where given."""
    settings = project.settings.publish
    if compression is not None:
        settings = replace(settings, compression=compression)
    return Publisher(engine, compiled, project.home / settings.folder, settings)


def vectors_wanted(project: Project) -> bool:
    """Whether vectors are kept: the settings say so, and the extra `search` is installed."""
    return project.settings.vectors.enabled and all(map(find_spec, ("numpy", "wordllama")))


def embedder(project: Project) -> Embedder:
    """Raises Terminal where its library is not installed, BadInput where its key is missing."""
    from aethermart.skills.embed.choose import make_embedder  # noqa: PLC0415 - of an extra

    return make_embedder(project.settings.embeddings)


def vector_index(project: Project) -> VectorIndex:
    """The store of vectors that the settings name; one a process. Needs the extra `search`."""
    settings = project.settings.vectors
    if settings.store == "faiss":
        from aethermart.sinks.vectors.faiss_index import FaissIndex  # noqa: PLC0415 - of an extra

        return FaissIndex(project.state / "vectors")
    if settings.store == "mariadb":
        from aethermart.sinks.vectors.mariadb import MariadbIndex  # noqa: PLC0415 - of an extra

        return MariadbIndex(settings.dsn or "")
    from aethermart.sinks.vectors.pgvector import PgVectorIndex  # noqa: PLC0415 - of an extra

    return PgVectorIndex(project.platform_dsn())


def pack_named(project: Project, name: str) -> Pack:
    """The project's own pack of that name, else the shipped one."""
    own = project.home / "packs" / name
    if own.is_dir():
        return load_pack(own)
    if name not in shipped_packs():
        raise BadInput(
            f"there is no pack {name!r}: neither {own} nor a shipped one",
            fix=f"use one of {', '.join(shipped_packs())}, or make that folder",
        )
    return load_shipped(name)


def _source(project: Project, shop: Shop) -> Source:
    settings = project.settings.shops[shop.name]
    file = shop_file(project, shop.name)
    if file is not None:
        table = next(iter(shop.pack.tables.values()))
        flat = FlatFileShop(shop.name, file, table.name, table.key[0])
        return FlatFileSource(flat, chunk_store(project))
    dsn = project.shop_dsn(shop.name)
    compared = CompareSource(
        ComparedShop(
            name=shop.name,
            tables=tuple(shop.pack.tables),
            folder=project.compare_folder(shop.name),
            every_s=settings.compare_every_s,
            settings=project.settings.compare,
        ),
        lambda: shop_reader(project, shop),
        capture_state(project),
        chunk_store(project),
    )
    if settings.capture == "compare" or _scheme(dsn) == "sqlite":
        return compared
    if _scheme(dsn) in MARIADB_SCHEMES:
        mariadb = MariadbShop(
            name=shop.name,
            dsn=dsn,
            tables=tuple(shop.pack.tables),
            time_zone=shop.zone,
            allow_ddl=settings.allow_ddl,
            rows_as="key" if settings.queue_rows == "key" else "image",
        )
        drained = MariadbQueueSource(mariadb, capture_state(project), chunk_store(project))
        return mariadb_source(mariadb, settings.capture, drained, compared)
    queue = PostgresSource(
        PostgresShop(
            name=shop.name,
            dsn=dsn,
            tables=tuple(shop.pack.tables),
            schema=settings.schema,
            time_zone=shop.zone,
            allow_ddl=settings.allow_ddl,
        ),
        capture_state(project),
        chunk_store(project),
    )
    if settings.capture == "queue" or settings.allow_ddl:
        return queue
    return ChosenSource(shop.name, lambda: queue if usable_queue(dsn, shop.name) else compared)


def _scheme(dsn: str) -> str:
    return dsn.partition(":")[0].lower()


def _gate(packs: Mapping[str, Pack]) -> Callable[[str, TableSchema], list[str]]:
    def faults(shop: str, schema: TableSchema) -> list[str]:
        pack = packs.get(shop)
        return [str(fault) for fault in check_schema(pack, schema)] if pack else []

    return faults
