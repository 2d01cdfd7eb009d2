"""Products and graded judgements from CSV or Parquet files of a user's own, checked row by row."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from aethermart.core.errors import BadInput
from aethermart.skills.search.records import Product

_PRODUCT_COLUMNS = ("product_uid", "product_title")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_PRICE = re.compile(r"^\s*(?:[$€£¥]|[A-Z]{3}\s)\s*|\s*(?:[$€£¥]|\s[A-Z]{3})\s*$")
_JUDGEMENT_COLUMNS = ("search_term", "product_uid", "relevance")


@dataclass(frozen=True, slots=True)
class Judgement:
    query: str
    product_uid: str
    relevance: float


@dataclass(frozen=True, slots=True)
class ProductsRead:
    """
    repeated       rows left out, for an earlier one has their product_uid
    prices_unread  prices that are no number, taken as unknown: no ranking looks at them
    """

    products: Sequence[Product]
    repeated: int = 0
    prices_unread: int = 0


def read_products(path: Path) -> ProductsRead:
    """`product_uid, product_title`, and `description, brand, category, price` where they stand.

    Raises BadInput that names the file, the row and the value.
    """
    rows = _rows(path, _PRODUCT_COLUMNS)
    products: dict[str, Product] = {}
    prices_unread = 0
    for number, row in enumerate(rows, start=1):
        uid = _text(row["product_uid"])
        if not uid:
            raise _wrong(path, number, "product_uid", row["product_uid"], "give every product one")
        if uid in products:
            continue
        price = _price(row.get("price"))
        prices_unread += price is None and bool(_text(row.get("price")))
        products[uid] = Product(
            product_uid=uid,
            title=_text(row["product_title"]),
            description=_text(row.get("description")),
            brand=_text(row.get("brand")),
            category=_text(row.get("category")),
            price=price,
        )
    return ProductsRead(tuple(products.values()), len(rows) - len(products), prices_unread)


def read_judgements(path: Path) -> list[Judgement]:
    """`search_term, product_uid, relevance`. Raises BadInput that names the file, row and value."""
    found = []
    for number, row in enumerate(_rows(path, _JUDGEMENT_COLUMNS), start=1):
        query, uid = _text(row["search_term"]), _text(row["product_uid"])
        if not query:
            raise _wrong(path, number, "search_term", row["search_term"], "give the query's words")
        found.append(Judgement(query, uid, _relevance(path, number, row["relevance"])))
    return found


def _rows(path: Path, needed: Sequence[str]) -> list[dict[str, Any]]:
    table = _table(path)
    lacking = [name for name in needed if name not in table.column_names]
    if lacking:
        raise BadInput(
            f"{path} has no column {', '.join(map(repr, lacking))}; it has "
            f"{', '.join(map(repr, table.column_names)) or 'none'}",
            fix=f"name its columns {', '.join(needed)}",
        )
    if not table.num_rows:
        raise BadInput(f"{path} has no rows", fix="give a file with at least one")
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _table(path: Path) -> pa.Table:
    readers: Mapping[str, Callable[[Path], pa.Table]] = {
        ".csv": _read_csv,
        ".parquet": pyarrow.parquet.read_table,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadInput(
            f"{path}: {path.suffix or 'no ending'!r} is no kind of file that is read here",
            fix="give a .csv or a .parquet file",
        )
    try:
        return reader(path)
    except FileNotFoundError:
        raise BadInput(f"there is no file {path}", fix="check the path") from None
    except pa.ArrowInvalid as broken:
        said = str(broken).splitlines()[0]
        raise BadInput(
            f"{path} cannot be read as {path.suffix[1:]}: {said}", fix="write the file again"
        ) from None


def _read_csv(path: Path) -> pa.Table:
    """Every column as text, so that `007` keeps its noughts; what looks like null is text too."""
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        names = [name.strip().strip('"') for name in lines.readline().split(",")]
    return pyarrow.csv.read_csv(
        path,
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
    )


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a number column with holes comes as floats
    return str(value).strip()


def _price(value: object) -> Decimal | None:
    """`12.50`, `$12.50`, `1,299.00 USD`; None for what is no price of at least 0."""
    text = _PRICE.sub("", _THOUSANDS.sub("", _text(value)))
    try:
        price = Decimal(text)
    except InvalidOperation:
        return None
    return price if price.is_finite() and price >= 0 else None


def _relevance(path: Path, number: int, value: object) -> float:
    try:
        relevance = float(str(value))
    except ValueError:
        relevance = math.nan
    if not math.isfinite(relevance):
        raise _wrong(path, number, "relevance", value, "give a number, higher is better")
    return relevance


def _wrong(path: Path, number: int, column: str, value: object, fix: str) -> BadInput:
    return BadInput(f"{path}, row {number}: {value!r} is no {column}", fix=fix)
