"""The life of a database server on this machine: made, started, adopted, stopped and removed.

Each kind answers on 127.0.0.1 alone, to one user with a random password. Any number of processes
may call `start` and `stop` on one folder; an flock in it lets one at a time act, and a server that
lives is adopted. Where its files lie and as whom it runs: `places`.
"""

from __future__ import annotations

import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

import psutil

from aethermart.core.errors import Unavailable
from aethermart.servers import processes
from aethermart.servers.launch import ServerFailed, log_tail
from aethermart.servers.locks import exclusive
from aethermart.servers.places import Place, find_place, make_place, remove_place
from aethermart.servers.ports import choose_port, is_free

_START_TIMEOUT_S = 300.0  # recovery after a kill replays what the log holds, up to gigabytes
_POLL_S = 0.02
_PORTS_TRIED = 5
_FILES = ("port", "password", "location", "lock")  # beside the cluster, in the folder

_log = logging.getLogger(__name__)
Programs = TypeVar("Programs")  # where a kind's programs lie


class EmbeddedServer(ABC, Generic[Programs]):
    """One server that lives and dies with `folder`."""

    name: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def start(self) -> None:
        """Make the data on first use, start the server, return once it answers; adopt a live one.

        Raises ServerFailed, Unavailable when it does not answer in time, NotFound where this
        machine has no such server, and what `make_place` raises.
        """
        with self._held(create=True):
            place = make_place(self.folder)
            if self._answers(place):
                return
            programs = self._programs(place)
            self._make(place, programs)
            server = self._found(place)
            if server is not None:
                if self._wait(place, server.pid):
                    return
                _log.warning("%s of %s ended while starting", server, place.cluster)
            self._clear_remains(place)
            self._launch(place, programs)

    def stop(self) -> None:
        """Stop the server in order; by force when that takes too long."""
        if self.folder.exists():
            with self._held():
                self._stop()

    def destroy(self) -> None:
        """Stop, then remove every file made for this folder, wherever it lies."""
        if not self.folder.exists():
            return
        with self._held():
            self._stop()
            place = find_place(self.folder)
            if place is not None:
                remove_place(place)
            for name in _FILES:
                (self.folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # someone else's files lie beside ours
            self.folder.rmdir()

    @property
    def running(self) -> bool:
        place = find_place(self.folder)
        return place is not None and self._answers(place)

    @abstractmethod
    def dsn(self, database: str) -> str:
        """Raises Unavailable before the first start."""

    @abstractmethod
    def create_database(self, name: str) -> None:
        """Nothing happens when it exists."""

    @abstractmethod
    def _programs(self, place: Place) -> Programs:
        """Raises NotFound where there are none."""

    @abstractmethod
    def _make(self, place: Place, programs: Programs) -> None:
        """The data, if they are not there yet: renamed when whole, so a crash leaves no half."""

    @abstractmethod
    def _launched(self, place: Place, programs: Programs, port: int) -> int:
        """Start the server in the background and return its process id."""

    @abstractmethod
    def _found(self, place: Place) -> psutil.Process | None:
        """The server's process, also while it starts; it is no child of ours."""

    @abstractmethod
    def _answers(self, place: Place) -> bool:
        """Whether this folder's server answers, not some other one on its port."""

    @abstractmethod
    def _end(self, place: Place) -> None:
        """Ask the server to leave, with all of its processes; by force when that takes long."""

    @abstractmethod
    def _clear_remains(self, place: Place) -> None:
        """Remove what a kill left and what would be in the way of a start."""

    def _kept(self, name: str) -> str:
        """What the folder keeps as `port` or `password`."""
        try:
            return (self.folder / name).read_text(encoding="ascii")
        except FileNotFoundError:
            raise Unavailable(
                f"no {self.name} server was started in {self.folder}", fix="call start() first"
            ) from None

    @contextlib.contextmanager
    def _held(self, *, create: bool = False) -> Iterator[None]:
        try:
            if create:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with exclusive(self.folder / "lock", _START_TIMEOUT_S):
                yield
        except OSError as error:
            raise ServerFailed(
                f"{self.name}'s files cannot be written: {error}",
                fix="free space on the disk, or choose a folder that this user may write",
            ) from error

    def _launch(self, place: Place, programs: Programs) -> None:
        """On the remembered port if it is still free; else, or if it is snatched, on another."""
        for _ in range(_PORTS_TRIED):
            port = choose_port(self.folder / "port")
            if self._wait(place, self._launched(place, programs, port)):
                return
            if is_free(port):
                break
        raise ServerFailed(
            f"{self.name} did not start in {place.folder}; its log ends:\n{log_tail(place)}",
            fix="see the last lines of its log above",
        )

    def _wait(self, place: Place, pid: int) -> bool:
        """True once the server answers; False when its process ended before."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._answers(place):
            if not processes.alive(pid):
                return False
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{self.name} in {place.folder} does not answer; its log ends:\n"
                    f"{log_tail(place)}",
                    fix="wait if it is recovering, else stop it and start again",
                )
            time.sleep(_POLL_S)
        return True

    def _stop(self) -> None:
        place = find_place(self.folder)
        if place is not None:
            self._end(place)
