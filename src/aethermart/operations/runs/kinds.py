"""The kinds of work of a running platform.

What needs the lake runs in this process, which owns it; what does not runs as a child, whose
command a person can run as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import JsonValue

from aethermart.client.answers.ops import RunArgument
from aethermart.core.errors import Terminal, Transient
from aethermart.engine.engine import Engine
from aethermart.operations.runs.work import Reporter, Result, Work, WorkKind
from aethermart.pipeline.children import CHILD_FLAG
from aethermart.warehouse.kept import compare_kept
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.publish.publisher import Published, Publisher
from aethermart.warehouse.quality import run_tests
from aethermart.wiring import Project

_TEST_TIMEOUT_S = 600.0
_LOOK_S = 0.2
_QUOTED = 5  # broken tests, faults: the first ones say what is wrong


class TestsBroken(Terminal):
    """The models' tests found rows that break a promise."""

    __test__ = False  # pytest: no test class, in spite of its name


class ChildFailed(Terminal):
    """A command that ran as a child left with an error."""


class ChildToRetry(Transient):
    """A command that ran as a child asks to be tried again."""


def warehouse_test(engine: Engine, compiled: CompiledProject) -> WorkKind:
    def do(_arguments: Mapping[str, str], report: Reporter) -> Result:
        of = len(compiled.tests) + 1

        def told(number: int, name: str) -> None:
            report(number / of, f"test {number + 1} of {of}: {name}")

        with engine.read(_TEST_TIMEOUT_S) as connection:
            broken = [
                f"{t.name}: {t.failing_rows} rows"
                for t in run_tests(connection, compiled, told)
                if t.failing_rows
            ]
            report((of - 1) / of, "kept tables beside their views")
            broken += [
                f"{d.name} equals its view: {d.only_in_table + d.only_in_view} rows"
                for d in compare_kept(connection, compiled)
                if d.only_in_table or d.only_in_view
            ]
        if broken:
            more = f" and {len(broken) - _QUOTED} more" if len(broken) > _QUOTED else ""
            raise TestsBroken(
                f"{len(broken)} tests are broken: {'; '.join(broken[:_QUOTED])}{more}",
                fix="look at the rows with the test's SQL, in state/warehouse; a kept table that"
                " differs from its view is renewed by a run of `sink_rebuild`",
            )
        return {"tests": len(compiled.tests)}

    description = "Run the models' tests and compare each kept table with its view."
    return WorkKind("warehouse_test", description, do)


def publish(publisher: Publisher) -> WorkKind:
    def do(_arguments: Mapping[str, str], report: Reporter) -> Result:
        def told(done: int, of: int, table: str) -> None:
            report(done / of if of else None, f"table {done + 1} of {of}: {table}")

        published = publisher.publish(told=told)
        return shown_publication(published)

    return WorkKind("publish", "Write silver and gold as Delta for other programs.", do)


def shown_publication(done: Published) -> Mapping[str, JsonValue]:
    """A publication in figures."""
    publication = done.publication
    return {
        "publication": publication.publication,
        "tables": len(publication.tables),
        "written": list(done.written),
        "rows": sum(table.rows for table in publication.tables.values()),
    }


class Rebuilder(Protocol):
    """The runner that feeds the sink."""

    def rebuild(self, shop: str) -> Future[None]: ...


@dataclass(frozen=True, slots=True)
class Rebuildable:
    """A sink that this process can empty and fill again.

    runner      feeds it; applied: how far it is with a shop
    afterwards  what no replay may bring back is removed again, of a shop or (None) of all
    """

    runner: Rebuilder
    applied: Callable[[str], int]
    afterwards: Callable[[str | None], object] = lambda _shop: None


def sink_rebuild(
    sinks: Mapping[str, Rebuildable], shops: Sequence[str], heads: Callable[[], Mapping[str, int]]
) -> WorkKind:
    """heads  the end of each shop's log"""

    def do(arguments: Mapping[str, str], report: Reporter) -> Result:
        name, shop = arguments["sink"], arguments.get("shop")
        ends = {s: end for s, end in heads().items() if s in shops and shop in (None, s)}
        done = _rebuilt(name, sinks[name], ends, report)
        sinks[name].afterwards(shop)
        return done

    return WorkKind(
        "sink_rebuild",
        "Empty a sink and fill it again from the start of the log; numbers grow back meanwhile.",
        do,
        (
            RunArgument(
                name="sink", description="Which sink.", required=True, choices=tuple(sinks)
            ),
            RunArgument(name="shop", description="Only this shop.", choices=tuple(shops)),
        ),
    )


