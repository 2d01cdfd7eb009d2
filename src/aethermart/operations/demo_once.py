"""Build the demo's platform in one process, check that no row was lost, say what is in it.

The same parts as the live platform, run to the end instead of for ever: every row goes from the
shop through capture, the log, the archive and the mirror into the models.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

from aethermart import wiring
from aethermart.operations.catch_up import capture_shops, feed_lake
from aethermart.operations.lake import open_lake
from aethermart.operations.last_run import wait_for_last_run
from aethermart.operations.memory import PeakMemory
from aethermart.operations.progress import Progress, Say
from aethermart.operations.servers import mariadb_pid, server_pid, servers_running
from aethermart.operations.source_counts import source_rows
from aethermart.operations.store import fill_demo_store
from aethermart.warehouse.reconcile import ShopCounts, count_lake
from aethermart.wiring import Project


def run_once(project: Project, *, scale: float, seed: int, say: Say) -> dict[str, Any]:
    """The summary that `aethermart demo --once --json` prints; see `is_whole`."""
    started = time.monotonic()
    with PeakMemory() as memory, ExitStack() as stack:
        wait_for_last_run(project, say, lambda: None)
        say(Progress("Starting the databases"))
        stack.enter_context(servers_running(project))
        memory.roots.update(filter(None, [server_pid(project), mariadb_pid(project)]))
        fill_demo_store(project, scale=scale, seed=seed, say=say)
        say(Progress("Compiling the models"))
        lake = stack.enter_context(open_lake(project))
        log = wiring.open_log(project)
        stack.callback(log.close)
        say(Progress("Capturing the shops"))
        capture_shops(project, log)
        say(Progress("Feeding archive and mirror"))
        feed_lake(project, log, lake)
        say(Progress("Counting"))
        with lake.engine.read(300.0) as connection:
            counted = count_lake(connection, lake.shops)
        shops = _summary(source_rows(project), counted)
    return {
        "shops": shops,
        "seconds": round(time.monotonic() - started, 1),
        "peak_rss_mb": round(memory.peak_mb),
    }


def missing_rows(summary: dict[str, Any]) -> list[str]:
    """A line for each table where kept + quarantined is not what the source has."""
    lines = []
    for shop, counts in summary["shops"].items():
        for table, rows in counts["source_rows"].items():
            kept = counts["kept"].get(table, 0)
            quarantined = counts["quarantined"].get(table, 0)
            if kept + quarantined != rows:
                lines.append(
                    f"{shop}.{table}: source has {rows} rows, the lake {kept} kept"
                    f" and {quarantined} quarantined"
                )
    return lines


def _summary(source: dict[str, dict[str, int]], counted: dict[str, ShopCounts]) -> dict[str, Any]:
    return {
        shop: {
            "source_rows": rows,
            "kept": dict(counted[shop].kept),
            "quarantined": dict(counted[shop].quarantined),
            "orders": counted[shop].orders,
            "revenue": _text(counted[shop].revenue),
            "line_total_kept": _text(counted[shop].line_total_kept),
            "line_total_quarantined": _text(counted[shop].line_total_quarantined),
        }
        for shop, rows in source.items()
    }


def _text(amounts: dict[str, Decimal]) -> dict[str, str]:
    return {currency: str(amount) for currency, amount in amounts.items()}
