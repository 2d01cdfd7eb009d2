"""A MariaDB that a project runs itself: made once, adopted while it lives, gone with its folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aethermart.core.errors import NotFound, Unavailable
from aethermart.servers import mariadb as servers_mariadb
from aethermart.servers import processes
from aethermart.servers.mariadb import EmbeddedMariadb
from aethermart.servers.mysql_client import pymysql
from aethermart.servers.places import find_place
from aethermart.store.connect import connect

pytestmark = pytest.mark.service("mariadb")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedMariadb]:
    made = EmbeddedMariadb(tmp_path / "a folder" / "mariadb")
    yield made
    made.destroy()


def test_it_keeps_its_rows_over_a_stop_and_a_kill_and_goes_with_its_folder(
    server: EmbeddedMariadb,
) -> None:
    server.start()
    server.create_database("store")
    server.create_database("store")  # nothing happens
    address = server.dsn("store")
    with closing(connect(address)) as session:
        session.execute("CREATE TABLE kept (number int)")
        session.execute("INSERT INTO kept VALUES (7)")
    server.start()  # adopted
    assert server.dsn("store") == address
    server.stop()
    assert not server.running
    server.start()
    place = find_place(server.folder)
    assert place is not None
    (process,) = processes.servers(place.cluster, "mariadbd")
    process.kill()
    process.wait(30)
    assert not server.running
    server.start()
    with closing(connect(server.dsn("store"))) as session:
        assert session.rows("SELECT number FROM kept") == [(7,)]
    server.destroy()
    assert not server.folder.exists()
    assert not place.cluster.exists()


def test_on_loopback_alone_and_root_has_no_way_in(server: EmbeddedMariadb) -> None:
    server.start()
    server.create_database("store")
    with closing(connect(server.dsn("store"))) as session:
        assert session.rows("SELECT @@bind_address") == [("127.0.0.1",)]
        users = session.rows("SELECT user, host FROM mysql.user WHERE user <> 'mariadb.sys'")
        assert users == [("aethermart", "127.0.0.1")]
    port = int((server.folder / "port").read_text(encoding="ascii"))
    driver = pymysql()
    with pytest.raises(driver.err.OperationalError, match="denied"):
        driver.connect(host="127.0.0.1", port=port, user="root", password="")
    assert (server.folder / "password").stat().st_mode & 0o777 == 0o600


def test_without_a_server_on_the_machine_the_error_says_how_to_get_one(
    server: EmbeddedMariadb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers_mariadb, "mariadb_prefix", lambda: None)
    with pytest.raises(NotFound, match="no MariaDB server") as raised:
        server.start()
    assert "make services" in raised.value.fix
    with pytest.raises(Unavailable, match="no MariaDB server was started"):
        server.dsn("store")
