"""The mapping stages exactly the columns that the warehouse's entities have."""

from __future__ import annotations

import re
from importlib.resources import files

from aethermart.packs.mapping.entities import ENTITY_COLUMNS, REQUIRED
from aethermart.packs.pack import ENTITIES, OPTIONAL_COLUMNS


def test_the_mappings_columns_are_the_warehouses() -> None:
    macro = files("aethermart.warehouse").joinpath("dbt/macros/entities.sql").read_text()
    of_warehouse = {
        entity: dict(re.findall(r"\('(\w+)', '([A-Z]+(?:\(\d+,\d+\))?)'\)", columns))
        for entity, columns in re.findall(r"'(\w+)': \[\n(.*?)\n    \],", macro, re.DOTALL)
    }
    guessed = {
        entity: {
            name: kind
            for name, kind in of_warehouse[entity].items()
            if name not in OPTIONAL_COLUMNS.get(entity, ())
        }
        for entity in ENTITY_COLUMNS
    }
    assert guessed == ENTITY_COLUMNS


def test_required_columns_are_columns_and_mapped_entities_are_entities() -> None:
    assert set(REQUIRED) == set(ENTITY_COLUMNS) <= set(ENTITIES)
    for entity, columns in REQUIRED.items():
        assert set(columns) <= set(ENTITY_COLUMNS[entity])
