"""Answers of /ops: health, sinks, dead letters, runs, alerts, retention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, JsonValue

from aethermart.client.answers.values import Answer, Instant

RunState = Literal["queued", "running", "succeeded", "failed", "cancelled", "lost"]
AlertState = Literal["ok", "pending", "firing"]
Severity = Literal["info", "warning", "critical"]


class SinkState(Answer):
    """How far one projection of the log has come for one shop."""

    sink: str = Field(examples=["mirror"])
    shop: str = Field(examples=["aethermart"])
    applied: int | None = Field(
        default=None, description="Log offset it reflects; null before the first.", examples=[1042]
    )
    head: int | None = Field(default=None, description="The log's last offset.", examples=[1043])
    behind: int = Field(default=0, ge=0, description="Entries still to apply.", examples=[1])
    status: str = Field(
        description="running, or a word that says why not: starting, retrying, stopped",
        examples=["running"],
    )
    error: str | None = None


class SinkList(Answer):
    sinks: tuple[SinkState, ...]


class Health(Answer):
    status: Literal["ok"] = "ok"


class Readiness(Answer):
    ready: bool = Field(examples=[False])
    waiting_for: tuple[str, ...] = Field(default=(), examples=[["mirror: aethermart"]])


class DeadLetter(Answer):
    """An entry that a sink could not apply; the sink waits before it and tries again."""

    id: int = Field(examples=[7])
    sink: str = Field(examples=["mirror"])
    shop: str = Field(examples=["aethermart"])
    offset: int = Field(description="Log offset of the entry.", examples=[1043])
    entry_id: str = Field(
        description="The entry; `unread` where it could not even be read.", examples=["e-0c41"]
    )
    error: str = Field(examples=["orders: a column changed\n  fix: capture the table anew"])
    attempts: int = Field(ge=1, examples=[3])
    failed_at: Instant = Field(description="The last attempt.", examples=["2026-01-31T12:00:00Z"])
    retry_requested_at: Instant | None = Field(
        default=None, description="Somebody asked to try at once, and it has not happened yet."
    )
    resolved_at: Instant | None = Field(default=None, description="Applied since; null while open.")


class DeadLetterPage(Answer):
    letters: tuple[DeadLetter, ...]
    next_cursor: str | None = Field(default=None, description="Null on the last page.")


class RunError(Answer):
    """Why a run failed and what to do."""

    cause: str = Field(examples=["the disk of state has 20 MB free"])
    fix: str = Field(examples=["free space and start it again"])


class Run(Answer):
    """One piece of work that the platform does on demand, kept over restarts."""

    id: int = Field(examples=[12])
    kind: str = Field(examples=["publish"])
    arguments: Mapping[str, str] = Field(default_factory=dict, examples=[{"shop": "aethermart"}])
    state: RunState = Field(description="lost: the server died while it ran", examples=["running"])
    progress: float | None = Field(
        default=None, ge=0, le=1, description="Part done; null where unknown.", examples=[0.4]
    )
    message: str = Field(default="", description="What it is at.", examples=["12 of 30 tables"])
    error: RunError | None = None
    result: Mapping[str, JsonValue] | None = Field(
        default=None, description="What came out, by kind.", examples=[{"tables": 30}]
    )
    started_by: str = Field(description="The caller's name.", examples=["project"])
    requested_at: Instant = Field(examples=["2026-01-31T12:00:00Z"])
    started_at: Instant | None = None
    ended_at: Instant | None = None


class RunPage(Answer):
    """Newest first."""

    runs: tuple[Run, ...]
    next_cursor: str | None = Field(default=None, description="Null on the last page.")


class RunArgument(Answer):
    name: str = Field(examples=["shop"])
    description: str = Field(examples=["Only this shop."])
    required: bool = False
    choices: tuple[str, ...] = Field(
        default=(), description="The values there are; empty: any text.", examples=[["aethermart"]]
    )


class RunKind(Answer):
    """A kind of work that can be started; of each kind one runs at a time."""

    kind: str = Field(examples=["publish"])
    description: str = Field(examples=["Write silver and gold as Delta for other programs."])
    arguments: tuple[RunArgument, ...] = ()


class RunKindList(Answer):
    kinds: tuple[RunKind, ...]


class RunRequest(Answer):
    kind: str = Field(examples=["publish"])
    arguments: Mapping[str, str] = Field(default_factory=dict)


class RunEvent(Answer):
    """A step of a run, as the stream of its events tells it."""

    number: int = Field(ge=1, description="Counts from 1 within the run; the stream's event id.")
    at: Instant
    state: RunState
    progress: float | None = Field(default=None, ge=0, le=1)
    message: str = ""


class Alert(Answer):
    """What one rule says of one thing it watches."""

    rule: str = Field(examples=["CaptureStalled"])
    severity: Severity = Field(examples=["critical"])
    state: AlertState = Field(
        description="pending: true, but not for long enough yet", examples=["firing"]
    )
    about: Mapping[str, str] = Field(
        default_factory=dict,
        description="Which shop, sink and so on.",
        examples=[{"shop": "aethermart"}],
    )
    summary: str = Field(examples=["No look at the shop's changes for too long."])
    value: float | None = Field(default=None, description="As measured last.", examples=[93.0])
    bound: float = Field(description="What the value is held against.", examples=[60.0])
    unit: str = Field(examples=["seconds"])
    since: Instant | None = Field(
        default=None, description="True without a break since; null while ok."
    )
    mend: str = Field(examples=["see /ops/sinks for the error of `capture`"])


class AlertList(Answer):
    """firing first, then pending, then ok; a rule that watches nothing yet is one ok row."""

    alerts: tuple[Alert, ...]
    firing: int = Field(ge=0, examples=[1])
    evaluated_at: Instant | None = Field(default=None, description="Null before the first look.")


class RetentionClass(Answer):
    """How long rows of one class of data are kept, and what was removed."""

    data_class: str = Field(description="An entity of silver.", examples=["clickstream_events"])
    shop: str = Field(examples=["aethermart"])
    table: str = Field(description="The shop's table.", examples=["clickstream_events"])
    days: int | None = Field(default=None, description="Null: kept for good.", examples=[400])
    bound: Instant | None = Field(default=None, description="Rows older than this go.")
    oldest: Instant | None = Field(default=None, description="The oldest row there is.")
    overdue_rows: int = Field(default=0, ge=0, description="Rows that the next pass removes.")
    last_enforced_at: Instant | None = Field(
        default=None, description="When the mirror and the archive both had been through."
    )
    rows_removed: int = Field(
        default=0, ge=0, description="From the mirror, by all passes; silver and gold follow."
    )
    rows_emptied: int = Field(
        default=0,
        ge=0,
        description="In the archive, by all passes: only the key is left, as a deletion.",
    )
    not_enforced: str | None = Field(
        default=None, description="Why the bound cannot be enforced on this table, if so."
    )


class RetentionReport(Answer):
    classes: tuple[RetentionClass, ...]
