"""The page's own HTML: tiles, badges, tables, notices. Everything from outside is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from aethermart.client.answers.lake import Quality, ShopFreshness, TablePage
from aethermart.client.answers.ops import SinkState
from aethermart.console.figures import Figure, Stamp
from aethermart.console.format import NOTHING, age, clock, count, pace
from aethermart.core.errors import AetherMartError, Forbidden, Unauthenticated, Unavailable

_TITLES: tuple[tuple[type[AetherMartError], str], ...] = (
    (Unavailable, "The API does not answer"),
    (Unauthenticated, "The API does not know this console's token"),
    (Forbidden, "Your role may not read this"),
)
_CODE = re.compile("`([^`]+)`")
_HOPS = ("capture", "log", "mirror", "archive")


def badge(stamp: Stamp) -> str:
    """as of 12:00:01 UTC, 0.8 s old, gold.fct_sales"""
    sources = [escape(source) for source in stamp.sources]
    if stamp.as_of is None or stamp.lag_s is None:
        words = ["no data yet", *sources]
    else:
        words = [f"as of {clock(stamp.as_of, stamp.lag_s)}", f"{age(stamp.lag_s)} old", *sources]
    parts = ", ".join(f"<span>{word}</span>" for word in words)
    return f'<div class="am-badge am-{pace(stamp.lag_s)}">{parts}</div>'


def table_badge(page: TablePage, held_s: float) -> str:
    lag_s = None if page.lag_s is None else page.lag_s + held_s
    return badge(Stamp(page.as_of, lag_s, page.sources))


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Names and values beside each other."""
    shown = "".join(f"<div><dt>{escape(n)}</dt><dd>{escape(v)}</dd></div>" for n, v in pairs)
    return f'<dl class="am-facts">{shown}</dl>'


def tile(name: str, title: str, hint: str, shown: Sequence[Figure], *, alert: bool = False) -> str:
    """name  for whoever looks for the tile in the page"""
    lines = "".join(_line(figure) for figure in shown) or _line(
        Figure(NOTHING, "", Stamp(None, None))
    )
    kind = "am-tile am-alert" if alert else "am-tile"
    return (
        f'<section class="{kind}" data-tile="{name}">'
        f'<h2 title="{escape(hint)}">{escape(title)}</h2>{lines}</section>'
    )


def _line(figure: Figure) -> str:
    size = "am-value am-long" if len(figure.text) > 13 else "am-value"
    label = f'<div class="am-label">{escape(figure.label)}</div>' if figure.label else ""
    return (
        f'<div class="am-figure"><div class="{size}">{escape(figure.text)}</div>'
        f"{label}{badge(figure.stamp) if figure.stamp else ''}</div>"
    )


def tiles(shown: Iterable[str], *, held: bool = False, small: bool = False) -> str:
    """held   the numbers are the last ones before the API fell silent
    small  two stand beside each other on a narrow page too
    """
    kind = "am-tiles" + (" am-held" if held else "") + (" am-small" if small else "")
    return f'<div class="{kind}">{"".join(shown)}</div>'


def page_title(title: str, words: str) -> str:
    return (
        f'<div class="am-brand">AetherMart</div><h1 class="am-title">{escape(title)}</h1>'
        f'<p class="am-sub">{escape(words)}</p>'
    )


def heading(title: str, words: str = "") -> str:
    sub = f'<p class="am-sub">{escape(words)}</p>' if words else ""
    return f'<h2 class="am-h">{escape(title)}</h2>{sub}'


def subheading(title: str, words: str = "") -> str:
    note = f"<span>{escape(words)}</span>" if words else ""
    return f'<h3 class="am-h3">{escape(title)} {note}</h3>'


def nothing(words: str) -> str:
    return f'<p class="am-sub">{escape(words)}</p>'


def spoken(words: str) -> str:
    """For screen readers alone."""
    return f'<p class="am-spoken">{escape(words)}</p>'


def no_shop() -> str:
    return notice(
        "info",
        "No shop is connected yet",
        "The platform runs and knows no shop.",
        "add one to aethermart.toml, or see it at work: aethermart demo",
    )


def no_data(shops: Sequence[ShopFreshness], waiting_for: Sequence[str]) -> str:
    names = ", ".join(shop.shop for shop in shops)
    awaited = f" Waiting for {', '.join(waiting_for)}." if waiting_for else ""
    return notice(
        "info",
        "No data yet",
        f"Nothing has been read from {names}.{awaited} This page fills itself as soon as it has.",
    )


def skeleton() -> str:
    """What stands in the tiles' place until the first answer."""
    bars = '<div class="am-bar"></div><div class="am-bar am-short"></div>'
    return tiles([f'<section class="am-tile" aria-busy="true">{bars}</section>'] * 4)


