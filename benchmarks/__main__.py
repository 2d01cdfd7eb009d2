"""Run the benchmarks, each a process of its own, and write docs/benchmarks.md from what they found.

    python -m benchmarks                         all of them, at their sizes
    python -m benchmarks queue upsert            some
    python -m benchmarks upsert -- --rows 10000000   one, with flags of its own: a row of its own

A result replaces the one of the same name and flags; the others stay, each with its own date.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from benchmarks.page import SCRIPTS, read_results, write_page
from benchmarks.processes import ROOT
from benchmarks.result import Result, parsed


def main(arguments: Sequence[str]) -> int:
    names, flags = _split(arguments)
    unknown = sorted(set(names) - set(SCRIPTS))
    if unknown or (flags and len(names) != 1):
        print(__doc__, f"Benchmarks: {', '.join(SCRIPTS)}", sep="\n", file=sys.stderr)
        return 2
    results, failed = read_results(), []
    for name in names or SCRIPTS:
        print(f"== {name} {' '.join(flags)}", flush=True)
        result = _run(name, flags)
        if result is None:
            failed.append(name)
        else:
            results[" ".join([name, *flags])] = result
            write_page(results)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names, and the flags after `--`."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return [*arguments[:at]], [*arguments[at + 1 :]]


def _run(name: str, flags: Sequence[str]) -> Result | None:
    """None when the script failed; what it says is shown as it says it."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *flags]
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as script:
        assert script.stdout is not None
        for line in script.stdout:
            print(line, end="", flush=True)
            last = line
    return parsed(last) if script.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
