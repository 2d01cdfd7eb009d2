"""Servers of other kinds: with a binary log, with TLS required, a node of a cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aethermart.core.errors import BadInput, Forbidden
from tests.capture.mariadb_queue.bench import Bench
from tests.capture.mariadb_queue.conftest import MakeBench
from tests.conftest import running
from tests.galera import GaleraNode
from tests.mariadb import MariadbServer
from tests.services import require_service

pytestmark = pytest.mark.service("mariadb")
T = "CREATE TABLE t (id INT PRIMARY KEY, note VARCHAR(20))"


class LoggingServer(MariadbServer):
    """Writes a binary log, as the primary of a replica does."""

    @property
    def _serving(self) -> list[str]:
        return [word for word in super()._serving if word != "--skip-log-bin"] + ["--log-bin=log"]


@pytest.fixture(scope="module")
def logging_server() -> Iterator[MariadbServer]:
    require_service("mariadb")
    yield from running(LoggingServer())


@pytest.fixture
def server(
    request: pytest.FixtureRequest, logging_server: MariadbServer
) -> Iterator[MariadbServer]:
    if "in_cluster" in request.node.name:
        yield from running(GaleraNode())
    else:
        yield logging_server


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    made = make_bench("t")
    made.sql(T)
    made.sql("INSERT INTO t VALUES (1, 'one')")
    return made


def goes_on(bench: Bench) -> bool:
    bench.pump()
    bench.sql("UPDATE t SET note = 'changed'")
    bench.pump()
    return bench.same()


@pytest.mark.promise(47)
def test_with_a_binary_log_an_administrator_lets_triggers_be_made(bench: Bench) -> None:
    with pytest.raises(Forbidden, match="log_bin_trust_function_creators") as refused:
        bench.pump()
    assert refused.value.fix.endswith("SET GLOBAL log_bin_trust_function_creators = 1")
    bench.server.sql("SET GLOBAL log_bin_trust_function_creators = 1")
    try:
        assert goes_on(bench)
    finally:
        bench.server.sql("SET GLOBAL log_bin_trust_function_creators = 0")


@pytest.mark.promise(115)
def test_a_capture_whose_user_must_use_tls(bench: Bench) -> None:
    bench.server.sql("SET GLOBAL log_bin_trust_function_creators = 1")
    user = bench.dsn.partition("//")[2].partition(":")[0]
    bench.server.sql(f"ALTER USER {user}@'%' REQUIRE SSL")
    try:
        bench.restart(dsn=f"{bench.dsn}?ssl=true")
        assert goes_on(bench)
    finally:
        bench.server.sql("SET GLOBAL log_bin_trust_function_creators = 0")


@pytest.mark.promise(47)
def test_a_node_in_cluster_is_refused(bench: Bench) -> None:
    """What another node has under way cannot be asked of this one."""
    with pytest.raises(BadInput, match="is a node of a Galera cluster") as refused:
        bench.pump()
    assert 'capture = "compare"' in refused.value.fix
    assert bench.sql("SHOW TABLES") == [("t",)]
