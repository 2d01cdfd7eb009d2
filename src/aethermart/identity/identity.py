"""All parts of identity on one platform database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine

from aethermart.core.clock import Clock, utc_now
from aethermart.identity.audit import Audit, LoggedAudit
from aethermart.identity.callers import Callers
from aethermart.identity.hashing import Cost, Passwords
from aethermart.identity.keys import ApiKeys
from aethermart.identity.liveness import Remembered
from aethermart.identity.logins import Lifetimes, Logins, Tools
from aethermart.identity.people import People
from aethermart.identity.project_token import KnownTokens
from aethermart.identity.settings import IdentitySettings
from aethermart.identity.signing import AccessTokens


@dataclass(frozen=True, slots=True)
class Identity:
    callers: Callers
    logins: Logins
    people: People
    keys: ApiKeys


def make_identity(
    engine: Engine,
    settings: IdentitySettings,
    tokens: AccessTokens,
    known: KnownTokens,
    *,
    audit: Audit | None = None,
    cost: Cost | None = None,
    remembered: Remembered | None = None,
    clock: Clock = utc_now,
) -> Identity:
    """known  callers by tokens that are no account's"""
    lifetimes = Lifetimes(
        access=timedelta(seconds=settings.access_token_s),
        idle=timedelta(days=settings.session_idle_days),
        session=timedelta(days=settings.session_days),
    )
    tools = Tools(
        engine=engine,
        passwords=Passwords(cost),
        tokens=tokens,
        remembered=remembered or Remembered(),
        audit=audit or LoggedAudit(),
        lifetimes=lifetimes,
        clock=clock,
    )
    keys = ApiKeys(tools)
    return Identity(Callers(tools, keys, known), Logins(tools), People(tools, settings), keys)
