from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tools.promises import PAGE, Promise, Proof, problems, read_promises, read_proofs, render


def promise(id_: str, *, claimed: bool = False) -> Promise:
    return Promise(id_, "Shop", f"text of {id_}", "L: proof", claimed=claimed)


def write(folder: Path, source: str) -> Path:
    tests = folder / "tests"
    tests.mkdir()
    (tests / "test_shop.py").write_text(source)
    return tests


def test_the_page_is_what_the_tests_say_and_no_claim_is_empty() -> None:
    promises, proofs = read_promises(), read_proofs()
    assert problems(promises, proofs) == []
    assert PAGE.read_text(encoding="utf-8") == render(promises, proofs), "run `make docs`"


def test_every_row_of_the_documents_has_its_place() -> None:
    ids = [promise.id for promise in read_promises()]
    assert ids == [str(n) for n in range(1, 156)] + [f"B{n}" for n in range(1, 16)]


def test_marks_are_read_from_functions_classes_and_modules(tmp_path: Path) -> None:
    tests = write(
        tmp_path,
        """
import pytest
pytestmark = [pytest.mark.promise("1"), pytest.mark.service("postgres")]

@pytest.mark.promise("2", 3)
@pytest.mark.parametrize("n", [1])
async def test_one(n): ...

@pytest.mark.nightly
class TestMany:
    @pytest.mark.promise("B2")
    def test_two(self): ...

@pytest.mark.promise("9")
def helper(): ...
""",
    )
    assert read_proofs(tests) == (
        Proof("tests/test_shop.py::test_one", ("1", "2", "3")),
        Proof("tests/test_shop.py::TestMany::test_two", ("1", "B2"), nightly=True),
    )


def test_a_test_without_the_mark_shows_nothing(tmp_path: Path) -> None:
    assert read_proofs(write(tmp_path, "def test_one(): ...")) == ()


def test_what_lacks_a_part_is_neither_shown_nor_claimed() -> None:
    part = Promise("1", "Shop", "text of 1", "L: proof", lacks="the other half")
    proofs = [Proof("tests/test_shop.py::test_one", ("1",))]
    page = render([part], proofs)
    assert "| **in part**: lacks the other half |" in page
    assert "0 of 1 are shown." in page
    assert problems([replace(part, claimed=True)], proofs) == [
        "promise 1 is claimed and lacks the other half"
    ]


def test_a_claim_without_a_test_is_a_problem() -> None:
    assert problems([promise("1", claimed=True), promise("2")], []) == [
        "promise 1 is claimed and no test shows it"
    ]


def test_a_claim_with_a_test_is_none() -> None:
    assert problems([promise("1", claimed=True)], [Proof("t.py::test_a", ("1",))]) == []


def test_a_test_of_an_unknown_row_is_a_problem() -> None:
    assert problems([promise("1")], [Proof("t.py::test_a", ("1", "77"))]) == [
        "t.py::test_a names 77, which is no promise"
    ]


def test_a_row_that_stands_twice_is_a_problem() -> None:
    assert problems([promise("1"), promise("1")], []) == ["promise 1 stands 2 times"]


def test_a_row_is_planned_shown_or_nightly() -> None:
    page = render(
        [promise("1"), promise("2"), promise("3")],
        [
            Proof("t.py::test_a", ("2", "3"), nightly=True),
            Proof("t.py::test_b", ("2",)),
        ],
    )
    assert page.splitlines()[-7:] == [
        "## Shop",
        "",
        "| # | promise | proof | status | tests |",
        "|---|---|---|---|---|",
        "| 1 | text of 1 | L: proof | planned |  |",
        "| 2 | text of 2 | L: proof | **shown** | `t.py::test_a`<br>`t.py::test_b` |",
        "| 3 | text of 3 | L: proof | **nightly** | `t.py::test_a` |",
    ]
    assert "2 of 3 are shown." in page
