"""What each kind of work does, with parts that stand still."""

from __future__ import annotations

from concurrent.futures import Future

from aethermart.operations.runs.kinds import Rebuildable, sink_rebuild


class Runner:
    """Its sink is emptied at once and is one entry further at each look."""

    def __init__(self) -> None:
        self.emptied: list[str] = []
        self.at: dict[str, int] = {}

    def rebuild(self, shop: str) -> Future[None]:
        self.emptied.append(shop)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def applied(self, shop: str) -> int:
        self.at[shop] = self.at.get(shop, -1) + 1
        return self.at[shop]


def report(_progress: float | None, _message: str) -> None:
    """Nobody listens."""


def test_a_rebuild_goes_to_the_sink_that_is_named() -> None:
    mirror, vectors, cleared = Runner(), Runner(), list[str | None]()
    sinks = {
        "mirror": Rebuildable(mirror, mirror.applied, cleared.append),
        "vectors": Rebuildable(vectors, vectors.applied),
    }
    kind = sink_rebuild(sinks, ["a", "b"], lambda: {"a": 1, "b": 0, "elsewhere": 9})
    assert [argument.choices for argument in kind.arguments] == [("mirror", "vectors"), ("a", "b")]
    done = kind.do({"sink": "vectors"}, report)
    assert done == {"sink": "vectors", "offsets": {"a": 1, "b": 0}}
    assert (mirror.emptied, vectors.emptied, cleared) == ([], ["a", "b"], [])
    done = kind.do({"sink": "mirror", "shop": "a"}, report)
    assert done == {"sink": "mirror", "offsets": {"a": 1}}
    assert (mirror.emptied, cleared) == (["a"], ["a"])
