"""`pack init` and `pack check` on a project folder, by the commands a stranger types."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from aethermart.cli.main import main
from aethermart.operations.pack_check import Compiled
from aethermart.packs.load import load_pack
from aethermart.packs.pack import Shop
from aethermart.warehouse import compile as compile_
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.render import render
from tests.packs.staged import sqlite_shop


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="aethermart")


def answer(*arguments: str, code: int = 0) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def checked_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose pack was checked once: copies need no dbt while their SQL is the same."""
    folder = tmp_path_factory.mktemp("checked")
    home = folder / "project"
    answer("init", str(home))
    dsn = sqlite_shop("saas", folder)
    answer("pack", "init", dsn, "--name", "corner", "--home", str(home))
    answer("pack", "check", "corner", "--home", str(home))
    return home


@pytest.fixture
def dsn(tmp_path: Path) -> str:
    return sqlite_shop("saas", tmp_path)


@pytest.fixture
def home(tmp_path: Path, dsn: str, checked_project: Path) -> Path:
    """A project with a pack of the shop, written from its DSN."""
    home = tmp_path / "project"
    shutil.copytree(checked_project, home)
    settings = home / "aethermart.toml"
    text = settings.read_text(encoding="utf-8")
    was = f"sqlite:///{checked_project.parent / 'saas.db'}"
    assert was in text
    settings.write_text(text.replace(was, dsn), encoding="utf-8")
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


@pytest.mark.nightly
def test_a_column_more_is_faulty_only_where_the_pack_wants_exactly_its_own(
    home: Path, dsn: str
) -> None:
    change(dsn, "ALTER TABLE orders ADD COLUMN gift_note TEXT")
    (checked,) = answer("pack", "check", "corner", "--home", str(home))
    assert checked["faults"] == []
    toml = home / "packs" / "corner" / "pack.toml"
    toml.write_text(
        toml.read_text().replace("[tables.orders]\n", '[tables.orders]\nsurplus = "stop"\n')
    )
    (checked,) = answer("pack", "check", "corner", "--home", str(home), code=1)
    assert "orders.gift_note is not in the pack" in checked["faults"]


@pytest.mark.nightly
def test_a_pack_without_orders_says_first_that_no_revenue_can_be_had(home: Path) -> None:
    (home / "packs" / "corner" / "stg_orders.sql").unlink()
    toml = home / "packs" / "corner" / "pack.toml"
    toml.write_text(toml.read_text().replace('feeds = ["orders"]\n', ""))
    (checked,) = answer("pack", "check", "corner", "--home", str(home), code=1)
    assert checked["no_revenue"] == "the pack has no orders (the TODO in pack.toml says why)"
    said = run("pack", "check", "corner", "--home", str(home)).output.splitlines()
    assert said[0].startswith("corner: fits, but no revenue can be had: the pack has no orders")


@pytest.mark.nightly
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
    (checked,) = answer("pack", "check", "corner", "--home", str(home), code=1)
    assert checked["no_revenue"] == why


@pytest.mark.nightly
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
    assert found.pop("corner") == "project"
    assert {"aethermart", "online_retail", "classicmodels"} <= set(found)
    assert set(found.values()) == {"shipped"}


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


@pytest.mark.nightly
def test_a_second_check_of_an_unchanged_pack_needs_no_dbt(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compile_, "run_dbt", no_dbt)
    (checked,) = answer("pack", "check", "corner", "--home", str(home))
    assert checked["revenue"] == {"CHF": "6.40", "EUR": "37.50"}


def test_a_check_takes_the_projects_own_compiled_models_with_all_of_its_shops(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compile_, "run_dbt", no_dbt)
    monkeypatch.delenv("AETHERMART_COMPILED_MODELS")
    pack = load_pack(home / "packs" / "corner")
    shops = (Shop("corner", pack), Shop("corner_two", pack))
    kept = CompiledProject(render(shops, "EUR").fingerprint, (), (), ())
    kept.save(tmp_path / "compiled.json")
    compiled = Compiled(tmp_path / "checks", tmp_path, shops, "EUR")
    assert compiled.of(shops[0]) == (shops, kept)
    other = replace(compiled, reporting="USD")  # another project than the one that was compiled
    with pytest.raises(AssertionError, match="dbt was run"):
        other.of(shops[0])


def no_dbt(*_: object) -> None:
    raise AssertionError("dbt was run")


@pytest.mark.promise("90")
@pytest.mark.service("postgres")
def test_of_several_schemas_the_one_with_the_sale_is_taken(database: str, tmp_path: Path) -> None:
    """As a user who may only SELECT; the schema is kept for capture."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            """
CREATE SCHEMA purchasing; CREATE SCHEMA sales;
CREATE TABLE purchasing.vendors (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE sales.orders (id INTEGER PRIMARY KEY, ordered_at TIMESTAMP, status SMALLINT);
COMMENT ON COLUMN sales.orders.status IS '1 = In process; 5 = Shipped; 6 = Cancelled';
CREATE TABLE sales.order_lines (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES sales.orders,
  product_id INTEGER, quantity INTEGER, price NUMERIC(10,2));
INSERT INTO sales.orders VALUES (1, '2026-01-31', 5), (2, '2026-02-01', 6);
INSERT INTO sales.order_lines VALUES (1, 1, 7, 2, 10), (2, 2, 7, 1, 10);
"""
        )
    home = str(tmp_path / "project")
    answer("init", home)
    report = answer("pack", "init", database, "--name", "corner", "--home", home)
    tables = {e["entity"]: e["table"] for e in report["entities"]}
    assert tables == {"orders": "orders", "order_items": "order_lines"}
    shown = {s["name"]: s["value"] for s in answer("config", "show", "--home", home)}
    assert shown["shops.corner.schema"] == "sales"
    orders = (Path(home) / "packs" / "corner" / "stg_orders.sql").read_text(encoding="utf-8")
    assert "IN ('6') THEN 'CANCELLED'" in orders  # the column's comment names the codes
