"""Search live: from a commit in the shop to the search results, and what the index costs.

A real `aethermart serve` over a store with so many products. Prices change, products sell out and
are hidden; each is searched for over and over until the results show it. A change's time runs from
the return of its commit to the arrival of the first answer that shows it. Beside it, in a process
of its own a size: the index built, a changed fact, what is suggested while someone types, memory.
Products are Home Depot's titles where they lie beside the repository, else made up.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import psutil
import psycopg

from aethermart.client.answers.shop import Product as Shown
from aethermart.client.answers.shop import SearchAnswer
from aethermart.client.client import AetherMartClient
from aethermart.operations.judgement_files import read_products
from aethermart.sinks.search_index.shelf import Listed
from aethermart.sinks.search_index.state import ShopState
from aethermart.skills.embed.static import StaticEmbedder
from aethermart.skills.search.records import Product
from benchmarks.options import main, parser
from benchmarks.processes import SideFailed
from benchmarks.result import Aim, Result, Spread, versions
from benchmarks.search_shop import make_shop
from benchmarks.serving import Serving, serving
from benchmarks.usage import used

_SHOP = "aethermart"
_AIM_S, _AIM_MS = 2.0, 10.0
_PAUSE_S = 0.01
_LAST_WAIT_S = 60.0
_INDEXED_S = 900.0
_FACTS, _TYPED, _QUERIES = 200, 200, 200
_INSERT = "COPY products (sku, name, description, category_id, price, stock_quantity) FROM STDIN"

Row = dict[str, Spread | float | str]


def measure(options: argparse.Namespace) -> Result:
    rows: list[tuple[str, Row]] = []
    p95_s, p95_ms = [], []
    for size in options.sizes:
        row = _alone(size, options)
        p95_ms.append(float(str(row["suggestions p95 ms"])))
        rows.append((f"index of {size:,}", row))
    with (
        tempfile.TemporaryDirectory() as name,
        serving(options.home or Path(name) / "project", scale=0.02, seed=options.seed) as made,
    ):
        for size in options.sizes:
            waits = _live(made, size, options)
            p95_s.append(_p95([s for each in waits.values() for s in each]))
            rows.append((f"serve with {size:,}", _seconds(waits)))
        memory = psutil.Process(made.pid).memory_info().rss / 2**20
    return Result(
        name="search_live",
        claim="price, stock and visibility reach the search results within 2 s of their commit",
        sizes={"products": ", ".join(map(str, options.sizes)), "changes": options.changes},
        seed=options.seed,
        ratio={"p95 commit to results / 2 s": Spread.of(p95 / _AIM_S for p95 in p95_s)},
        measures=rows,
        versions=versions("duckdb", "numpy", "wordllama"),
        aims=[
            Aim(f"p95 at most {_AIM_S:g} s", f"{max(p95_s):.2f} s", max(p95_s) <= _AIM_S),
            Aim(
                f"suggestions p95 at most {_AIM_MS:g} ms",
                f"{max(p95_ms):.1f} ms",
                max(p95_ms) <= _AIM_MS,
            ),
        ],
        notes=[f"`serve` held {memory:.0f} MB at the end, with its lake and both shops."],
    )


def products(size: int, seed: int, data: Path | None) -> list[Product]:
    """Titles of a real catalogue where there is one; the facts are made up."""
    made = [ware.product for ware in make_shop(seed, size)]
    folder = data / "homedepot" if data else None
    if folder is None or not folder.is_dir():
        return made
    file = next(iter([*folder.glob("products*.parquet"), *folder.glob("products*.csv")]))
    titles = [product.title for product in read_products(file).products]
    random.Random(seed).shuffle(titles)
    return [
        replace(product, title=title, description="", attributes={}, brand="", currency="EUR")
        for product, title in zip(made, titles, strict=False)
    ]


def _alone(size: int, options: argparse.Namespace) -> Row:
    """In a process of its own, so that its memory is the index's."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_index_of, size, options.seed, options.data).result()


def _index_of(size: int, seed: int, data: Path | None) -> Row:
    listed = [Listed(product, product.product_uid) for product in products(size, seed, data)]
    embedder, rng = StaticEmbedder(), random.Random(seed)
    process = psutil.Process()
    before = process.memory_info().rss
    with used() as built:
        state = ShopState.built(_SHOP, listed, embedder)
    after = process.memory_info().rss
    engine = state.engine
    assert engine is not None
    facts = []
    for _ in range(_FACTS):
        one = rng.choice(listed)
        changed = replace(one, product=replace(one.product, price=Decimal(rng.randint(1, 500))))
        now = {**state.listed, one.sku: changed}
        facts.append(_timed_ms(lambda now=now, uid=one.sku: state.holding(now, [uid])))  # type: ignore[misc]
    typed = [_typed(rng, rng.choice(listed).product.title) for _ in range(_TYPED)]
    suggested = [_timed_ms(lambda text=text: engine.suggest(text)) for text in typed]  # type: ignore[misc]
    queries = [_query(rng, rng.choice(listed).product.title) for _ in range(_QUERIES)]
    names = ("price", "stock", "rating", "category")
    searched = [_timed_ms(lambda q=q: engine.search(q, facets=names)) for q in queries]  # type: ignore[misc]
    return {
        "products": len(listed),
        "build CPU s": _short(built.cpu_s),
        "a fact p95 ms": _short(_p95(facts)),
        "suggestions p50 ms": _short(statistics.median(suggested)),
        "suggestions p95 ms": _short(_p95(suggested)),
        "search p50 ms": _short(statistics.median(searched)),
        "search p95 ms": _short(_p95(searched)),
        "index MB": _short((after - before) / 2**20),
    }


