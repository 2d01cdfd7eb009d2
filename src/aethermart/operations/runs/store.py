"""Runs and their events, kept in the platform database.

One run of a kind is open (queued or running) at a time: the database refuses a second, whoever
asks. A run's state and the event that tells it are written together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Connection, Engine, RowMapping, Update, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from aethermart.client.answers.ops import Run, RunError, RunEvent, RunState
from aethermart.core.errors import AetherMartError, Conflict, NotFound
from aethermart.core.logs import masked
from aethermart.platform_db.reach import reached
from aethermart.platform_db.tables import run_events, runs

_OPEN = ("queued", "running")
_LOST = "the server ended without finishing it"


class RunStore:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, kind: str, arguments: Mapping[str, str], started_by: str) -> Run:
        """A queued run. Raises Conflict while another of the kind is open."""
        statement = (
            insert(runs)
            .values(kind=kind, arguments=dict(arguments), state="queued", started_by=started_by)
            .returning(runs)
        )
        try:
            with reached(self._engine) as connection:
                row = connection.execute(statement).mappings().one()
                _tell(connection, row["run_id"], "queued", None, "")
                return _run_of(row)
        except IntegrityError as error:
            raise Conflict(
                f"a run of {kind!r} is not over yet",
                fix=f"wait for it, or cancel it: GET /api/v1/ops/runs?kind={kind}",
            ) from error

    def get(self, run_id: int) -> Run:
        """Raises NotFound where there is none."""
        with reached(self._engine) as connection:
            row = connection.execute(select(runs).where(runs.c.run_id == run_id)).mappings().first()
        if row is None:
            raise NotFound(f"there is no run {run_id}", fix="see GET /api/v1/ops/runs")
        return _run_of(row)

    def page(
        self, *, kind: str | None, state: str | None, before: int | None, limit: int
    ) -> list[Run]:
        """Newest first, those with a number below `before`."""
        query = select(runs).order_by(runs.c.run_id.desc()).limit(limit)
        if kind is not None:
            query = query.where(runs.c.kind == kind)
        if state is not None:
            query = query.where(runs.c.state == state)
        if before is not None:
            query = query.where(runs.c.run_id < before)
        with reached(self._engine) as connection:
            return [_run_of(row) for row in connection.execute(query).mappings()]

    def events(self, run_id: int, after: int) -> Sequence[RunEvent]:
        """Past number `after`, in order."""
        table = run_events
        query = (
            select(table)
            .where(table.c.run_id == run_id, table.c.number > after)
            .order_by(table.c.number)
        )
        with reached(self._engine) as connection:
            return [
                RunEvent(
                    number=row["number"],
                    at=row["happened_at"],
                    state=row["state"],
                    progress=row["progress"],
                    message=row["message"],
                )
                for row in connection.execute(query).mappings()
            ]

    def begin(self, run_id: int) -> bool:
        """Whether it may run: False where it was cancelled while it waited."""
        statement = update(runs).where(
            runs.c.run_id == run_id,
            runs.c.state == "queued",
            runs.c.cancel_requested_at.is_(None),
        )
        values = {"state": "running", "started_at": func.clock_timestamp()}
        return self._moved(statement.values(values), run_id, "running", None, "")

    def report(self, run_id: int, progress: float | None, message: str) -> bool:
        """Note how far it is; whether somebody asked it to stop."""
        statement = update(runs).where(runs.c.run_id == run_id, runs.c.state == "running")
        self._moved(
            statement.values(progress=progress, message=message),
            run_id,
            "running",
            progress,
            message,
        )
        return self.cancel_requested(run_id)

    def cancel_requested(self, run_id: int) -> bool:
        query = select(runs.c.cancel_requested_at).where(runs.c.run_id == run_id)
        with reached(self._engine) as connection:
            return connection.execute(query).scalar() is not None

    def end(
        self,
        run_id: int,
        state: RunState,
        message: str,
        *,
        error: AetherMartError | None = None,
        result: Mapping[str, JsonValue] | None = None,
    ) -> None:
        values: dict[str, Any] = {
            "state": state,
            "message": message,
            "ended_at": func.clock_timestamp(),
        }
        if error is not None:
            values |= {"error_cause": masked(error.cause), "error_fix": masked(error.fix)}
        if result is not None:
            values["result"] = dict(result)
        progress = 1.0 if state == "succeeded" else None
        if progress is not None:
            values["progress"] = progress
        statement = update(runs).where(runs.c.run_id == run_id, runs.c.state.in_(_OPEN))
        self._moved(statement.values(values), run_id, state, progress, message)

    def ask_to_cancel(self, run_id: int) -> Run:
        """Raises NotFound, or Conflict where it is over."""
        statement = (
            update(runs)
            .where(runs.c.run_id == run_id, runs.c.state.in_(_OPEN))
            .values(cancel_requested_at=func.clock_timestamp())
        )
        with reached(self._engine) as connection:
            asked = connection.execute(statement).rowcount == 1
        run = self.get(run_id)
        if not asked:
            raise Conflict(
                f"run {run_id} is over: it {run.state}", fix="start a new one where it is needed"
            )
        return run

    def lose_open(self) -> Sequence[int]:
        """Mark what a server that is gone left open; only for a server that just starts."""
        query = select(runs.c.run_id).where(runs.c.state.in_(_OPEN))
        with reached(self._engine) as connection:
            left: list[int] = list(connection.execute(query).scalars())
        for run_id in left:
            self.end(run_id, "lost", _LOST)
        return left

    def counts(self) -> Mapping[tuple[str, str], int]:
        """Runs by kind and state."""
        query = select(runs.c.kind, runs.c.state, func.count()).group_by(runs.c.kind, runs.c.state)
        with reached(self._engine) as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def _moved(
        self, statement: Update, run_id: int, state: RunState, progress: float | None, message: str
    ) -> bool:
        with reached(self._engine) as connection:
            moved = connection.execute(statement).rowcount == 1
            if moved:
                _tell(connection, run_id, state, progress, message)
        return moved


def _tell(
    connection: Connection, run_id: int, state: RunState, progress: float | None, message: str
) -> None:
    """The next event. Writers of one run queue up behind its row, which they have just changed."""
    number = select(func.coalesce(func.max(run_events.c.number), 0) + 1).where(
        run_events.c.run_id == run_id
    )
    connection.execute(
        insert(run_events).values(
            run_id=run_id,
            number=number.scalar_subquery(),
            state=state,
            progress=progress,
            message=message,
        )
    )


def _run_of(row: RowMapping) -> Run:
    cause = row["error_cause"]
    return Run(
        id=row["run_id"],
        kind=row["kind"],
        arguments=row["arguments"],
        state=row["state"],
        progress=row["progress"],
        message=row["message"],
        error=RunError(cause=cause, fix=row["error_fix"] or "") if cause is not None else None,
        result=row["result"],
        started_by=row["started_by"],
        requested_at=row["requested_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )
