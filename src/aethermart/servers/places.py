"""Where a cluster lies and as whom it runs.

As an ordinary user: in the folder itself, as that user. As root, whom both servers refuse: under
/var/lib/aethermart/<digest of the folder>/ as an unprivileged user, with a copy of the binaries
beside it, because neither the folder nor the virtual environment need be open to that user. No
folder of anyone else is ever opened for it. The folder then holds a pointer, `location`.

The data live and die with the folder: a cluster of the same digest to which the folder does not
point is a removed project's, and goes before a new one is made.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aethermart.core.errors import BadInput, Conflict, NotFound
from aethermart.servers import processes
from aethermart.servers.binaries import Binaries, copy_binaries, find_binaries
from aethermart.servers.locks import exclusive

ROOTS_BASE = Path("/var/lib/aethermart")
_LOCK_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Place:
    folder: Path  # holds the cluster and the server's log
    account: Account | None  # None: whoever we are

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def draft(self) -> Path:
        """A cluster in the making."""
        return self.folder / "cluster.draft"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"


def find_place(folder: Path) -> Place | None:
    """The place made before for `folder`, if one was."""
    if (folder / "cluster").exists():
        if os.geteuid() != 0:
            return Place(folder, None)
        return Place(folder, _owner(folder / "cluster"))  # an ordinary user's, run as that user
    try:
        elsewhere, _ = _read_pointer(folder)
    except FileNotFoundError:
        return None
    return Place(elsewhere, _owner(elsewhere) if elsewhere.exists() else _unprivileged())


def make_place(folder: Path) -> Place:
    """The place of `folder`, made on first use.

    Raises BadInput when root has no user to run as, Conflict when `folder` is a copy of another,
    NotFound when the data it points to are gone.
    """
    found = find_place(folder)
    if found is not None:
        if found.folder != folder:
            _check_pointer(folder)
        return found
    if os.geteuid() != 0:
        return Place(folder, None)
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    place = Place(ROOTS_BASE / digest, _unprivileged())
    with _roots_base():
        for program in ("postgres", "mariadbd"):
            processes.end(processes.servers(place.cluster, program))
        shutil.rmtree(place.folder, ignore_errors=True)
        place.folder.mkdir(mode=0o700)
        if place.account is not None:
            os.chown(place.folder, place.account.uid, place.account.gid)
    _write_pointer(folder, place.folder)
    return place


def binaries_of(place: Place) -> Binaries:
    """Binaries that the place's account may run."""
    installed = find_binaries()
    if place.account is None:
        return installed
    with _roots_base():
        return copy_binaries(installed, ROOTS_BASE)


def remove_place(place: Place) -> None:
    """Delete the cluster and, with the last one of root, the copied binaries."""
    if place.folder.parent != ROOTS_BASE:
        for path in (place.cluster, place.draft):
            shutil.rmtree(path, ignore_errors=True)
        place.log.unlink(missing_ok=True)
    if not ROOTS_BASE.exists() or os.geteuid() != 0:
        return
    with _roots_base():
        if place.folder.parent == ROOTS_BASE:
            shutil.rmtree(place.folder, ignore_errors=True)
        others = [p for p in ROOTS_BASE.iterdir() if p.is_dir()]
        if all(path.name.startswith("binaries-") for path in others):
            for path in others:
                shutil.rmtree(path)
            (ROOTS_BASE / "lock").unlink()
            with contextlib.suppress(OSError):
                ROOTS_BASE.rmdir()


@contextlib.contextmanager
def _roots_base() -> Iterator[None]:
    """Hold root's base folder for ourselves, made if absent and open to all whatever the umask."""
    with contextlib.ExitStack() as stack:
        while True:
            ROOTS_BASE.mkdir(parents=True, exist_ok=True)
            try:
                ROOTS_BASE.chmod(0o755)
                stack.enter_context(exclusive(ROOTS_BASE / "lock", _LOCK_TIMEOUT_S))
                break
            except FileNotFoundError:
                continue  # the last cluster was destroyed between the lines above
        yield


def _write_pointer(folder: Path, place: Path) -> None:
    draft = folder / "location.draft"
    draft.write_text(f"{place}\n{folder.resolve()}\n", encoding="utf-8")
    draft.replace(folder / "location")


def _read_pointer(folder: Path) -> tuple[Path, Path]:
    """Where the cluster lies, and where the folder lay when that was written."""
    place, home = (folder / "location").read_text(encoding="utf-8").splitlines()
    return Path(place), Path(home)


def _check_pointer(folder: Path) -> None:
    place, home = _read_pointer(folder)
    if not place.exists():
        raise NotFound(
            f"{folder} has its data in {place}, which is gone",
            fix="bring that folder back, or remove this one to begin anew",
        )
    if home == folder.resolve():
        return
    with contextlib.suppress(OSError, ValueError):
        if _read_pointer(home)[0] == place:
            raise Conflict(
                f"{folder} is a copy of {home}: both would use the data in {place}",
                fix=f"remove {folder}, or move instead of copying",
            )
    _write_pointer(folder, place)  # it was moved


def _owner(path: Path) -> Account:
    found = path.stat()
    return Account(found.st_uid, found.st_gid)


def _unprivileged() -> Account:
    name = os.environ.get("AETHERMART_POSTGRES_USER", "nobody")
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        entry = None
    if entry is None or entry.pw_uid == 0:
        raise BadInput(
            f"a database server cannot run as root, and {name!r} is no unprivileged user here",
            fix="set AETHERMART_POSTGRES_USER to an unprivileged user of this machine",
        )
    return Account(entry.pw_uid, entry.pw_gid)
