"""MariaDB and MySQL shops: a Galera node's state, replicas, slow queries."""

from __future__ import annotations

from collections.abc import Iterator

from aethermart.capture.mariadb.health import Look, look_twice, signs
from aethermart.core.errors import AetherMartError
from aethermart.operations.doctor.finding import Check, Finding, Patient, ok, wrong
from aethermart.packs.discovery.address import scheme_of
from aethermart.servers.mysql_client import SCHEMES


def servers_health(patient: Patient) -> Iterator[Finding]:
    """What each server says of itself, from two looks a second apart."""
    for name, settings in patient.project.settings.shops.items():
        dsn = settings.dsn or ""
        if scheme_of(dsn) not in SCHEMES:
            continue
        try:
            looks = look_twice(dsn, name)
        except AetherMartError:
            continue  # the shops' own check says it
        yield from health_of(name, *looks)


def health_of(shop: str, before: Look, after: Look) -> Iterator[Finding]:
    found = signs(before, after)
    for sign in found:
        yield wrong(f"server of {shop}: {sign.name}", sign.seen, sign.mend)
    if not found:
        unseen = "; its replicas may not be seen: grant REPLICA MONITOR to see them"
        yield ok(f"server of {shop}", "well" + (unseen if after.replicas is None else ""))


CHECKS: tuple[Check, ...] = (servers_health,)
