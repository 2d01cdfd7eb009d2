"""Two nodes of a Galera cluster for tests, the second made from the first one's folder.

So it needs no state transfer, for which this machine may have no program.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.mariadb import MariadbServer

_SYNC_S = 60


class GaleraNode(MariadbServer):
    """peer  the node whose data and cluster it takes; None begins a cluster"""

    def __init__(self, peer: GaleraNode | None = None) -> None:
        super().__init__()
        self._peer = peer
        self._listen = _free_port()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listen}"

    def take_data(self) -> None:
        """Copy what the halted peer has."""
        assert self._peer is not None
        data = self.folder / "data"
        shutil.copytree(self._peer.folder / "data", data)
        for path in [data, *data.rglob("*")] if self._user else []:
            shutil.chown(path, self._user)

    def _make_data(self) -> None:
        if not (self.folder / "data").exists():
            super()._make_data()

    @property
    def _serving(self) -> list[str]:
        ports = f"gmcast.listen_addr=tcp://{self.address};ist.recv_addr=127.0.0.1:{_free_port()}"
        return [
            *super()._serving,
            *("--wsrep-on=ON", "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2"),
            f"--wsrep-provider={self._prefix / 'lib' / 'galera' / 'libgalera_smm.so'}",
            "--wsrep-cluster-name=tests",
            f"--wsrep-cluster-address=gcomm://{self._peer.address if self._peer else ''}",
            f"--wsrep-node-address={self.address}",
            f"--wsrep-provider-options={ports};gcache.size=32M;gcs.fc_limit=1;gcs.fc_factor=0.5",
        ]

    def status(self, name: str) -> str:
        [(_, value)] = self.sql("SHOW GLOBAL STATUS LIKE %s", [name])
        return str(value)

    def kill(self) -> None:
        os.kill(self.process.pid, 9)

    def wait_for(self, name: str, value: str) -> None:
        deadline = time.monotonic() + _SYNC_S
        while self.status(name) != value:
            assert time.monotonic() < deadline, self._said()
            time.sleep(0.05)


@contextmanager
def two_nodes() -> Iterator[tuple[GaleraNode, GaleraNode]]:
    """Both synced, with a table `d.t` that both have."""
    with ExitStack() as stack:
        first = GaleraNode()
        stack.callback(first.stop)
        first.start()
        first.sql("CREATE DATABASE d")
        first.sql("CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)")
        first.halt()
        second = GaleraNode(first)
        stack.callback(second.stop)
        second.take_data()
        first.start()
        second.start()
        second.wait_for("wsrep_local_state_comment", "Synced")
        first.wait_for("wsrep_cluster_size", "2")
        yield first, second


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
