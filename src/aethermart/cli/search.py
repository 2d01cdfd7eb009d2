"""`aethermart search`: measure product search on a user's own products and judgements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aethermart.cli.options import json_option

if TYPE_CHECKING:
    from aethermart.operations.search_evaluation import Evaluation

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def search() -> None:
    """Product search: measure it on your own data."""


@search.command()
@click.option(
    "--products",
    type=_FILE,
    required=True,
    help="CSV or Parquet: product_uid, product_title; description, brand, category, price if any.",
)
@click.option(
    "--judgements",
    type=_FILE,
    required=True,
    help="CSV or Parquet: search_term, product_uid, relevance.",
)
@click.option("--train", type=_FILE, help="Judgements of other queries, to learn a ranking from.")
@click.option(
    "--folds",
    type=click.IntRange(min=2, max=50),
    help="Learn from the judgements themselves, each part ranked by what the others taught.",
)
@json_option
def evaluate(
    products: Path, judgements: Path, train: Path | None, folds: int | None, as_json: bool
) -> None:
    """NDCG@10 of our ranking and of plain BM25, over all products, in one run.

    Without --train and --folds no label is used. Gain is (relevance - 1) / 2 on a scale of 1 to 3,
    else the relevance's place in the range that the files show; a product that nobody judged counts
    0; queries without any gain are left out. The words are ranked as text: a price or a brand in a
    query filters nothing here, since judgements do not say which filters a judge had in mind.
    """
    if train and folds:
        raise click.UsageError("--train and --folds exclude each other: take one")
    # Imported now: help needs none of search's libraries.
    from aethermart.operations.judgement_files import (  # noqa: PLC0415
        read_judgements,
        read_products,
    )
    from aethermart.operations.search_evaluation import evaluate as run  # noqa: PLC0415

    found = run(
        read_products(products),
        read_judgements(judgements),
        read_judgements(train) if train else None,
        folds,
    )
    click.echo(json.dumps(found.as_record()) if as_json else _words(found))


def _words(found: Evaluation) -> str:
    judged, scale = found.only_judged, found.scale
    ours = f"ours {found.ours.mean:.4f} (standard error {found.ours.standard_error:.4f})"
    lines = [
        f"NDCG@10: {ours}, BM25 over {found.bm25_over} {found.bm25.mean:.4f}",
        f"judged products only: ours {judged['ours'].mean:.4f}, BM25 {judged['bm25'].mean:.4f}",
        f"{found.queries} queries, {found.without_gain} without any gain left out",
        f"labels: {found.labels}; gain 0 at {scale.low:g}, 1 at {scale.high:g}",
        f"a query: p50 {found.p50_ms:.1f} ms, p95 {found.p95_ms:.1f} ms",
        f"index {found.index_s:.1f} CPU s, {found.peak_mb:.0f} MB at the most",
    ]
    if found.unknown:
        lines.append(f"{found.unknown} judgements are of products that the catalogue lacks")
    return "\n".join(lines)
