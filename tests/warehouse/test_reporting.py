"""A project's own file of rates: read whole, or refused with the line that is wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from aethermart.core.errors import BadInput
from aethermart.packs.pack import Shop
from aethermart.settings.reading import read_settings
from aethermart.warehouse.render import render
from aethermart.warehouse.reporting import read_rates

HEAD = "rate_date,currency,quote_currency,rate\n"


def test_dated_rates_are_read_exactly(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(HEAD + "2026-01-02,USD,EUR,0.92345678\n2026-01-03, GBP,EUR,1.17\n")
    assert read_rates(file) == [
        (date(2026, 1, 2), "USD", "EUR", Decimal("0.92345678")),
        (date(2026, 1, 3), "GBP", "EUR", Decimal("1.17")),
    ]


@pytest.mark.parametrize(
    "line, said",
    [
        ("02.01.2026,USD,EUR,1", "'02.01.2026' with '1' is no dated rate"),
        ("2026-01-02,USD,EUR,one", "'2026-01-02' with 'one' is no dated rate"),
        ("2026-01-02,usd,EUR,1", "'usd' to 'EUR' are not two currencies"),
        ("2026-01-02,USD,EUR,0", "0 cannot be a rate from USD to EUR"),
        ("2026-01-02,USD,EUR,NaN", "NaN cannot be a rate"),
        ("2026-01-02,EUR,EUR,1", "1 cannot be a rate from EUR to EUR"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(HEAD + "2026-01-01,USD,EUR,0.9\n" + line + "\n")
    with pytest.raises(BadInput, match=said) as refused:
        read_rates(file)
    assert "line 3" in refused.value.cause


def test_a_missing_file_or_column_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        read_rates(tmp_path / "rates.csv")
    (tmp_path / "rates.csv").write_text("rate_date,currency,rate\n")
    with pytest.raises(BadInput, match="has no column quote_currency"):
        read_rates(tmp_path / "rates.csv")


def test_the_reporting_currency_is_a_setting_and_the_first_shops_without_one(
    tmp_path: Path, shops: tuple[Shop, ...]
) -> None:
    (tmp_path / "aethermart.toml").write_text('[reporting]\ncurrency = "CHF"\n')
    assert read_settings(tmp_path, {}).reporting.currency == "CHF"
    assert '"reporting_currency": "CHF"' in render(shops, "CHF").files["dbt_project.yml"]
    assert '"reporting_currency": "EUR"' in render(shops).files["dbt_project.yml"]
    (tmp_path / "aethermart.toml").write_text('[reporting]\ncurrency = "francs"\n')
    with pytest.raises(BadInput, match="'francs' is not a currency code"):
        read_settings(tmp_path, {})
