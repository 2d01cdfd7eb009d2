"""A MariaDB connection that answers LOAD DATA LOCAL with what we hand it, and with nothing else.

In this protocol the server names the file that the client is to send, and may name any, in answer
to any statement. So the driver's own sending stays switched off (`local_infile=False`): whatever a
server names, no file is opened by its name. We answer one statement at a time, only where the
server repeats the name that we made up for it, with the bytes that stand ready.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from aethermart.core.errors import Forbidden
from aethermart.servers.mysql_client import Address, pymysql
from aethermart.store.mariadb.refusals import refused_login

_PIECE = 16 * 1024  # bytes a packet: the driver's own choice


def connect(address: Address) -> Any:
    """A connection in autocommit. Raises Unavailable, BadInput."""
    library = pymysql()
    try:
        # The flag alone: the server is told that we can, the driver is not.
        return _kind(library)(
            **address.arguments(),
            charset="utf8mb4",
            autocommit=True,
            local_infile=False,
            client_flag=library.constants.CLIENT.LOCAL_FILES,
            connect_timeout=5,
            program_name="aethermart load",
        )
    except (library.err.MySQLError, OSError, RuntimeError) as error:
        raise refused_login(error, address) from error


def _kind(library: Any) -> Any:
    class Connection(library.connections.Connection):  # type: ignore[misc]
        """With `load_local`."""

        _name: str | None = None
        _content: Iterable[bytes] = ()

        def load_local(self, statement: Callable[[str], str], content: Iterable[bytes]) -> int:
            """Run LOAD DATA LOCAL INFILE; returns the rows that it wrote.

            statement  makes the SQL of the name to stand in it, which is no file's
            """
            self._name, self._content = f"aethermart-{secrets.token_hex(16)}", content
            try:
                with self.cursor() as cursor:
                    return int(cursor.execute(statement(self._name)))
            finally:
                self._name, self._content = None, ()

        def _read_packet(self, *arguments: Any) -> Any:
            packet = super()._read_packet(*arguments)
            if self._name is None or not packet.is_load_local_packet():
                return packet
            asked, wanted = packet.get_all_data()[1:], self._name
            self._name = None  # asked once
            if asked != wanted.encode():
                self._force_close()
                raise Forbidden(
                    f"the server asked for the file {asked[:200]!r} instead of the one to load",
                    fix="do not trust this server: nothing was sent, the connection is closed",
                )
            return self._answered()

        def _answered(self) -> Any:
            held = bytearray()
            try:
                for part in self._content:
                    held += part
                    while len(held) >= _PIECE:
                        self.write_packet(bytes(held[:_PIECE]))
                        del held[:_PIECE]
                if held:
                    self.write_packet(bytes(held))
            except BaseException:
                self._force_close()  # else the server would take the part for the whole
                raise
            self.write_packet(b"")
            return super()._read_packet()

    return Connection
