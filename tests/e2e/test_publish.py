"""`aethermart warehouse publish` on a demo home, and the notebook on what it published."""

from __future__ import annotations

import json
from ast import literal_eval
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
from deltalake import DeltaTable

from aethermart.core.files import only_one
from aethermart.operations.folder import open_demo, remove_demo
from aethermart.operations.lake import open_lake
from aethermart.warehouse.publish.manifest import Publication, read_publication
from tests.e2e.platform import aethermart, demo_once

pytestmark = [pytest.mark.service("postgres"), pytest.mark.nightly]
NOTEBOOK = Path(__file__).resolve().parents[2] / "examples/analytics.ipynb"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("publish") / "a home"
    try:
        code, _, errors = demo_once(folder)
        assert code == 0, errors
        yield folder
    finally:
        remove_demo(folder)


@pytest.fixture(scope="module")
def published(home: Path) -> dict[str, Any]:
    done = aethermart("warehouse", "publish", "--home", str(home), "--json")
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


@pytest.fixture(scope="module")
def publication(published: dict[str, Any]) -> Publication:
    found = read_publication(Path(published["folder"]))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def revenue_in_gold(home: Path, published: dict[str, Any]) -> dict[str, Decimal]:
    with open_lake(open_demo(home)) as lake, lake.engine.read(60.0) as connection:
        return dict(
            connection.execute(
                "SELECT currency, SUM(revenue) FROM gold.fct_sales GROUP BY currency"
            ).fetchall()
        )


def test_the_command_publishes_every_table_and_says_so(
    published: dict[str, Any], publication: Publication, home: Path
) -> None:
    assert published["publication"] == 1
    assert published["folder"] == str(home.resolve() / "state/published")
    assert published["tables"] == len(published["written"]) == len(publication.tables)
    assert published["rows"] == sum(table.rows for table in publication.tables.values())


@pytest.mark.promise("69", "95")
def test_the_published_revenue_is_golds_to_the_cent(
    publication: Publication, published: dict[str, Any], revenue_in_gold: dict[str, Decimal]
) -> None:
    sales = publication.tables["gold.fct_sales"]
    said = {currency: Decimal(amount) for currency, amount in sales.sums["revenue"].items()}
    assert said == revenue_in_gold
    assert revenue_in_gold["GBP"] == Decimal("9758809.99")
    rows = DeltaTable(Path(published["folder"]) / sales.path, version=sales.version)
    read = rows.to_pyarrow_table(columns=["currency", "revenue"]).group_by("currency")
    summed = read.aggregate([("revenue", "sum")]).to_pylist()
    assert {row["currency"]: row["revenue_sum"] for row in summed} == revenue_in_gold


def test_a_second_run_writes_nothing_and_gzip_writes_everything(
    home: Path, published: dict[str, Any]
) -> None:
    command = ("warehouse", "publish", "--home", str(home))
    again = aethermart(*command)
    assert again.returncode == 0, again.stderr
    assert again.stdout.endswith(
        f"{published['tables']} tables, 0 of them written, the others had not changed\n"
    )
    zipped = aethermart(*command, "--compression", "gzip", "--json")
    assert zipped.returncode == 0, zipped.stderr
    assert len(json.loads(zipped.stdout)["written"]) == published["tables"]


def test_while_a_server_starts_the_command_says_what_to_do(home: Path) -> None:
    with only_one(home / "state/serve.lock", "`aethermart serve`"):
        refused = aethermart("warehouse", "publish", "--home", str(home), "--json")
    assert refused.returncode == 1
    assert refused.stdout == ""
    error = json.loads(refused.stderr)
    assert error["error"].startswith("`aethermart serve` runs already on this folder, as process")
    assert "without --compression it then publishes itself" in error["fix"]


@pytest.mark.promise("72")
def test_the_notebook_runs_headless_and_its_revenue_is_golds(
    published: dict[str, Any],
    revenue_in_gold: dict[str, Decimal],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AETHERMART_PUBLISHED", published["folder"])
    for variable in ("http_proxy", "https_proxy"):  # whoever asks the network gets no answer
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert [cell for cell in notebook.cells if cell.get("outputs")] == []  # stripped in the tree
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    read = literal_eval(notebook.cells[-1].outputs[0]["data"]["text/plain"])
    assert {currency: Decimal(amount) for currency, amount in read.items()} == revenue_in_gold
    drawn = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if any("vegalite" in kind for kind in output.get("data", {}))
    ]
    assert len(drawn) == 4
