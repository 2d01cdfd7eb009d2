"""What stands around every route, whatever it serves: made once an application."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from aethermart.api.ports.gateway import Audit, KeptAnswers
from aethermart.settings.sections import ApiSection


@dataclass(frozen=True, slots=True)
class Gateway:
    """cursor_key  signs the cursors of lists; the same key after a restart keeps them good
    kept        answers to keyed requests; None refuses a request with a key
    audit       where every write is recorded; None records nothing
    """

    settings: ApiSection = field(default_factory=ApiSection)
    cursor_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    kept: KeptAnswers | None = None
    audit: Audit | None = None
