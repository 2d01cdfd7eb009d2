"""Order lines from a CSV file into the store, by each of the three ways, rows a second.

Ours stages, types, cleans, judges and keeps every line, and writes orders, lines and events. The
floor is MariaDB's own LOAD DATA of the same file into a table of texts, which does nothing of
that; the peer is what one would write by hand: pandas reads the file, types it, and `to_sql`
appends it to a table without keys. Server's and client's CPU count.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

from aethermart.servers.mysql_client import parse_address
from aethermart.store.ingest.entities import entity_named
from aethermart.store.ingest.load import load_file
from aethermart.store.ingest.local_infile import connect
from aethermart.store.ingest.records import source_of
from aethermart.store.ingest.staging import HOWS, How
from aethermart.store.mariadb.session import MariadbSession
from aethermart.store.schema import apply_schema
from benchmarks.options import main, parser
from benchmarks.result import Result, Spread, versions
from benchmarks.usage import own_cpu_s, peak_rss_mb

_HEADER = (
    "order_reference,customer_email,ordered_at,channel,status,currency,line_number,sku,quantity,"
    "unit_price,discount_amount"
)
_CUSTOMERS, _PRODUCTS, _LINES = 5_000, 1_000, 4
_UNEQUAL = (
    "The floor and the peer only carry lines over; ours writes orders, lines and events, each with"
    " its keys and checks, and can be started again after a kill."
)
_FLOOR = "floor: LOAD DATA into texts"
_PEER = "pandas to_sql, no keys"


def measure(options: argparse.Namespace) -> Result:
    from tests.mariadb import MariadbServer

    server = MariadbServer()
    server.start()
    try:
        folder = server.folder / "files"
        folder.mkdir()
        folder.chmod(0o755)
        file = folder / "orders.csv"
        _write(file, options.lines)
        found = _measured(options, server, file)
    finally:
        server.stop()
    return _result(options, found)


def _measured(
    options: argparse.Namespace, server: Any, file: Path
) -> dict[str, list[dict[str, float]]]:
    found: dict[str, list[dict[str, float]]] = {}
    for _ in range(options.repetitions):
        for side, run in _sides(options, server, file).items():
            process: psutil.Process = server.process
            cpu, mine, wall = sum(process.cpu_times()[:2]), own_cpu_s(), time.perf_counter()
            rows = run()
            found.setdefault(side, []).append({
                "rows": rows,
                "wall_s": time.perf_counter() - wall,
                "client_cpu_s": own_cpu_s() - mine,
                "cpu_s": own_cpu_s() - mine + sum(process.cpu_times()[:2]) - cpu,
                "peak_mb": peak_rss_mb(),
            })  # fmt: skip
    return found


def _sides(options: argparse.Namespace, server: Any, file: Path) -> dict[str, Callable[[], int]]:
    sides: dict[str, Callable[[], int]] = {}
    for how in HOWS:
        dsn = _shop(server)
        sides[f"ours: {how}"] = lambda dsn=dsn, how=how: _load(dsn, file, how)  # type: ignore[misc]
    dsn = _shop(server)
    sides[_FLOOR] = lambda: _floor(dsn, file)
    if not options.without_peers:
        sides[_PEER] = lambda: _pandas(server, dsn, file)
    return sides


def _shop(server: Any) -> str:
    """A store with customers and products, as orders need them."""
    socket = server.folder / "s.sock"
    dsn = f"mysql://root@localhost/{server.new_database()}?unix_socket={socket}"
    with closing(MariadbSession.connect(dsn)) as session:
        apply_schema(session)
        session.rows("INSERT INTO categories (category_id, name) VALUES (1, 'Things')")
        session.rows(
            "INSERT INTO products (sku, name, category_id, price)"
            f" SELECT CONCAT('S', seq), CONCAT('Thing ', seq), 1, 9.99 FROM seq_1_to_{_PRODUCTS}"
        )
        session.rows(
            "INSERT INTO customers (customer_id, email, first_name, last_name)"
            f" SELECT seq, CONCAT('c', seq, '@mail.example'), 'A', 'B' FROM seq_1_to_{_CUSTOMERS}"
        )
        session.rows(
            "INSERT INTO customer_addresses (customer_id, street, city, postal_code, country)"
            f" SELECT seq, 'Road 1', 'Town', '1', 'DE' FROM seq_1_to_{_CUSTOMERS}"
        )
    return dsn


def _write(file: Path, lines: int) -> None:
    with file.open("w", encoding="utf-8") as text:
        text.write(_HEADER + "\n")
        for number in range(lines):
            order, line = divmod(number, _LINES)
            text.write(
                f"R{order:08d},c{order % _CUSTOMERS + 1}@mail.example,2026-01-05 10:00:00,web,"
                f"DELIVERED,EUR,{line + 1},S{(order * 7 + line) % _PRODUCTS + 1},{line + 1},"
                f"{line * 3}.50,\n"
            )
    file.chmod(0o644)


def _load(dsn: str, file: Path, how: How) -> int:
    with closing(MariadbSession(connect(parse_address(dsn, "the store")))) as session:
        loaded = load_file(
            session,
            entity_named("orders"),
            source_of(file, form=None, encoding="utf-8"),
            how=how,
        )
    return loaded.kept


def _floor(dsn: str, file: Path) -> int:
    names = [f"`{name}` VARCHAR(1000)" for name in _HEADER.split(",")]
    with closing(MariadbSession(connect(parse_address(dsn, "the store")))) as session:
        session.rows(f"CREATE OR REPLACE TABLE floor_lines ({', '.join(names)}) ENGINE = InnoDB")

        def pieces() -> Any:
            with file.open("rb") as content:
                while piece := content.read(1 << 16):
                    yield piece

        return int(
            session.connection.load_local(
                lambda name: (
                    f"LOAD DATA LOCAL INFILE '{name}' INTO TABLE floor_lines"
                    " FIELDS TERMINATED BY ',' LINES TERMINATED BY '\\n' IGNORE 1 LINES"
                ),
                pieces(),
            )
        )


def _pandas(server: Any, dsn: str, file: Path) -> int:
    import pandas as pd
    from sqlalchemy import create_engine

    address = parse_address(dsn, "the store")
    engine = create_engine(
        f"mysql+pymysql://root@localhost/{address.database}",
        connect_args={"unix_socket": str(server.folder / "s.sock")},
    )
    count = 0
    for chunk in pd.read_csv(file, chunksize=50_000, parse_dates=["ordered_at"]):
        chunk.to_sql("pandas_lines", engine, if_exists="append", index=False, chunksize=1_000,
                     method="multi")  # fmt: skip
        count += len(chunk)
    engine.dispose()
    return count


def _result(options: argparse.Namespace, found: dict[str, list[dict[str, float]]]) -> Result:
    def rate(sample: dict[str, float]) -> float:
        return sample["rows"] / sample["cpu_s"]

    base = found.get(_PEER) or found[_FLOOR]
    against = "pandas" if _PEER in found else "the floor"
    return Result(
        name="store_load",
        claim="a file of order lines is cleaned, judged and kept, in flat memory",
        sizes={"lines": options.lines, "repetitions": options.repetitions},
        seed=options.seed,
        ratio={
            f"ours ({how}) / {against}, rows a CPU second": Spread.of(
                rate(ours) / rate(other)
                for ours, other in zip(found[f"ours: {how}"], base, strict=True)
            )
            for how in HOWS
        },
        measures=[
            (
                side,
                {
                    "rows a s": Spread.of(s["rows"] / s["wall_s"] for s in samples),
                    "rows a CPU s": Spread.of(map(rate, samples)),
                    "client CPU s": Spread.of(s["client_cpu_s"] for s in samples),
                    "CPU s": Spread.of(s["cpu_s"] for s in samples),
                    "client's peak so far, MB": Spread.of(s["peak_mb"] for s in samples),
                },
            )
            for side, samples in found.items()
        ],
        versions=versions("pymysql", "pandas"),
        notes=[
            _UNEQUAL,
            "The sides run in this order in one process: a peak is that of all before it, too.",
        ],
    )


if __name__ == "__main__":
    made = parser(__doc__, repetitions=1)
    made.add_argument("--lines", type=int, default=1_000_000, help="(%(default)s)")
    main(made, measure)
