from __future__ import annotations

import pytest

from aethermart.core.errors import Unauthenticated
from aethermart.identity.roles import Role
from tests.identity.made import Made, email

pytestmark = pytest.mark.service("postgres")


def test_who_logs_in_is_known_by_the_token_as_who_they_are(made: Made) -> None:
    sarah = made.add("Sarah", Role.PRODUCT)
    tokens = made.login("Sarah")
    assert (tokens.token_type, tokens.expires_in) == ("bearer", 900)
    assert tokens.user.model_dump() == {
        "id": sarah.id,
        "email": "sarah@example.org",
        "name": "Sarah",
        "role": "product",
    }
    caller = made.callers.caller(tokens.access_token)
    assert (caller.subject, caller.name, caller.role) == (sarah.id, "Sarah", Role.PRODUCT)
    assert (caller.kind, caller.scopes) == ("user", None)


def test_refresh(made):
    made.add("Sarah")
    a = made.login("Sarah")
    b = made.logins.refresh(a.refresh_token)
    made.callers.caller(b.access_token)
    with pytest.raises(Unauthenticated):
        made.logins.refresh(a.refresh_token)
    with pytest.raises(Unauthenticated):
        made.callers.caller(b.access_token)
    with pytest.raises(Unauthenticated):
        made.login("Sarah", "wrong")
    print(made.audit.events)
