from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aethermart.identity.rotation import Verdict, judge, new_refresh_token, refresh_hash

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
LATER, NOW, BEFORE = NOON + timedelta(1), NOON, NOON - timedelta(seconds=1)


@pytest.mark.parametrize(
    "used,idle_until,session_until,ended,disabled,verdict",
    [
        (False, LATER, LATER, False, False, Verdict.ROTATE),
        (True, LATER, LATER, False, False, Verdict.REPLAYED),
        (True, BEFORE, BEFORE, True, True, Verdict.REPLAYED),  # a thief's, however late
        (False, NOW, LATER, False, False, Verdict.OVER),  # unused too long
        (False, LATER, NOW, False, False, Verdict.OVER),  # the session's own end
        (False, LATER, LATER, True, False, Verdict.OVER),
        (False, LATER, LATER, False, True, Verdict.OVER),
    ],
)
def test_a_refresh_token_is_good_once_in_its_time(
    used: bool,
    idle_until: datetime,
    session_until: datetime,
    ended: bool,
    disabled: bool,
    verdict: Verdict,
) -> None:
    judged = judge(
        used=used,
        idle_until=idle_until,
        session_until=session_until,
        ended=ended,
        disabled=disabled,
        now=NOON,
    )
    assert judged is verdict


def test_a_refresh_token_is_256_bits_and_kept_as_its_sha_256() -> None:
    tokens = {new_refresh_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token.removeprefix("amr_")) for token in tokens} == {43}
    assert refresh_hash("abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
