"""Names in several languages and manners of writing come to the same concepts."""

from __future__ import annotations

import pytest

from aethermart.packs.mapping.words import concepts_of


@pytest.mark.parametrize(
    "name, concepts",
    [
        ("order_date", ("order", "date")),
        ("OrderDate", ("order", "date")),
        ("orderdate", ("order", "date")),
        ("ORDER DATE", ("order", "date")),
        ("Bestelldatum", ("order", "date")),
        ("date_commande", ("date", "order")),
        ("fecha_pedido", ("date", "order")),
        ("tblBestellPositionen", ("tbl", "order", "item")),
        ("Rechnungsbetrag", ("invoice", "amount")),
        ("quantité", ("quantity",)),
        ("Straße", ("street",)),
        ("ÜbergrößenMenge", ("uebergroessen", "quantity")),
        ("unit_price_cents", ("unit", "price", "cents")),
        ("_order_total", ("order", "total")),
        ("categories", ("category",)),
        ("wp_posts", ("wp", "post")),
        ("address2", ("address",)),
        ("", ()),
    ],
)
def test_a_name_is_cut_into_what_its_words_mean(name: str, concepts: tuple[str, ...]) -> None:
    assert concepts_of(name) == concepts
