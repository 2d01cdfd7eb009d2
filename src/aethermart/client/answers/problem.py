"""A refusal, whatever was asked."""

from __future__ import annotations

from pydantic import Field

from aethermart.client.answers.values import Answer


class Fault(Answer):
    """One part of a request that cannot be used."""

    at: str = Field(examples=["query.from"])
    message: str = Field(examples=["'yesterday' is not an instant"])


class Problem(Answer):
    """A refusal as RFC 9457 writes it, with what to do about it in `fix`."""

    type: str = Field(examples=["urn:aethermart:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["there is no shop 'corner_shop'"])
    fix: str = Field(examples=["use one of: aethermart, online_retail"])
    instance: str = Field(default="", examples=["/api/v1/lake/freshness"])
    request_id: str = Field(default="", examples=["5f0c0c6e1b2d4a7f"])
    errors: tuple[Fault, ...] = ()
