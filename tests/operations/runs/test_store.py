"""Runs outlive the server that began them, and of each kind one is open at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from aethermart.core.errors import BadInput, Conflict, NotFound
from aethermart.operations.runs.store import RunStore
from aethermart.platform_db.migrate import migrate, platform_engine

pytestmark = pytest.mark.service("postgres")


@pytest.fixture
def store(database: str) -> RunStore:
    migrate(database)
    return RunStore(platform_engine(database))


def steps(store: RunStore, run_id: int) -> list[tuple[int, str, float | None, str]]:
    return [(e.number, e.state, e.progress, e.message) for e in store.events(run_id, 0)]


def test_a_run_is_told_step_by_step(store: RunStore) -> None:
    run = store.add("publish", {"shop": "north"}, "ada")
    assert (run.state, run.arguments, run.started_by) == ("queued", {"shop": "north"}, "ada")
    assert store.begin(run.id) is True
    assert store.report(run.id, 0.5, "half") is False
    store.end(run.id, "succeeded", "done", result={"tables": 3})
    assert steps(store, run.id) == [
        (1, "queued", None, ""),
        (2, "running", None, ""),
        (3, "running", 0.5, "half"),
        (4, "succeeded", 1.0, "done"),
    ]
    assert [e.number for e in store.events(run.id, 2)] == [3, 4]
    over = store.get(run.id)
    assert (over.state, over.progress, over.result) == ("succeeded", 1.0, {"tables": 3})
    assert over.requested_at <= over.started_at <= over.ended_at  # type: ignore[operator]


def test_what_is_over_does_not_move_any_more(store: RunStore) -> None:
    run = store.add("publish", {}, "ada")
    store.begin(run.id)
    store.end(run.id, "failed", "no disk", error=BadInput("password=secret", fix="mend it"))
    store.end(run.id, "succeeded", "done")
    assert store.report(run.id, 0.9, "late") is False
    assert store.begin(run.id) is False
    failed = store.get(run.id)
    assert failed.state == "failed"
    assert failed.error is not None
    assert (failed.error.cause, failed.error.fix) == ("password=***", "mend it")
    assert [state for _, state, _, _ in steps(store, run.id)] == ["queued", "running", "failed"]


def test_many_that_ask_at_once_start_one_of_a_kind(store: RunStore) -> None:
    together = threading.Barrier(6)

    def ask(_: int) -> str:
        together.wait()
        try:
            return f"run {store.add('publish', {}, 'ada').id}"
        except Conflict as error:
            return error.cause

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))
    refused = "a run of 'publish' is not over yet"
    assert answers.count(refused) == 5
    assert [run.state for run in store.page(kind=None, state=None, before=None, limit=9)] == [
        "queued"
    ]
    assert store.add("retention", {}, "ada").state == "queued"


def test_the_next_server_marks_what_the_last_one_left_as_lost(store: RunStore) -> None:
    done, running, queued = (store.add(kind, {}, "ada").id for kind in ("a", "b", "c"))
    store.begin(done)
    store.end(done, "succeeded", "done")
    store.begin(running)
    assert sorted(store.lose_open()) == [running, queued]
    assert [store.get(n).state for n in (done, running, queued)] == ["succeeded", "lost", "lost"]
    assert steps(store, running)[-1] == (3, "lost", None, "the server ended without finishing it")
    assert store.get(running).ended_at is not None
    assert store.add("b", {}, "ada").state == "queued"
    assert store.counts() == {("a", "succeeded"): 1, ("b", "lost"): 1, ("b", "queued"): 1,
                              ("c", "lost"): 1}  # fmt: skip


def test_a_cancelled_run_hears_of_it_at_its_next_step(store: RunStore) -> None:
    run = store.add("publish", {}, "ada")
    store.begin(run.id)
    assert store.ask_to_cancel(run.id).state == "running"
    assert store.report(run.id, 0.1, "on") is True
    store.end(run.id, "cancelled", "cancelled on request")
    with pytest.raises(Conflict, match=f"run {run.id} is over: it cancelled"):
        store.ask_to_cancel(run.id)
    with pytest.raises(NotFound, match="there is no run 99"):
        store.ask_to_cancel(99)
    waiting = store.add("publish", {}, "ada")
    store.ask_to_cancel(waiting.id)
    assert store.begin(waiting.id) is False


def test_pages_are_newest_first(store: RunStore) -> None:
    numbers = [store.add(f"kind_{n % 2}_{n}", {}, "ada").id for n in range(5)]
    first = store.page(kind=None, state="queued", before=None, limit=2)
    assert [run.id for run in first] == numbers[:2:-1]
    rest = store.page(kind=None, state=None, before=first[-1].id, limit=9)
    assert [run.id for run in rest] == numbers[2::-1]
    assert store.page(kind="kind_1_3", state=None, before=None, limit=9)[0].id == numbers[3]
    assert store.page(kind=None, state="failed", before=None, limit=9) == []
