"""The turns that run now, for those who may end them."""

from __future__ import annotations

from typing import Protocol

from picklebot.ports.storage import Transaction


class Turns(Protocol):
    """Whatever runs turns."""

    def stop(self, job_id: str, *, dropping: bool = False) -> None:
        """End this turn now; what it has said so far becomes its answer. Returns at once.

        What was taken into it and has no answer yet has a turn of its own then, or is dropped, too. One that an
        unclean stop cut off, and that waits to run again, ends as soon as it would.
        """
        ...

    def grow(self, tx: Transaction, job_id: str) -> bool:
        """Whether the question of this turn, which runs, may still grow: it has said nothing and used no tool.

        Then it begins anew with what its row says, once `tx` is over and the question is whole, and nobody hears of
        what it had begun. That is no further try, and happens once. Called on the database's writer thread.
        """
        ...
