"""The values that answers are made of: instants, exact numbers, ages.

The server answers with these and the client reads them. Money and ratios are exact decimals and
travel as strings, counts are ints, instants are UTC. A reader ignores fields it does not know, so
an older client reads a newer server.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)


def refuse_float(value: object) -> object:
    if isinstance(value, float):
        raise ValueError(f"{value!r} is a float, which is not exact: send a decimal string")
    return value


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _digits(value: Decimal) -> str:
    return format(value, "f")  # str() would write 1E+3


T = TypeVar("T")
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Exact = Annotated[Decimal, PlainSerializer(_digits, return_type=str)]
Value = Annotated[int | Exact | None, BeforeValidator(refuse_float)]
LagS = Annotated[float, Field(ge=0, description="Seconds from `as_of` to the answer.")]


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


class Page(Answer, Generic[T]):
    """Part of a list, in the list's own order."""

    items: tuple[T, ...]
    next_cursor: str | None = Field(
        default=None, description="Ask with it for the next page; null on the last."
    )
