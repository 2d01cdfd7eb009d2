"""A creating POST that may be sent twice and creates once, by its `Idempotency-Key`.

As the IETF draft `draft-ietf-httpapi-idempotency-key-header-07` says: the same key with another
request is a 422, a repetition while the first is under way a 409. A repetition after it gets the
first answer with `Idempotent-Replayed: true`. What a route refuses has created nothing, so it is
not kept; where a route fails inside, nobody knows, and the key stays claimed until its bound.

A route takes part by asking for `OnceOf`. One whose answer holds a secret must not: answers are
kept as they are for a day.

    @router.post(
        "/runs", status_code=201, response_model=Run, dependencies=_RUN, responses=KEYED
    )
    def start_run(ops: OpsOf, asked: RunAsked, once: OnceOf) -> Response:
        return once(lambda: ops.start_run(asked.kind))
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response

from aethermart.api.authorise import CallerOf
from aethermart.api.ports.gateway import KeptAnswer, KeptAnswers, KeyedRequest
from aethermart.api.problems import refusals, status_of
from aethermart.client.answers.values import Answer
from aethermart.core.errors import AetherMartError, BadInput, Unavailable

KEY_HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEYED = refusals(409, 413, 422)
_JSON = {"Content-Type": "application/json"}
A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Once:
    """Runs a request's work at most once a key; without a key it just runs."""

    status: int
    asked: KeyedRequest | None
    kept: KeptAnswers | None

    def __call__(
        self,
        work: Callable[[], A],
        *,
        headers: Callable[[A], Mapping[str, str]] | None = None,
    ) -> Response:
        """The answer of `work`, or the one that was given before.

        headers  of the answer, kept with it: `Location`
        Raises KeyInUse, KeyReused, Unavailable and what `work` raises.
        """
        if self.asked is None:
            return _response(self._answer(work, headers))
        if self.kept is None:
            raise Unavailable(
                f"this server keeps no answers for {KEY_HEADER}",
                fix=f"send the request without {KEY_HEADER}",
            )
        claim = self.kept.begin(self.asked)
        if isinstance(claim, KeptAnswer):
            return _response(claim, {REPLAYED: "true"})
        try:
            answer = self._answer(work, headers)
        except AetherMartError as refusal:
            if status_of(refusal) < 500:
                self.kept.give_up(self.asked, claim)
            raise
        self.kept.keep(self.asked, claim, answer)
        return _response(answer)

    def _answer(
        self, work: Callable[[], A], headers: Callable[[A], Mapping[str, str]] | None
    ) -> KeptAnswer:
        made = work()
        more = headers(made) if headers is not None else {}
        return KeptAnswer(self.status, {**_JSON, **more}, made.model_dump_json().encode())


def _response(answer: KeptAnswer, more: Mapping[str, str] | None = None) -> Response:
    return Response(answer.body, answer.status, {**answer.headers, **(more or {})})


async def _once(
    request: Request,
    caller: CallerOf,
    key: Annotated[
        str | None,
        Header(
            alias=KEY_HEADER,
            min_length=1,
            max_length=255,
            description="Any text of your own, new for each thing to create, such as a UUID.",
        ),
    ] = None,
) -> Once:
    status = request.scope["route"].status_code or 200
    kept: KeptAnswers | None = request.app.state.gateway.kept
    if key is None:
        return Once(status, None, kept)
    asked = hashlib.sha256(request.url.query.encode() + b"\0" + await request.body())
    route = f"{request.method} {request.url.path}"
    return Once(status, KeyedRequest(caller.subject, route, _plain(key), asked.hexdigest()), kept)


def _plain(key: str) -> str:
    """The draft writes keys in quotes; most senders leave them out."""
    key = key.strip().removeprefix('"').removesuffix('"')
    if not key or not key.isascii() or not key.isprintable():
        raise BadInput(
            f"{key!r} is no idempotency key", fix="use up to 255 printable ASCII characters"
        )
    return key


OnceOf = Annotated[Once, Depends(_once)]
