"""A worker does what it is asked, tells how it went, and leaves nothing open behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

import pytest

from aethermart.client.answers.ops import RunArgument
from aethermart.core.errors import BadInput, Conflict, DiskFull
from aethermart.operations.runs.store import RunStore
from aethermart.operations.runs.work import Reporter, Result, WorkKind, WorkKinds
from aethermart.operations.runs.worker import RunWorker
from aethermart.platform_db.migrate import migrate, platform_engine
from tests.operations.runs.working import waited

pytestmark = pytest.mark.service("postgres")


class Bench:
    """A worker with kinds that wait, fail and succeed at a test's word."""

    def __init__(self, dsn: str) -> None:
        self.store = RunStore(platform_engine(dsn))
        self.go, self.did = threading.Event(), []
        kinds = [
            WorkKind("short", "Does it at once.", self.short, (
                RunArgument(name="shop", description="Which.", choices=("north", "south")),
                RunArgument(name="reason", description="Why.", required=True),
            )),
            WorkKind("long", "Waits.", self.long),
            WorkKind("full", "Fails.", self.full),
            WorkKind("wrong", "Is a mistake of ours.", self.wrong),
        ]  # fmt: skip
        self.worker = RunWorker(self.store, WorkKinds(kinds))

    def short(self, arguments: Mapping[str, str], report: Reporter) -> Result:
        report(0.5, "half")
        self.did.append(dict(arguments))
        return {"rows": 3}

    def long(self, arguments: Mapping[str, str], report: Reporter) -> Result:
        while not self.go.wait(0.02):
            report(None, "waiting")
        return {}

    def full(self, arguments: Mapping[str, str], report: Reporter) -> Result:
        raise DiskFull("the disk of /state has 2 MB free", fix="free space")

    def wrong(self, arguments: Mapping[str, str], report: Reporter) -> Result:
        raise KeyError("oops")

    def state(self, run_id: int) -> str:
        return self.store.get(run_id).state

    def ends(self, run_id: int, state: str) -> bool:
        return waited(lambda: self.state(run_id) == state)


@pytest.fixture
def bench(database: str) -> Iterator[Bench]:
    migrate(database)
    made = Bench(database)
    made.worker.start()
    yield made
    made.go.set()
    made.worker.stop()


def test_it_does_what_it_is_asked_and_keeps_what_came_out(bench: Bench) -> None:
    run = bench.worker.submit("short", {"shop": "north", "reason": "test"}, "ada")
    assert bench.ends(run.id, "succeeded")
    assert bench.did == [{"shop": "north", "reason": "test"}]
    over = bench.store.get(run.id)
    assert (over.result, over.progress, over.message) == ({"rows": 3}, 1.0, "done")


@pytest.mark.parametrize(
    "kind, arguments, cause",
    [
        ("nothing", {}, "there is no run of kind 'nothing'"),
        ("short", {}, "short needs 'reason': Why."),
        ("short", {"reason": "x", "shop": "east"}, "short: 'east' is no shop"),
        ("short", {"reason": "x", "table": "t"}, "short has no argument 'table'"),
        ("long", {"shop": "north"}, "long has no argument 'shop'"),
    ],
)
def test_what_cannot_be_run_so_is_refused_and_leaves_no_run(
    bench: Bench, kind: str, arguments: dict[str, str], cause: str
) -> None:
    with pytest.raises(BadInput) as refused:
        bench.worker.submit(kind, arguments, "ada")
    assert refused.value.cause == cause
    assert bench.store.page(kind=None, state=None, before=None, limit=1) == []


def test_errors_are_kept_with_what_to_do(bench: Bench) -> None:
    full, wrong = (bench.worker.submit(kind, {}, "ada").id for kind in ("full", "wrong"))
    assert bench.ends(full, "failed")
    assert bench.ends(wrong, "failed")
    error = bench.store.get(full).error
    assert error is not None
    assert (error.cause, error.fix) == ("the disk of /state has 2 MB free", "free space")
    unforeseen = bench.store.get(wrong).error
    assert unforeseen is not None
    assert unforeseen.cause == "wrong: KeyError: 'oops'"


def test_one_of_a_kind_at_a_time_beside_others(bench: Bench) -> None:
    long = bench.worker.submit("long", {}, "ada")
    with pytest.raises(Conflict, match="'long' is not over"):
        bench.worker.submit("long", {}, "ada")
    short = bench.worker.submit("short", {"reason": "x"}, "ada")
    assert bench.ends(short.id, "succeeded")
    assert bench.state(long.id) == "running"
    bench.go.set()
    assert bench.ends(long.id, "succeeded")
    assert bench.worker.submit("long", {}, "ada").id > long.id


def test_a_cancelled_run_stops_at_its_next_step(bench: Bench) -> None:
    run = bench.worker.submit("long", {}, "ada")
    assert bench.ends(run.id, "running")
    bench.store.ask_to_cancel(run.id)
    assert bench.ends(run.id, "cancelled")
    assert bench.store.get(run.id).message == "cancelled on request"


def test_a_server_that_stops_in_order_cancels_and_one_that_was_killed_loses(
    bench: Bench, database: str
) -> None:
    run = bench.worker.submit("long", {}, "ada")
    assert bench.ends(run.id, "running")
    bench.worker.stop()
    assert bench.state(run.id) == "cancelled"
    assert bench.store.get(run.id).message == "the server stops"
    killed = Bench(database)  # it never ends what it has begun
    begun = killed.store.add("long", {}, "ada")
    killed.store.begin(begun.id)
    successor = Bench(database)
    successor.worker.start()
    assert successor.state(begun.id) == "lost"
    successor.go.set()
    assert successor.ends(successor.worker.submit("long", {}, "ada").id, "succeeded")
    successor.worker.stop()
