"""The staging tables in MariaDB: loads, and the three ways in which records come into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args

from aethermart.core.errors import (
    AetherMartError,
    BadInput,
    Conflict,
    Forbidden,
    Terminal,
    Transient,
    Unavailable,
)
from aethermart.servers.mysql_client import pymysql, said_by
from aethermart.store.ingest.entities import Entity, Header
from aethermart.store.ingest.records import Record, Source
from aethermart.store.mariadb.refusals import refused
from aethermart.store.mariadb.session import MariadbSession
from aethermart.store.refusals import ATTEMPTS

How = Literal["local", "server", "python"]
HOWS: tuple[How, ...] = get_args(How)
_ROWS = 500  # records of one INSERT
_REMOVED = 20_000  # rows of one DELETE
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\0": "\\0"})

Judged = Iterable[tuple[Record, str | None]]


@dataclass(frozen=True, slots=True)
class Load:
    """state: staging, staged or done."""

    load_id: int
    run: int
    state: str
    rows_in: int | None
    kept: int
    rejected: int


class Staging:
    """Used by one thread, over a session whose connection is of `local_infile.connect`."""

    def __init__(self, session: MariadbSession, entity: Entity) -> None:
        self._session, self._entity = session, entity

    def alone(self) -> AbstractContextManager[None]:
        """No other load of this entity runs meanwhile. Raises Conflict where one does."""
        return self._session.alone(f"load {self._entity.name}")

    # ---- loads

    def last(self, fingerprint: str) -> Load | None:
        """The newest run of one file."""
        found = self._session.rows(
            "SELECT load_id, run, state, rows_in, kept, rejected FROM loads"
            " WHERE entity = %(entity)s AND fingerprint = %(file)s ORDER BY run DESC LIMIT 1",
            {"entity": self._entity.name, "file": fingerprint},
        )
        return Load(*found[0]) if found else None

    def begin(self, fingerprint: str, run: int, file_name: str) -> int:
        ((load_id,),) = self._session.rows(
            "INSERT INTO loads (entity, fingerprint, run, file_name)"
            " VALUES (%(entity)s, %(file)s, %(run)s, %(name)s) RETURNING load_id",
            {
                "entity": self._entity.name,
                "file": fingerprint,
                "run": run,
                "name": file_name[:500],
            },
        )
        return int(load_id)

    def staged(self, load_id: int, count: int) -> None:
        self._session.execute(
            "UPDATE loads SET state = 'staged', rows_in = %(count)s WHERE load_id = %(load)s",
            {"count": count, "load": load_id},
        )

    def step(self, load_id: int, rows: int) -> int:
        """Judge the next batch, in a transaction; returns its records, 0 where all is done."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._session.transaction():
                    # Rows come consistent: triggers derive nothing from them.
                    self._session.bulk()
                    return int(self._session.call(self._entity.procedure, load_id, rows)[0])
            except Transient as error:
                if isinstance(error, Unavailable) or attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def end(self, load_id: int) -> Load:
        """Done, if every record is kept or rejected; raises Terminal where one is lost."""
        ((run, rows_in, kept, rejected, told),) = self._session.rows(
            "SELECT run, rows_in, kept, rejected,"
            " (SELECT COUNT(*) FROM rejected_rows AS r WHERE r.load_id = l.load_id)"
            " FROM loads AS l WHERE load_id = %(load)s",
            {"load": load_id},
        )
        if rows_in != kept + rejected or told != rejected:
            raise Terminal(
                f"load {load_id}: {rows_in} records came in, {kept} are kept and {rejected}"
                f" rejected, {told} of these with a reason",
                fix="report this: not a record may be lost",
            )
        self._session.execute(
            "UPDATE loads SET state = 'done', finished_at = NOW(6) WHERE load_id = %(load)s",
            {"load": load_id},
        )
        self.clear(load_id)
        return Load(load_id, run, "done", rows_in, kept, rejected)

    def rejections(self, load_id: int, shown: int) -> tuple[dict[str, int], list[dict[str, Any]]]:
        """How many a rule, and the first of them."""
        rules = self._session.rows(
            "SELECT rule, COUNT(*) FROM rejected_rows WHERE load_id = %(load)s"
            " GROUP BY rule ORDER BY COUNT(*) DESC, rule",
            {"load": load_id},
        )
        first = self._session.rows(
            "SELECT line, rule, value, reason FROM rejected_rows WHERE load_id = %(load)s"
            " ORDER BY line LIMIT %(shown)s",
            {"load": load_id, "shown": shown},
        )
        names = ("line", "rule", "value", "reason")
        return dict(rules), [dict(zip(names, row, strict=True)) for row in first]

    def notes(self, load_id: int) -> dict[str, int]:
        """Values that were left out of records that were kept: how many a rule."""
        return dict(
            self._session.rows(
                "SELECT rule, COUNT(*) FROM load_notes WHERE load_id = %(load)s GROUP BY rule",
                {"load": load_id},
            )
        )

    # ---- records

    def clear(self, load_id: int) -> None:
        """Take the records of a load out of its staging table."""
        ((others,),) = self._session.rows(
            "SELECT COUNT(*) FROM loads"
            " WHERE entity = %(entity)s AND state <> 'done' AND load_id <> %(load)s",
            {"entity": self._entity.name, "load": load_id},
        )
        if others == 0:
            self._session.execute(f"TRUNCATE TABLE {self._entity.staging}")
            return
        statement = f"DELETE FROM {self._entity.staging} WHERE load_id = %(load)s LIMIT {_REMOVED}"  # noqa: S608 - names of our own
        while self._session.execute(statement, {"load": load_id}) == _REMOVED:
            pass

    def by_python(self, load_id: int, header: Header, records: Judged) -> int:
        """By INSERT, many rows a statement."""
        fields, at = _given(header)
        columns = ", ".join(["load_id", "line", "fault", *fields, "row_key"])
        marks = ", ".join(["%s"] * (3 + len(fields)))
        one = f"({marks}, {self._key})"
        count = 0
        waiting = iter(records)
        while batch := list(islice(waiting, _ROWS)):
            values: list[Any] = []
            for record, fault in batch:
                values += [load_id, record.line, fault and fault[:500]]
                values += [record.values[place] for place in at]
            head = f"INSERT INTO {self._entity.staging} ({columns}) VALUES "  # noqa: S608 - names of our own
            statement = head + ", ".join([one] * len(batch))
            with _translated(), self._session.connection.cursor() as cursor:
                cursor.execute(statement, values)
            count += len(batch)
        return count

    def by_local(self, load_id: int, header: Header, records: Judged) -> int:
        """By LOAD DATA LOCAL, sent in the one form that needs no dialect."""
        fields, at = _given(header)
        columns = ", ".join(["line", "fault", *fields])
        tail = f"({columns}) SET load_id = {load_id:d}, row_key = {self._key}"
        with _translated():
            return int(
                self._session.connection.load_local(
                    lambda name: (
                        f"LOAD DATA LOCAL INFILE '{name}' INTO TABLE {self._entity.staging}"
                        f" CHARACTER SET utf8mb4 {tail}"
                    ),
                    _as_text(records, at),
                )
            )

    def as_it_is(
        self, load_id: int, header: Header, source: Source, line_end: str, how: How
    ) -> int:
        """By LOAD DATA over the file's own bytes; `survey` found that it reads them as we do."""
        places = ", ".join(field or "@left_out" for field in header.fields)
        dialect = self._session.connection.escape
        tail = (
            f" INTO TABLE {self._entity.staging} CHARACTER SET utf8mb4"
            f" FIELDS TERMINATED BY {dialect(source.delimiter)} OPTIONALLY ENCLOSED BY '\"'"
            f" ESCAPED BY '' LINES TERMINATED BY {dialect(line_end)} IGNORE 1 LINES ({places})"
            f" SET load_id = {load_id:d}, line = (@aethermart_line := @aethermart_line + 1),"
            f" row_key = {self._key}"
        )
        self._session.rows("SET @aethermart_line = 1")
        if how == "local":
            with _translated():
                return int(
                    self._session.connection.load_local(
                        lambda name: f"LOAD DATA LOCAL INFILE '{name}'{tail}", _bytes(source.file)
                    )
                )
        file = dialect(str(source.file.resolve()))
        with _translated(), self._session.connection.cursor() as cursor:
            return int(cursor.execute(f"LOAD DATA INFILE {file}{tail}"))

    @property
    def _key(self) -> str:
        # A record that is about nothing is judged alone, after all others of its kind.
        return (
            f"COALESCE(LEFT(NULLIF({self._entity.key}, ''), 400), CONCAT('?', LPAD(line, 12, '0')))"
        )


