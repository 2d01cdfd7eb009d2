"""Write the table of roles in docs/identity.md from identity/roles.py; the rest of it is prose."""

from __future__ import annotations

import inspect
import re
import sys

from aethermart.identity import roles
from aethermart.identity.roles import GRANTED, Permission, Role
from tools.generated import ROOT, write_or_check

PAGE = ROOT / "docs" / "identity.md"
_BEGIN, _END = "<!-- roles: made by tools/roles_docs.py -->", "<!-- end of roles -->"
_MEANING = re.compile(r"^    [A-Z_]+ = \"(\w+)\"  # (.+)$", re.M)


def render() -> str:
    """The page as it is, its table made anew. Raises ValueError where the page has no place."""
    page = PAGE.read_text(encoding="utf-8")
    before, found, rest = page.partition(_BEGIN)
    _, ended, after = rest.partition(_END)
    if not found or not ended:
        raise ValueError(f"{PAGE.name} has no {_BEGIN} … {_END}")
    return f"{before}{_BEGIN}\n{table()}{_END}{after}"


def table() -> str:
    lines = [
        f"| permission | what it opens | {' | '.join(Role)} |",
        f"|---|---|{':-:|' * len(Role)}",
    ]
    meanings = _meanings()
    for permission in Permission:
        marks = ["yes" if role in GRANTED[permission] else "" for role in Role]
        lines.append(f"| `{permission}` | {meanings[permission]} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def problems() -> list[str]:
    """Permissions that say nothing of themselves."""
    said = _meanings()
    return [f"permission {each} has no comment" for each in Permission if each not in said]


def _meanings() -> dict[str, str]:
    """What the comment beside each permission says."""
    return dict(_MEANING.findall(inspect.getsource(roles.Permission)))


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, render, problems))
