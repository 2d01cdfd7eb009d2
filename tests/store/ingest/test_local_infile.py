"""A server that asks for another file than the one to load gets nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aethermart.core.errors import Forbidden

if TYPE_CHECKING:
    from tests.store.ingest.shops import FileShop

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.promise("4")]


def test_a_file_the_server_names_by_itself_is_not_sent(files: FileShop) -> None:
    secret = files.file("secret.txt", "secret\n")
    session = files.session()
    session.rows("CREATE TEMPORARY TABLE stolen (line TEXT)")

    with pytest.raises(RuntimeError, match="local_infile option is false"):
        session.connection.cursor().execute(f"LOAD DATA LOCAL INFILE '{secret}' INTO TABLE stolen")


def test_asked_for_another_file_it_sends_nothing_and_hangs_up(files: FileShop) -> None:
    secret = files.file("secret.txt", "secret\n")
    files.rows("CREATE OR REPLACE TABLE stolen (line TEXT)")
    session = files.session()

    with pytest.raises(Forbidden) as refused:
        # As a server would do that forges the name in its answer.
        session.connection.load_local(
            lambda name: f"LOAD DATA LOCAL INFILE '{secret}' INTO TABLE stolen", [b"content\n"]
        )

    assert "secret.txt" in str(refused.value)
    assert not session.connection.open
    assert files.rows("SELECT COUNT(*) FROM stolen") == [(0,)]
    files.rows("DROP TABLE stolen")


def test_what_breaks_off_while_it_is_sent_is_not_taken_for_the_whole(files: FileShop) -> None:
    files.rows("CREATE OR REPLACE TABLE torn (line TEXT) ENGINE = InnoDB")
    session = files.session()

    def content() -> object:
        yield b"one\n" * 10_000
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        session.connection.load_local(
            lambda name: f"LOAD DATA LOCAL INFILE '{name}' INTO TABLE torn", content()
        )

    assert files.rows("SELECT COUNT(*) FROM torn") == [(0,)]
    files.rows("DROP TABLE torn")
