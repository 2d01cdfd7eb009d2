"""Who buys in the made-up shop: customers with one or two addresses in real cities."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import pyarrow as pa

from aethermart.simulate.catalogue import DAY_US
from aethermart.simulate.cities import CITIES, COUNTRIES
from aethermart.simulate.columns import Column, joined, moment, picked, text, whole
from aethermart.simulate.libraries import Faker, Floats, Ints, np
from aethermart.store.session import StoreSession

_POOL = 60  # names and streets a country
_PROVIDERS = ["faker.providers.person", "faker.providers.address"]  # a third of the loading time
_BATCH = 50_000
_DOMAIN = "@example.org"  # a domain that nobody can own
_CODES = [country.code for country in COUNTRIES]
_COUNTRY_OF_CITY = np.array([_CODES.index(city.country) for city in CITIES])
_PLAIN = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "AE"})


@dataclass(frozen=True, slots=True)
class People:
    """Customers by index, in the order they joined; ids are index + 1, of addresses too.

    joined_at      (n_customers,) microseconds since 1970, ascending
    first_address  (n_customers,) index of the first of a customer's addresses
    addresses      (n_customers,) how many, 1 or 2
    country        (n_addresses,) index into COUNTRIES
    """

    joined_at: Ints
    first_address: Ints
    addresses: Ints
    country: Ints


def make_people(
    session: StoreSession, seed: int, customers: int, start: int, until: int
) -> tuple[People, dict[str, int]]:
    """Write customers and their addresses; return them and the rows a table."""
    rng = np.random.default_rng([seed, 2])
    before = rng.random(customers) < 0.6  # joined before the first order of the window
    joined_at = np.sort(
        np.where(
            before,
            rng.integers(start - 700 * DAY_US, start, customers),
            rng.integers(start, until, customers),
        )
    )
    joined_at[0] = min(joined_at[0], start - DAY_US)  # the first order needs someone
    addresses = 1 + (rng.random(customers) < 0.25).astype(np.int64)
    first_address = np.cumsum(addresses) - addresses
    total = int(addresses.sum())
    weight = np.array([city.weight for city in CITIES], dtype=np.float64)
    city = rng.choice(len(CITIES), total, p=weight / weight.sum())
    people = People(joined_at, first_address, addresses, _COUNTRY_OF_CITY[city])
    pools = _pools(seed)
    for first in range(0, customers, _BATCH):
        span = slice(first, min(first + _BATCH, customers))
        _write_customers(session, rng, people, pools, span)
    owner = np.repeat(np.arange(customers), addresses)
    for first in range(0, total, _BATCH):
        span = slice(first, min(first + _BATCH, total))
        _write_addresses(session, rng, pools, owner[span], city[span], first)
    return people, {"customers": customers, "customer_addresses": total}


@dataclass(frozen=True, slots=True)
class _Pools:
    """`_POOL` of each for every country, country after country."""

    first_names: list[str]
    last_names: list[str]
    streets: list[str]


def _pools(seed: int) -> _Pools:
    pools = _Pools([], [], [])
    for country in COUNTRIES:
        fake = Faker(country.locale, providers=_PROVIDERS)
        fake.seed_instance(f"{seed} {country.code}")
        pools.first_names.extend(fake.first_name() for _ in range(_POOL))
        pools.last_names.extend(fake.last_name() for _ in range(_POOL))
        pools.streets.extend(fake.street_name() for _ in range(_POOL))
    return pools


def _write_customers(
    session: StoreSession,
    rng: np.random.Generator,
    people: People,
    pools: _Pools,
    span: slice,
) -> None:
    country = people.country[people.first_address[span]]
    n = len(country)
    first = country * _POOL + rng.integers(0, _POOL, n)
    last = country * _POOL + rng.integers(0, _POOL, n)
    customer_id = np.arange(span.start, span.stop) + 1
    email = joined(
        picked([_mailable(name) for name in pools.first_names], first),
        picked([_mailable(name) for name in pools.last_names], last),
        joined(text(customer_id), picked([_DOMAIN], np.zeros(n, dtype=np.int64))),
        between=".",
    )
    columns = {
        "customer_id": whole(customer_id),
        "email": email,
        "first_name": picked(pools.first_names, first),
        "last_name": picked(pools.last_names, last),
        "phone": joined(
            picked([country.dial for country in COUNTRIES], country),
            text(rng.integers(5_550_000_000, 5_560_000_000, n)),
            between=" ",
        ),
        "created_at": moment(people.joined_at[span]),
        "updated_at": moment(people.joined_at[span]),
    }
    session.load("customers", columns)


def _write_addresses(
    session: StoreSession,
    rng: np.random.Generator,
    pools: _Pools,
    owner: Ints,
    city: Ints,
    first: int,
) -> None:
    n = len(owner)
    country = _COUNTRY_OF_CITY[city]
    streets = picked(pools.streets, country * _POOL + rng.integers(0, _POOL, n))
    columns = {
        "address_id": whole(np.arange(first, first + n) + 1),
        "customer_id": whole(owner + 1),
        "street": joined(streets, text(rng.integers(1, 180, n)), between=" "),
        "city": picked([each.name for each in CITIES], city),
        "postal_code": _postal_codes(rng, city),
        "country": picked(_CODES, country),
        "latitude": _degrees(rng, np.array([each.latitude for each in CITIES])[city]),
        "longitude": _degrees(rng, np.array([each.longitude for each in CITIES])[city]),
    }
    session.load("customer_addresses", columns)


def _postal_codes(rng: np.random.Generator, city: Ints) -> Column:
    digits = np.array([each.postal_digits for each in CITIES])[city]
    numbers = (rng.random(len(city)) * 10**digits).astype(np.int64)
    padded = [f"{number:0{width}d}" for number, width in zip(numbers, digits, strict=True)]
    return joined(
        picked([each.postal_start for each in CITIES], city),
        pa.array(padded, pa.string()),
        picked([each.postal_end for each in CITIES], city),
    )


def _degrees(rng: np.random.Generator, centre: Floats) -> Column:
    """Some 3 km around the centre, to six places."""
    return pa.array(np.round(centre + rng.normal(0, 0.025, len(centre)), 6), pa.float64())


def _mailable(name: str) -> str:
    """The name as a mailbox may have it: ASCII letters, small."""
    plain = unicodedata.normalize("NFKD", name.translate(_PLAIN))
    return "".join(letter for letter in plain.lower() if letter.isascii() and letter.isalnum())
