"""The whole of what was found as one piece of HTML: how much, what narrows it, the cards.

States that are not a list of hits say so in plain words, with a way out.
"""

from __future__ import annotations

from html import escape

from aethermart.client.answers.shop import ProductHit, SearchAnswer
from aethermart.console import tiles
from aethermart.console.discover import cards, choices
from aethermart.console.discover.wish import Wish
from aethermart.console.format import count
from aethermart.core.errors import AetherMartError, BadInput, NotFound

_TRY = 6  # categories offered where nothing was typed or found


def results(
    answer: SearchAnswer,
    hits: tuple[ProductHit, ...],
    wish: Wish,
    *,
    more: bool,
    categories: tuple[str, ...] = (),
) -> str:
    """answer  the first page's
    hits    of all pages so far
    more    whether another page follows
    categories  of the shop, to go on with where nothing was found
    """
    head = (
        f"{_notes(answer)}{choices.chips(answer.understood, wish)}"
        f'<div class="bar-top"><p class="found" role="status">{_found(answer, hits, wish)}</p>'
        f"{choices.sorting(wish)}</div>"
    )
    if not answer.total:
        body = f'<div class="none">{_no_hits(answer, wish, categories)}</div>'
    else:
        listed = "".join(cards.card(hit, place) for place, hit in enumerate(hits, 1))
        body = f'<ul class="cards" aria-label="Products">{listed}</ul>'
        body += _more(answer, hits) if more else ""
    number = len(wish.where) + wish.in_stock + (wish.min_rating is not None)
    number += wish.price_min is not None or wish.price_max is not None
    named = f"Filters ({number})" if number else "Filters"
    return (
        '<div class="page"><aside aria-label="Filters">'
        '<button class="filters" data-local="filters" '
        f'aria-expanded="false" data-key="filters">{named}</button>'
        f'<div class="facets">{choices.facets(answer.facets, wish)}'
        '<button class="filters done" data-local="filters" aria-expanded="true" '
        f'data-key="done">{_shows(answer.total)}</button></div></aside>'
        f'<section aria-label="Results">{head}{body}</section></div>'
    )


def _products(number: int) -> str:
    return f"{count(number)} product{'' if number == 1 else 's'}"


def _shows(number: int) -> str:
    return f"Show {_products(number)}" if number else "Close the filters"


def _found(answer: SearchAnswer, hits: tuple[ProductHit, ...], wish: Wish) -> str:
    number = _products(answer.total)
    of = f" for <q>{escape(wish.query)}</q>" if wish.query else ""
    of += f" in {escape(answer.shop)}"
    shown = f", the first {count(len(hits))} shown" if len(hits) < answer.total else ""
    return f"<strong>{number}</strong>{of}{shown}"


def _notes(answer: SearchAnswer) -> str:
    said = []
    if answer.read_as:
        pairs = ", ".join(
            f"<b>{escape(each.meant)}</b> where you typed <i>{escape(each.typed)}</i>"
            for each in answer.read_as
        )
        said.append(f'<p class="note read-as">Also looked for {pairs}</p>')
    if answer.relaxed:
        told = "".join(f"<li>{escape(each[:1].upper() + each[1:])}</li>" for each in answer.relaxed)
        said.append(
            '<div class="note rescued" role="status"><strong>No product matches all of your words'
            f"</strong><ul>{told}</ul><p>Price, brand and all else that was demanded still holds."
            "</p></div>"
        )
    return "".join(said)


def _more(answer: SearchAnswer, hits: tuple[ProductHit, ...]) -> str:
    left = answer.total - len(hits)
    rest = f"{count(left)} more" if left > 0 else "More"
    return (
        '<div class="more"><button class="big" data-do="more" data-key="more">'
        f"Show more <span>({rest})</span></button></div>"
    )


def why_none(problem: AetherMartError, *, choose: bool) -> str:
    """In place of results.

    choose  whether it may be that no shop was named, of several
    """
    if isinstance(problem, NotFound):
        return tiles.notice(
            "info",
            "Nothing is on sale here yet",
            f"{problem.cause[:1].upper()}{problem.cause[1:]}: its catalogue is empty, or has not "
            "been read so far.",
            "choose another shop, or add products: they are found here a moment later",
        )
    if choose and isinstance(problem, BadInput):
        return tiles.notice(
            "info",
            "Choose a shop",
            "Products are searched in one shop at a time, and none of yours is the primary one.",
            "choose it above",
        )
    return tiles.problem_notice(problem)


def _no_hits(answer: SearchAnswer, wish: Wish, categories: tuple[str, ...]) -> str:
    steps = []
    if wish.chosen:
        steps.append(
            '<li><button class="link" data-do="clear" data-key="none-clear">Clear the filters'
            "</button> and keep the words</li>"
        )
    if answer.understood:
        told = ", ".join(escape(each.text) for each in answer.understood)
        steps.append(f"<li>Ask for less: your words demand <b>{told}</b></li>")
    if wish.query:
        steps.append("<li>Use fewer or more general words</li>")
    tried = "".join(
        f'<li><button class="chip" data-do="ask" data-value="{escape(name)}" '
        f'data-key="try-{escape(name)}">{escape(name)}</button></li>'
        for name in categories[:_TRY]
    )
    offered = f'<p>Or look at</p><ul class="chips">{tried}</ul>' if tried else ""
    return (
        '<div class="nothing"><h3>Nothing meets all of that</h3>'
        f"<p>No demand is given up to show something else.</p><ul>{''.join(steps)}</ul>"
        f"{offered}</div>"
    )
