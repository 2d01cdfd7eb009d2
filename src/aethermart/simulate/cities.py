"""Where the made-up customers live: real cities, their places on earth and their postal codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    code: str  # ISO 3166-1 alpha-2
    locale: str  # whose names and streets its people have
    dial: str
    tax_percent: int  # the standard rate of value added tax; 0 where none is charged


@dataclass(frozen=True, slots=True)
class City:
    name: str
    country: str
    latitude: float
    longitude: float
    weight: int  # customers relative to the other cities
    postal_start: str  # a code is this, `postal_digits` random ones, then `postal_end`
    postal_digits: int
    postal_end: str = ""


COUNTRIES = (
    Country("DE", "de_DE", "+49", 19),
    Country("FR", "fr_FR", "+33", 20),
    Country("GB", "en_GB", "+44", 20),
    Country("IT", "it_IT", "+39", 22),
    Country("ES", "es_ES", "+34", 21),
    Country("NL", "nl_NL", "+31", 21),
    Country("AT", "de_AT", "+43", 20),
    Country("PL", "pl_PL", "+48", 23),
    Country("SE", "sv_SE", "+46", 25),
    Country("DK", "da_DK", "+45", 25),
    Country("PT", "pt_PT", "+351", 23),
    Country("US", "en_US", "+1", 0),
)

CITIES = (
    City("Berlin", "DE", 52.5200, 13.4050, 14, "10", 3),
    City("Hamburg", "DE", 53.5511, 9.9937, 9, "20", 3),
    City("München", "DE", 48.1351, 11.5820, 9, "80", 3),
    City("Köln", "DE", 50.9375, 6.9603, 7, "50", 3),
    City("Paris", "FR", 48.8566, 2.3522, 10, "750", 2),
    City("Lyon", "FR", 45.7640, 4.8357, 4, "6900", 1),
    City("Marseille", "FR", 43.2965, 5.3698, 3, "1300", 1),
    City("London", "GB", 51.5074, -0.1278, 8, "SW1", 1, " 4AB"),
    City("Manchester", "GB", 53.4808, -2.2426, 3, "M1", 1, " 2JW"),
    City("Milano", "IT", 45.4642, 9.1900, 5, "201", 2),
    City("Roma", "IT", 41.9028, 12.4964, 4, "001", 2),
    City("Madrid", "ES", 40.4168, -3.7038, 5, "280", 2),
    City("Barcelona", "ES", 41.3874, 2.1686, 5, "080", 2),
    City("Amsterdam", "NL", 52.3676, 4.9041, 5, "10", 2, " JK"),
    City("Rotterdam", "NL", 51.9244, 4.4777, 3, "30", 2, " AB"),
    City("Wien", "AT", 48.2082, 16.3738, 5, "1", 2, "0"),
    City("Graz", "AT", 47.0707, 15.4395, 2, "80", 2),
    City("Warszawa", "PL", 52.2297, 21.0122, 4, "00-", 3),
    City("Kraków", "PL", 50.0647, 19.9450, 2, "30-", 3),
    City("Stockholm", "SE", 59.3293, 18.0686, 4, "11", 1, " 20"),
    City("Göteborg", "SE", 57.7089, 11.9746, 2, "41", 1, " 03"),
    City("København", "DK", 55.6761, 12.5683, 4, "1", 3),
    City("Lisboa", "PT", 38.7223, -9.1393, 3, "1100-", 3),
    City("Porto", "PT", 41.1579, -8.6291, 2, "4000-", 3),
    City("New York", "US", 40.7128, -74.0060, 4, "100", 2),
    City("Chicago", "US", 41.8781, -87.6298, 2, "606", 2),
)
