"""The text of a query while it is read: what a rule understood is taken out, the rest stays."""

from __future__ import annotations

import re
from collections.abc import Callable

GAP = "¦"  # where something was taken out: no phrase reaches across it
_LOOSE = re.compile(r"^(?:[\s¦,;]|\b(?:and|but|with|or|for|in|a|an|the)\b)+$")
_ENDS = re.compile(r"^[\s,;]+|[\s,;]+$")
_LOOSE_END = re.compile(r"(?:^|\s)(?:and|but|with|or|for|in|which|that|is|are|also)\s*$")
_LOOSE_START = re.compile(r"^\s*(?:and|but|or|also)(?=\s|$)")


class Scratch:
    """Rules run over it one after another; each takes out what it understood."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str], use: Callable[[re.Match[str]], bool]) -> None:
        """Offer every place of `pattern` to `use`; where that says yes, the place is taken out."""
        at = 0
        while found := pattern.search(self.text, at):
            if found.end() > found.start() and use(found):
                self.cut(found.start(), found.end())
                at = found.start() + 1
            else:
                at = found.start() + 1

    def cut(self, start: int, end: int) -> None:
        self.text = f"{self.text[:start]}{GAP}{self.text[end:]}"

    def left(self) -> str:
        """What no rule took, without connecting words that connect nothing any more."""
        parts = []
        for part in self.text.split(GAP):
            text = part
            while (shorter := _LOOSE_START.sub("", _LOOSE_END.sub("", text))) != text:
                text = shorter
            text = _ENDS.sub("", text)
            if text and not _LOOSE.match(text):
                parts.append(text)
        return re.sub(r"\s+", " ", " ".join(parts)).strip()
