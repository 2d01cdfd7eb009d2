"""The part of requirements.lock that the installed package needs, and what builds it.

`python -m tools.runtime_lock [LOCK]` prints it, hashes and all. The lock says of each package on
whose account it is there ("via"): what only tests and lint asked for is left out.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_NEEDED = ("aethermart (pyproject.toml)", "aethermart (pyproject.toml:build)")
_LOCK = Path("requirements.lock")


def runtime_lock(lock: str) -> str:
    """The lock without the packages that nothing at run time needs."""
    head, *blocks = re.split(r"(?m)^(?=[A-Za-z0-9][\w.-]*==)", lock)
    # A package may stand there twice, for two releases of Python.
    named = [(block.partition("==")[0], block) for block in blocks]
    kept = {name for name, block in named if _asked_by(block) & {*_NEEDED}}
    while more := {n for n, block in named if n not in kept and _asked_by(block) & kept}:
        kept |= more
    return head + "".join(block for name, block in named if name in kept)


def _asked_by(block: str) -> set[str]:
    """Who is named after "via", on its line or on the lines under it."""
    _, _, told = block.partition("# via")
    return {line.strip().removeprefix("#").strip() for line in told.splitlines()} - {""}


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else _LOCK
    sys.stdout.write(runtime_lock(given.read_text(encoding="utf-8")))
