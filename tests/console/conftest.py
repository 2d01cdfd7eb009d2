"""The warehouse's own fixtures: pages are tested over its real SQL."""

from tests.warehouse.conftest import (  # noqa: F401
    compiled,
    empty_lake_file,
    shops,
    warehouse_folder,
)
