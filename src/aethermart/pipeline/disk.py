"""Stop reading before the disk is full: what is not captured waits in the shop and is not lost."""

from __future__ import annotations

import shutil
from pathlib import Path

from aethermart.core.errors import DiskFull


def require_space(folder: Path, reserve_mb: int) -> None:
    """Raises DiskFull, which passes by itself once there is room, below the reserve."""
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < reserve_mb:
        raise DiskFull(
            f"the disk of {folder} has {free_mb} MB free, less than the reserve of {reserve_mb} MB",
            fix="free space, or lower `disk_reserve_mb` under [pipeline]; capture waits until then",
        )
