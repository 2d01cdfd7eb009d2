"""Settings of identity: who may register, what tokens are signed with, how long log-ins last."""

from __future__ import annotations

from dataclasses import dataclass, field

from aethermart.core.errors import BadInput

LEAST_PASSWORD = 8  # whatever the settings say
_RANGES = {
    "access_token_s": (30, 3600),
    "session_idle_days": (1, 365),
    "session_days": (1, 365),
    "password_length": (LEAST_PASSWORD, 64),
}


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """Accounts and log-ins."""

    registration: str = field(
        default="open",
        metadata={
            "doc": "`open`: anybody may register and is a customer. `closed`: only "
            "`aethermart account add` makes accounts."
        },
    )
    signing_key: str | None = field(
        default=None,
        repr=False,
        metadata={
            "doc": "What access tokens are signed with: 32 random characters or more, written as "
            "`${NAME}`. In `dev` one is made and kept in `state/secrets` where this is absent.",
            "secret": True,
        },
    )
    old_signing_keys: tuple[str, ...] = field(
        default=(),
        repr=False,
        metadata={
            "doc": "Keys used before: tokens they signed stay valid until they expire. Leave a key "
            "here for as long as `access_token_s` after a change.",
            "secret": True,
        },
    )
    access_token_s: int = field(
        default=900, metadata={"doc": "Seconds an access token is valid; 30 to 3600."}
    )
    session_idle_days: int = field(
        default=7, metadata={"doc": "A log-in unused for so many days has ended."}
    )
    session_days: int = field(
        default=30, metadata={"doc": "A log-in ends after so many days, used or not."}
    )
    password_length: int = field(
        default=12, metadata={"doc": "The shortest password that is taken; at least 8."}
    )

    def __post_init__(self) -> None:
        if self.registration not in ("open", "closed"):
            raise BadInput(
                f"[identity.registration]: {self.registration!r} is not a way to register",
                fix="use open or closed",
            )
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise BadInput(
                    f"[identity.{name}]: {getattr(self, name)} is not from {least} to {most}",
                    fix=f"use {least} to {most}",
                )
