"""What a log-in costs: Argon2id by design, and all that stands around it.

Ours: log in, renew, and know a caller by a token, each through identity on its database, one after
another. The peer is argon2-cffi alone, verifying the same hash: the floor of any log-in with these
parameters. The server's CPU is counted with ours.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from argon2 import PasswordHasher

from aethermart.identity.hashing import Cost
from aethermart.identity.identity import Identity, make_identity
from aethermart.identity.project_token import KnownTokens
from aethermart.identity.roles import Role
from aethermart.identity.session_rows import Origin
from aethermart.identity.settings import IdentitySettings
from aethermart.identity.signing import AccessTokens, new_signing_key
from aethermart.platform_db.migrate import platform_engine
from benchmarks.options import main, parser
from benchmarks.processes import server_cpu_s
from benchmarks.result import Aim, Result, Spread, versions
from benchmarks.store import embedded, new_platform
from benchmarks.usage import used

_EMAIL, _PASSWORD, _HOME = "ada@example.org", "seven quiet harbours", Origin("192.0.2.7")
_FLOOR, _LOGIN, _REFRESH = "argon2-cffi: verify", "ours: log in", "ours: renew"
_KNOWN, _LOOKED_UP = "ours: know a caller", "ours: know a caller, looked up"
_MOST = 1.25  # of the floor: what a log-in does besides must not show beside its hash


def measure(options: argparse.Namespace) -> Result:
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as name, embedded(Path(name) / "postgres") as server:
        platform = new_platform(server)
        engine = platform_engine(platform, kept=2)
        tokens = AccessTokens(new_signing_key())
        identity = make_identity(engine, IdentitySettings(), tokens, KnownTokens({}))
        identity.people.add(_EMAIL, "Ada", _PASSWORD, Role.PRODUCT, "the benchmark")
        work = _work(identity)
        for _ in range(options.repetitions):
            for side, (act, times) in work.items():
                found.setdefault(side, []).append(
                    _timed(act, max(1, int(times * options.times)), platform)
                )
        engine.dispose()
    return _result(options, found)


def _work(identity: Identity) -> dict[str, tuple[Callable[[], object], float]]:
    """Side -> what it does, and how often beside one log-in."""
    cost = Cost()
    hasher = PasswordHasher(cost.passes, cost.memory_kib, cost.lanes)
    kept = hasher.hash(_PASSWORD)
    session = [identity.logins.login(_EMAIL, _PASSWORD, _HOME)]

    def renew() -> None:
        session[0] = identity.logins.refresh(session[0].refresh_token)

    def known() -> None:
        identity.callers.caller(session[0].access_token)

    def looked_up() -> None:
        identity.callers.forget()
        known()

    return {
        _FLOOR: (lambda: hasher.verify(kept, _PASSWORD), 1),
        _LOGIN: (lambda: identity.logins.login(_EMAIL, _PASSWORD, _HOME), 1),
        _REFRESH: (renew, 5),
        _KNOWN: (known, 50),
        _LOOKED_UP: (looked_up, 5),
    }


def _timed(act: Callable[[], object], times: int, platform: str) -> tuple[float, float]:
    """p50 in ms, and CPU ms of one, the server's with it."""
    walls = []
    before = server_cpu_s(platform)
    with used() as spent:
        for _ in range(times):
            began = time.perf_counter()
            act()
            walls.append(time.perf_counter() - began)
    cpu_s = spent.cpu_s + server_cpu_s(platform) - before
    return statistics.median(walls) * 1000, cpu_s / times * 1000


def _result(options: argparse.Namespace, found: dict[str, list[tuple[float, float]]]) -> Result:
    pairs = zip(found[_LOGIN], found[_FLOOR], strict=True)
    ratio = Spread.of(ours[1] / floor[1] for ours, floor in pairs)
    cost = Cost()
    return Result(
        name="login",
        claim="a log-in costs its Argon2id hash and little else, a known caller next to nothing",
        sizes={
            "log-ins": options.times,
            "repetitions": options.repetitions,
            "passes": cost.passes,
            "memory KiB": cost.memory_kib,
            "lanes": cost.lanes,
        },
        seed=options.seed,
        ratio={"log in / argon2-cffi alone, CPU": ratio},
        measures=[
            (
                side,
                {
                    "p50 ms": Spread.of(p50 for p50, _ in times),
                    "CPU ms": Spread.of(cpu for _, cpu in times),
                },
            )
            for side, times in found.items()
        ],
        versions=versions("argon2-cffi", "pyjwt", "sqlalchemy"),
        aims=[
            Aim(
                f"a log-in costs at most {_MOST:g}x the CPU of its hash",
                f"{ratio.median:.2f}x",
                ratio.median <= _MOST,
            )
        ],
        notes=[
            "One after another; the server's CPU is counted with ours, to its clock's 10 ms.",
            "A caller is looked up at most once in five seconds a session.",
        ],
    )


def _parser() -> argparse.ArgumentParser:
    made = parser(__doc__, repetitions=3)
    made.add_argument("--times", type=int, default=20, help="log-ins a repetition (%(default)s)")
    return made


if __name__ == "__main__":
    main(_parser(), measure)
