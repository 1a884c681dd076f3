"""The turns that run, by the messages that they answer."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from picklebot.ports.storage import Transaction


class Running(Protocol):
    """A turn that runs."""

    def stop(self, *, dropping: bool = False) -> None:
        """End it now."""
        ...

    def grow(self, job_id: str) -> bool:
        """Whether the question, which is this message, may grow now. Any thread may ask."""
        ...

    def begin_anew(self) -> None:
        """The question has grown."""
        ...


class RunningTurns:
    """Implements `ports.turns.Turns`."""

    def __init__(self) -> None:
        self._turns: dict[str, Running] = {}
        self._stopped_ahead: set[str] = set()

    @contextmanager
    def running(self, job_id: str, turn: Running) -> Generator[None]:
        """This turn answers that message for the length of the block."""
        self._turns[job_id] = turn
        if job_id in self._stopped_ahead:
            turn.stop()
        try:
            yield
        finally:
            del self._turns[job_id]

    def over(self, job_id: str) -> None:
        """The message has its end: to stop it from now on means nothing."""
        self._stopped_ahead.discard(job_id)

    def take_in(self, job_id: str, into: str) -> None:
        """This message is answered by the turn of another one from now on."""
        if (turn := self._turns.get(into)) is not None:
            self._turns[job_id] = turn

    def leave(self, job_id: str) -> None:
        """This message, which was taken in, is not answered there any more."""
        self._turns.pop(job_id, None)

    def stop(self, job_id: str, *, dropping: bool = False) -> None:
        """See `ports.turns.Turns`."""
        if (turn := self._turns.get(job_id)) is not None:
            turn.stop(dropping=dropping)
        else:
            self._stopped_ahead.add(job_id)

    def grow(self, tx: Transaction, job_id: str) -> bool:
        """See `ports.turns.Turns`."""
        turn = self._turns.get(job_id)
        if turn is None or not turn.grow(job_id):
            return False
        tx.after_commit(turn.begin_anew)
        tx.after_rollback(turn.begin_anew)
        return True
