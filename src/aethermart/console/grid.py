"""A table of a page: exact in the grid, exact in what is taken away.

Decimals stay decimals from the API to the file. What is exported is what is shown.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import streamlit as st

from aethermart.client.answers.lake import TableColumn, TablePage
from aethermart.console import tiles
from aethermart.console.format import NOTHING, count

MOST_SHOWN = 1000
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_TYPES: dict[str, pa.DataType] = {
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "double": pa.float64(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
}
_ROW_PX = 35
_MOST_PX = 420
_SHARES = ("_share", "_rate", "lift")
_INSTANT = st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm:ss", timezone="UTC")

Cell = str | int | bool | Decimal | None


@dataclass(frozen=True, slots=True)
class Grid:
    """columns  as the API describes them
    more     there are rows beyond these
    """

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: bool = False


def grid_of(page: TablePage, only: Sequence[str] = ()) -> Grid:
    """only  the columns wanted, in their order; empty takes all"""
    names = [column.name for column in page.columns]
    places = [names.index(name) for name in only or names if name in names]
    return Grid(
        tuple(page.columns[place] for place in places),
        tuple(tuple(row[place] for place in places) for row in page.rows),
        more=page.next_cursor is not None,
    )


def arrow(grid: Grid) -> pa.Table:
    """The rows with their exact types."""
    arrays = [
        pa.array(
            [_value(row[place], column.type) for row in grid.rows], type=_arrow_type(column.type)
        )
        for place, column in enumerate(grid.columns)
    ]
    return pa.table(arrays, names=[column.name for column in grid.columns])


def as_csv(grid: Grid) -> bytes:
    out = io.BytesIO()
    pyarrow.csv.write_csv(arrow(grid), out)
    return out.getvalue()


def as_parquet(grid: Grid) -> bytes:
    out = io.BytesIO()
    pyarrow.parquet.write_table(arrow(grid), out, compression="snappy")
    return out.getvalue()


def show(
    grid: Grid,
    name: str,
    title: str,
    *,
    labels: Mapping[str, str] | None = None,
    pick: bool = True,
    exact: bool = False,
) -> int | None:
    """Draw the grid and its exports. Returns the row that was just picked.

    name    of the exported files and of the widgets; unique on the page
    labels  column -> what its head says, where the name with blanks does not do
    exact   decimals with all their places, and a share as the number it is
    """
    heads = {
        column.name: (labels or {}).get(column.name, _label(column.name)) for column in grid.columns
    }
    shown = arrow(grid).rename_columns(list(heads.values()))
    # A column configured as None would be hidden.
    configured = {
        heads[c.name]: look for c in grid.columns if (look := _look(c, exact)) is not None
    }
    drawn: dict[str, Any] = {
        "key": f"grid-{name}",
        "hide_index": True,
        "height": min(_MOST_PX, _ROW_PX * (len(grid.rows) + 1) + 3),
        "column_config": configured,
        "placeholder": NOTHING,
        "alt": title,
    }
    if not pick:
        st.dataframe(shown, **drawn)
        _exports(grid, name)
        return None
    state = st.dataframe(shown, on_select="rerun", selection_mode="single-row", **drawn)
    _exports(grid, name)
    picked = next(iter(state["selection"]["rows"]), None)
    # A choice counts once: rows that come in above it would make it another one's.
    if picked == st.session_state.get(f"picked-{name}"):
        return None
    st.session_state[f"picked-{name}"] = picked
    return picked if picked is not None and picked < len(grid.rows) else None


def _exports(grid: Grid, name: str) -> None:
    words = f"{count(len(grid.rows))} row{'' if len(grid.rows) == 1 else 's'}"
    if grid.more:
        words = (
            f"The first {count(len(grid.rows))} rows; the table and its files end here. "
            "Choose a shorter period or one shop for the others."
        )
    with st.container(key=f"exports-{name}", horizontal=True, vertical_alignment="center"):
        st.html(tiles.nothing(words))
        st.download_button(
            "CSV",
            lambda: as_csv(grid),
            f"{name}.csv",
            "text/csv",
            key=f"csv-{name}",
            on_click="ignore",
        )
        st.download_button(
            "Parquet",
            lambda: as_parquet(grid),
            f"{name}.parquet",
            "application/vnd.apache.parquet",
            key=f"parquet-{name}",
            on_click="ignore",
        )


def _arrow_type(kind: str) -> pa.DataType:
    if match := _DECIMAL.fullmatch(kind):
        return pa.decimal128(int(match[1]), int(match[2]))
    return _TYPES.get(kind, pa.string())


def _value(cell: Cell, kind: str) -> object:
    if not isinstance(cell, str):
        return cell
    if kind == "date":
        return date.fromisoformat(cell)
    if kind == "instant":
        return datetime.fromisoformat(cell)
    if kind == "double":
        return float(cell)  # its shortest digits: the same double again
    return Decimal(cell) if _DECIMAL.fullmatch(kind) else cell


def _look(column: TableColumn, exact: bool) -> Any:
    """How the grid writes a column; None leaves it to the grid."""
    if column.type == "instant":
        return _INSTANT
    if not (match := _DECIMAL.fullmatch(column.type)):
        return None
    if exact:
        return st.column_config.NumberColumn(format=f"%.{match[2]}f")
    if column.name.endswith(_SHARES):
        return st.column_config.NumberColumn(format="percent")
    return st.column_config.NumberColumn(format=f"%.{min(int(match[2]), 2)}f")


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
