"""One database for all tests of a session, emptied for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services import require_service

if TYPE_CHECKING:
    from tests.mariadb import MariadbServer
    from tests.store.ingest.shops import FileShop


@pytest.fixture(scope="session")
def file_shop_database(mariadb: MariadbServer) -> FileShop:
    require_service("mariadb")
    from tests.store.ingest.shops import FileShop

    folder = mariadb.folder / "files"  # pytest's own folders are closed to the server's user
    folder.mkdir()
    folder.chmod(0o755)
    shop = FileShop(mariadb, mariadb.new_database(), folder)
    shop.make()
    return shop


@pytest.fixture
def files(file_shop_database: FileShop) -> FileShop:
    file_shop_database.empty()
    return file_shop_database
