"""A server's port on loopback, remembered beside it, and files that only its user reads."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from pathlib import Path

from aethermart.servers.places import Place


def choose_port(file: Path) -> int:
    """The port that `file` remembers if it is still free, else another, remembered then."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        port = int(file.read_text(encoding="ascii"))
        if is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    write_private(file, str(port))
    return port


def is_free(port: int) -> bool:
    """Whether a server can listen on it, on loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server itself binds
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def write_private(file: Path, text: str, place: Place | None = None) -> None:
    """Replace `file` by one that only its owner reads, given to the place's user if one is named.

    Made anew beside it: as root we may write into a folder that an unprivileged user can alter.
    """
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        if place is not None and place.account is not None:
            os.fchown(handle, place.account.uid, place.account.gid)
        stream.write(text)
    draft.replace(file)
