"""Every command and every setting stands in the docs, as it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import click
import pytest

from benchmarks.page import read_results
from tools import (
    api_docs,
    cli_docs,
    common_passwords,
    comparison,
    grants_docs,
    model_docs,
    roles_docs,
    settings_docs,
)


def test_every_command_is_documented() -> None:
    from aethermart.cli.main import main

    assert cli_docs.problems(main) == []
    assert cli_docs.PAGE.read_text(encoding="utf-8") == cli_docs.render(main), "run `make docs`"


def test_every_setting_is_documented() -> None:
    from aethermart.settings.sections import Settings

    page = settings_docs.PAGE.read_text(encoding="utf-8")
    assert settings_docs.problems(Settings) == []
    assert page == settings_docs.render(Settings), "run `make docs`"


def test_the_comparison_is_that_of_the_benchmarks() -> None:
    results = read_results()
    page = comparison.render(results)
    assert comparison.PAGE.read_text(encoding="utf-8") == page, "run `make docs`"
    assert "| poller, updated_at > last |" in page
    assert "| **missed** |" in page


def test_every_route_is_documented() -> None:
    page = api_docs.PAGE.read_text(encoding="utf-8")
    assert page == api_docs.render(api_docs.application()), "run `make docs`"
    assert "| `GET /lake/metrics/{name}` | `metrics` | One metric's values, a row a shop" in page
    assert "| `GET /ops/health` | open | The process answers. |" in page


def test_every_model_and_metric_is_documented() -> None:
    page = model_docs.PAGE.read_text(encoding="utf-8")
    assert model_docs.problems() == []
    assert page == model_docs.render(), "run `make docs`"
    assert (
        "\n| `revenue` | money | country, status, channel, product, place, day, week, month | Line"
        in page
    )
    assert (
        "\n### mart_city_performance\n\nCities with revenue and premium share. Grain: one" in page
    )


def test_the_table_of_roles_is_the_one_that_refuses() -> None:
    assert roles_docs.problems() == []
    assert roles_docs.PAGE.read_text(encoding="utf-8") == roles_docs.render(), "run `make docs`"
    assert "\n| `ops_run` | start a run, retry a dead letter | yes |  |  |  | yes |  |\n" in (
        roles_docs.table()
    )


def test_the_table_of_the_store_s_rights_is_that_of_the_matrix() -> None:
    assert grants_docs.PAGE.read_text(encoding="utf-8") == grants_docs.render(), "run `make docs`"
    assert "| `app` | the shop's own programs:" in grants_docs.table()


def test_the_list_of_common_passwords_is_what_its_patterns_make() -> None:
    assert common_passwords.PAGE.read_text(encoding="utf-8") == common_passwords.render()


@click.group(help="Sell things.")
def shop() -> None: ...


@shop.command("open", help="Open the door.")
@click.argument("name")
@click.option("--at", default="9:00", show_default=True, help="When.")
@click.option("--quietly", is_flag=True, hidden=True)
def open_(name: str, at: str, quietly: bool) -> None: ...


@shop.command()
@click.option("--fast", is_flag=True)
def close(fast: bool) -> None: ...


@shop.command(hidden=True)
def inner() -> None: ...


def test_a_commands_page_shows_usage_help_and_options() -> None:
    page = cli_docs.render(shop)
    assert (
        "\n## aethermart open\n\n```\naethermart open [OPTIONS] NAME\n```\n\nOpen the door.\n\n"
        "| option | |\n|---|---|\n| `--at TEXT` | When. [default: 9:00] |\n"
    ) in page
    assert "inner" not in page
    assert "quietly" not in page


def test_a_command_or_option_that_says_nothing_is_a_problem() -> None:
    assert cli_docs.problems(shop) == [
        "`aethermart close` has no help",
        "`aethermart close --fast` has no help",
    ]


@dataclass(frozen=True)
class Door:
    """How the shop's door is run."""

    width_cm: int = field(default=90, metadata={"doc": "Between the posts."})


@dataclass(frozen=True)
class Shelf:
    name: str = field(metadata={"doc": "What it is called."})
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shop:
    """A shop."""

    currency: str | None = field(default=None, metadata={"doc": "Of its prices."})
    door: Door = field(default_factory=Door)
    shelves: tuple[Shelf, ...] = ()


def test_a_settings_page_shows_each_table_with_type_default_and_meaning() -> None:
    assert (
        settings_docs.render(Shop).removeprefix(settings_docs.HEADER)
        == """
## Top of the file

| setting | type | default | meaning |
|---|---|---|---|
| `currency` | `str` | none | Of its prices. |

## `[door]`

How the shop's door is run.

| setting | type | default | meaning |
|---|---|---|---|
| `width_cm` | `int` | `90` | Between the posts. |

## `[shelves[]]`

| setting | type | default | meaning |
|---|---|---|---|
| `name` | `str` | required | What it is called. |
| `rows` | `tuple of str` | empty |  |
"""
    )


def test_a_setting_that_says_nothing_is_a_problem() -> None:
    assert settings_docs.problems(Shop) == ["setting `shelves[].rows` has no doc"]


@pytest.mark.parametrize("text, as_cell", [("a | b", "a \\| b"), ("one\n  two", "one two")])
def test_a_table_cell_stays_on_its_line(text: str, as_cell: str) -> None:
    assert cli_docs.cell(text) == as_cell
