"""The audit is a chain: events in order, each refused a change, and every tampering is found."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import Engine

from aethermart.governance.audit import AuditEvent, AuditTrail, Tampered
from aethermart.platform_db.migrate import migrate, platform_engine
from aethermart.servers.postgres import EmbeddedPostgres

pytestmark = pytest.mark.service("postgres")
NOON = datetime(2026, 1, 31, 12, 0, 0, 250, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(postgres: EmbeddedPostgres) -> str:
    postgres.create_database("audit")
    migrate(postgres.dsn("audit"))
    return postgres.dsn("audit")


@pytest.fixture
def platform(database: str) -> Iterator[Engine]:
    engine = platform_engine(database, kept=4)
    _as_owner(database, "TRUNCATE audit_events; UPDATE audit_head SET event_id = 0, hash = ''")
    yield engine
    engine.dispose()


@pytest.fixture
def trail(platform: Engine) -> AuditTrail:
    return AuditTrail(platform, origin=lambda: ("r-1", "192.0.2.7"), clock=lambda: NOON)


def _three(trail: AuditTrail) -> None:
    for number in range(3):
        trail.record("u-1", "ops.start_run", f"kind={number}", "done 201")


def _as_owner(dsn: str, statement: str) -> None:
    """What somebody with the database in hand can do, the trigger out of the way."""
    with psycopg.connect(dsn) as connection:
        connection.execute("ALTER TABLE audit_events DISABLE TRIGGER ALL")
        connection.execute(statement.encode())
        connection.execute("ALTER TABLE audit_events ENABLE TRIGGER ALL")


def test_an_event_is_kept_with_who_what_when_and_where(trail: AuditTrail, database: str) -> None:
    trail.record("u-1", "auth.set_role", "user_id=u-2", "denied 403")
    with psycopg.connect(database) as connection:
        [row] = connection.execute("SELECT * FROM audit_events").fetchall()
    expected = AuditEvent(
        1, NOON, "u-1", "auth.set_role", "user_id=u-2", "denied 403", "r-1", "192.0.2.7", ""
    )
    assert row[:2] == (1, NOON)
    assert row[2:8] == ("u-1", "auth.set_role", "user_id=u-2", "denied 403", "r-1", "192.0.2.7")
    assert row[8:] == ("", expected.hash())


def test_the_hash_is_sha_256_of_every_field() -> None:
    event = AuditEvent(1, NOON, "a", "b", "c", "d", "e", "f", "")
    # printf '[1,"2026-01-31T12:00:00.000250+00:00","a","b","c","d","e","f",""]' | sha256sum
    assert event.hash() == "42ca57e8f0b79ce42a34552791517618fb88f243b7ae4769e2c611ac710bc0c6"


def test_a_chain_that_was_left_alone_holds(trail: AuditTrail) -> None:
    assert trail.verify().events == 0
    _three(trail)
    chain = trail.verify()
    assert chain.events == 3
    assert len(chain.head) == 64


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_events SET actor = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events"],
)
def test_the_table_takes_no_change(trail: AuditTrail, database: str, statement: str) -> None:
    _three(trail)
    with (
        psycopg.connect(database) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="audit_events is append-only"),
    ):
        connection.execute(statement.encode())
    assert trail.verify().events == 3


@pytest.mark.parametrize(
    "statement,event",
    [
        ("UPDATE audit_events SET outcome = 'done 200' WHERE event_id = 2", 2),
        ("UPDATE audit_events SET at = at + INTERVAL '1 microsecond' WHERE event_id = 3", 3),
        ("DELETE FROM audit_events WHERE event_id = 1", 1),
        ("DELETE FROM audit_events WHERE event_id = 3", 3),
        ("DELETE FROM audit_events", 1),
        (
            """INSERT INTO audit_events SELECT 4, at, 'u-9', action, target, outcome, request_id,
            address, hash, md5(hash) FROM audit_events WHERE event_id = 3""",
            4,
        ),
        ("UPDATE audit_head SET event_id = 2", 4),
    ],
    ids=["changed", "moved in time", "first gone", "last gone", "all gone", "one more", "the head"],
)
def test_tampering_is_found(trail: AuditTrail, database: str, statement: str, event: int) -> None:
    _three(trail)
    _as_owner(database, statement)
    with pytest.raises(Tampered, match=f"event {event} was changed"):
        trail.verify()


def test_two_events_that_change_places_are_found(trail: AuditTrail, database: str) -> None:
    _three(trail)
    for old, new in ((2, 99), (3, 2), (99, 3)):
        _as_owner(database, f"UPDATE audit_events SET event_id = {new} WHERE event_id = {old}")
    with pytest.raises(Tampered, match="event 2"):
        trail.verify()


def test_many_writers_make_one_chain(platform: Engine) -> None:
    trail = AuditTrail(platform)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: trail.record(f"u-{n}", "a.b", "", "done 200"), range(40)))
    assert trail.verify().events == 40


def test_any_text_can_be_an_event(trail: AuditTrail) -> None:
    trail.record("u\0x", "a", "\ud800 \u2603" + "y" * 900, "done 200")
    assert trail.verify().events == 1
