"""What routes take from a request: the services, the shop, instants.

What does not block is `async`: FastAPI sends each plain function among the dependencies to a thread
of its own, some 0.2 ms of CPU a function and request.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from aethermart.api.ports.identity import Auth
from aethermart.api.ports.lake import Lake
from aethermart.api.ports.ops import Operations
from aethermart.api.ports.shop import Shop
from aethermart.api.services import Services
from aethermart.core.errors import NotFound


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesOf = Annotated[Services, Depends(_services)]


async def _lake(services: ServicesOf) -> Lake:
    return services.lake


async def _ops(services: ServicesOf) -> Operations:
    return services.ops


async def _shop(services: ServicesOf) -> Shop:
    return services.shop


def _auth(services: ServicesOf) -> Auth:
    return services.auth


AuthOf = Annotated[Auth, Depends(_auth)]
LakeOf = Annotated[Lake, Depends(_lake)]
OpsOf = Annotated[Operations, Depends(_ops)]
ShopOf = Annotated[Shop, Depends(_shop)]


def _bound(value: object) -> date | datetime:
    """An ISO 8601 instant with its zone, or a date, which counts on each shop's own calendar."""
    text = str(value)
    try:
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an instant such as 2026-01-31T12:00:00Z") from None
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone: add Z for UTC")
    return instant.astimezone(UTC)


Bound = Annotated[datetime | date, BeforeValidator(_bound)]


def _condition(value: object) -> tuple[str, str]:
    """`status:PENDING`; the value may hold colons itself."""
    name, colon, equal = str(value).partition(":")
    if not colon or not name:
        raise ValueError(f"{value!r} is not NAME:VALUE, such as status:PENDING")
    return name, equal


Condition = Annotated[tuple[str, str], BeforeValidator(_condition)]


class ShopAsked(BaseModel):
    """Query of every data route. A parameter it does not have is refused, not ignored: a
    misspelt `shop` would answer for all shops."""

    model_config = ConfigDict(extra="forbid")

    shop: str | None = Field(
        default=None, description="One shop; without it every shop.", examples=["aethermart"]
    )


class PeriodAsked(ShopAsked):
    """A shop, a period and conditions."""

    since: Bound | None = Field(
        default=None,
        alias="from",
        description="Included: an instant, or a day of each shop's own calendar.",
        examples=["2026-01-01T00:00:00Z"],
    )
    until: Bound | None = Field(
        default=None, alias="to", description="Excluded, as `from`.", examples=["2026-02-01"]
    )
    where: list[Condition] = Field(
        default_factory=list,
        max_length=8,
        description="NAME:VALUE; rows that have another value are left out. May be repeated.",
        json_schema_extra={"items": {"type": "string"}, "examples": [["status:PENDING"]]},
    )

    @model_validator(mode="after")
    def _forwards(self) -> PeriodAsked:
        comparable = type(self.since) is type(self.until)
        if self.since and self.until and comparable and self.since >= self.until:
            raise ValueError(f"`from` {self.since} is not before `to` {self.until}")
        names = [name for name, _ in self.where]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"`where` names {name!r} twice")
        return self


def known_shop(lake: Lake, shop: str | None) -> str | None:
    """The shop asked for. Raises NotFound quoting a name no shop has."""
    if shop is None:
        return None
    shops = lake.shops()
    if shop not in shops:
        raise NotFound(
            f"there is no shop {shop!r}", fix=f"use one of: {', '.join(shops) or 'none yet'}"
        )
    return shop


ShopQuery = Annotated[ShopAsked, Query()]
