"""Writers of a busy shop, whatever its database: threads, and the deeds that any server takes."""

from __future__ import annotations

import random
import threading
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any, Generic, Self, TypeVar

Session = TypeVar("Session")


class Writers(ABC, Generic[Session]):
    """`count` writers with sessions of their own, until the block ends."""

    def __init__(self, seed: int, count: int) -> None:
        self._stop = threading.Event()
        self.committed = self.given_up = 0
        self._failures: list[BaseException] = []
        self._counting = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(f"{seed}/{n}"), n))
            for n in range(count)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    @abstractmethod
    def session(self) -> AbstractContextManager[Session]:
        """A connection of one writer's own."""

    @abstractmethod
    def transaction(self, session: Session, dice: random.Random, number: int) -> bool:
        """One transaction; whether it was not given up."""

    def expects(self, _error: BaseException) -> bool:
        """Whether an error may end a writer."""
        return False

    def _run(self, dice: random.Random, number: int) -> None:
        try:
            with self.session() as session:
                while not self._stop.is_set():
                    done = self.transaction(session, dice, number)
                    with self._counting:
                        self.committed += done
                        self.given_up += not done
        except BaseException as error:  # noqa: BLE001 - told at the end of the block
            if not self.expects(error):
                self._failures.append(error)


def move_stock(session: Any, dice: random.Random, number: int) -> None:
    quantity = dice.randint(1, 50)
    for place, change in zip(dice.sample(range(1, 21), 2), (quantity, -quantity), strict=True):
        session.execute(
            "UPDATE stock SET quantity = quantity + %s WHERE place = %s", [change, place]
        )


def swap_shelves(session: Any, dice: random.Random, number: int) -> None:
    a, b = dice.sample(range(1, 51), 2)
    for old, new in ((a, -number - 1), (b, a), (-number - 1, b)):
        session.execute("UPDATE shelf SET slot = %s WHERE slot = %s", [new, old])
