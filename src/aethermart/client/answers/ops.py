"""Answers of /ops: sinks, health."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aethermart.client.answers.values import Answer


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
