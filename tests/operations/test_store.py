"""The demo fills our own store and no database of anybody else."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from aethermart.core.errors import BadInput
from aethermart.operations.store import create_store, demo_store, fill_demo_store, ingest_events
from aethermart.store.connect import connect
from aethermart.wiring import Project

FOREIGN = 'pack = "aethermart"\ndsn = "postgresql://a:b@127.0.0.1:1/theirs"\n'


def project_with(folder: Path, text: str) -> Project:
    (folder / "aethermart.toml").write_text(text, encoding="utf-8")
    return Project.open(folder)


def test_the_embedded_primary_shop_is_the_demos(tmp_path: Path) -> None:
    text = '[shops.mine]\npack = "aethermart"\ndsn = "embedded"\nprimary = true\n'
    assert demo_store(project_with(tmp_path, text)) == "mine"


def test_no_order_goes_into_a_database_of_somebody_else(tmp_path: Path) -> None:
    project = project_with(tmp_path, f"[shops.theirs]\n{FOREIGN}primary = true\n")
    with pytest.raises(BadInput, match="shop theirs is a database of your own"):
        fill_demo_store(project, scale=1, seed=1, say=lambda _: None)


def test_a_primary_shop_that_says_so_is_the_demos_too(tmp_path: Path) -> None:
    text = f"[shops.theirs]\n{FOREIGN}primary = true\ndemo = true\n"
    assert demo_store(project_with(tmp_path, text)) == "theirs"


def test_where_no_shop_is_primary_nothing_is_filled(tmp_path: Path) -> None:
    project = project_with(tmp_path, f"[shops.theirs]\n{FOREIGN}")
    assert demo_store(project) is None
    fill_demo_store(project, scale=1, seed=1, say=lambda _: None)  # would fail if it connected


@pytest.fixture
def own_store(store_address: str, tmp_path: Path) -> Project:
    shop = f'[shops.mine]\npack = "aethermart"\ndsn = "{store_address}"\nprimary = true\n'
    project = project_with(tmp_path, shop)
    create_store(project)
    return project


def posts(address: str) -> list[tuple[object, ...]]:
    with closing(connect(address)) as session:
        return session.rows("SELECT body, likes FROM social_posts ORDER BY 1")


@pytest.mark.service("postgres")
@pytest.mark.promise("63")
def test_a_file_of_events_is_taken_in_whole(own_store: Project, store_address: str) -> None:
    lines = [
        json.dumps({"platform": "forum", "author": "ada", "body": f"{n:04}", "likes": n % 5})
        for n in range(1_201)
    ]
    assert ingest_events(own_store, "social_posts", [*lines, "\n"]) == 1_201
    assert posts(store_address) == [(f"{n:04}", n % 5) for n in range(1_201)]


@pytest.mark.service("postgres")
@pytest.mark.parametrize(
    "bad, said",
    [
        ("{not json", r"line 602 is not an event: '\{not json'"),
        ('["a list"]', "line 602 is not an event"),
        ('{"platform": "forum", "author": "ada"}', "event 602 of social_posts lacks 'body'"),
        ('{"platform": "forum", "author": "a", "body": "b", "likes": -1}', "not_negative"),
    ],
)
def test_of_a_file_with_one_bad_line_nothing_is_taken(
    own_store: Project, store_address: str, bad: str, said: str
) -> None:
    good = json.dumps({"platform": "forum", "author": "ada", "body": "fine"})
    with pytest.raises(BadInput, match=said):
        ingest_events(own_store, "social_posts", [*[good] * 601, bad])
    assert posts(store_address) == []
