"""`StoreSession` over PyMySQL.

READ COMMITTED, as PostgreSQL has it: a routine that waited for a lock then reads what the other
wrote, and no gaps are locked. The store's routines begin a transaction where the caller has none,
and are a savepoint where it has one, so a call is one round trip and whole or nothing by itself.
Times go in and come out in UTC; truth values come out as 1 and 0.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Self, TypeVar

import pyarrow as pa

from aethermart.core.errors import AetherMartError, Transient
from aethermart.servers.mysql_client import Address, parse_address, pymysql
from aethermart.store.mariadb.literals import rows_as_values
from aethermart.store.mariadb.refusals import refused, refused_login
from aethermart.store.refusals import ALONE_WAIT_S, ATTEMPTS, not_alone
from aethermart.store.session import Kind

if TYPE_CHECKING:
    from aethermart.store.session import Columns

LOCK_WAIT_S = 10
# Strict, and with the quotes and the || of standard SQL.
_SQL_MODE = (
    "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
    "NO_ENGINE_SUBSTITUTION,ANSI_QUOTES,PIPES_AS_CONCAT"
)
_SETTINGS = (
    f"SET SESSION time_zone = '+00:00', sql_mode = '{_SQL_MODE}',"
    f" innodb_lock_wait_timeout = {LOCK_WAIT_S}"
)
_ISOLATION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
_LOST = (1213,)  # the database rolled the whole transaction back
_RETRYABLE = (1213, 1205, 1020)
LEDGER = "aethermart_schema_files"  # of applied files, beside the store's own tables
_BULK = "aethermart_bulk"
# Of one database of the server: a lock's name holds for all of them.
_LOCK = "CONCAT('aethermart_', MD5(CONCAT(DATABASE(), '/', %(name)s)))"
T = TypeVar("T")


class MariadbSession:
    kind: Kind = "mariadb"

    def __init__(self, connection: Any) -> None:
        """connection  of PyMySQL, in autocommit; it is closed with the session"""
        self.connection = connection
        self._depth = 0  # of transactions open
        self._lost: AetherMartError | None = None  # why the open transaction is no more
        self._errors = pymysql().err
        with self._translated():
            self._run(_SETTINGS)
            self._run(_ISOLATION)

    @classmethod
    def connect(cls, dsn: str) -> Self:
        """Raises Unavailable, BadInput."""
        address = parse_address(dsn, "the store")
        return cls(_connected(address))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, routine: str, *arguments: Any) -> tuple[Any, ...]:
        marks = ", ".join(["%s"] * len(arguments))
        statement = f"CALL {quoted(routine)}({marks})"
        values = [_bound(argument) for argument in arguments]
        (row,) = self._again(lambda: self._run(statement, values))
        return row

    def rows(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with self._translated():
            return self._run(query, values)

    def execute(self, statement: str, values: Mapping[str, Any] | None = None) -> int:
        with self._translated():
            self._run(statement, values)
            return int(self.connection.affected_rows())

    def tables(self) -> frozenset[str]:
        found = self.rows(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
        )
        return frozenset(name for (name,) in found) - {LEDGER}

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        lock = {"name": name, "wait": ALONE_WAIT_S}
        ((got,),) = self.rows(f"SELECT GET_LOCK({_LOCK}, %(wait)s)", lock)
        if not got:
            raise not_alone(name)
        try:
            yield
        finally:
            with suppress(AetherMartError):  # a lost connection has lost the lock, too
                self.rows(f"SELECT RELEASE_LOCK({_LOCK})", lock)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._translated():
            savepoint = f"s{self._depth}"
            self._run(f"SAVEPOINT {savepoint}" if self._depth else "START TRANSACTION")
            self._depth += 1
            try:
                yield
                self._require_not_lost()
                self._run(f"RELEASE SAVEPOINT {savepoint}" if self._depth > 1 else "COMMIT")
            except BaseException:
                self._undo(savepoint)
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._end()

    def load(self, table: str, columns: Columns) -> int:
        """By INSERTs of many rows, whose literals are written column by column.

        LOAD DATA LOCAL would turn errors into warnings, and let a server ask for our files.
        """
        rows = pa.table(dict(columns))
        into = f"{quoted(table)} ({', '.join(map(quoted, columns))})"
        with self.transaction():
            for values in rows_as_values(rows):
                self._run(f"INSERT INTO {into} VALUES {values}")  # noqa: S608 - quoted
        return rows.num_rows

    def bulk(self) -> None:
        """Outside a transaction it says nothing, as it ends with one."""
        if self._depth:
            with self._translated():
                self._run(f"SET @{_BULK} = 1")

    def continue_after(self, table: str, column: str, last: int) -> None:
        """Nothing to do: InnoDB counts on from the highest number it was ever given."""

    def close(self) -> None:
        if self.connection.open:
            with suppress(self._errors.MySQLError):  # it was lost before
                self.connection.close()

    def _again(self, once: Callable[[], T]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._translated():
                    return once()
            except Transient as error:
                rivals = _number(error.__cause__) in _RETRYABLE
                if self._depth or not rivals or attempt == ATTEMPTS:
                    raise
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads rivals apart
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _run(self, statement: str, values: Any = None) -> list[tuple[Any, ...]]:
        self._require_not_lost()
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(statement, values)
                rows = list(cursor.fetchall())
                while cursor.nextset():  # a routine's last word, where its errors come
                    pass
        except self._errors.MySQLError as error:
            if self._depth and _number(error) in _LOST:
                self._lost = refused(error)
            raise
        return rows

    def _require_not_lost(self) -> None:
        # Else what follows would be kept, each statement by itself.
        if self._lost is not None:
            raise self._lost

    def _undo(self, savepoint: str) -> None:
        if self._lost is not None:
            return
        try:
            self._run(f"ROLLBACK TO SAVEPOINT {savepoint}" if self._depth > 1 else "ROLLBACK")
        except (self._errors.MySQLError, AetherMartError):
            self.close()  # the server rolls back what a closed connection left

    def _end(self) -> None:
        self._lost = None
        try:
            if self.connection.open:
                self._run(f"SET @{_BULK} = NULL")
        except self._errors.MySQLError:
            self.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._errors.MySQLError as error:
            raise refused(error) from error


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _connected(address: Address) -> Any:
    library = pymysql()
    try:
        return library.connect(
            **address.arguments(),
            charset="utf8mb4",
            autocommit=True,
            client_flag=library.constants.CLIENT.FOUND_ROWS,  # an UPDATE counts what it met
            conv=_conversions(),
            connect_timeout=5,
            program_name="aethermart store",
        )
    except (library.err.MySQLError, OSError, RuntimeError) as error:
        raise refused_login(error, address) from error


@cache
def _conversions() -> dict[Any, Any]:
    library = pymysql()
    made = dict(library.converters.conversions)
    parse = library.converters.convert_datetime

    def aware(text: Any) -> Any:
        value = parse(text)
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value

    def written(value: datetime, _: Any = None) -> str:
        in_utc = value.astimezone(UTC) if value.tzinfo else value
        return f"'{in_utc:%Y-%m-%d %H:%M:%S.%f}'"

    made[library.constants.FIELD_TYPE.TIMESTAMP] = aware
    made[library.constants.FIELD_TYPE.DATETIME] = aware
    made[datetime] = written
    return made


def _bound(argument: Any) -> Any:
    is_json = isinstance(argument, Mapping | Sequence) and not isinstance(argument, str | bytes)
    return json.dumps(argument) if is_json else argument


def _number(error: BaseException | None) -> int:
    return error.args[0] if error and error.args and isinstance(error.args[0], int) else 0
