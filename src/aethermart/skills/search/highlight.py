"""A title with the words that matched marked."""

from __future__ import annotations

import html
import re
from collections.abc import Set as AbstractSet

from aethermart.skills.search.language import Language
from aethermart.skills.search.text import folded

_RUN = re.compile(r"[^\W_]+")


def highlighted(
    title: str, language: Language, terms: AbstractSet[str], before: str, after: str
) -> str:
    """`title` with `before` and `after` around every word whose stem is in `terms`.

    HTML of the title is undone first and done again, so that the marks may be HTML tags.
    """
    plain = html.unescape(title)
    parts, at = [], 0
    for run in _RUN.finditer(plain):
        stem = language.stems([folded(run[0])])[0]
        parts.append(html.escape(plain[at : run.start()], quote=False))
        word = html.escape(run[0], quote=False)
        parts.append(f"{before}{word}{after}" if stem in terms else word)
        at = run.end()
    return "".join((*parts, html.escape(plain[at:], quote=False)))
