"""Equal reads run once, a client that has the answer is told so, and nobody sees an older one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from aethermart.api.reads import SharedReads, aged
from aethermart.client.answers.lake import MetricAnswer, ShopAge
from aethermart.client.answers.values import Answer
from aethermart.core.errors import BadInput
from aethermart.engine.deadlines import Abandoned
from aethermart.identity.roles import Role
from tests.api.asking import app_on, ask, role_token
from tests.api.fake_platform import NOON, FakeOrder, three_orders

_PATH = "/lake/metrics/revenue"


class _Number(Answer):
    number: int


def test_an_answer_is_given_again_until_the_lake_changes() -> None:
    platform = three_orders()
    app = app_on(platform)
    first, second = ask(app, _PATH).json(), ask(app, _PATH).json()
    assert platform.calls == ["metric revenue"]
    assert second["rows"] == first["rows"]
    platform.orders.append(FakeOrder("aethermart", "EUR", "1.00", NOON))
    assert ask(app, _PATH).json()["rows"][0]["value"] == "151.00"
    assert platform.calls == ["metric revenue"] * 2


def test_what_is_asked_otherwise_or_may_see_otherwise_runs_for_itself() -> None:
    platform = three_orders()
    app = app_on(platform)
    ask(app, _PATH)
    ask(app, _PATH, params={"shop": "aethermart"})
    ask(app, _PATH, token=role_token(Role.MARKETING))
    ask(app, "/lake/metrics/order_count")
    assert len(platform.calls) == 4
    ask(app, _PATH, token=role_token(Role.MARKETING))
    assert len(platform.calls) == 4


def test_who_has_the_answer_is_told_so_without_a_query() -> None:
    platform = three_orders()
    app = app_on(platform)
    first = ask(app, _PATH)
    etag = first.headers["etag"]
    assert etag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["vary"] == "Authorization"
    platform.calls.clear()
    for known in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = ask(app, _PATH, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert "content-type" not in again.headers
    assert platform.calls == []
    platform.as_of["aethermart"] = NOON
    changed = ask(app, _PATH, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


def test_an_etag_counts_for_its_own_question_and_role_alone() -> None:
    app = app_on(three_orders())
    etag = ask(app, _PATH).headers["etag"]
    known = {"If-None-Match": etag}
    assert ask(app, "/lake/metrics/order_count", headers=known).status_code == 200
    other = ask(app, _PATH, headers=known, token=role_token(Role.MARKETING))
    assert other.status_code == 200
    assert ask(app, _PATH, headers=known, token=None).status_code == 401
    assert ask(app, _PATH, headers=known, token=role_token(Role.CUSTOMER)).status_code == 403


def test_who_asks_not_to_share_runs_for_itself() -> None:
    platform = three_orders()
    app = app_on(platform)
    for _ in range(3):
        ask(app, _PATH, headers={"Cache-Control": "no-cache"})
    assert len(platform.calls) == 3


def test_a_refusal_is_kept_for_nobody() -> None:
    platform = three_orders()
    app = app_on(platform)
    for _ in range(2):
        assert ask(app, _PATH, params={"by": "colour"}).status_code == 400
    assert len(platform.calls) == 2


def test_the_age_of_an_answer_counts_on() -> None:
    shop = ShopAge(shop="a", as_of=NOON, lag_s=1.0)
    unread = ShopAge(shop="b")
    made = MetricAnswer(metric="revenue", rows=(), as_of=NOON, lag_s=1.0, shops=(shop, unread))
    later = aged(made, 0.5)
    assert later.lag_s == 1.5
    assert [each.lag_s for each in later.shops] == [1.5, None]
    assert later.as_of == NOON
    assert made.lag_s == 1.0


def test_a_kept_answer_tells_its_age_at_the_time_it_is_told() -> None:
    now = [100.0]
    reads = SharedReads(lambda: now[0])

    def run() -> MetricAnswer:
        return MetricAnswer(metric="revenue", rows=(), as_of=NOON, lag_s=0.25)

    assert reads.answer("q", 1, run).lag_s == 0.25
    now[0] += 1.5
    assert reads.answer("q", 1, run).lag_s == 1.75
    now[0] += 1.0  # too old to be given again
    assert reads.answer("q", 1, run).lag_s == 0.25


class _Slow:
    """A read that waits to be let on."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.runs = 0
        self.under_way = threading.Event()
        self.go_on = threading.Event()
        self.fails = fails

    def __call__(self) -> _Number:
        self.runs += 1
        self.under_way.set()
        assert self.go_on.wait(20.0)
        if self.fails is not None:
            fails, self.fails = self.fails, None
            raise fails
        return _Number(number=self.runs)


def _ask_together(run: _Slow, askers: int) -> list[_Number | Exception]:
    reads = SharedReads()

    def one(_: int) -> _Number | Exception:
        try:
            return reads.answer("q", 1, run)
        except BadInput as error:
            return error

    with ThreadPoolExecutor(askers) as pool:
        futures = [pool.submit(one, 0)]
        assert run.under_way.wait(20.0)
        futures += [pool.submit(one, n) for n in range(1, askers)]
        time.sleep(0.1)
        run.go_on.set()
        return [future.result() for future in futures]


def test_equal_reads_at_once_run_one_query() -> None:
    run = _Slow()
    assert _ask_together(run, 8) == [_Number(number=1)] * 8
    assert run.runs == 1


def test_an_error_is_told_to_all_who_wait() -> None:
    run = _Slow(BadInput("no", fix="yes"))
    assert {type(each) for each in _ask_together(run, 4)} == {BadInput}
    assert run.runs == 1


def test_when_its_runner_leaves_another_runs_it() -> None:
    run = _Slow(Abandoned("left", fix="ask again"))
    reads = SharedReads()
    with ThreadPoolExecutor(4) as pool:
        leaving = pool.submit(reads.answer, "q", 1, run)
        assert run.under_way.wait(20.0)
        staying = [pool.submit(reads.answer, "q", 1, run) for _ in range(3)]
        time.sleep(0.1)
        run.go_on.set()
        with pytest.raises(Abandoned):
            leaving.result()
        assert [each.result() for each in staying] == [_Number(number=2)] * 3


def test_no_answer_is_older_than_the_lake_was_when_it_was_asked() -> None:
    """Readers beside a writer that counts up: what is read is never less than what was written."""
    reads, stop = SharedReads(), threading.Event()
    written = [0]

    def run() -> _Number:
        number = written[0]
        time.sleep(0.001)
        return _Number(number=number)

    def write() -> None:
        while not stop.wait(0.002):
            written[0] += 1

    def read(_: int) -> int:
        stale = 0
        for _turn in range(100):
            version = written[0]
            stale += reads.answer("q", version, run).number < version
        return stale

    writer = threading.Thread(target=write)
    writer.start()
    with ThreadPoolExecutor(6) as pool:
        stale = sum(pool.map(read, range(6)))
    stop.set()
    writer.join()
    assert stale == 0
    assert written[0] > 0


def test_the_least_lately_asked_is_forgotten_first() -> None:
    reads, runs = SharedReads(), []

    def run(number: int) -> Callable[[], _Number]:
        def ran() -> _Number:
            runs.append(number)
            return _Number(number=number)

        return ran

    for number in range(200):
        reads.answer(number, 1, run(number))
    reads.answer(199, 1, run(199))
    reads.answer(0, 1, run(0))
    assert runs == [*range(200), 0]
