"""Answers to keyed requests in the platform database: claimed in one statement, kept for a day."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from aethermart.api.ports.gateway import KeptAnswer, KeyedRequest
from aethermart.api.refusals import KeyInUse, KeyReused
from aethermart.platform_db.reach import reached
from aethermart.platform_db.tables import idempotency_keys as keys

_CLAIM_S = 60.0  # three times the longest a request may take by default
_KEPT_S = 24 * 3600.0
_SWEEP_EVERY_S = 600.0
_TRIES = 5  # a claim given up between our two statements


class PlatformAnswers:
    """api.ports.gateway.KeptAnswers on PostgreSQL.

    claim_s  a claim whose owner died is free after so long
    kept_s   an answer is given again for so long
    """

    def __init__(self, engine: Engine, *, claim_s: float = _CLAIM_S, kept_s: float = _KEPT_S):
        self._engine = engine
        self._claim_s = claim_s
        self._kept_s = kept_s
        self._lock = threading.Lock()
        self._swept = float("-inf")

    def begin(self, asked: KeyedRequest) -> str | KeptAnswer:
        with reached(self._engine) as connection:
            self._sweep(connection)
            for _ in range(_TRIES):
                claim = self._claimed(connection, asked)
                if claim is not None:
                    return claim
                found = connection.execute(
                    select(keys.c.request_hash, keys.c.status, keys.c.headers, keys.c.body).where(
                        _is(asked)
                    )
                ).one_or_none()
                if found is None:
                    continue
                if found.request_hash != asked.request_hash:
                    raise KeyReused(asked.key)
                if found.status is None:
                    break
                return KeptAnswer(found.status, found.headers, bytes(found.body))
        raise KeyInUse(asked.key)

    def keep(self, asked: KeyedRequest, claim: str, answer: KeptAnswer) -> None:
        with reached(self._engine) as connection:
            connection.execute(
                update(keys)
                .where(_is(asked), keys.c.claim == claim)
                .values(status=answer.status, headers=dict(answer.headers), body=answer.body)
            )

    def give_up(self, asked: KeyedRequest, claim: str) -> None:
        with reached(self._engine) as connection:
            connection.execute(delete(keys).where(_is(asked), keys.c.claim == claim))

    def _claimed(self, connection: Connection, asked: KeyedRequest) -> str | None:
        """Ours from now on, or None where somebody has it or had it."""
        offered = insert(keys).values(
            caller=asked.caller,
            route=asked.route,
            idempotency_key=asked.key,
            request_hash=asked.request_hash,
            claim=secrets.token_hex(8),
            claimed_until=_in(self._claim_s),
            expires_at=_in(self._kept_s),
        )
        new = offered.excluded
        over = keys.c.expires_at <= func.clock_timestamp()
        dead = and_(
            keys.c.status.is_(None),
            keys.c.claimed_until <= func.clock_timestamp(),
            keys.c.request_hash == new.request_hash,
        )
        claim: str | None = connection.execute(
            offered.on_conflict_do_update(
                index_elements=[keys.c.caller, keys.c.route, keys.c.idempotency_key],
                set_={
                    "request_hash": new.request_hash,
                    "claim": new.claim,
                    "claimed_until": new.claimed_until,
                    "expires_at": new.expires_at,
                    "status": None,
                    "headers": None,
                    "body": None,
                },
                where=or_(over, dead),
            ).returning(keys.c.claim)
        ).scalar_one_or_none()
        return claim

    def _sweep(self, connection: Connection) -> None:
        with self._lock:
            if time.monotonic() - self._swept < _SWEEP_EVERY_S:
                return
            self._swept = time.monotonic()
        connection.execute(delete(keys).where(keys.c.expires_at <= func.clock_timestamp()))


def _is(asked: KeyedRequest) -> ColumnElement[bool]:
    return and_(
        keys.c.caller == asked.caller,
        keys.c.route == asked.route,
        keys.c.idempotency_key == asked.key,
    )


def _in(seconds: float) -> ColumnElement[datetime]:
    return func.clock_timestamp() + timedelta(seconds=seconds)
