"""What tables of several schemas go by, and back."""

from __future__ import annotations

import pytest

from aethermart.core.errors import BadInput
from aethermart.core.schemas import Schemas


def test_tables_of_the_first_schema_go_by_their_name_and_others_by_both() -> None:
    schemas = Schemas.of("sales,  Catalogue")
    assert list(schemas) == ["sales", "Catalogue"]
    for schema, relation, table in [
        ("sales", "orders", "orders"),
        ("sales", "order.lines", "order.lines"),
        ("Catalogue", "products", "Catalogue.products"),
        ("Catalogue", "a.b", "Catalogue.a.b"),
    ]:
        assert schemas.named(schema, relation) == table
        assert schemas.place(table) == (schema, relation)


def test_a_point_in_a_name_means_nothing_where_there_is_one_schema() -> None:
    assert Schemas.of("public").place("public.orders") == ("public", "public.orders")


@pytest.mark.parametrize("text", ["", "sales,", "sales, sales", " , catalogue"])
def test_each_schema_is_named_once(text: str) -> None:
    with pytest.raises(BadInput, match="does not name each schema once"):
        Schemas.of(text)
