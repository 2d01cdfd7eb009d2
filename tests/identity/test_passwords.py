from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethermart.core.errors import BadInput
from aethermart.identity.passwords import check_password, is_common, normalised

EMAIL = "ada.lovelace@example.org"


@pytest.mark.parametrize(
    "password",
    [
        "seven quiet harbours",
        "correct horse battery stable",
        "zażółć gęślą jaźń",
        "839274619283",
        "tr0ub4dor&3xyz",
        "xxxkqzvwjmbth",
    ],
)
def test_a_long_password_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert check_password(password, EMAIL, 12) == password


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Passw0rd2024",
        "$ummer2024!!!",
        "p@ssw0rd!!!!",
        "!!!!letmein!!",
        "passwordpassword",
        "abcabcabcabc",
        "aaaaaaaaaaaa",
        "123456789012",
        "qwertyuiopas",
        "poiuytrewq12",
        "1qaz2wsx3edc",
        "welcomeadmin99",
        "ilovemyfamily",
        "correcthorsebatterystaple",
    ],
)
def test_what_anybody_would_try_first_is_refused(password: str) -> None:
    with pytest.raises(BadInput, match="among the first that anybody would try") as caught:
        check_password(password, EMAIL, 10)
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    "password,why",
    [
        ("eleven char", "has 11 characters, fewer than 12"),
        ("q" * 129, "has 129 characters, more than 128"),
        (EMAIL.upper(), "is the e-mail address"),
        ("Ada.Lovelace", "is the e-mail address"),
    ],
)
def test_a_password_that_is_too_short_too_long_or_the_address_is_refused(
    password: str, why: str
) -> None:
    with pytest.raises(BadInput, match=why) as caught:
        check_password(password, EMAIL, 12)
    assert password not in str(caught.value)


def test_two_ways_to_type_a_letter_are_one_password() -> None:
    composed, decomposed = "caf\u00e9 au lait frais", "cafe\u0301 au lait frais"
    assert normalised(composed) == normalised(decomposed) == composed
    assert normalised("\uff50\uff41\uff53\uff53") == "pass"  # full-width letters


def test_a_sign_that_grows_in_its_plain_form_does_not_pass_the_limit() -> None:
    with pytest.raises(BadInput, match="longer than 128"):
        check_password("\ufdfa" * 60, EMAIL, 12)  # one sign, eighteen in NFKC


@given(st.text(max_size=128))
def test_any_text_is_judged_without_an_error(password: str) -> None:
    assert is_common(password) in (True, False)


@given(
    st.sampled_from(["dragon", "iloveyou", "qwertyuiop"]), st.text("0123456789!?._-", max_size=6)
)
def test_digits_and_signs_around_a_common_word_do_not_hide_it(word: str, around: str) -> None:
    assert is_common(around + word.upper() + around[::-1])
