"""The parts of the platform that the routes speak to, one a group."""

from __future__ import annotations

from dataclasses import dataclass

from aethermart.api.ports.identity import Auth, Identity
from aethermart.api.ports.lake import Lake
from aethermart.api.ports.ops import Operations
from aethermart.api.ports.shop import Shop


@dataclass(frozen=True, slots=True)
class Services:
    identity: Identity
    auth: Auth
    lake: Lake
    ops: Operations
    shop: Shop
