"""The parsers in SQL, against references in Python and values by hand."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aethermart.store.mariadb.session import MariadbSession

if TYPE_CHECKING:
    from tests.store.ingest.shops import FileShop

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.promise("5")]
_FIRST, _LAST = datetime(1990, 1, 1), datetime(2037, 12, 31)  # noqa: DTZ001 - as hypothesis asks
_few = settings(
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def called(files: FileShop, call: str, texts: list[Any]) -> list[Any]:
    """The function over every text, in one statement."""
    query = (
        f"SELECT {call} FROM JSON_TABLE(%(texts)s, '$[*]' COLUMNS ("
        " place FOR ORDINALITY,"
        " text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$'"
        ")) AS t ORDER BY t.place"
    )
    with MariadbSession.connect(files.dsn) as session:
        return [value for (value,) in session.rows(query, {"texts": json.dumps(texts)})]


@pytest.mark.parametrize(
    "text, price",
    [
        ("$1,299.00", "1299.00 USD"),
        ("EUR 12,50", "12.50 EUR"),
        ("1.299,00 €", "1299.00 EUR"),
        ("USD 12", "12.00 USD"),
        ("1 234,50 zł", "1234.50 PLN"),
        ("CHF 1\u2019299.50", "1299.50 CHF"),
        ("12", "12.00 GBP"),
        ("0.999", "1.00 GBP"),
        ("1,299,000", "1299000.00 GBP"),
        ("kr 12", None),  # Swedish, Danish or Norwegian
        ("1,299", None),  # thousands, or three decimals
        ("1.299", None),
        ("10-20", None),
        ("-5", None),
        ("free", None),
        ("", None),
        ("9" * 40, None),
    ],
)
def test_a_price_is_read_or_left(files: FileShop, text: str, price: str | None) -> None:
    assert called(files, "fn_parse_price(t.text, 'GBP')", [text]) == [price]


@pytest.mark.parametrize(
    "text, order, time",
    [
        ("2026-01-31T10:00:00Z", "NULL", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        (
            "2026-01-31 10:00:00.5+02:00",
            "NULL",
            datetime(2026, 1, 31, 8, 0, 0, 500_000, tzinfo=UTC),
        ),
        ("31.1.2026 10:15", "NULL", datetime(2026, 1, 31, 10, 15, tzinfo=UTC)),
        ("01/02/2026", "NULL", None),
        ("02/02/2026", "NULL", datetime(2026, 2, 2, tzinfo=UTC)),
        ("01/02/2026", "'DMY'", datetime(2026, 2, 1, tzinfo=UTC)),
        ("01/02/2026", "'MDY'", datetime(2026, 1, 2, tzinfo=UTC)),
        ("31/01/2026", "'MDY'", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-02-30", "NULL", None),
        ("2024-02-29", "NULL", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2026-13-01", "NULL", None),
        ("0000-00-00 00:00:00", "NULL", None),
        ("2026-01-31 25:00", "NULL", None),
        ("20025-03-14 12:00:00", "NULL", None),
        ("yesterday", "NULL", None),
    ],
)
def test_a_date_is_a_day_of_the_calendar_or_none(
    files: FileShop, text: str, order: str, time: datetime | None
) -> None:
    (found,) = called(files, f"fn_parse_date(t.text, {order})", [text])

    assert found == time


@_few
@given(
    st.lists(
        st.tuples(
            st.decimals(min_value=0, max_value=10**9, places=2),
            st.sampled_from([",.", ".,", " ,", "\u2019.", "\u202f,"]),
            st.sampled_from(["{}", "€{}", "{} €", "USD {}", "({})", "-{}", "{}-"]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_an_amount_with_two_decimals_is_always_read(
    files: FileShop, written: list[tuple[Decimal, str, str]]
) -> None:
    texts, amounts = [], []
    for amount, (thousands, mark), form in written:
        digits = f"{amount:,.2f}".replace(",", "\0").replace(".", mark).replace("\0", thousands)
        texts.append(form.format(digits))
        amounts.append(-amount if form in ("({})", "-{}", "{}-") else amount)

    assert called(files, "fn_parse_amount(t.text)", texts) == amounts


def amount_of(text: str) -> Decimal | None:
    """What docs/cleansing.md says of plain digits with marks, written once more."""
    digits = text.strip(",.")
    if re.fullmatch(r"[0-9]+", digits):
        return Decimal(digits)
    for thousands, mark in ((",", "."), (".", ",")):
        t, m = re.escape(thousands), re.escape(mark)
        if re.fullmatch(rf"[0-9]{{1,3}}({t}[0-9]{{3}})+{m}[0-9]+", digits):
            return Decimal(digits.replace(thousands, "").replace(mark, "."))
        if re.fullmatch(rf"[0-9]{{1,3}}({t}[0-9]{{3}}){{2,}}", digits):
            return Decimal(digits.replace(thousands, ""))
    if re.fullmatch(r"[0-9]+[.,]([0-9]{1,2}|[0-9]{4,})|0[.,][0-9]{3}", digits):
        return Decimal(digits.replace(",", "."))
    return None


@_few
@given(st.lists(st.from_regex(r"[0-9][0-9.,]{0,10}[0-9]", fullmatch=True), min_size=1, max_size=50))
def test_digits_with_marks_are_read_as_the_reference_reads_them(
    files: FileShop, texts: list[str]
) -> None:
    expected = [
        None if (amount := amount_of(text)) is None else amount.quantize(Decimal("1.0000"))
        for text in texts
    ]

    assert called(files, "fn_parse_amount(t.text)", texts) == expected


@_few
@given(
    st.lists(
        st.datetimes(_FIRST, _LAST, timezones=st.just(UTC)),
        min_size=1,
        max_size=30,
    ),
    st.integers(-12 * 60, 14 * 60),
)
def test_iso_times_of_any_offset_are_utc_after(
    files: FileShop, times: list[datetime], offset_min: int
) -> None:
    hours, minutes = divmod(abs(offset_min), 60)
    sign = "-" if offset_min < 0 else "+"
    texts = [f"{t:%Y-%m-%dT%H:%M:%S.%f}{sign}{hours:02d}:{minutes:02d}" for t in times]

    found = called(files, "fn_parse_date(t.text, NULL)", texts)

    assert found == [t - timedelta(minutes=offset_min) for t in times]


@_few
@given(st.lists(st.text(max_size=40).filter(lambda t: "\0" not in t), min_size=1, max_size=20))
def test_whatever_text_comes_the_functions_answer_and_a_second_time_change_nothing(
    files: FileShop, texts: list[str]
) -> None:
    for function in ("fn_one_line(t.text)", "fn_clean_email(t.text)", "fn_clean_company(t.text)"):
        once = called(files, function, texts)
        assert called(files, function, once) == once
    for function in ("fn_parse_price(t.text, 'EUR')", "fn_parse_date(t.text, NULL)",
                     "fn_parse_integer(t.text)", "fn_clean_phone(t.text, 'DE')",
                     "fn_clean_name(t.text)", "fn_bare_text(t.text)"):  # fmt: skip
        assert len(called(files, function, texts)) == len(texts)


_cells = st.sampled_from(
    ["", "A", "B", "C", "Kitchen", "1", "12,50", "1.299", "$5", "-3", "n/a", "NULL", "\\", "'", '"',
     "a,b", "two\nlines", "Ünicode 🫖", " pad ", "x" * 1200]
)  # fmt: skip


@pytest.mark.nightly
@pytest.mark.promise("4")
@_few
@given(st.lists(st.lists(_cells, min_size=3, max_size=6), max_size=8))
def test_records_in_are_kept_plus_rejected_whatever_the_file_holds(
    files: FileShop, rows: list[list[str]]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["sku", "name", "category", "price", "stock"])
    writer.writerows(rows)
    ends = []
    for how in ("local", "python"):
        files.empty()
        loaded = files.load("products", text.getvalue(), how=how, batch=3)
        assert loaded.rows_in == len(rows) == loaded.kept + loaded.rejected
        assert loaded.kept == files.rows("SELECT COUNT(*) FROM products")[0][0] - 2
        ends.append((files.kept(), loaded.rules, loaded.rejects))

    assert ends[0] == ends[1]
