"""Our store removed from a database: all of it, by name, and nothing else."""

from __future__ import annotations

from contextlib import closing
from pathlib import PurePosixPath

import pytest

from aethermart.store.connect import connect
from aethermart.store.schema import applied_files, apply_schema, store_files
from aethermart.store.session import Kind
from aethermart.store.teardown import StoreObject, objects_of, require_ours, tear_down

ROUTINES = "SELECT routine_name FROM information_schema.routines WHERE routine_schema = {}"


def test_what_files_make_is_removed_last_made_first_and_by_what_needs_what() -> None:
    files = [
        "-- CREATE TABLE not_this (id int)\nCREATE TABLE IF NOT EXISTS a (id int);",
        'create table if not exists "b" (id int);',
        "CREATE OR REPLACE FUNCTION fn_x() RETURNS int",
        "CREATE OR REPLACE TRIGGER trg_a\nBEFORE UPDATE ON a FOR EACH ROW",
        "CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_b AS SELECT 1",
    ]
    assert objects_of(files) == [
        StoreObject("TRIGGER", "trg_a", "a"),
        StoreObject("VIEW", "v_b"),
        StoreObject("TABLE", "b"),
        StoreObject("TABLE", "a"),
        StoreObject("FUNCTION", "fn_x"),
    ]


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_no_file_of_ours_makes_what_teardown_does_not_know(kind: Kind) -> None:
    for name, text in store_files(kind):
        path = PurePosixPath(name)
        if path.parent.name != "schema":
            made = {each.name.lower() for each in objects_of([text])}
            assert path.stem in made, name


@pytest.mark.service("postgres")
def test_nothing_of_ours_is_left_and_it_is_still_known_as_ours(store_address: str) -> None:
    with closing(connect(store_address)) as session:
        apply_schema(session)
        tear_down(session)
        assert session.tables() == frozenset()
        schema = "'public'" if session.kind == "postgres" else "DATABASE()"
        assert session.rows(ROUTINES.format(schema)) == []
        assert tear_down(session)  # a second time does no harm
        session.execute("CREATE TABLE mine (id int)")
        require_ours(session, "it")
        # What is made again is the whole store.
        assert apply_schema(session) == [name for name, _ in store_files(session.kind)]
        assert {*applied_files(session)} >= {name for name, _ in store_files(session.kind)}
