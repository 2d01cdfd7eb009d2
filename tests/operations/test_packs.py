"""`pack init` and `pack check` on a project folder, by the commands a stranger types."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aethermart.cli.main import main
from aethermart.packs.load import load_pack
from tests.packs.staged import sqlite_shop


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="aethermart")


def answer(*arguments: str, code: int = 0) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture
def dsn(tmp_path: Path) -> str:
    return sqlite_shop("saas", tmp_path)


@pytest.fixture
def home(tmp_path: Path, dsn: str) -> Path:
    """A project with a pack of the shop, written from its DSN."""
    home = tmp_path / "project"
    answer("init", str(home))
    answer("pack", "init", dsn, "--name", "corner", "--home", str(home))
    return home


def change(dsn: str, script: str) -> None:
    connection = sqlite3.connect(dsn.removeprefix("sqlite:///"))
    connection.executescript(script)
    connection.commit()
    connection.close()


def test_a_pack_is_written_reported_and_its_shop_added(home: Path, dsn: str) -> None:
    report = answer("pack", "init", dsn, "--name", "corner", "--home", str(home))
    assert report["currency"] == "EUR"
    assert report["tables"]["orders"] == 5
    assert {e["entity"]: e["table"] for e in report["entities"]} == {
        "orders": "orders",
        "order_items": "order_items",
        "customers": "users",
        "products": "products",
        "categories": "categories",
        "returns": "refunds",
    }
    assert report["shop_added"] is False  # the first run did
    assert load_pack(home / "packs" / "corner").tables["users"].pii == {
        "email": "email",
        "first_name": "name",
        "last_name": "name",
    }
    shown = {s["name"]: s for s in answer("config", "show", "--home", str(home))}
    assert shown["shops.corner.pack"] == {
        "name": "shops.corner.pack",
        "value": "corner",
        "source": "aethermart.toml",
    }


def test_nothing_personal_is_written_or_said(home: Path, dsn: str) -> None:
    said = run("pack", "init", dsn, "--name", "corner", "--home", str(home)).output
    said += run("pack", "check", "corner", "--home", str(home)).output
    for file in (home / "packs").rglob("*"):
        said += file.read_text() if file.is_file() else ""
    assert "example.org" not in said
    assert "Fern" not in said


def test_a_sound_pack_says_what_it_keeps_and_what_is_missing(home: Path) -> None:
    (checked,) = answer("pack", "check", "--home", str(home))
    assert checked["faults"] == []
    assert checked["kept"]["order_items"] == 5
    assert checked["quarantined"] == {
        "order_items: order_quarantined": 1,
        "orders: soft_deleted": 1,
    }
    assert checked["revenue"] == {"CHF": "6.40", "EUR": "37.50"}
    assert checked["missing"]["inventory_movements"] == "the history of stock"


@pytest.mark.promise("90")
@pytest.mark.parametrize(
    "script, fault",
    [
        ("ALTER TABLE orders DROP COLUMN shipping_country", "orders.shipping_country is gone"),
        ("DROP TABLE refunds", "table refunds: it is not there"),
        (
            """CREATE TABLE r2 (id TEXT PRIMARY KEY, order_id INTEGER, amount DECIMAL(12,2),
            reason TEXT, created_at TIMESTAMP); DROP TABLE refunds;
            ALTER TABLE r2 RENAME TO refunds""",
            "refunds.id is text (the pack says integer)",
        ),
    ],
)
def test_a_pack_that_its_shop_outgrew_is_faulty(
    home: Path, dsn: str, script: str, fault: str
) -> None:
    change(dsn, script)
    (checked,) = answer("pack", "check", "corner", "--home", str(home), code=1)
    assert checked["faults"] == [fault]


def test_a_pack_without_orders_says_first_that_no_revenue_can_be_had(home: Path) -> None:
    (home / "packs" / "corner" / "stg_orders.sql").unlink()
    toml = home / "packs" / "corner" / "pack.toml"
    toml.write_text(toml.read_text().replace('feeds = ["orders"]\n', ""))
    (checked,) = answer("pack", "check", "corner", "--home", str(home))
    assert checked["no_revenue"] == "the pack has no orders (the TODO in pack.toml says why)"
    said = run("pack", "check", "corner", "--home", str(home)).output.splitlines()
    assert said[0].startswith("corner: fits, but no revenue can be had: the pack has no orders")


@pytest.mark.parametrize(
    "script, why",
    [
        # Lines of orders that are not there; what was refunded alone is no revenue either.
        (
            "UPDATE order_items SET order_id = order_id + 5000",
            "of the sampled order items there is none",
        ),
        (
            "UPDATE orders SET status = 'zzz', deleted_at = NULL",
            "of the sampled orders every one is quarantined (order_status_known: 5)",
        ),
    ],
)
def test_where_no_order_or_line_is_kept_the_check_says_why_there_is_no_revenue(
    home: Path, dsn: str, script: str, why: str
) -> None:
    change(dsn, script)
    (checked,) = answer("pack", "check", "corner", "--home", str(home))
    assert checked["no_revenue"] == why


def test_sql_that_does_not_run_is_a_fault(home: Path) -> None:
    file = home / "packs" / "corner" / "stg_orders.sql"
    file.write_text(file.read_text().replace('t."status"', 't."statsu"'))
    (checked,) = answer("pack", "check", "corner", "--home", str(home), code=1)
    assert len(checked["faults"]) == 1
    assert "statsu" in checked["faults"][0]


def test_an_edited_pack_is_written_over_only_by_force(home: Path, dsn: str) -> None:
    file = home / "packs" / "corner" / "pack.toml"
    file.write_text(file.read_text() + "# mine\n")
    again = ("pack", "init", dsn, "--name", "corner", "--home", str(home))
    result = run(*again)
    assert result.exit_code == 1
    assert "was edited" in result.stderr
    assert file.read_text().endswith("# mine\n")
    assert run(*again, "--force").exit_code == 0
    assert "# mine" not in file.read_text()


def test_the_dsn_may_stand_in_the_settings(tmp_path: Path, dsn: str) -> None:
    home = tmp_path / "other"
    answer("init", str(home), "--shop", "corner", "--dsn", dsn)
    report = answer("pack", "init", "--name", "corner", "--home", str(home), "--currency", "USD")
    assert report["currency"] == "USD"
    missing = run("pack", "init", "--name", "nobody", "--home", str(home))
    assert missing.exit_code == 2
    assert "no DSN of a shop 'nobody'" in missing.stderr


def test_the_packs_are_listed(home: Path) -> None:
    found = {p["name"]: p["from"] for p in answer("pack", "list", "--home", str(home))}
    assert found == {
        "corner": "project",
        "aethermart": "shipped",
        "messy_shop": "shipped",
        "online_retail": "shipped",
    }


def test_config_check_names_what_does_not_answer_and_hides_secrets(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (home / "aethermart.toml").open("a") as file:
        file.write(
            '\n[shops.far]\npack = "nothing"\ndsn = "postgresql://u:${FAR}@127.0.0.1:1/db"\n'
        )
    monkeypatch.setenv("FAR", "geheim")
    result = run("config", "check", "--json", "--home", str(home))
    assert result.exit_code == 1
    checks = {c["what"]: c["error"] for c in json.loads(result.stdout)}
    assert checks["shops.corner: pack"] is checks["shops.corner: database"] is None
    assert "there is no pack 'nothing'" in checks["shops.far: pack"]
    assert "does not answer" in checks["shops.far: database"]
    shown = run("config", "show", "--home", str(home)).output
    assert "postgresql://u:***@127.0.0.1:1/db" in shown
    assert "environment FAR" in shown
    assert "geheim" not in result.output + shown
