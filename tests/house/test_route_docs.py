"""docs/adding-a-route.md shows the code as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_PAGE = (ROOT / "docs" / "adding-a-route.md").read_text(encoding="utf-8")
_BLOCKS = re.findall(r"```python\n# (\S+)\n(.*?)```", _PAGE, re.DOTALL)


def test_every_block_of_code_names_its_file() -> None:
    assert len(_BLOCKS) == _PAGE.count("```python") == 6


@pytest.mark.parametrize("file,block", _BLOCKS, ids=[file for file, _ in _BLOCKS])
def test_a_block_stands_in_its_file(file: str, block: str) -> None:
    assert block in (ROOT / file).read_text(encoding="utf-8")


def test_every_piece_named_is_there() -> None:
    pieces = re.findall(r"^\| .* \| `(api/[a-z_/]+\.py)` \|$", _PAGE, re.MULTILINE)
    assert len(pieces) == 5
    for piece in pieces:
        assert (ROOT / "src" / "aethermart" / piece).is_file()
    for name in ("PageAsked", "place_of", "OnceOf", "ReadOf"):
        assert any(
            re.search(rf"^(class|def) {name}\b|^{name} =", path.read_text(), re.MULTILINE)
            for path in (ROOT / "src" / "aethermart" / "api").rglob("*.py")
        )
