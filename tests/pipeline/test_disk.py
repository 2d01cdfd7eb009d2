from __future__ import annotations

from pathlib import Path

import pytest

from aethermart.core.errors import DiskFull
from aethermart.pipeline.disk import require_space


def test_capture_waits_while_the_disk_has_less_than_its_reserve(tmp_path: Path) -> None:
    require_space(tmp_path, reserve_mb=0)
    with pytest.raises(DiskFull, match="less than the reserve of 1000000000 MB") as caught:
        require_space(tmp_path, reserve_mb=1_000_000_000)
    assert caught.value.retryable
    assert "disk_reserve_mb" in caught.value.fix
