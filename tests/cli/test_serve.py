"""`serve` gives the API a gateway with the project's settings and the platform's database."""

from __future__ import annotations

from pathlib import Path

from aethermart.api.kept_answers import PlatformAnswers
from aethermart.cli.serve import gateway_of
from aethermart.wiring import Project
from tests.api.test_auditing import FakeAudit

_TOML = """
[platform]
dsn = "postgresql://nobody@127.0.0.1:1/none"

[api]
timeout_s = 7
cors_origins = ["https://shop.example"]
"""


def test_the_gateway_is_the_project_s_and_its_cursors_outlive_a_restart(tmp_path: Path) -> None:
    (tmp_path / "aethermart.toml").write_text(_TOML, encoding="utf-8")
    audit = FakeAudit()
    first, again = (gateway_of(Project.open(tmp_path), audit) for _ in range(2))
    assert first.settings.timeout_s == 7.0
    assert first.settings.cors_origins == ("https://shop.example",)
    assert isinstance(first.kept, PlatformAnswers)
    assert first.audit is audit
    assert first.cursor_key == again.cursor_key
    (tmp_path / "state" / "secrets" / "api_token").write_text("another", encoding="utf-8")
    assert gateway_of(Project.open(tmp_path), audit).cursor_key != first.cursor_key
