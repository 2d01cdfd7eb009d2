"""A messy copy of our own store, with labelled faults, as a shop of its own."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from aethermart.core.errors import Conflict
from aethermart.operations.store import primary_dsn
from aethermart.store.connect import connect
from aethermart.wiring import Project

SHOP_FILE, LABELS_FILE = "shop.db", "labels.jsonl"


@dataclass(frozen=True, slots=True)
class Messy:
    """rows: of the copy; faults: planted, a kind."""

    shop: str
    labels: str
    rows: int
    faults: dict[str, int]


def plant_faults(
    project: Project, folder: Path, *, share: float, seed: int, spellings: str
) -> Messy:
    """Write the copy and, beside it, what was planted; the store is only read.

    Raises Conflict where `folder` has one already.
    """
    # Here, not above: its libraries are an extra, which no other command needs.
    from aethermart.simulate.faults.labels import write_labels  # noqa: PLC0415
    from aethermart.simulate.faults.plant import plant  # noqa: PLC0415
    from aethermart.simulate.faults.sound import take_sound  # noqa: PLC0415
    from aethermart.simulate.faults.spellings import spellings_named  # noqa: PLC0415
    from aethermart.simulate.faults.store import write_shop  # noqa: PLC0415

    ways = spellings_named(spellings)
    shop, labels = folder / SHOP_FILE, folder / LABELS_FILE
    for file in (shop, labels):
        if file.exists():
            raise Conflict(f"{file} exists", fix="name a folder without one, or remove it")
    with closing(connect(primary_dsn(project))) as session:
        sound = take_sound(session, seed)
    messy = plant(sound, share, seed, ways)
    folder.mkdir(parents=True, exist_ok=True)
    write_shop(messy.tables, shop)
    write_labels(messy.labels, labels)
    faults = Counter(label.kind for label in messy.labels)
    return Messy(str(shop), str(labels), messy.rows(), dict(faults.most_common()))
