"""The silence at the beginning of a turn, in which its question may still grow."""

from __future__ import annotations

from threading import Lock


class Silence:
    """Until a turn has said or done anything its question may grow; then it begins anew, once.

    What decides is who comes first: that the question grows is decided in the transaction that keeps its part, on the
    database's thread, and that the turn says something on the loop.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._broken = False
        self._grown = False

    @property
    def grown(self) -> bool:
        """Whether the question has more to it than the turn was begun with, so that what it says is void."""
        return self._grown

    def grow(self) -> bool:
        """Let the question grow; False when it is too late for that."""
        with self._lock:
            self._grown = not self._broken
            return self._grown

    def end(self) -> bool:
        """Something is said, or has happened. False when the question has grown before."""
        if self._broken:
            return True
        with self._lock:
            self._broken = not self._grown
            return self._broken

    def begin_anew(self) -> None:
        """What the question has grown to is what is answered."""
        with self._lock:
            self._grown, self._broken = False, True
