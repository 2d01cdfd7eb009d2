"""Spark SQL over published tables, each call a Spark of its own: PySpark with Delta's library."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.services import spark_home

_SCRIPT = Path(__file__).with_name("spark_sql.py")
_ENDS_IN_S = 600


@dataclass(frozen=True)
class SparkAnswer:
    """rows  every value as text; types  column -> Spark's name of its type"""

    rows: list[tuple[str | None, ...]]
    types: dict[str, str]


def spark_sql(tables: Mapping[str, Path], statements: Sequence[str]) -> list[SparkAnswer]:
    """An answer a statement; tables by the names that statements use, and their folders."""
    home = spark_home()
    assert home is not None
    with tempfile.TemporaryDirectory(prefix="spark") as work:
        done = subprocess.run(
            [str(home / "python/bin/python"), str(_SCRIPT), str(home / "jars"), work],
            input=json.dumps(
                {
                    "tables": {name: str(folder) for name, folder in tables.items()},
                    "statements": list(statements),
                }
            ),
            capture_output=True,
            text=True,
            timeout=_ENDS_IN_S,
            check=False,
            cwd=work,
            env={"JAVA_HOME": str(home / "java"), "PATH": "/usr/bin:/bin", "TZ": "UTC"},
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return [
        SparkAnswer([tuple(row) for row in answer["rows"]], dict(answer["columns"]))
        for answer in json.loads(done.stdout.splitlines()[-1])
    ]
