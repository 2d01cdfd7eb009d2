"""Make the store anew, step by step: teardown, schema, data, security, migration.

    python examples/orchestrator.py --home .demo --yes

The steps and their order are `aethermart store reset`'s; this shows how another program drives
them: what would be removed, each step as it is done, and that a second call goes on where the
first one broke.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aethermart.core.errors import AetherMartError
from aethermart.operations.servers import servers_running
from aethermart.operations.store_reset import StepDone, reset_store, would_remove
from aethermart.wiring import Project


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--home", type=Path, required=True, help="the project's folder")
    asked.add_argument("--scale", type=float, default=1.0, help="1 is about 10,000 orders")
    asked.add_argument("--seed", type=int, default=20)
    asked.add_argument("--yes", action="store_true", help="do it")
    wanted = asked.parse_args()
    try:
        project = Project.open(wanted.home)
        if not wanted.yes:
            with servers_running(project):
                removal = would_remove(project)
            print(f"{removal.database}: {sum(removal.rows.values()):,} rows would go; add --yes")
            return 2
        reset_store(project, scale=wanted.scale, seed=wanted.seed, told=tell)
    except AetherMartError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def tell(done: StepDone) -> None:
    print(f"{done.step}: {done.did} ({done.seconds:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
