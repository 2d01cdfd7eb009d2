"""A MariaDB server's troubles are named from two looks at it, also a Galera node's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from aethermart.capture.mariadb.health import Look, look_twice, signs
from tests.galera import GaleraNode, two_nodes

WELL = {
    "wsrep_cluster_status": "Primary",
    "wsrep_cluster_size": "3",
    "wsrep_connected": "ON",
    "wsrep_ready": "ON",
    "wsrep_local_state_comment": "Synced",
    "wsrep_local_recv_queue": "0",
    "wsrep_flow_control_paused_ns": "5000000000",
    "Questions": "1000",
    "Slow_queries": "40",
}


def _named(after: dict[str, str], *replicas: dict[str, str]) -> list[str]:
    looks = Look(10.0, WELL), Look(12.0, WELL | after, replicas)
    return [sign.name for sign in signs(*looks)]


@pytest.mark.parametrize(
    "after,named",
    [
        ({}, []),
        ({"wsrep_cluster_status": "non-Primary"}, ["galera node not in the primary component"]),
        ({"wsrep_ready": "OFF"}, ["galera node not in the primary component"]),
        ({"wsrep_local_state_comment": "Joining"}, ["galera node not synced"]),
        # A tenth of two seconds is 200,000,000 ns.
        ({"wsrep_flow_control_paused_ns": "5199999999"}, []),
        (
            {"wsrep_flow_control_paused_ns": "5200000000"},
            ["galera flow control holds up the writers"],
        ),
        ({"Questions": "1200", "Slow_queries": "41"}, []),  # one of 200
        ({"Questions": "1100", "Slow_queries": "41"}, ["slow queries"]),  # one of 100
    ],
)
def test_each_trouble_has_its_bound(after: dict[str, str], named: list[str]) -> None:
    assert _named(after) == named


def test_a_server_without_galera_has_no_galera_troubles() -> None:
    plain = {"Questions": "9", "Slow_queries": "0"}
    assert signs(Look(0.0, plain), Look(1.0, plain)) == []


def test_a_replica_that_stopped_and_one_behind_are_told_apart() -> None:
    stopped = {
        "Connection_name": "shop",
        "Slave_IO_Running": "Yes",
        "Slave_SQL_Running": "No",
        "Last_SQL_Error": "Duplicate entry '7' for key 'PRIMARY'",
        "Seconds_Behind_Master": "",
    }
    behind = {"Replica_IO_Running": "Yes", "Replica_SQL_Running": "Yes"}
    found = signs(
        Look(0.0, {}),
        Look(1.0, {}, (stopped, behind | {"Seconds_Behind_Source": "31"})),
    )
    assert [sign.name for sign in found] == ["replica stopped", "replica behind"]
    assert "Duplicate entry '7'" in found[0].seen
    assert _named({}, behind | {"Seconds_Behind_Source": "30"}) == []


@pytest.fixture(scope="module")
def nodes() -> Iterator[tuple[GaleraNode, GaleraNode]]:
    with two_nodes() as made:
        yield made


def _hold_up_the_writers(node: GaleraNode, named: Callable[[], list[str]]) -> None:
    """More writers than the other node's one applier can follow."""
    stop = threading.Event()

    def write() -> None:
        with closing(node.connect("d")) as connection, connection.cursor() as cursor:
            while not stop.is_set():
                cursor.execute("INSERT INTO t (v) SELECT seq FROM seq_1_to_5000")

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    seen: set[str] = set()
    for _ in range(10):
        seen.update(named())
        if "galera flow control holds up the writers" in seen:
            break
    stop.set()
    for writer in writers:
        writer.join()
    assert "galera flow control holds up the writers" in seen


@pytest.mark.service("mariadb")
@pytest.mark.promise("30")
def test_a_real_cluster_s_troubles_are_each_named(nodes: tuple[GaleraNode, GaleraNode]) -> None:
    first, second = nodes
    user, password = first.select_only_user("d")

    def named(node: GaleraNode) -> list[str]:
        looks = look_twice(node.dsn("d", user, password), "shop")
        return [sign.name for sign in signs(*looks)]

    assert named(first) == []
    second.sql("SET GLOBAL wsrep_desync = ON")
    assert named(second) == ["galera node not synced"]
    second.sql("SET GLOBAL wsrep_desync = OFF")
    _hold_up_the_writers(first, lambda: named(first))
    first.sql("SET GLOBAL long_query_time = 0")
    assert named(first) == ["slow queries"]
    first.sql("SET GLOBAL long_query_time = 10")
    second.kill()
    first.wait_for("wsrep_cluster_status", "non-Primary")
    assert named(first) == ["galera node not in the primary component"]
