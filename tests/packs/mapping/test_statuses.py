"""A shop's words for an order's state become ours; what nobody knows is never counted by guess."""

from __future__ import annotations

import pytest

from aethermart.packs.mapping.statuses import understand


@pytest.mark.parametrize(
    "word, status",
    [
        ("wc-completed", "DELIVERED"),
        ("Order Placed", "PENDING"),
        ("storniert", "CANCELLED"),
        ("annulée", "CANCELLED"),
        ("In Bearbeitung", "PAID"),
        ("PAYMENT_RECEIVED", "PAID"),
        ("enviado", "SHIPPED"),
        ("refunded", "RETURNED"),
        ("payment failed", "CANCELLED"),
        ("versandt", "SHIPPED"),
    ],
)
def test_a_known_word_has_its_meaning(word: str, status: str) -> None:
    assert understand([word]).meanings == {word: status}


@pytest.mark.parametrize("word", ["not shipped", "xyz", "3", "partially returned to sender", "no"])
def test_an_unknown_or_negated_word_has_none(word: str) -> None:
    found = understand([word])
    assert (found.meanings, found.unknown) == ({}, (word,))


def test_carts_and_drafts_are_no_orders_yet() -> None:
    found = understand(["checkout-draft", "paid"])
    assert found.not_placed == ("checkout-draft",)
    assert found.meanings == {"paid": "PAID"}
    assert found.share == 1.0


def test_a_columns_comment_may_say_what_its_codes_mean() -> None:
    found = understand(["0", "1", "9"], "0=open, 1 = paid, 9: cancelled")
    assert found.meanings == {"0": "PENDING", "1": "PAID", "9": "CANCELLED"}
