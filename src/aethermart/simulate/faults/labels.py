"""What was planted: one label a fault, beside the messy shop and never read by the warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Answer = Literal["mend", "empty", "quarantine", "link"]

# kind -> what a warehouse should do with it
KINDS: dict[str, Answer] = {
    "street_abbreviated": "mend",
    "company_inconsistent": "mend",
    "person_name_inconsistent": "mend",
    "product_name_abbreviated": "mend",
    "price_as_text": "mend",
    "price_in_another_currency": "mend",
    "price_ambiguous": "quarantine",
    "phone_spelling": "mend",
    "email_spelling": "mend",
    "email_unusable": "empty",
    "swapped_columns": "mend",
    "impossible_date": "quarantine",
    "negative_total": "quarantine",
    "orphan_row": "quarantine",
    "duplicate_customer": "link",
    "duplicate_product": "link",
}


@dataclass(frozen=True, slots=True)
class Label:
    """One planted fault.

    key      of the row, as text
    column   where the fault stands; None where the whole row is at fault
    written  what stands there now; None for a whole row
    truth    what ought to stand there; of a duplicate the key it duplicates; None where no value
             can be had
    """

    kind: str
    table: str
    key: str
    column: str | None
    written: str | None
    truth: str | None


def write_labels(labels: Iterable[Label], file: Path) -> None:
    """One JSON object a line."""
    lines = (json.dumps(asdict(label), ensure_ascii=False) for label in labels)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_labels(file: Path) -> list[Label]:
    with file.open(encoding="utf-8") as lines:  # splitlines() would also cut at other line ends
        return [Label(**json.loads(line)) for line in lines]
