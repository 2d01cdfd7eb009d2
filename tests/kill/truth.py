"""What must be so after any kill: the log's chain, the mirror at its offset, the shop itself."""

from __future__ import annotations

from contextlib import closing

from aethermart.engine.engine import Engine
from aethermart.sinks.mirror.tables import mirror_table
from tests.capture.busy_shop import TABLES
from tests.capture.replay import Replay, Row, follow
from tests.kill.mirror_home import SUMS, feed, open_mirror
from tests.kill.shop_home import SHOP, Home


def replayed(home: Home, through: int | None = None) -> Replay:
    """The log read strictly: every entry follows the last, no row comes twice, chunks are whole."""
    replay = Replay(home.chunks)
    with closing(home.log()) as log:
        entries = [logged for logged in log.replay(SHOP) if logged.offset <= (through or 1 << 60)]
    assert [logged.offset for logged in entries] == list(range(1, len(entries) + 1))
    follow(replay, [logged.entry for logged in entries])
    return replay


def assert_log_equals_shop(home: Home) -> None:
    replay = replayed(home)
    assert replay.under_way == set()
    for table in TABLES:
        assert in_order(replay.table(table)) == in_order(home.selected(table)), table
    assert home.state.stopped(SHOP) == {}
    assert home.state.requested_snapshots(SHOP) == ()


def assert_mirror_equals_log(home: Home) -> int:
    """Exactly the log up to the mirror's own offset, which is returned; the kept sums too."""
    with open_mirror(home) as (engine, mirror):
        offset = mirror.applied(SHOP)
        live = replayed(home, offset).live if offset else {}
        for table in TABLES:
            expected = list(live.get(table, {}).values())
            assert mirror_rows(engine, table) == in_order(expected), table
        assert_sums_kept(engine)
    return offset


def assert_mirror_equals_shop(home: Home) -> None:
    """With what it lacks yet applied here, all at once."""
    with open_mirror(home) as (engine, mirror):
        feed(home, mirror, 256)
        for table in TABLES:
            assert mirror_rows(engine, table) == in_order(home.selected(table)), table
        assert_sums_kept(engine)


def assert_sums_kept(engine: Engine) -> None:
    with engine.read() as connection:
        names = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        if ("kept",) not in names:
            return
        kept = connection.execute("SELECT * FROM kept").fetchall()
        computed = connection.execute(SUMS).fetchall()
    assert sorted(map(repr, kept)) == sorted(map(repr, computed))


def mirror_rows(engine: Engine, table: str) -> list[str]:
    with engine.read() as connection:
        known = connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [f"{SHOP}__{table}"]
        ).fetchall()
        if not known:
            return []
        result = connection.execute(f"SELECT * FROM {mirror_table(SHOP, table)}")
        names = [column[0] for column in result.description or ()]
        rows = [dict(zip(names, values, strict=True)) for values in result.fetchall()]
    return in_order([{n: v for n, v in row.items() if n[0] != "_"} for row in rows])


def in_order(rows: list[Row]) -> list[str]:
    """Comparable, doubles kept; a column that one side lacks is one that is null everywhere."""
    return sorted(repr(sorted((n, v) for n, v in row.items() if v is not None)) for row in rows)
