"""Settings of the console."""

from __future__ import annotations

from dataclasses import dataclass, field

from aethermart.core.errors import BadInput

ACCOUNTS = "accounts"
TOKEN = "token"  # noqa: S105 - the name of a way to sign in


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    host: str = field(
        default="127.0.0.1",
        metadata={
            "doc": "Address the console listens on. Keep it local where `sign_in` is `token`: "
            "it then asks nobody who they are."
        },
    )
    port: int = field(default=8501, metadata={"doc": "Port of the console; 0 takes a free one."})
    refresh_s: float = field(
        default=1.0, metadata={"doc": "Seconds between two readings of the numbers and their ages."}
    )
    charts_refresh_s: float = field(
        default=5.0, metadata={"doc": "Seconds between two readings of the charts."}
    )

    sign_in: str = field(
        default=ACCOUNTS,
        metadata={
            "doc": "`accounts`: each visitor signs in with an e-mail and a password. `token`: "
            "everybody who reaches the console reads with the project's own token, as one person "
            "on their own machine may want it."
        },
    )

    def __post_init__(self) -> None:
        if self.sign_in not in (ACCOUNTS, TOKEN):
            raise BadInput(
                f"console sign_in = {self.sign_in!r} is not a way to sign in",
                fix=f'use "{ACCOUNTS}" or "{TOKEN}"',
            )
        if not 0 <= self.port <= 65535:
            raise BadInput(f"console port {self.port} does not exist", fix="use 1 to 65535")
        for name in ("refresh_s", "charts_refresh_s"):
            if not getattr(self, name) >= 0.2:
                raise BadInput(
                    f"{name} = {getattr(self, name)} would keep the API busy with one page",
                    fix="use 0.2 s or more",
                )
