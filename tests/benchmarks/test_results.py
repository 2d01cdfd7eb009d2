"""What the benchmarks compute and write, on figures made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import __main__ as program
from benchmarks import freshness, page
from benchmarks.processes import SideFailed
from benchmarks.result import Aim, Result, Spread, parsed, tables


def made(name: str = "upsert", seed: int = 1) -> Result:
    return Result(
        name=name,
        claim="it is fast",
        sizes={"rows": 1000},
        seed=seed,
        ratio={"peer / ours": Spread(2, 3, 4)},
        measures=[("ours", {"s": Spread(1, 1, 1)}), ("peer", {"s": 3.0}), ("lost", {"rows": "7"})],
        versions={"aethermart": "0.1.0"},
        aims=[Aim("at most 1 s", "1 s", met=True), Aim("at most 1 MB", "2 MB", met=False)],
        notes=["it was cold"],
        machine={"cores": 2},
        date="2026-01-02",
        commit="abc1234",
    )


def test_a_spread_is_least_median_most_in_three_digits() -> None:
    assert Spread.of([3.14159, 1, 2]) == Spread(1, 2, 3.14)


def test_a_result_is_one_line_that_reads_back() -> None:
    assert "\n" not in made().line()
    assert parsed(made().line()) == made()


def test_sides_with_the_same_columns_share_a_table_and_a_miss_is_shown() -> None:
    assert (
        tables(made())
        == """\
|  | s |
| --- | --- |
| ours | 1 |
| peer | 3 |

|  | rows |
| --- | --- |
| lost | 7 |

| ratio | median (least to most) |
| --- | --- |
| peer / ours | 3 (2 to 4) |

| aim | found |  |
| --- | --- | --- |
| at most 1 s | 1 s | met |
| at most 1 MB | 2 MB | **missed** |"""
    )


def test_the_page_reads_back_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PAGE", tmp_path / "benchmarks.md")
    assert page.read_results() == {}
    results = {"upsert --rows 9": made(seed=2), "upsert": made(), "full_load": made("full_load")}
    page.write_page(results)
    assert page.read_results() == results
    assert list(page.read_results()) == ["full_load", "upsert", "upsert --rows 9"]


def test_the_page_in_docs_is_what_its_own_data_say() -> None:
    results = page.read_results()
    assert page.PAGE.read_text(encoding="utf-8") == page.render(results)


def test_an_order_is_timed_to_the_first_answer_that_counts_it() -> None:
    seen = freshness._Seen(
        commits=[10.0, 10.5, 11.0], answers=[(10.2, 5), (10.75, 6), (11.25, 8), (11.5, 8)]
    )
    assert seen.latencies(before=5) == [0.75, 0.75, 0.25]


def test_an_order_that_no_answer_counts_is_a_failure() -> None:
    seen = freshness._Seen(commits=[10.0, 10.5], answers=[(10.2, 5), (11.0, 6)])
    with pytest.raises(SideFailed, match="order 2 of 2 was never counted"):
        seen.latencies(before=5)


def test_an_unknown_benchmark_is_refused_before_anything_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert program.main(["upsert", "nonsense"]) == 2
    assert f"Benchmarks: {', '.join(page.SCRIPTS)}\n" in capsys.readouterr().err


def test_flags_of_a_script_need_one_script() -> None:
    assert program.main(["--", "--rows", "5"]) == 2
    assert program._split(["upsert", "--", "--rows", "5"]) == (["upsert"], ["--rows", "5"])
