"""Flags that several scripts share."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable

from benchmarks.result import Result, tables


def parser(doc: str | None, *, repetitions: int, seed: int = 20) -> argparse.ArgumentParser:
    """A parser whose help is the script's own docstring."""
    made = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--repetitions", type=int, default=repetitions, help="(%(default)s)")
    made.add_argument("--seed", type=int, default=seed, help="(%(default)s)")
    made.add_argument(
        "--without-peers",
        action="store_true",
        help="do not install peers; those that are not there are left out",
    )
    return made


def main(made: argparse.ArgumentParser, measure: Callable[[argparse.Namespace], Result]) -> None:
    """Measure as the command line says; print the tables, and the JSON line last."""
    # Also when it is ended from outside, servers are stopped and temporary folders removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    result = measure(made.parse_args())
    print(f"\n{result.name}: {result.claim}\n\n{tables(result)}\n")
    for note in result.notes:
        print(f"- {note}")
    print(result.line(), flush=True)