def _typed(rng: random.Random, title: str) -> str:
    """The beginning of a title, with a slip in one of four."""
    text = title[: rng.randint(1, 20)].lower()
    if len(text) > 3 and rng.random() < 0.25:
        at = rng.randrange(1, len(text))
        text = text[:at] + rng.choice("abcdefgh") + text[at + 1 :]
    return text


def _query(rng: random.Random, title: str) -> str:
    found = title.lower().split()
    return " ".join(rng.sample(found, min(len(found), rng.randint(1, 4))))


def _live(made: Serving, size: int, options: argparse.Namespace) -> dict[str, list[float]]:
    """Kind of change -> seconds of each."""
    rng = random.Random(options.seed)
    with (
        made.client() as client,
        psycopg.connect(made.store_dsn, autocommit=True) as store,
    ):
        _fill(store, size, options)
        _wait_until_indexed(client, store)
        ours = [p for p in _all_products(client) if p.sku.startswith("LIVE-")]
        waits: dict[str, list[float]] = {"price": [], "sold out": [], "hidden": []}
        for number, shown in enumerate(rng.sample(ours, min(options.changes, len(ours)))):
            price = Decimal(number) + Decimal("10000.01")
            changes: dict[str, tuple[str, Callable[[SearchAnswer], bool]]] = {
                "price": (f"price = {price}", lambda a, s=shown, p=price: _of(a, s, price=p)),
                "sold out": ("stock_quantity = 0", lambda a, s=shown: _of(a, s, stock=0)),
                "hidden": ("is_active = false", lambda a, s=shown: not _of(a, s)),
            }
            ask = partial(client.shop.search, shown.title, shop=_SHOP, limit=100)
            for kind, (what, seen) in changes.items():
                store.execute(
                    f"UPDATE products SET {what} WHERE product_id = %s", [int(shown.product_id)]
                )
                waits[kind].append(_wait(ask, seen))
                time.sleep(rng.random())  # so that no rhythm of ours meets one of theirs
    return waits


def _of(answer: SearchAnswer, shown: Shown, **facts: object) -> bool:
    """Whether a product is among the hits, with these facts."""
    return any(
        hit.product.product_id == shown.product_id
        and all(getattr(hit.product, name) == value for name, value in facts.items())
        for hit in answer.hits
    )


def _wait(ask: Callable[[], SearchAnswer], seen: Callable[[SearchAnswer], bool]) -> float:
    began = time.monotonic()
    while not seen(ask()):
        if time.monotonic() - began > _LAST_WAIT_S:
            raise SideFailed(f"a change was not seen in {_LAST_WAIT_S:.0f} s")
        time.sleep(_PAUSE_S)
    return time.monotonic() - began


def _fill(store: psycopg.Connection, size: int, options: argparse.Namespace) -> None:
    (there,) = store.execute("SELECT count(*) FROM products").fetchone() or (0,)
    (category,) = store.execute("SELECT min(category_id) FROM categories").fetchone() or (1,)
    with store.cursor() as cursor, cursor.copy(_INSERT) as copy:
        for number, product in enumerate(products(size, options.seed, options.data)[there:]):
            sku = f"LIVE-{there + number}"
            copy.write_row((sku, product.title, "", category, product.price, 5))


def _wait_until_indexed(client: AetherMartClient, store: psycopg.Connection) -> None:
    """The newest product is found by its words, so all of them are."""
    query = "SELECT name, sku FROM products ORDER BY product_id DESC LIMIT 1"
    name, sku = store.execute(query).fetchone() or ("", "")
    began = time.monotonic()
    while time.monotonic() - began < _INDEXED_S:
        answer = client.shop.search(name, shop=_SHOP, limit=100)
        if any(hit.product.sku == sku for hit in answer.hits):
            return
        time.sleep(1.0)
    raise SideFailed(f"{sku} was not indexed in {_INDEXED_S:.0f} s")


def _all_products(client: AetherMartClient) -> Iterator[Shown]:
    page = client.shop.products(shop=_SHOP, limit=500)
    yield from page.items
    while page.next_cursor is not None:
        page = client.shop.products(shop=_SHOP, limit=500, cursor=page.next_cursor)
        yield from page.items


def _seconds(waits: dict[str, list[float]]) -> Row:
    row: Row = {}
    for kind, each in waits.items():
        row[f"{kind} p50 s"] = _short(statistics.median(each))
        row[f"{kind} p95 s"] = _short(_p95(each))
    return row


def _timed_ms(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def _short(value: float) -> float:
    return float(f"{value:.3g}")


if __name__ == "__main__":
    made = parser(__doc__, repetitions=1)
    made.add_argument(
        "--sizes", type=int, nargs="+", default=[300, 5_000, 55_000], help="(%(default)s)"
    )
    made.add_argument("--changes", type=int, default=40, help="products changed (%(default)s)")
    made.add_argument("--home", type=Path, help="a project folder that is there already")
    made.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="data sets (%(default)s)"
    )
    main(made, measure)
