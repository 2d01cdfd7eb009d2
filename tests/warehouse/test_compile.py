"""dbt compiles the rendered project once; afterwards the kept SQL is enough."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from aethermart.core.errors import BadInput, Terminal
from aethermart.packs.pack import Shop
from aethermart.warehouse.compile import compile_warehouse
from aethermart.warehouse.mirror_tables import ensure_mirror_tables
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.quality import run_tests
from aethermart.warehouse.render import render
from aethermart.warehouse.swap import swap


@pytest.fixture(autouse=True)
def nothing_shared(monkeypatch: pytest.MonkeyPatch, compiled: CompiledProject) -> None:
    """But the session's own models, which stand before."""
    monkeypatch.delenv("AETHERMART_COMPILED_MODELS", raising=False)


def forbid_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("dbt was started")

    monkeypatch.setattr(subprocess, "run", refuse)


def test_the_same_shops_need_no_dbt_again(
    shops: tuple[Shop, ...],
    compiled: CompiledProject,
    warehouse_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forbid_dbt(monkeypatch)
    assert compile_warehouse(shops, warehouse_folder, warehouse_folder / "logs") == compiled


def test_what_another_project_shared_needs_no_dbt(
    shops: tuple[Shop, ...],
    compiled: CompiledProject,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AETHERMART_COMPILED_MODELS", str(tmp_path))
    compiled.save(tmp_path / f"{compiled.fingerprint}.json")
    forbid_dbt(monkeypatch)
    assert compile_warehouse(shops, tmp_path / "another", tmp_path / "logs") == compiled


@pytest.mark.parametrize("content", ["", "{}", '{"fingerprint": "x"', '{"models": [1]}'])
def test_a_damaged_result_is_made_again(
    shops: tuple[Shop, ...],
    compiled: CompiledProject,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: str,
) -> None:
    (tmp_path / "compiled.json").write_text(content)
    forbid_dbt(monkeypatch)
    with pytest.raises(AssertionError, match="dbt was started"):
        compile_warehouse(shops, tmp_path, tmp_path / "logs")


def test_every_model_comes_after_those_it_reads(compiled: CompiledProject) -> None:
    captured = {source.relation for source in compiled.sources}
    seen: set[str] = set()
    beside = ('"lake"."bronze".', '"lake"."reporting".', '"lake"."mirror"."_offsets"')
    for model in compiled.models:
        read = {relation for relation in model.depends_on if not relation.startswith(beside)}
        assert read <= seen | captured
        seen.add(model.relation)


def test_every_model_of_silver_and_gold_has_a_contract(compiled: CompiledProject) -> None:
    bare = [m.name for m in compiled.models if m.schema in ("silver", "gold") and not m.columns]
    assert bare == []


def test_kept_models_say_by_which_column(compiled: CompiledProject) -> None:
    assert {model.name: model.kept_by for model in compiled.kept} == {
        "v_fct_orders": "order_id",
        "v_fct_quarantine": "touch_key",
        "v_fct_sales": "document_id",
    }


@pytest.mark.nightly
def test_sql_that_does_not_compile_names_the_pack_file(
    shops: tuple[Shop, ...], tmp_path: Path
) -> None:
    pack = shops[0].pack
    staging = dict(pack.staging) | {"categories": "SELECT {{ no_such_macro() }}"}
    broken = Shop("corner_shop", replace(pack, staging=staging))
    with pytest.raises(Terminal) as refused:
        compile_warehouse([broken], tmp_path, tmp_path / "logs")
    assert "stg_corner_shop__categories" in refused.value.cause
    assert "no_such_macro" in refused.value.cause
    assert str(tmp_path / "logs" / "dbt.log") in refused.value.fix
    assert not (tmp_path / "compiled.json").exists()


@pytest.mark.nightly
def test_without_shops_the_models_still_compile_whatever_dbt_settings_lie_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_PROFILES_DIR", "/nowhere")
    monkeypatch.setenv("DBT_TARGET", "elsewhere")
    shared = tmp_path.parent / "shared"
    monkeypatch.setenv("AETHERMART_COMPILED_MODELS", str(shared))
    compiled = compile_warehouse([], tmp_path, tmp_path / "logs")
    assert CompiledProject.load(shared / f"{compiled.fingerprint}.json") == compiled
    assert compiled.sources == ()
    assert compiled.model("orders").columns[0] == ("shop", "VARCHAR")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["compiled.json", "logs", "project"]
    with duckdb.connect(tmp_path / "lake.duckdb") as connection:
        ensure_mirror_tables(connection, [])
        swap(connection, compiled)
        assert connection.execute("SELECT COUNT(*) FROM gold.fct_sales").fetchall() == [(0,)]
        assert [test for test in run_tests(connection, compiled) if test.failing_rows] == []


def test_a_missing_dbt_is_named_with_the_extra_to_install(
    shops: tuple[Shop, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(Terminal) as refused:
        compile_warehouse(shops, tmp_path, tmp_path / "logs")
    assert refused.value.fix == "pip install 'aethermart[warehouse]'"


def test_the_fingerprint_follows_shops_packs_and_time_zones(shops: tuple[Shop, ...]) -> None:
    first = render(shops).fingerprint
    assert render(shops).fingerprint == first
    moved = replace(shops[0], time_zone="Europe/Berlin")
    repriced = replace(shops[0], pack=replace(shops[0].pack, currency="CHF"))
    others = [shops[:1], (moved, *shops[1:]), (repriced, *shops[1:])]
    assert len({first, *(render(other).fingerprint for other in others)}) == 4


def test_rendering_again_leaves_no_file_of_a_shop_that_is_gone(
    shops: tuple[Shop, ...], tmp_path: Path
) -> None:
    render(shops).write(tmp_path)
    render(shops[:1]).write(tmp_path)
    assert [p.name for p in (tmp_path / "models/staging/shops").iterdir()] == ["aethermart"]


def test_two_shops_of_one_name_are_refused(shops: tuple[Shop, ...]) -> None:
    with pytest.raises(BadInput, match="two shops are named 'aethermart'"):
        render([shops[0], shops[0]])


def test_a_compiled_project_survives_its_file(compiled: CompiledProject, tmp_path: Path) -> None:
    compiled.save(tmp_path / "compiled.json")
    assert CompiledProject.load(tmp_path / "compiled.json") == compiled
    assert json.loads((tmp_path / "compiled.json").read_text())["fingerprint"]
