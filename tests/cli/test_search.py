"""`aethermart search evaluate` on files of a user's own."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result

from aethermart.cli.main import main

PRODUCTS = """product_uid,product_title
007,Steel Desk Lamp in Black
8,"Kitchen Faucet, Chrome"
9,Cordless Leaf Blower
"""
JUDGEMENTS = """search_term,product_uid,relevance
desk lmap,007,3
leafblower,9,2.5
desk lamp,9,1
kitchen faucet,8,3
kitchen faucet,9,1
"""


def run(folder: Path, products: str = PRODUCTS, judgements: str = JUDGEMENTS, *more: str) -> Result:
    (folder / "products.csv").write_text(products)
    (folder / "judgements.csv").write_text(judgements)
    files = [
        "--products",
        str(folder / "products.csv"),
        "--judgements",
        str(folder / "judgements.csv"),
    ]
    return CliRunner().invoke(main, ["search", "evaluate", *files, *more, "--json"])


def test_ours_and_bm25_over_the_same_queries(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    # BM25 knows neither `lmap` nor `leafblower`: of the first query it finds `desk`.
    assert found["ndcg_at_10"] == {"ours": 1.0, "bm25": 0.6667}
    assert found["queries"] == 3
    assert found["queries_without_gain"] == 1
    assert found["gain"] == {"low": 1.0, "high": 3.0}
    assert found["labels"] == "none"
    assert found["p95_ms"] > 0


def test_parquet_with_numbers_gives_the_same(tmp_path: Path) -> None:
    names = ["Steel Desk Lamp", "Kitchen Faucet"]
    products, judgements = tmp_path / "p.parquet", tmp_path / "j.parquet"
    pa.parquet.write_table(pa.table({"product_uid": [7, 8], "product_title": names}), products)
    judged = {"search_term": ["lamp", "lamp"], "product_uid": [7, 8], "relevance": [1, 0]}
    pa.parquet.write_table(pa.table(judged), judgements)
    flags = ["--products", str(products), "--judgements", str(judgements)]
    done = CliRunner().invoke(main, ["search", "evaluate", *flags])
    assert done.exit_code == 0, done.stderr
    assert "ours 1.0000" in done.stdout
    assert "gain 0 at 0, 1 at 1" in done.stdout


@pytest.mark.parametrize(
    "products, judgements, told",
    [
        (
            "uid,product_title\n1,a\n",
            JUDGEMENTS,
            "has no column 'product_uid'; it has 'uid', 'product_title'",
        ),
        ("product_uid,product_title\n", JUDGEMENTS, "has no rows"),
        (PRODUCTS + ",Nameless\n", JUDGEMENTS, "row 4: '' is no product_uid"),
        (
            PRODUCTS,
            "search_term,product_uid,relevance\nlamp,8,good\n",
            "row 1: 'good' is no relevance",
        ),
        (PRODUCTS, "search_term,product_uid,relevance\n,8,3\n", "row 1: '' is no search_term"),
        (PRODUCTS, "search_term,product_uid,relevance\nlamp,8,1\n", None),
        (
            PRODUCTS,
            "search_term,product_uid,relevance\nlamp,8,0\n",
            "no query has a product judged above 0",
        ),
    ],
)
def test_wrong_files_are_named_with_the_value(
    tmp_path: Path, products: str, judgements: str, told: str | None
) -> None:
    done = run(tmp_path, products, judgements)
    if told is None:  # all that is listed is relevant
        assert json.loads(done.stdout)["queries"] == 1
    else:
        assert done.exit_code == 2
        assert told in json.loads(done.stderr)["error"]


def test_what_no_ranking_needs_is_counted_where_it_cannot_be_read(tmp_path: Path) -> None:
    products = """product_uid,product_title,price
007,Steel Desk Lamp,"$1,299.00"
8,Kitchen Faucet,12.50 EUR
8,Kitchen Faucet again,12
9,Leaf Blower,ask us
"""
    done = run(tmp_path, products)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["products_repeated"], found["prices_unread"]) == (1, 1)


def test_a_file_that_is_not_there_and_one_of_another_kind(tmp_path: Path) -> None:
    flags = ["--products", str(tmp_path / "no.csv"), "--judgements", str(tmp_path / "no.txt")]
    done = CliRunner().invoke(main, ["search", "evaluate", *flags, "--json"])
    assert (done.exit_code, "there is no file" in done.stderr) == (2, True)
    (tmp_path / "no.csv").write_text(PRODUCTS)
    done = CliRunner().invoke(main, ["search", "evaluate", *flags, "--json"])
    assert (done.exit_code, "'.txt' is no kind of file" in done.stderr) == (2, True)


def test_labels_of_two_sources_exclude_each_other(tmp_path: Path) -> None:
    done = run(tmp_path, PRODUCTS, JUDGEMENTS, "--folds", "2", "--train", str(tmp_path / "j.csv"))
    assert (done.exit_code, "exclude each other" in done.stderr) == (2, True)


def test_too_few_queries_to_learn_from_are_refused(tmp_path: Path) -> None:
    done = run(tmp_path, PRODUCTS, JUDGEMENTS, "--folds", "2")
    assert (done.exit_code, "too few to learn a ranking" in done.stderr) == (2, True)
