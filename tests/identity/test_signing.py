"""Access tokens: what is accepted is one algorithm, one issuer, one audience, whole and in time."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest

from aethermart.core.errors import BadInput, Unauthenticated
from aethermart.identity.roles import Role
from aethermart.identity.signing import AccessTokens, Claims, check_signing_key, new_signing_key
from tests.identity.made import KEY, OLD_KEY

SARAH = Claims(
    UUID("0f8fad5b-d9cb-469f-a165-70867728950e"), UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")
)
QUARTER = timedelta(minutes=15)


def issued(tokens: AccessTokens, at: datetime | None = None) -> str:
    return tokens.issue(SARAH, Role.PRODUCT, at or datetime.now(UTC), QUARTER)


def forged(key: Any = KEY, algorithm: str | None = "HS256", **changed: object) -> str:
    """A token with our own header and claims, some changed; None takes a claim away."""
    own = issued(AccessTokens(KEY))
    claims = jwt.decode(own, options={"verify_signature": False}) | changed
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid(own)})


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_a_token_says_who_and_which_session_for_a_quarter_of_an_hour() -> None:
    token = issued(AccessTokens(KEY), datetime.now(UTC).replace(microsecond=0))
    assert AccessTokens(KEY).verify(token) == SARAH
    claims = jwt.decode(token, options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "exp", "iat", "jti", "sub", "sid", "role"}
    assert claims["exp"] - claims["iat"] == 900
    assert (claims["iss"], claims["aud"]) == ("aethermart", "aethermart-api")
    assert (claims["sub"], claims["role"]) == (str(SARAH.account_id), "product")
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    assert forged() != token  # the helper below makes what would be accepted …
    assert AccessTokens(KEY).verify(forged()) == SARAH  # … so that its changes are what is refused


LATER = 4_000_000_000  # in the year 2096


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "somebody-else"},
        {"aud": ["aethermart-api", "somebody-else"]},
        {"aud": None},
        {"iss": "somebody-else"},
        {"iss": None},
        {"exp": None},
        {"iat": None},
        {"jti": None},
        {"sid": None},
        {"role": None},
        {"sub": None},
        {"sub": "sarah"},
        {"sid": "../../etc"},
        {"iat": LATER},
        {"nbf": LATER},
    ],
    ids=str,
)
def test_a_token_meant_for_others_or_not_whole_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Unauthenticated, match="the access token is not valid here"):
        AccessTokens(KEY).verify(forged(**changed))


def test_an_expired_token_is_refused_to_the_second() -> None:
    tokens = AccessTokens(KEY)
    with pytest.raises(Unauthenticated, match="has expired"):
        tokens.verify(issued(tokens, datetime.now(UTC) - QUARTER - timedelta(seconds=1)))
    assert tokens.verify(issued(tokens, datetime.now(UTC) - QUARTER + timedelta(seconds=30)))


def test_a_token_without_signature_is_refused() -> None:
    own = issued(AccessTokens(KEY))
    header, claims, signature = own.split(".")
    none = base64.urlsafe_b64encode(
        json.dumps({"alg": "none", "typ": "JWT", "kid": kid(own)}).encode()
    ).decode()
    for token in (
        forged(key=None, algorithm=None),
        f"{none.rstrip('=')}.{claims}.",
        f"{none.rstrip('=')}.{claims}.{signature}",
        f"{header}.{claims}.",
        f"{header}.{claims}.{signature[:-4]}AAAA",
    ):
        with pytest.raises(Unauthenticated):
            AccessTokens(KEY).verify(token)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_our_key(algorithm: str) -> None:
    key = KEY * 2
    token = jwt.encode(
        jwt.decode(issued(AccessTokens(key)), options={"verify_signature": False}),
        key,
        algorithm,
        headers={"kid": kid(issued(AccessTokens(key)))},
    )
    with pytest.raises(Unauthenticated):
        AccessTokens(key).verify(token)


def test_a_token_signed_by_an_rsa_key_of_the_sender_is_refused() -> None:
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    theirs = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(Unauthenticated):
        AccessTokens(KEY).verify(forged(key=theirs, algorithm="RS256"))


@pytest.mark.parametrize(
    "token", ["", "..", "a.b.c", "é.é.é", "eyJhbGciOiJIUzI1NiJ9.e30.", "x" * 5000]
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        AccessTokens(KEY).verify(token)


def test_an_old_key_verifies_and_no_longer_signs() -> None:
    before = issued(AccessTokens(OLD_KEY))
    rotated = AccessTokens(KEY, [OLD_KEY])
    assert rotated.verify(before) == SARAH
    assert kid(issued(rotated)) == kid(issued(AccessTokens(KEY))) != kid(before)
    with pytest.raises(Unauthenticated):
        AccessTokens(KEY).verify(before)  # the old key was taken away


@pytest.mark.promise("58")
@pytest.mark.parametrize(
    "key,fault",
    [
        ("", "has 0 characters, not 32"),
        ("s3cr3t", "has 6 characters, not 32"),
        ("abababababababababababababababababab", "is made of 2 different characters"),
        ("change-me-0123456789-abcdefghijklmnop", "is a placeholder"),
        ("this-is-my-very-Secret-signing-key-01", "is a placeholder"),
    ],
)
def test_a_short_or_weak_key_is_refused_unquoted(key: str, fault: str) -> None:
    with pytest.raises(BadInput, match=fault) as caught:
        check_signing_key(key)
    assert "secrets.token_urlsafe" in caught.value.fix
    assert not key or key not in str(caught.value)


def test_a_key_that_we_make_is_taken() -> None:
    assert all(check_signing_key(key) == key for key in [new_signing_key() for _ in range(1000)])
