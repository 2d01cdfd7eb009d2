"""As capture_child.py, for a MariaDB shop; its arguments are the same: HOME, then a mode."""

from __future__ import annotations

import sys

from tests.kill.capture_child import capture
from tests.kill.mariadb_home import MariadbHome

if __name__ == "__main__":
    capture(MariadbHome.load(sys.argv[1]), "mariadb_capture_child", sys.argv[2])
