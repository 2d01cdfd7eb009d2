from __future__ import annotations

import pytest

from tests.services import require_service


@pytest.fixture(autouse=True)
def nothing_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AETHERMART_REQUIRE_SERVICES", raising=False)


def test_a_test_whose_service_cannot_be_had_is_skipped_with_the_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match="needs kafka: no broker's jar"):
        require_service("kafka", "no broker's jar")


def test_it_fails_where_the_service_must_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AETHERMART_REQUIRE_SERVICES", "postgres, kafka")
    with pytest.raises(pytest.fail.Exception, match="kafka must run here: no broker's jar"):
        require_service("kafka", "no broker's jar")


def test_another_services_requirement_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AETHERMART_REQUIRE_SERVICES", "postgres")
    with pytest.raises(pytest.skip.Exception):
        require_service("kafka", "no broker's jar")


def test_a_service_that_can_be_had_lets_the_test_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    require_service("postgres")


def test_a_misspelt_service_is_an_error_not_a_skip() -> None:
    with pytest.raises(LookupError, match="no look-up for service 'postgers'"):
        require_service("postgers")
