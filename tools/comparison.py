"""Write docs/comparison.md: what was measured beside others, in one table, losses included.

The figures are those of docs/benchmarks.md; a comparison of a result that is not there is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from benchmarks.page import read_results
from benchmarks.result import Result
from tools.generated import ROOT, cell, write_or_check

PAGE = ROOT / "docs" / "comparison.md"
_HEAD = """\
# Compared with others

Written by `make docs` from [the benchmarks](benchmarks.md), where each figure's sizes, versions,
machine and day stand. Ours and the other ran in the same run on the same machine. A ratio says how
often our cost goes into theirs: over 1 we are cheaper, under 1 they are. What is not on this page
was not measured.
"""


class Compared(NamedTuple):
    """ratio   its name in the result
    theirs  whether the ratio is theirs over ours; ours over theirs is turned round
    """

    other: str
    ratio: str
    theirs: bool = True


# What was asked, the result it stands in -> the others.
COMPARED: Mapping[tuple[str, str], Sequence[Compared]] = {
    ("First load of 1M orders, CPU", "full_load"): (
        Compared("dlt, connectorx", "dlt, connectorx / ours, CPU"),
        Compared("dlt, pyarrow", "dlt, pyarrow / ours, CPU"),
        Compared("psql COPY to nowhere (the floor)", "ours / floor, CPU", theirs=False),
    ),
    ("10,000 changed rows into 1M, CPU", "upsert"): (
        Compared("dlt, merge", "dlt, merge / ours, CPU"),
        Compared("a bare DuckDB MERGE", "bare MERGE / ours, CPU"),
        Compared("a bare DELETE + INSERT (the floor)", "floor: bare DELETE + INSERT / ours, CPU"),
    ),
    ("One changed order into gold at 1M orders, CPU", "warehouse"): (
        Compared(
            "delete+insert through the same models",
            "delete+insert through the views / ours, 1 orders, CPU",
        ),
        Compared(
            "building the kept tables anew",
            "kept tables anew, with day totals / ours, 1 orders, CPU",
        ),
    ),
    ("Cleansing, CPU a row", "cleansing"): (
        Compared("pandas, phonenumbers, rapidfuzz", "ours / pandas, rows a CPU second"),
    ),
}


def render(results: Mapping[str, Result]) -> str:
    return "\n".join([_HEAD, *_costs(results), "", *_loss(results), "", *_aims(results), ""])


def _costs(results: Mapping[str, Result]) -> Iterator[str]:
    yield "## What it costs"
    yield ""
    yield "| what | the other | theirs / ours | measured |"
    yield "| --- | --- | --- | --- |"
    for (question, name), others in COMPARED.items():
        result = results.get(name)
        if result is None:
            continue
        for each in others:
            ratio = result.ratio[each.ratio].median
            theirs = ratio if each.theirs else 1 / ratio
            yield f"| {question} | {each.other} | {theirs:.3g} | {result.date} |"


def _loss(results: Mapping[str, Result]) -> Iterator[str]:
    """What pollers lose; the table of the queue's benchmark as it stands."""
    queue = results.get("queue")
    if queue is None:
        return
    yield "## What is lost"
    yield ""
    yield "Eight writers, half of the transactions open up to 150 ms, a tenth rolled back."
    yield ""
    yield "| reader | rows lost | rows seen twice |"
    yield "| --- | --- | --- |"
    for side, measured in queue.measures:
        if "rows lost" in measured:
            yield f"| {cell(side)} | {measured['rows lost']} | {measured['rows seen twice']} |"


def _aims(results: Mapping[str, Result]) -> Iterator[str]:
    yield "## Aims, met and missed"
    yield ""
    yield "| benchmark | aim | found | |"
    yield "| --- | --- | --- | --- |"
    for key, result in results.items():
        for aim in result.aims:
            verdict = "met" if aim.met else "**missed**"
            yield f"| `{key}` | {cell(aim.text)} | {cell(aim.found)} | {verdict} |"


def main() -> int:
    return write_or_check(PAGE, lambda: render(read_results()))


if __name__ == "__main__":
    sys.exit(main())
