"""What Discover is made of, without a browser."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from aethermart.client.answers.lake import TableColumn, TablePage
from aethermart.client.answers.shop import (
    Facet,
    FacetValue,
    Product,
    ProductHit,
    ReadAs,
    SearchAnswer,
    Understood,
    Why,
)
from aethermart.console.discover import cards, choices
from aethermart.console.discover.found import Found, find, find_more
from aethermart.console.discover.results import results
from aethermart.console.discover.terms import Term, first_day, terms_of, total
from aethermart.console.discover.wish import Wish, amount, changed, read_wish
from aethermart.core.errors import BadInput, Unavailable

FULL = Wish(
    query="quiet keyboard",
    where=(("brand", "Keyora"), ("brand", "Tarn: Labs"), ("colour", "Black")),
    price_min=Decimal("12.5"),
    price_max=Decimal(100),
    in_stock=True,
    min_rating=4,
    sort="price_asc",
)


def _listed(address: dict[str, str | list[str]]) -> dict[str, list[str]]:
    return {name: [v] if isinstance(v, str) else v for name, v in address.items()}


def test_a_wish_comes_back_out_of_its_address() -> None:
    assert FULL.address() == {
        "q": "quiet keyboard",
        "is": ["brand:Keyora", "brand:Tarn: Labs", "colour:Black"],
        "min": "12.5",
        "max": "100",
        "stock": "1",
        "stars": "4",
        "sort": "price_asc",
    }
    assert read_wish(_listed(FULL.address())) == FULL
    assert Wish().address() == {}


def test_what_an_address_cannot_mean_is_left_out() -> None:
    assert read_wish(
        {
            "q": ["  "],
            "is": ["brand", ":x", "brand:", "brand:A", "brand:A"],
            "min": ["cheap"],
            "max": ["-5"],
            "stock": ["yes"],
            "stars": ["9"],
            "sort": ["random"],
        }
    ) == Wish(where=(("brand", "A"),))


@pytest.mark.parametrize(
    "text, expected",
    [("12,50", "12.5"), (" 100 ", "100"), ("0", "0"), ("-0", "0"), ("1e3", "1000")],
)
def test_an_amount_is_read_as_people_write_it(text: str, expected: str) -> None:
    found = amount(text)
    assert found is not None
    assert format(found, "f") == expected


@pytest.mark.parametrize("text", ["", "cheap", "-1", "NaN", "Infinity", "1e15"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert amount(text) is None


@pytest.mark.parametrize(
    "act, expected",
    [
        ({"do": "toggle", "name": "brand", "value": "A"}, Wish("q", (("brand", "A"),))),
        ({"do": "stock"}, Wish("q", in_stock=True)),
        ({"do": "stars", "value": "4"}, Wish("q", min_rating=4)),
        ({"do": "stars", "value": ""}, Wish("q")),
        ({"do": "price", "min": "50", "max": "20"}, Wish("q", (), Decimal(20), Decimal(50))),
        ({"do": "price"}, Wish("q")),
        ({"do": "sort", "value": "rating"}, Wish("q", sort="rating")),
        ({"do": "sort", "value": "DROP"}, Wish("q")),
        ({"do": "ask", "value": " lamp "}, Wish("lamp")),
        ({"do": "more"}, None),
        ({}, None),
    ],
)
def test_an_act_changes_the_wish(act: dict[str, Any], expected: Wish | None) -> None:
    assert changed(Wish("q"), act) == expected


def test_a_choice_is_taken_back_by_the_same_act_and_all_by_one() -> None:
    assert changed(FULL, {"do": "toggle", "name": "brand", "value": "Keyora"}) == (
        FULL.toggled("brand", "Keyora")
    )
    assert ("brand", "Keyora") not in FULL.toggled("brand", "Keyora").where
    assert FULL.toggled("brand", "X").toggled("brand", "X") == FULL
    assert changed(FULL, {"do": "clear"}) == Wish("quiet keyboard", sort="price_asc")
    assert changed(FULL, {"do": "stars", "value": "4"}) != FULL


@pytest.mark.parametrize(
    "title, expected",
    [
        ("Quiet <mark>Keyboard</mark>", "Quiet <mark>Keyboard</mark>"),
        ("A &amp; B &lt;b&gt;", "A &amp; B &lt;b&gt;"),
        ("<script>x</script><mark>a</mark>", "&lt;script&gt;x&lt;/script&gt;<mark>a</mark>"),
        ("<mark onclick=x>a</mark>", "&lt;mark onclick=x&gt;a"),
        ("<mark>a<mark>b", "<mark>ab</mark>"),
        ("</mark>a", "a"),
    ],
)
def test_nothing_but_marks_is_html_in_a_title(title: str, expected: str) -> None:
    assert cards.marked(title) == expected


@pytest.mark.parametrize(
    "units, words",
    [
        (None, "Stock not known"),
        (0, "Sold out"),
        (-2, "Sold out"),
        (1, "Only 1 left"),
        (5, "Only 5 left"),
        (6, "In stock"),
    ],
)
def test_stock_in_words(units: int | None, words: str) -> None:
    assert f">{words}<" in cards.stock(units)


def _product(**more: Any) -> Product:
    told = {"shop": "s", "product_id": "1", "sku": "K-1", "title": "Keyora Quiet Keyboard", **more}
    return Product(**told)


def test_prices_and_ratings_in_words() -> None:
    assert "€1,234.50" in cards.price(_product(price="1234.5", currency="EUR"))
    assert "12.00 CHF" in cards.price(_product(price="12", currency="CHF"))
    assert "Price not known" in cards.price(_product())
    rated = cards.stars(_product(rating=4.4, reviews=1))
    assert 'aria-label="4.4 of 5 stars of 1 review"' in rated
    assert "width:88%" in rated
    assert "4.4 (1)" in rated
    assert "No reviews yet" in cards.stars(_product())
    assert "stars of" not in cards.stars(_product(rating=3.0))


def _hit(number: int, **more: Any) -> ProductHit:
    product = _product(product_id=f"{number}", sku=f"K-{number}", **more)
    why = (Why(part="words", score=0.5, words=("quiet",)), Why(part="letters", score=0.25))
    return ProductHit(product=product, score=1.0, why=why)


def test_a_card_says_why_and_does_not_repeat_its_title() -> None:
    more = {"brand": "Keyora", "attributes": {"noise": "quiet", "switches": "silent red"}}
    card = cards.card(_hit(1, **more), 3)
    assert 'data-place="3"' in card
    assert 'class="by"' not in card
    assert "noise" not in card
    assert "switches <b>silent red</b>" in card
    assert "Has your words: quiet" in card
    assert "width:100%" in card
    assert "width:50%" in card
    assert "Why this?" not in cards.card(ProductHit(product=_product(), score=0.0), 1)


def _answer(**more: Any) -> SearchAnswer:
    told = {"search_id": "s1", "shop": "aethermart", "query": "q", "text": "q", "hits": (), **more}
    return SearchAnswer(**{"total": len(told["hits"]), **told})


def test_results_say_what_was_read_given_up_and_left() -> None:
    answer = _answer(
        hits=(_hit(1),),
        total=30,
        read_as=(ReadAs(typed="keybord", meant="keyboard"),),
        relaxed=("no product has the words 'x'",),
        understood=(Understood(kind="price", text="under 100 EUR"),),
    )
    html = results(answer, answer.hits, Wish("q", (("brand", "A"),)), more=True)
    assert "<strong>30 products</strong>" in html
    assert "the first 1 shown" in html
    assert "(29 more)" in html
    assert "<b>keyboard</b> where you typed <i>keybord</i>" in html
    assert "No product has the words &#x27;x&#x27;" in html
    assert "under 100 EUR" in html
    assert "Take away: Brand: A" in html
    assert "Filters (1)" in html


def test_no_hits_offer_a_way_on() -> None:
    answer = _answer(understood=(Understood(kind="price", text="under 5 EUR"),))
    html = results(answer, (), Wish("q", in_stock=True), more=False, categories=("Lamps",))
    assert "Nothing meets all of that" in html
    assert 'data-do="clear"' in html
    assert "your words demand <b>under 5 EUR</b>" in html
    assert 'data-do="ask" data-value="Lamps"' in html


def test_facets_keep_what_is_ticked_and_fold_the_long_ones() -> None:
    many = tuple(FacetValue(value=f"B{n}", count=20 - n) for n in range(20))
    html = choices.facets([Facet(name="brand", values=many)], Wish("", (("brand", "Gone"),)))
    assert html.count('data-name="brand"') == 21
    assert "15 more" in html
    ticked = html.split('data-value="Gone"')[1].split(">")[0]
    assert "checked" in ticked
    assert '<span>Gone</span><span class="count">0</span>' in html


def test_hostile_values_stay_text_in_facets_and_chips() -> None:
    bad = "\"><img src=x onerror='hack()'>"
    html = choices.facets(
        [Facet(name=bad, values=(FacetValue(value=bad, count=1),))], Wish("", ((bad, bad),))
    )
    html += choices.chips((Understood(kind=bad, text=bad),), Wish("", ((bad, bad),)))
    assert "<img" not in html


class _Shop:
    """Answers page by page; a page may be an error instead."""

    def __init__(self, *pages: SearchAnswer | Exception) -> None:
        self.pages = list(pages)
        self.cursors: list[str | None] = []
        self.shop = self

    def search(self, query: str, *, cursor: str | None, **_: Any) -> SearchAnswer:
        self.cursors.append(cursor)
        page = self.pages.pop(0)
        if isinstance(page, Exception):
            raise page
        return page


def _pages(*pages: SearchAnswer | Exception) -> tuple[_Shop, Found]:
    shop = _Shop(*pages)
    return shop, find(lambda: shop, Wish("q"), None)  # type: ignore[arg-type,return-value]


FIRST = _answer(search_id="s1", hits=(_hit(1), _hit(2)), total=3, next_cursor="c2")
SECOND = _answer(search_id="s2", hits=(_hit(3),), total=3)


def test_pages_are_joined_and_an_opened_hit_names_its_page_and_place() -> None:
    shop, found = _pages(FIRST, SECOND)
    found = find_more(lambda: shop, found)  # type: ignore[arg-type,return-value]
    assert [hit.product.sku for hit in found.hits] == ["K-1", "K-2", "K-3"]
    assert shop.cursors == [None, "c2"]
    assert not found.more
    event = found.opened(3)
    assert event is not None
    assert (event.search_id, event.kind, event.sku, event.position) == ("s2", "click", "K-3", 3)
    assert found.opened(4) is None
    assert found.opened(0) is None


def test_where_pages_no_longer_fit_the_search_begins_anew() -> None:
    shop, found = _pages(FIRST, BadInput("the cursor belongs to another query", fix=""), SECOND)
    found = find_more(lambda: shop, found)  # type: ignore[arg-type,return-value]
    assert [hit.product.sku for hit in found.hits] == ["K-3"]
    assert shop.cursors == [None, "c2", None]


def test_what_is_found_stays_when_the_next_page_fails() -> None:
    shop, found = _pages(FIRST, Unavailable("no answer", fix=""))
    found = find_more(lambda: shop, found)  # type: ignore[arg-type,return-value]
    assert len(found.hits) == 2
    assert isinstance(found.problem, Unavailable)
    assert not found.answers(Wish("q"), None)  # asked again at the next look
    assert not _pages(FIRST)[1].answers(Wish("other"), None)
    assert _pages(FIRST)[1].answers(Wish("q"), None)


def test_days_of_a_query_are_added_up() -> None:
    names = ("shop", "query", "day", "searches", "zero_results", "searches_clicked")
    page = TablePage(
        table="mart_search_terms",
        columns=tuple(TableColumn(name=name, type="text") for name in names),
        rows=(
            ("s", "lamp", "2026-01-31", 3, 0, 2),
            ("s", "keyboard", "2026-01-31", 4, 1, 0),
            ("s", "lamp", "2026-01-30", 2, 1, 1),
        ),
    )
    terms = terms_of(page)
    assert terms == (Term("lamp", 5, 1, 3), Term("keyboard", 4, 1, 0))
    assert total(terms) == Term("", 9, 2, 3)
    assert first_day(page) == date(2026, 1, 30)
