"""Settings of the console."""

from __future__ import annotations

from dataclasses import dataclass, field

from aethermart.core.errors import BadInput


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    host: str = field(
        default="127.0.0.1",
        metadata={
            "doc": "Address the console listens on. It asks nobody who they are: keep local."
        },
    )
    port: int = field(default=8501, metadata={"doc": "Port of the console; 0 takes a free one."})
    refresh_s: float = field(
        default=1.0, metadata={"doc": "Seconds between two readings of the numbers and their ages."}
    )
    charts_refresh_s: float = field(
        default=5.0, metadata={"doc": "Seconds between two readings of the charts."}
    )

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise BadInput(f"console port {self.port} does not exist", fix="use 1 to 65535")
        for name in ("refresh_s", "charts_refresh_s"):
            if not getattr(self, name) >= 0.2:
                raise BadInput(
                    f"{name} = {getattr(self, name)} would keep the API busy with one page",
                    fix="use 0.2 s or more",
                )