def _given(header: Header) -> tuple[list[str], list[int]]:
    """Fields that the file gives, and their places in it."""
    places = [(field, at) for at, field in enumerate(header.fields) if field is not None]
    return [field for field, _ in places], [at for _, at in places]


def _as_text(records: Judged, at: list[int]) -> Iterator[bytes]:
    """Lines of fields between tabs, in pieces."""
    waiting = iter(records)
    while batch := list(islice(waiting, _ROWS)):
        lines = []
        for record, fault in batch:
            values = record.values
            fields = [values[place] for place in at]
            line = "\t".join(fields)
            # Nearly no value has a character to escape; the tabs that part the fields do not count.
            if "\\" in line or "\n" in line or line.count("\t") >= len(fields) or "\0" in line:
                line = "\t".join(field.translate(_ESCAPED) for field in fields)
            told = "\\N" if fault is None else fault[:500].translate(_ESCAPED)
            lines.append(f"{record.line}\t{told}\t{line}\n")
        yield "".join(lines).encode()


def _bytes(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        while piece := content.read(1 << 16):
            yield piece


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except pymysql().err.MySQLError as error:
        raise _ours(error) from error


def _ours(error: Exception) -> AetherMartError:
    code, text = said_by(error)
    if code in (3948, 1148, 4166):
        return Forbidden(
            f"the server takes no LOAD DATA LOCAL: {text}",
            fix="SET GLOBAL local_infile = ON there, or use --how python",
        )
    if code in (1045, 1227):
        return Forbidden(
            f"the store's user may not let the server read files: {text}",
            fix="grant it FILE, or use --how local",
        )
    if code in (13, 29, 1290, 1085):
        return BadInput(
            f"the server cannot read the file: {text}",
            fix="put it where the server's secure_file_priv points (SELECT @@secure_file_priv)"
            " and its user may read it, or use --how local",
        )
    if code == 1146:
        return Conflict(
            f"the store has no staging tables: {text}", fix="run `aethermart store create`"
        )
    return refused(error)
