"""What a MariaDB server says of its health stands among the findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from aethermart.capture.mariadb.health import Look
from aethermart.operations.doctor.replication import health_of
from tests.mariadb import MariadbServer
from tests.operations.doctor import planted
from tests.operations.doctor.planted import found


@pytest.mark.service("mariadb")
@pytest.mark.promise("30")
def test_a_server_is_looked_at_by_its_shop_s_own_user(
    mariadb: MariadbServer, tmp_path: Path
) -> None:
    database = mariadb.new_database()
    dsn = mariadb.dsn(database, *mariadb.select_only_user(database))
    text = f'[shops.till]\npack = "classicmodels"\ndsn = "{dsn}"\n'
    home = planted.project(tmp_path, text).home
    finding = found(home)["server of till"]
    assert finding.verdict == "ok"
    assert finding.cause.endswith("grant REPLICA MONITOR to see them")


def test_each_sign_is_a_finding_with_its_mend() -> None:
    before = Look(0.0, {"Questions": "0", "Slow_queries": "0"})
    after = Look(1.0, {"Questions": "10", "Slow_queries": "5"})
    [finding] = health_of("till", before, after)
    assert (finding.name, finding.verdict) == ("server of till: slow queries", "wrong")
    assert finding.cause.startswith("5 of 10 statements")
    assert "EXPLAIN" in finding.mend


def test_a_server_without_a_shop_to_reach_is_left_to_the_shop_s_check(tmp_path: Path) -> None:
    text = '[shops.till]\npack = "classicmodels"\ndsn = "mariadb://u:p@127.0.0.1:1/none"\n'
    findings = found(planted.project(tmp_path, text).home)
    assert findings["shop till"].verdict == "wrong"
    assert not [name for name in findings if name.startswith("server of till")]
