"""Roles and what each may do: the one table that every route's refusal is read from.

A route names one permission; a caller has one role. Whose columns stay masked is a permission too,
so that a row shown over HTTP and a row of a hand-written query follow the same line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Role(StrEnum):
    """executive, product, marketing and architect are alex, sarah, maria, david of the store."""

    ADMIN = "admin"
    EXECUTIVE = "executive"
    PRODUCT = "product"
    MARKETING = "marketing"
    ARCHITECT = "architect"
    CUSTOMER = "customer"


class Permission(StrEnum):
    """What a route asks of its caller."""

    ACCOUNT = "account"  # one's own account and sessions
    USERS = "users"  # other people's accounts and roles
    METRICS = "metrics"  # declared numbers, their age and quality
    CATALOGUE = "catalogue"  # which tables there are, their columns, classes and lineage
    ROWS = "rows"  # rows of tables, masked
    CUSTOMER_ROWS = "customer_rows"  # rows about single customers
    PERSONAL_DATA = "personal_data"  # columns of personal data in clear
    SHOP = "shop"  # products on sale, search among them
    SHOP_EVENTS = "shop_events"  # tell what one did with what a search showed
    OPS_READ = "ops_read"  # sinks, dead letters, runs
    OPS_RUN = "ops_run"  # start a run, retry a dead letter


_STAFF = frozenset({Role.ADMIN, Role.EXECUTIVE, Role.PRODUCT, Role.MARKETING, Role.ARCHITECT})

GRANTED: Mapping[Permission, frozenset[Role]] = {
    Permission.ACCOUNT: frozenset(Role),
    Permission.USERS: frozenset({Role.ADMIN}),
    Permission.METRICS: _STAFF,
    Permission.CATALOGUE: _STAFF,
    Permission.ROWS: _STAFF,
    Permission.CUSTOMER_ROWS: _STAFF - {Role.ARCHITECT},
    Permission.PERSONAL_DATA: frozenset({Role.ADMIN, Role.EXECUTIVE}),
    Permission.SHOP: frozenset(Role),
    Permission.SHOP_EVENTS: frozenset(Role),
    Permission.OPS_READ: frozenset({Role.ADMIN, Role.EXECUTIVE, Role.ARCHITECT}),
    Permission.OPS_RUN: frozenset({Role.ADMIN, Role.ARCHITECT}),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as a valid token or key says.

    subject  stable id of the account or key; "project" for the project folder's own token
    scopes   None grants all that the role has; an API key may be narrower
    session  the log-in that speaks, where a person asks
    """

    subject: str
    name: str
    role: Role
    kind: Literal["user", "api_key", "project"] = "user"
    scopes: frozenset[Permission] | None = None
    session: str | None = None

    def may(self, permission: Permission) -> bool:
        within = self.scopes is None or permission in self.scopes
        return within and self.role in GRANTED[permission]

    def permissions(self) -> tuple[Permission, ...]:
        """All that the caller may, in the table's order."""
        return tuple(permission for permission in Permission if self.may(permission))
