"""The turns that run now, for those who may end them."""

from __future__ import annotations

from typing import Protocol


class Turns(Protocol):
    """Whatever runs turns."""

    def stop(self, job_id: str) -> None:
        """End this turn now; what it has said so far becomes its answer. Returns at once.

        One that an unclean stop cut off, and that waits to run again, ends as soon as it would.
        """
        ...
