"""What stands around every route, whatever it serves: made once an application."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Gateway:
    """cursor_key  signs the cursors of lists; the same key after a restart keeps them good"""

    cursor_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
