"""Identity made for tests: cheap hashes, a clock to turn, an audit to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from aethermart.client.answers.auth import Tokens, UserInfo
from aethermart.identity.audit import Outcome
from aethermart.identity.hashing import Cost
from aethermart.identity.identity import Identity, make_identity
from aethermart.identity.liveness import Remembered
from aethermart.identity.project_token import KnownTokens, hash_token
from aethermart.identity.roles import Caller, Role
from aethermart.identity.session_rows import Origin
from aethermart.identity.settings import IdentitySettings
from aethermart.identity.signing import AccessTokens

KEY = "0123456789abcdefghijklmnopqrstuv-key-of-tests"
OLD_KEY = "zyxwvutsrqponmlkjihgfedcba9876543210-older"
PROJECT_TOKEN = "project-0123456789"
CHEAP = Cost(passes=1, memory_kib=8, lanes=1)
HOME = Origin("192.0.2.7", "tests")
PASSWORD = "seven quiet harbours"


@dataclass
class Clock:
    """A clock that stands still until a test turns it."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)

    def seconds(self) -> float:
        return self.at.timestamp()


@dataclass
class RecordedAudit:
    events: list[tuple[str, str, str, Outcome]] = field(default_factory=list)

    def record(self, actor: str, action: str, target: str, outcome: Outcome) -> None:
        self.events.append((actor, action, target, outcome))


@dataclass
class Made:
    """An identity with the parts that a test turns and reads."""

    engine: Engine
    settings: IdentitySettings = field(default_factory=IdentitySettings)
    key: str = KEY
    old_keys: tuple[str, ...] = ()
    cost: Cost = CHEAP
    clock: Clock = field(default_factory=Clock)
    audit: RecordedAudit = field(default_factory=RecordedAudit)

    def __post_init__(self) -> None:
        owner = Caller("project", "project", Role.ADMIN, "project")
        parts: Identity = make_identity(
            self.engine,
            self.settings,
            AccessTokens(self.key, self.old_keys),
            KnownTokens({hash_token(PROJECT_TOKEN): owner}),
            audit=self.audit,
            cost=self.cost,
            remembered=Remembered(self.clock.seconds),
            clock=self.clock,
        )
        self.callers, self.logins = parts.callers, parts.logins
        self.people, self.keys = parts.people, parts.keys

    def add(self, name: str, role: Role = Role.CUSTOMER) -> UserInfo:
        return self.people.add(email(name), name, PASSWORD, role, "tests")

    def login(self, name: str, password: str = PASSWORD, origin: Origin = HOME) -> Tokens:
        return self.logins.login(email(name), password, origin)


def email(name: str) -> str:
    return f"{name.lower()}@example.org"
