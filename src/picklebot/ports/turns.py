"""The turns that run now, for those who may end them."""

from __future__ import annotations

from typing import Protocol


class Turns(Protocol):
    """Whatever runs turns."""

    def stop(self, job_id: str, *, dropping: bool = False) -> None:
        """End this turn now; what it has said so far becomes its answer. Returns at once.

        What was taken into it and has no answer yet has a turn of its own then, or is dropped, too. One that an
        unclean stop cut off, and that waits to run again, ends as soon as it would.
        """
        ...
