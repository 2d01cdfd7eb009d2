"""/ops says whether the server is up and ready, what failed, what runs, and takes orders."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import fastapi.routing
import pytest

from aethermart.api.server import ApiServer
from aethermart.api.settings import ApiSettings
from aethermart.client.answers.ops import Alert, RetentionClass
from aethermart.client.client import AetherMartClient
from aethermart.core.errors import BadInput, Conflict, NotFound
from aethermart.identity.roles import Role
from tests.api.asking import app_on, ask, role_token
from tests.api.fake_operations import NOON, letter
from tests.api.fake_platform import TOKEN, FakePlatform, three_orders


def test_health_answers_without_asking_the_platform() -> None:
    platform = three_orders()
    answer = ask(app_on(platform), "/ops/health", token=None)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert platform.calls == []


def test_ready_turns_from_503_to_200_once_nothing_is_awaited() -> None:
    platform = three_orders()
    platform.waiting_for = ("mirror: online_retail",)
    app = app_on(platform)
    answer = ask(app, "/ops/ready", token=None)
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "waiting_for": ["mirror: online_retail"]}
    platform.waiting_for = ()
    answer = ask(app, "/ops/ready", token=None)
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "waiting_for": []}


def test_sinks_of_one_shop() -> None:
    platform = three_orders()
    platform.sink_errors["online_retail"] = "the disk is full"
    answer = ask(app_on(platform), "/ops/sinks?shop=online_retail")
    assert answer.json() == {
        "sinks": [
            {
                "sink": "mirror",
                "shop": "online_retail",
                "applied": 41,
                "head": 42,
                "behind": 1,
                "status": "stopped",
                "error": "the disk is full",
            }
        ]
    }


def test_dead_letters_come_in_pages_by_sink_and_shop() -> None:
    platform = three_orders()
    platform.letters = [
        letter(1),
        letter(2, sink="archive"),
        letter(3, shop="online_retail"),
        letter(4, resolved_at=NOON),
        letter(5),
    ]
    app = app_on(platform)

    def numbers(query: str) -> tuple[list[int], str | None]:
        page = ask(app, f"/ops/dead-letters{query}").json()
        return [each["id"] for each in page["letters"]], page["next_cursor"]

    assert numbers("") == ([1, 2, 3, 5], None)
    assert numbers("?resolved=true") == ([1, 2, 3, 4, 5], None)
    assert numbers("?sink=mirror&shop=aethermart") == ([1, 5], None)
    assert numbers("?limit=3") == ([1, 2, 3], "3")
    assert numbers("?limit=3&cursor=3") == ([5], None)
    (first, *_) = ask(app, "/ops/dead-letters").json()["letters"]
    assert first == {
        "id": 1,
        "sink": "mirror",
        "shop": "aethermart",
        "offset": 41,
        "entry_id": "e1",
        "error": "orders: a column changed\n  fix: capture the table anew",
        "attempts": 1,
        "failed_at": "2026-01-31T12:00:00Z",
        "retry_requested_at": None,
        "resolved_at": None,
    }


def test_a_shop_or_parameter_that_is_none_is_refused() -> None:
    app = app_on(three_orders())
    assert ask(app, "/ops/dead-letters?shop=nowhere").status_code == 404
    assert ask(app, "/ops/dead-letters?shops=aethermart").status_code == 400
    assert ask(app, "/ops/dead-letters?cursor=x").status_code == 400
    assert ask(app, "/ops/runs?state=sleeping").status_code == 400


def test_a_retry_is_asked_once_the_letter_is_open() -> None:
    platform = three_orders()
    platform.letters = [letter(1), letter(2, resolved_at=NOON)]
    app = app_on(platform)
    answer = ask(app, "/ops/dead-letters/1/retry", method="POST")
    assert answer.status_code == 202
    assert answer.json()["retry_requested_at"] == "2026-01-31T12:00:00Z"
    over = ask(app, "/ops/dead-letters/2/retry", method="POST")
    assert (over.status_code, over.json()["detail"]) == (409, "letter 2 is resolved")
    assert ask(app, "/ops/dead-letters/3/retry", method="POST").status_code == 404
    assert ask(app, "/ops/dead-letters/0/retry", method="POST").status_code == 400
    assert ask(app, f"/ops/dead-letters/{2**63}/retry", method="POST").status_code == 400


@pytest.mark.parametrize(
    "role, reads, runs",
    [
        (Role.ADMIN, True, True),
        (Role.ARCHITECT, True, True),
        (Role.EXECUTIVE, True, False),
        (Role.MARKETING, False, False),
        (Role.CUSTOMER, False, False),
    ],
)
def test_who_reads_may_not_run(role: Role, reads: bool, runs: bool) -> None:
    platform = three_orders()
    platform.letters = [letter(1)]
    app, token = app_on(platform), role_token(role)
    for path in ("/ops/dead-letters", "/ops/runs", "/ops/metrics", "/ops/alerts", "/ops/retention"):
        assert ask(app, path, token=token).status_code == (200 if reads else 403), path
    platform.calls.clear()
    started = ask(app, "/ops/runs", method="POST", body={"kind": "publish"}, token=token)
    retried = ask(app, "/ops/dead-letters/1/retry", method="POST", token=token)
    assert [started.status_code, retried.status_code] == ([202, 202] if runs else [403, 403])
    if not runs:
        assert platform.calls == []
        assert platform.made_runs == []
        assert platform.letters[0].retry_requested_at is None


def test_a_run_is_started_by_its_caller_one_of_a_kind_at_a_time() -> None:
    platform = three_orders()
    app = app_on(platform)
    answer = ask(app, "/ops/runs", method="POST", body={"kind": "publish", "arguments": {"a": "b"}})
    assert answer.status_code == 202
    assert answer.headers["Location"] == "/api/v1/ops/runs/1"
    run = answer.json()
    assert (run["id"], run["kind"], run["state"]) == (1, "publish", "queued")
    assert (run["arguments"], run["started_by"]) == ({"a": "b"}, "project")
    again = ask(app, "/ops/runs", method="POST", body={"kind": "publish"})
    assert (again.status_code, again.json()["fix"]) == (409, "wait for it")
    unknown = ask(app, "/ops/runs", method="POST", body={"kind": "nothing"})
    assert unknown.status_code == 400
    assert "there is no run of kind 'nothing'" in unknown.json()["detail"]
    platform.move_run(1, "succeeded", 1.0, "done")
    assert ask(app, "/ops/runs", method="POST", body={"kind": "publish"}).status_code == 202
    assert [run["id"] for run in ask(app, "/ops/runs").json()["runs"]] == [2, 1]
    assert ask(app, "/ops/runs/1").json()["state"] == "succeeded"
    assert ask(app, "/ops/runs/3").status_code == 404
    assert ask(app, "/ops/runs/1/cancel", method="POST").status_code == 409
    assert ask(app, "/ops/runs/2/cancel", method="POST").status_code == 202


def test_the_metrics_are_prometheus_text_and_open_only_where_the_settings_say_so() -> None:
    platform = three_orders()
    app = app_on(platform)
    assert ask(app, "/ops/metrics", token=None).status_code == 401
    assert platform.calls == []
    answer = ask(app, "/ops/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text == "# TYPE aethermart_up gauge\naethermart_up 1\n"
    platform.open_metrics = True
    assert ask(app, "/ops/metrics", token=None).status_code == 200


def test_every_answer_is_observed_by_the_routes_template() -> None:
    platform = three_orders()
    app = app_on(platform)
    ask(app, "/ops/runs/77")
    ask(app, "/lake/metrics/revenue")
    ask(app, "/ops/sinks", token=None)
    ask(app, "/no/such/place/at/all")
    ask(app, "/ops/sinks", method="BREW")
    platform.failure = RuntimeError("broken inside")
    ask(app, "/ops/alerts")
    assert platform.requests == [
        ("GET", "/ops/runs/{run_id}", 404),
        ("GET", "/lake/metrics/{name}", 200),
        ("GET", "/ops/sinks", 401),
        ("GET", "unmatched", 404),
        ("other", "/ops/sinks", 405),
        ("GET", "/ops/alerts", 500),
    ]


def test_alerts_and_retention_are_shown_as_the_platform_tells_them() -> None:
    platform = three_orders()
    platform.firing = [
        Alert(
            rule="DiskLow",
            severity="critical",
            state="firing",
            summary="The disk is nearly full.",
            value=5.0,
            bound=10.0,
            unit="bytes",
            since=NOON,
            mend="free space",
        )
    ]
    platform.kept = [
        RetentionClass(
            data_class="support_chats",
            shop="aethermart",
            table="support_chats",
            days=730,
            bound=NOON - timedelta(days=730),
            rows_removed=3,
        )
    ]
    app = app_on(platform)
    alerts = ask(app, "/ops/alerts").json()
    assert (alerts["firing"], alerts["alerts"][0]["rule"]) == (1, "DiskLow")
    assert alerts["alerts"][0]["since"] == "2026-01-31T12:00:00Z"
    (kept,) = ask(app, "/ops/retention").json()["classes"]
    assert (kept["days"], kept["rows_removed"], kept["oldest"]) == (730, 3, None)


def started(platform: FakePlatform) -> FakePlatform:
    platform.start_run("publish", {}, "somebody")
    platform.move_run(1, "running", 0.5, "half")
    return platform


def events_of(text: str) -> list[tuple[str, str]]:
    """(id, event) of each event in a stream."""
    fields = [
        dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        for block in text.split("\n\n")
    ]
    return [(each["id"], each["event"]) for each in fields if each]


def test_the_stream_of_a_run_that_is_over_ends_at_once_and_resumes_where_it_was_left() -> None:
    platform = started(three_orders())
    platform.move_run(1, "succeeded", 1.0, "done")
    app = app_on(platform)
    whole = ask(app, "/ops/runs/1/events")
    assert whole.headers["Content-Type"].startswith("text/event-stream")
    assert events_of(whole.text) == [
        ("1", "progress"),
        ("2", "progress"),
        ("3", "progress"),
        ("3", "end"),
    ]
    resumed = ask(app, "/ops/runs/1/events", headers={"Last-Event-ID": "2"})
    assert events_of(resumed.text) == [("3", "progress"), ("3", "end")]
    assert ask(app, "/ops/runs/9/events").status_code == 404
    wrong = ask(app, "/ops/runs/1/events", headers={"Last-Event-ID": "two"})
    assert wrong.status_code == 400


@pytest.fixture
def served() -> Iterator[tuple[FakePlatform, str]]:
    platform = started(three_orders())
    server = ApiServer(app_on(platform), ApiSettings(port=0))
    server.start()
    yield platform, server.url
    server.stop()


def test_the_client_follows_a_run_live_until_it_ends(served: tuple[FakePlatform, str]) -> None:
    platform, url = served
    steps = [("running", 0.75, "nearly"), ("failed", None, "the disk is full")]

    def work() -> None:
        for state, progress, message in steps:
            time.sleep(0.1)
            platform.move_run(1, state, progress, message)  # type: ignore[arg-type]

    worker = threading.Thread(target=work)
    with AetherMartClient(url, TOKEN) as client:
        worker.start()
        seen = [(e.number, e.state, e.message) for e in client.ops.run_events(1)]
        assert seen == [
            (1, "queued", ""),
            (2, "running", "half"),
            (3, "running", "nearly"),
            (4, "failed", "the disk is full"),
        ]
        assert [e.number for e in client.ops.run_events(1, after=3)] == [4]
        with pytest.raises(NotFound, match="there is no run 5"):
            next(client.ops.run_events(5))
    worker.join()


def test_a_quiet_run_gets_comments_so_that_no_proxy_hangs_up(
    served: tuple[FakePlatform, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.05)
    platform, url = served
    with (
        AetherMartClient(url, TOKEN) as client,
        client.ops._http.lines("/ops/runs/1/events", {}) as lines,
    ):
        said = []
        for line in lines:
            said.append(line)
            if said.count(": ping") == 2:
                platform.move_run(1, "cancelled", None, "cancelled")
                break
        said += list(lines)
    assert said.count(": ping") >= 2
    end = said.index("event: end")
    assert said[end + 1] == f"data: {platform.run(1).model_dump_json()}"
    assert said[end + 2 :] == ["id: 3", ""]


def test_the_client_speaks_every_route(served: tuple[FakePlatform, str]) -> None:
    platform, url = served
    platform.letters = [letter(1)]
    with AetherMartClient(url, TOKEN) as client:
        ops = client.ops
        assert ops.metrics().endswith("aethermart_up 1\n")
        assert [each.id for each in ops.dead_letters(sink="mirror", limit=5).letters] == [1]
        assert ops.retry_dead_letter(1).retry_requested_at == NOON
        assert [kind.kind for kind in ops.run_kinds()] == ["publish", "sink_rebuild"]
        run = ops.start_run("sink_rebuild", {"sink": "mirror"})
        assert (run.id, run.arguments) == (2, {"sink": "mirror"})
        with pytest.raises(Conflict, match="not over"):
            ops.start_run("sink_rebuild", {"sink": "mirror"})
        with pytest.raises(BadInput):
            ops.start_run("nothing")
        assert [each.id for each in ops.runs(kind="publish").runs] == [1]
        assert ops.run(2).kind == "sink_rebuild"
        assert ops.cancel_run(2).id == 2
        assert ops.alerts().evaluated_at == NOON
        assert ops.retention().classes == ()
