"""Small pieces of our own HTML that pages put together. Everything from outside is escaped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape
from typing import Literal

Kind = Literal["good", "warn", "bad", "none", "personal", "masked"]


class Html(str):
    """Text that is HTML already, made here and escaped where it came from outside."""

    __slots__ = ()


def mark(words: str, kind: Kind) -> Html:
    """A word in a pill. The word says all; its colour only repeats it."""
    return Html(f'<span class="am-mark am-is-{kind}">{escape(words)}</span>')


def bar(share: float | None, words: str) -> Html:
    """How much is done; None moves and says only that something is."""
    if share is None:
        return Html(f'<div class="am-progress am-moving" role="status">{escape(words)}</div>')
    percent = round(100 * min(1.0, max(0.0, share)))
    return Html(
        f'<div class="am-progress" role="progressbar" aria-valuenow="{percent}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-label="{escape(words)}"><i style="width:{percent}%"></i></div>'
        f"<small>{percent} % {escape(words)}</small>"
    )


def listed(sentences: Iterable[str]) -> Html:
    return Html(f'<ul class="am-list">{"".join(f"<li>{escape(s)}</li>" for s in sentences)}</ul>')


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str | Html]],
    *,
    name: str = "",
    marked: Collection[int] = (),
) -> Html:
    """A small table; on a narrow page each row is a card with the heads before its values.

    name    for whoever looks for it in the page
    marked  numbers of the rows that stand out
    """
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(_row(heads, row, marked=number in marked) for number, row in enumerate(rows))
    named = f' data-table="{escape(name)}"' if name else ""
    return Html(
        f'<div class="am-scroll"><table class="am-table am-wraps"{named}>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(heads: Sequence[str], row: Sequence[str | Html], *, marked: bool) -> str:
    first, *others = row
    cells = "".join(
        f'<td data-name="{escape(head)}">{_safe(cell)}</td>'
        for head, cell in zip(heads[1:], others, strict=True)
    )
    kind = ' class="am-guilty"' if marked else ""
    return f'<tr{kind}><th scope="row">{_safe(first)}</th>{cells}</tr>'


def _safe(cell: str | Html) -> str:
    return cell if isinstance(cell, Html) else escape(cell)
