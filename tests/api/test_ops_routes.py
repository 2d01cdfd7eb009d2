"""/ops says whether the server is up and ready, and how far the sinks are."""

from __future__ import annotations

from tests.api.asking import app_on, ask
from tests.api.fake_platform import three_orders


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
