"""`aethermart search`: ask a running platform, and measure search on a user's own judgements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aethermart.cli.options import home_option, json_option
from aethermart.client.answers.shop import ProductHit, SearchAnswer
from aethermart.client.client import AetherMartClient
from aethermart.core.errors import Unavailable
from aethermart.wiring import Project

if TYPE_CHECKING:
    from aethermart.operations.search_evaluation import Evaluation

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def search() -> None:
    """Product search: ask it, and measure it on your own data."""


@search.command()
@click.argument("words")
@home_option
@json_option
@click.option("--shop", help="Where it is not the primary shop, or the only one with products.")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Hits.")
@click.option("--explain", is_flag=True, help="Tell the parts of each score.")
def query(
    words: str, home: Path, as_json: bool, shop: str | None, limit: int, explain: bool
) -> None:
    """Products for a shopper's WORDS, best first, from a running `aethermart serve`."""
    project = Project.open(home)
    if not project.token_file.is_file():
        raise Unavailable(f"nothing was served in {home} yet", fix="start `aethermart serve` there")
    with AetherMartClient(
        project.settings.api.url,
        project.token_file.read_text(encoding="utf-8"),
        certificate=project.api_certificate,
    ) as client:
        found = client.shop.search(words, shop=shop, limit=limit, explain=explain)
    click.echo(found.model_dump_json() if as_json else _shown(found))


def _shown(found: SearchAnswer) -> str:
    told = [f"{found.total} found in {found.shop}"]
    told += [each.text for each in found.understood]
    told += [f"{each.typed} read as {each.meant}" for each in found.read_as]
    lines = ["; ".join(told), *found.relaxed]
    return "\n".join([*lines, *(_line(hit) for hit in found.hits)])


def _line(hit: ProductHit) -> str:
    one = hit.product
    price = "price unknown" if one.price is None else f"{one.price} {one.currency or ''}".strip()
    stock = "" if one.stock is None else f"  {one.stock} in stock"
    why = "".join(f"  {part.part} {part.score:.2f}" for part in hit.why)
    return f"{one.sku:<16} {one.title}  {price}{stock}{why}"


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

    read = read_products(products)
    found = run(
        read.products,
        read_judgements(judgements),
        read_judgements(train) if train else None,
        folds,
    )
    told = {"products_repeated": read.repeated, "prices_unread": read.prices_unread}
    if as_json:
        click.echo(json.dumps(found.as_record() | told))
        return
    click.echo(_words(found))
    if read.repeated:
        click.echo(f"{read.repeated} rows of products left out: the first of a product_uid counts")
    if read.prices_unread:
        click.echo(f"{read.prices_unread} prices are no number and count as unknown")


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