def _rebuilt(name: str, sink: Rebuildable, ends: Mapping[str, int], report: Reporter) -> Result:
    total = max(1, sum(ends.values()))
    for shop in ends:
        _awaited(sink.runner.rebuild(shop), report, f"{shop} is emptied")
    while True:
        done = sum(min(sink.applied(shop), end) for shop, end in ends.items())
        if done == sum(ends.values()):
            return {"sink": name, "offsets": dict(ends)}
        report(done / total, f"{done} of {total} entries")
        time.sleep(_LOOK_S)


def _awaited(asked: Future[None], report: Reporter, message: str) -> None:
    while True:
        report(None, message)
        with suppress(NotYet):
            asked.result(_LOOK_S)
            return


def warehouse_build(project: Project) -> WorkKind:
    return WorkKind(
        "warehouse_build",
        "Compile the models of the enabled packs; they are put in place at the next start.",
        child(project, "warehouse", "build"),
    )


def backup(project: Project) -> WorkKind:
    return WorkKind(
        "backup",
        "Save the platform's state in one file, in the folder of [backup].",
        child(project, "backup", "create"),
    )


def pack_check(project: Project) -> WorkKind:
    run = child(project, "pack", "check", named="pack")
    return WorkKind(
        "pack_check",
        "Does a pack fit its shop, does its SQL run, what does it leave out.",
        run,
        (
            RunArgument(
                name="pack",
                description="The shop, or a pack by its name; every shop without it.",
            ),
        ),
    )


def child(project: Project, *command: str, named: str | None = None) -> Work:
    """Work that one of our commands does, in a process of its own.

    named  the argument that the command takes as its own, without an option
    """

    def do(arguments: Mapping[str, str], report: Reporter) -> Result:
        own = ["--", arguments[named]] if named is not None and named in arguments else []
        argv = [sys.executable, "-m", "aethermart", *command, "--json", "--home", str(project.home)]
        read_end, ours = os.pipe()
        try:
            process = subprocess.Popen(
                [*argv, *own],
                stdin=read_end,  # it ends with us, and the child with it
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, CHILD_FLAG: "1"},
                start_new_session=True,
                text=True,
            )
            try:
                said, complained = _communicate(process, report, " ".join(command))
            finally:
                if process.poll() is None:
                    process.kill()
                    process.communicate()
        finally:
            os.close(read_end)
            os.close(ours)
        if process.returncode != 0:
            raise _failure(" ".join(command), process.returncode, said, complained)
        return {"output": _parsed(said)}

    return do


def _communicate(process: subprocess.Popen[str], report: Reporter, command: str) -> tuple[str, str]:
    while True:
        report(None, f"`aethermart {command}` runs")
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_LOOK_S)


def _failure(command: str, code: int, said: str, complained: str) -> Terminal | Transient:
    told = _parsed(complained.strip().splitlines()[-1] if complained.strip() else "")
    if isinstance(told, dict) and "error" in told:
        kind = ChildToRetry if told.get("retryable") else ChildFailed
        return kind(str(told["error"]), fix=str(told.get("fix", "")))
    faults = _faults(_parsed(said))
    return ChildFailed(
        f"`aethermart {command}` left with {code}" + (f": {'; '.join(faults)}" if faults else ""),
        fix=f"run `aethermart {command}` by hand and do what it says",
    )


def _faults(found: JsonValue) -> list[str]:
    """What `pack check --json` found wrong."""
    checks = found if isinstance(found, list) else []
    return [
        f"{check.get('pack')}: {fault}"
        for check in checks
        if isinstance(check, dict)
        for fault in [*_listed(check.get("faults")), *_listed(check.get("no_revenue"))]
    ][:_QUOTED]


def _listed(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return [str(value)] if value else []


def _parsed(text: str) -> JsonValue:
    try:
        parsed: JsonValue = json.loads(text)
    except ValueError:
        return text
    return parsed