def notice(kind: str, title: str, text: str, fix: str = "") -> str:
    """kind  error, warning or info"""
    way_out = f'<p class="am-fix">What to do: {_prose(fix)}</p>' if fix else ""
    role = "alert" if kind == "error" else "status"
    return (
        f'<div class="am-notice am-{kind}" role="{role}">'
        f"<strong>{escape(title)}</strong><p>{_prose(text)}</p>{way_out}</div>"
    )


def _prose(text: str) -> str:
    """Escaped, with `code` set as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def problem_notice(problem: AetherMartError, *, also: str = "", title: str | None = None) -> str:
    """title  None takes the one that the kind of problem has"""
    title = title or next(
        (title for kind, title in _TITLES if isinstance(problem, kind)),
        "The API could not answer",
    )
    cause = problem.cause[:1].upper() + problem.cause[1:].rstrip(".")
    return notice("error", title, f"{cause}. {also}".strip(), problem.fix)


def stopped_notices(sinks: Iterable[SinkState], quality: Quality | None) -> str:
    """One notice a shop whose data stand still, with the reason."""
    reasons: dict[str, list[str]] = {}
    for sink in sinks:
        if sink.status == "stopped":
            reasons.setdefault(sink.shop, []).append(f"{sink.sink}: {sink.error or 'no reason'}")
    for table in quality.stopped_tables if quality else ():
        reasons.setdefault(table.shop, []).append(f"table {table.table}: {table.error}")
    return "".join(
        notice("warning", f"{shop} has stopped", "; ".join(dict.fromkeys(why)))
        for shop, why in sorted(reasons.items())
    )


def freshness_table(shops: Sequence[ShopFreshness], held_s: float, stopped: set[str]) -> str:
    """One row a shop: its state, its age, then how far behind each hop is."""
    named = [hop.hop for shop in shops for hop in shop.hops]
    hops = [hop for hop in _HOPS if hop in named] + sorted(set(named) - set(_HOPS))
    head = "".join(f'<th scope="col">{escape(hop)}</th>' for hop in hops)
    body = "".join(_freshness_row(shop, hops, held_s, shop.shop in stopped) for shop in shops)
    return (
        '<div class="am-scroll"><table class="am-table"><thead><tr><th scope="col">shop</th>'
        f'<th scope="col">state</th><th scope="col">as of</th><th scope="col">age</th>{head}'
        f"</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _freshness_row(shop: ShopFreshness, hops: list[str], held_s: float, stopped: bool) -> str:
    at = {hop.hop: hop for hop in shop.hops}
    lag_s = None if shop.lag_s is None else shop.lag_s + held_s
    shown = [
        NOTHING if shop.as_of is None else clock(shop.as_of, lag_s or 0.0),
        NOTHING if lag_s is None else age(lag_s),
        *(
            _hop_text(at[hop].lag_s, at[hop].offset, held_s) if hop in at else NOTHING
            for hop in hops
        ),
    ]
    names = ("as of", "age", *map(escape, hops))
    cells = "".join(
        f'<td data-name="{name}">{cell}</td>' for name, cell in zip(names, shown, strict=True)
    )
    return (
        f'<tr data-shop="{escape(shop.shop)}"><th scope="row">{escape(shop.shop)}</th>'
        f'<td data-name="state">{_state(shop, lag_s, stopped)}</td>{cells}</tr>'
    )


def _hop_text(lag_s: float | None, offset: int | None, held_s: float) -> str:
    late = NOTHING if lag_s is None else age(lag_s + held_s)
    return late if offset is None else f"{late}<small>offset {offset:,}</small>"


def _state(shop: ShopFreshness, lag_s: float | None, stopped: bool) -> str:
    if stopped:
        word, kind = "stopped", "stale"
    elif shop.as_of is None:
        word, kind = "no data yet", "none"
    elif shop.quiet and pace(lag_s) == "live":
        word, kind = "quiet", "live"
    else:
        kind = pace(lag_s)
        word = kind
    return f'<span class="am-badge am-{kind}">{word}</span>'


def quality_line(quality: Quality) -> str:
    """Rows set aside and tables that stand still: what the numbers above leave out."""
    rows = quality.quarantined_rows
    said = f"{count(rows)} row{'' if rows == 1 else 's'} quarantined"
    stopped = "".join(
        f"<li><b>{escape(t.shop)}.{escape(t.table)}</b> stopped: {escape(t.error)}</li>"
        for t in quality.stopped_tables
    )
    tables = f"<ul>{stopped}</ul>" if stopped else "<p>No table has stopped.</p>"
    return f'<div class="am-quality"><p>{said}</p>{tables}</div>'
