"""The ways in which people, forms and exports spell values wrongly, in three sets.

`COMMON` is what the cleansing was written against. `HELD_OUT` was written before any rule, measured
once, and what it showed was mended. `UNSEEN` was written after that and is only measured: no rule
was changed for it. No spelling is in two sets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aethermart.core.errors import BadInput

Respell = Callable[[str], str]
# (country calling code, national number without trunk prefix, trunk prefix) -> text
PhoneForm = Callable[[str, str, str], str]


@dataclass(frozen=True, slots=True)
class Spellings:
    """
    streets     country -> full word -> its abbreviations
    companies   legal form -> other ways to write it
    words       full word of a product's name -> its abbreviations
    amounts     amount (two places) -> text, in the shop's own currency, which is EUR
    foreign     (currency, how an amount of it is written)
    dates       impossible ones
    swaps       (table, column, column)
    duplicates  of customers: names of the ways in `copies`
    """

    name: str
    streets: Mapping[str, Mapping[str, Sequence[str]]]
    companies: Mapping[str, Sequence[str]]
    words: Mapping[str, Sequence[str]]
    person_names: Sequence[Respell]
    emails: Sequence[Respell]
    unusable_emails: Sequence[Respell]
    phones: Sequence[PhoneForm]
    amounts: Sequence[Callable[[Decimal], str]]
    foreign: Sequence[tuple[str, Callable[[Decimal], str]]]
    negatives: Sequence[Callable[[Decimal], str]]
    dates: Sequence[str]
    swaps: Sequence[tuple[str, str, str]]
    duplicates: Sequence[str]
    skus: Sequence[Respell]


def grouped(amount: Decimal, thousands: str, mark: str) -> str:
    """'1234.5' as 1.234,50 with `thousands` '.' and `mark` ','."""
    text = f"{amount:,.2f}"
    return text.replace(",", "\0").replace(".", mark).replace("\0", thousands)


def _spaced(digits: str, *sizes: int) -> str:
    parts, rest = [], digits
    for size in sizes:
        parts.append(rest[:size])
        rest = rest[size:]
    return " ".join(part for part in [*parts, rest] if part)


def _mojibake(name: str) -> str:
    """UTF-8 read as Latin-1; a name of plain letters is given a non-breaking space instead."""
    broken = name.encode().decode("latin-1")
    return broken if broken != name else f"{name}\u00a0"


COMMON = Spellings(
    name="common",
    streets={
        "DE": {"straße": ("str.", "str"), "Straße": ("Str.",)},
        "AT": {"straße": ("str.",), "gasse": ("g.",)},
        "GB": {"Street": ("St", "St."), "Road": ("Rd", "Rd."), "Avenue": ("Ave",)},
        "US": {"Street": ("St", "St."), "Avenue": ("Ave", "Ave."), "Boulevard": ("Blvd",)},
        "FR": {"avenue": ("av.",), "boulevard": ("bd",)},
        "ES": {"Calle": ("C/",), "Avenida": ("Avda.",)},
        "IT": {"Viale": ("V.le",), "Piazza": ("P.za",)},
        "NL": {"straat": ("str.",)},
    },
    companies={
        "Ltd": ("Limited", "LTD", "Ltd."),
        "GmbH": ("GMBH", "G.m.b.H."),
        "Inc": ("Inc.", "Incorporated"),
    },
    words={
        "Black": ("Blk",),
        "White": ("Wht", "Wh."),
        "Leather": ("Lthr",),
        "Recycled": ("Recyc.",),
        "Organic": ("Org.",),
        "Ceramic": ("Cer.",),
        "Cotton": ("Ctn",),
        "Steel": ("Stl",),
    },
    person_names=(
        str.upper,
        str.lower,
        lambda name: f"  {name}",
        lambda name: f"{name}\t",
        lambda name: name.replace(" ", "   ") if " " in name else f"{name}  ",
    ),
    emails=(
        str.upper,
        lambda email: f" {email} ",
        lambda email: f"mailto:{email}",
        lambda email: email.replace("@", " @ "),
        lambda email: email.replace("@", "(at)"),
    ),
    unusable_emails=(
        lambda email: email.replace("@", ""),
        lambda _: "n/a",
        lambda email: email.partition("@")[0] + "@",
    ),
    phones=(
        lambda code, number, trunk: f"00{code}{number}",
        lambda code, number, trunk: f"+{code}-{_spaced(number, 2, 3).replace(' ', '-')}",
        lambda code, number, trunk: f"+{code} ({trunk}){number}" if trunk else f"+{code} {number}",
        lambda code, number, trunk: f"{trunk}{_spaced(number, 3, 3, 2)}",
        lambda code, number, trunk: f"{trunk}{number[:3]}/{number[3:]}",
        lambda code, number, trunk: f"+{code} {_spaced(number, 3, 3, 2)}",
    ),
    amounts=(
        lambda amount: grouped(amount, ".", ","),
        lambda amount: f"{grouped(amount, '.', ',')} €",
        lambda amount: f"€{grouped(amount, ',', '.')}",
        lambda amount: f"EUR {grouped(amount, ',', '.')}",
        lambda amount: f"{grouped(amount, ' ', ',')} EUR",
    ),
    foreign=(
        ("USD", lambda amount: f"${grouped(amount, ',', '.')}"),
        ("GBP", lambda amount: f"£{grouped(amount, ',', '.')}"),
        ("USD", lambda amount: f"USD {grouped(amount, ',', '.')}"),
    ),
    negatives=(lambda amount: f"-{amount:.2f}",),
    dates=(
        "2026-02-30 10:15:00",
        "0000-00-00 00:00:00",
        "1900-01-01 00:00:00",
        "2999-12-31 23:59:59",
    ),
    swaps=(("customers", "first_name", "email"), ("order_items", "quantity", "unit_price")),
    duplicates=("same_mailbox", "same_phone_typo"),
    skus=(str.lower, lambda sku: sku.replace("-", " "), lambda sku: sku.replace("-", "")),
)

HELD_OUT = Spellings(
    name="held_out",
    streets={
        "DE": {"straße": ("strasse", "STR."), "platz": ("pl.",), "Straße": ("Strasse",)},
        "AT": {"straße": ("strasse",), "Platz": ("Pl.",)},
        "GB": {"Drive": ("Dr", "Dr."), "Square": ("Sq",), "Lane": ("Ln",), "Court": ("Ct.",)},
        "US": {"Drive": ("Dr.",), "Street": ("ST",), "Court": ("Ct",), "Avenue": ("AVE",)},
        "FR": {"place": ("pl.",), "boulevard": ("blvd",), "impasse": ("imp.",)},
        "ES": {"Plaza": ("Pza.",), "Avenida": ("Av.",), "Paseo": ("Pº",)},
        "IT": {"Corso": ("C.so",), "Piazza": ("Pzza",)},
        "PL": {"aleja": ("al.",)},
        "PT": {"Rua": ("R.",), "Avenida": ("Av.",)},
    },
    companies={
        "Ltd": ("LIMITED", "Ltd.,"),
        "GmbH": ("Ges.m.b.H.", "Gmbh"),
        "Inc": ("INC", ", Inc."),
    },
    words={
        "Grey": ("Gry",),
        "Olive": ("Olv",),
        "Walnut": ("Waln.",),
        "Bamboo": ("Bmb.",),
        "Handmade": ("Hndmd",),
        "Copper": ("Cpr",),
        "Compact": ("Cmpct.",),
        "Nordic": ("Nord.",),
    },
    person_names=(
        str.swapcase,
        lambda name: f"{name}\u00a0",
        lambda name: f"\u200b{name}",
        _mojibake,
    ),
    emails=(
        lambda email: f"<{email}>",
        lambda email: f"{email};",
        lambda email: email[::-1].replace(".", ",", 1)[::-1],
        lambda email: email.replace("@", "\uff20"),
        lambda email: email.replace("@", " [at] "),
        lambda email: f"E-Mail: {email}",
    ),
    unusable_emails=(
        lambda _: "none",
        lambda email: email.rpartition(".")[0].replace(".", "") or "x",
        lambda _: "-",
    ),
    phones=(
        lambda code, number, trunk: f"Tel. +{code} {number}",
        lambda code, number, trunk: f"+{code}.{_spaced(number, 2, 4).replace(' ', '.')}",
        lambda code, number, trunk: f"({trunk}{number[:2]}) {_spaced(number[2:], 3)}",
        lambda code, number, trunk: f"{trunk}{number[:3]} \u2013 {number[3:]}",
        lambda code, number, trunk: f"+{code} {number} ext. 12",
        lambda code, number, trunk: f"\uff0b{code} {number}",
        lambda code, number, trunk: f"{code} {number}",
    ),
    amounts=(
        lambda amount: grouped(amount, "'", "."),
        lambda amount: f"{grouped(amount, chr(0x202F), ',')}€",
        lambda amount: f"{amount:.2f} euros",
        lambda amount: f"{amount.normalize():f}".replace(".", ",") + " EUR",
        lambda amount: f"Price: {grouped(amount, ',', '.')}",
    ),
    foreign=(
        ("CHF", lambda amount: f"CHF {grouped(amount, chr(0x2019), '.')}"),
        ("PLN", lambda amount: f"{grouped(amount, ' ', ',')} zł"),
        ("USD", lambda amount: f"US${grouped(amount, ',', '.')}"),
        ("GBP", lambda amount: f"{amount:.2f} GBP"),
    ),
    negatives=(
        lambda amount: f"({amount:.2f})",
        lambda amount: f"{amount:.2f}-",
        lambda amount: f"\u2212{amount:.2f}",
    ),
    dates=(
        "2025-13-05 08:00:00",
        "31.02.2026 10:00",
        "1970-01-01 00:00:00",
        "2025-06-31",
        "2031-03-14 12:00:00",
        "20025-03-14 12:00:00",
    ),
    swaps=(("customers", "phone", "email"), ("customer_addresses", "city", "postal_code")),
    duplicates=("tagged_mailbox", "initial_same_phone", "same_person_moved"),
    skus=(lambda sku: sku.replace("-", "_"), lambda sku: f"{sku}*", lambda sku: f"SKU {sku}"),
)

UNSEEN = Spellings(
    name="unseen",
    streets={
        "DE": {"weg": ("w.",), "allee": ("al.",), "straße": ("-str.", "stra\u00dfe,")},
        "AT": {"gasse": ("gs.",), "Platz": ("Platz,",)},
        "GB": {"Road": ("RD.",), "Street": ("Str",), "Lane": ("La",), "Drive": ("Drv",)},
        "US": {"Boulevard": ("Bl.",), "Avenue": ("Av",), "Street": ("Str.",)},
        "FR": {"avenue": ("ave",), "rue": ("r.",), "place": ("Place",)},
        "ES": {"Calle": ("Cl.",), "Avenida": ("Avd.",)},
        "IT": {"Via": ("V.",), "Corso": ("Cso",)},
        "NL": {"plein": ("pln",), "weg": ("wg",)},
        "SE": {"gatan": ("g.",)},
        "DK": {"gade": ("gd.",)},
    },
    companies={
        "Ltd": ("Ltd (UK)", "Co. Ltd"),
        "GmbH": ("mbH", "GmbH."),
        "Inc": ("Incorp.", "Inc,"),
    },
    words={
        "Linen": ("Lin.",),
        "Wool": ("Wl",),
        "Classic": ("Cls.",),
        "Everyday": ("Evd",),
        "Folding": ("Fldng",),
        "Navy": ("Nvy",),
        "Rust": ("Rst.",),
        "Glass": ("Gls",),
    },
    person_names=(
        lambda name: f"Mr. {name}",
        lambda name: f"{name},",
        lambda name: f"\u2003{name}\u2003",
        lambda name: name.replace("e", "3") if "e" in name else f"{name}.",
        lambda name: f'"{name}"',
    ),
    emails=(
        lambda email: f"'{email}'",
        lambda email: email.replace("@", "@@"),
        lambda email: email.replace(".", "..", 1),
        lambda email: f"{email} (private)",
        lambda email: email.replace("@", " AT "),
        lambda email: f"\u200b{email}",
    ),
    unusable_emails=(
        lambda _: "unknown@",
        lambda email: "@" + email.partition("@")[2],
        lambda _: "no email",
        lambda email: email.replace(".", " "),
    ),
    phones=(
        lambda code, number, trunk: f"+{code} / {number[:3]} / {number[3:]}",
        lambda code, number, trunk: f"00 {code} {_spaced(number, 3, 3)}",
        lambda code, number, trunk: f"{trunk}{number} (mobile)",
        lambda code, number, trunk: f"+{code}{trunk}{number}" if trunk else f"+{code}.{number}",
        lambda code, number, trunk: f"M: {trunk}{_spaced(number, 4, 2, 2)}",
        lambda code, number, trunk: f"+{code}\u00a0{_spaced(number, 2, 2, 2)}",
        lambda code, number, trunk: f"+{code} {number}, evenings",
    ),
    amounts=(
        lambda amount: f"ca. {grouped(amount, '.', ',')}",
        lambda amount: f"{grouped(amount, ',', '.')} (incl. VAT)",
        lambda amount: f"{amount:.2f}".replace(".", "\u00b7"),
        lambda amount: f"{grouped(amount, '.', ',')} EURO",
        lambda amount: f"= {amount:.2f}",
        lambda amount: f"{int(amount)} € {f'{amount:.2f}'[-2:]}",
    ),
    foreign=(
        ("SEK", lambda amount: f"{grouped(amount, ' ', ',')} SEK"),
        ("USD", lambda amount: f"{amount:.2f} dollars"),
        ("GBP", lambda amount: f"GBP{amount:.2f}"),
        ("CZK", lambda amount: f"{grouped(amount, ' ', ',')} Kč"),
    ),
    negatives=(
        lambda amount: f"- {amount:.2f}",
        lambda amount: f"minus {amount:.2f}",
        lambda amount: f"-€{amount:.2f}",
    ),
    dates=(
        "2025-02-29 12:00:00",
        "2026-00-10 12:00:00",
        "31/11/2025",
        "yesterday",
        "0001-01-01 00:00:00",
        "2025-12-01 25:61:00",
        "1969-12-31 23:59:59",
    ),
    swaps=(("customers", "last_name", "email"), ("customers", "first_name", "phone")),
    duplicates=("nickname_same_mailbox", "names_swapped", "tagged_mailbox"),
    skus=(lambda sku: sku.replace("-", "\u2013"), lambda sku: f"{sku}/2", lambda sku: f"#{sku}"),
)

_SETS = {each.name: each for each in (COMMON, HELD_OUT, UNSEEN)}
SETS = tuple(_SETS)


def spellings_named(name: str) -> Spellings:
    if name not in _SETS:
        raise BadInput(f"no spellings are named {name!r}", fix=f"use one of {', '.join(SETS)}")
    return _SETS[name]
