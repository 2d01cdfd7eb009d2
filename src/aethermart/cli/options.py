"""Options that several commands share."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from aethermart.core.errors import BadInput
from aethermart.wiring import Project


class Finite(click.FloatRange):
    """A float in a range; infinity and what is no number lie outside of every range."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{number} is not in the range {self._describe_range()}.", param, ctx)
        return number


ABOVE_ZERO = Finite(min=0, min_open=True)
SCALE = Finite(min=0, max=10_000, min_open=True)  # the generator's own limit

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="the working folder",
    envvar="AETHERMART_HOME",
    help="Project folder, with aethermart.toml in it.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def check_shop(project: Project, shop: str) -> None:
    """Raises BadInput for a shop that the settings do not have."""
    if shop not in project.settings.shops:
        raise BadInput(
            f"there is no shop {shop!r}",
            fix=f"use one of {', '.join(project.settings.shops)}, or add it to the settings",
        )
