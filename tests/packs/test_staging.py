"""What is read out of a staging file, whatever a shop calls its tables."""

from __future__ import annotations

import pytest

from aethermart.packs.staging import Staging


@pytest.mark.parametrize(
    "table",
    ["orders", "order details", "bestell-köpfe", "dbo.orders", "order (2)", "group by", "#1"],
)
def test_a_table_of_any_name_is_read_row_by_row(table: str) -> None:
    read = Staging.of(f"SELECT t.id\nFROM {{{{ captured(shop, '{table}') }}}} AS t\n")
    assert (read.tables, read.bases) == ((table,), {table})
    assert (read.derived, read.row_by_row) == (False, True)


def test_two_tables_with_blanks_are_both_seen() -> None:
    read = Staging.of(
        "SELECT * FROM {{ captured(shop, 'web orders') }} AS t\n"
        'LEFT JOIN {{ captured( shop, "order details" ) }} AS l ON l.id = t.id'
    )
    assert read.tables == ("web orders", "order details")
    assert read.bases == {"web orders"}
    assert not read.row_by_row


def test_comments_name_nothing_and_quoted_words_join_nothing() -> None:
    read = Staging.of(
        "-- FROM {{ captured(shop, 'old') }} WHERE gone\n"
        "{# FROM {{ captured(shop, 'older') }}\n GROUP BY 1 #}\n"
        'SELECT t."group", \'-- over\' AS "where -- from"\n'
        "FROM {{ captured(shop, 'people') }} AS t"
    )
    assert (read.tables, read.bases) == (("people",), {"people"})
    assert (read.derived, read.row_by_row) == (False, True)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM {{ captured(shop, 'people') }} WHERE kept",
        "SELECT x FROM {{ captured(shop, 'people') }} group by x",
        "SELECT {{ derived() }} FROM {{ captured(shop, 'people') }}",
        "SELECT 1",
    ],
)
def test_a_part_or_a_group_of_the_rows_is_not_row_by_row(sql: str) -> None:
    assert not Staging.of(sql).row_by_row


def test_columns_are_seen_by_the_name_they_are_given() -> None:
    read = Staging.of("-- x AS gone\nSELECT a AS one, CAST(b AS DATE) AS two, three FROM t AS t")
    assert {"one", "two"} <= read.named
    assert not {"gone", "three"} & read.named
