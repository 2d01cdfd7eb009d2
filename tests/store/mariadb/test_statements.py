"""A file of SQL falls into statements as the `mariadb` client has it."""

from __future__ import annotations

from aethermart.store.mariadb.statements import statements


def test_statements_end_at_semicolons_outside_quotes_and_comments() -> None:
    text = """
-- a remark; with a semicolon
SELECT 'a;b', "c;d", `e;f` /* g; */ -- h;
FROM t; # i;
SELECT 'it''s; \\'';
;
/* nothing; */
"""
    assert list(statements(text)) == [
        "SELECT 'a;b', \"c;d\", `e;f` /* g; */ -- h;\nFROM t",
        "SELECT 'it''s; \\''",
    ]


def test_a_delimiter_of_its_own_holds_a_routine_together() -> None:
    text = """-- Grain: one.
DELIMITER //
CREATE PROCEDURE p()
BEGIN
    SELECT 1;
    SELECT 6 / 2; -- not //
END //
delimiter ;
SELECT 3;
"""
    assert list(statements(text)) == [
        "CREATE PROCEDURE p()\nBEGIN\n    SELECT 1;\n    SELECT 6 / 2; -- not //\nEND",
        "SELECT 3",
    ]


def test_the_last_statement_may_go_without_an_end() -> None:
    assert list(statements("SELECT 1;\nSELECT 2\n")) == ["SELECT 1", "SELECT 2"]
    assert list(statements("-- nothing\n")) == []


def test_what_is_hidden_from_other_servers_is_a_statement() -> None:
    assert list(statements("/*!50000 SELECT 1 */;")) == ["/*!50000 SELECT 1 */"]
