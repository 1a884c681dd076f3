"""The time of day, for everything that is compared with a later time of day.

The system's clock may jump: somebody sets it, or it is corrected hours after the start. Ages and pauses must not
jump with it, or fresh replies would be called stale and old messages new.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

SMALL: Final = 60.0
"""Seconds by which the system's clock may differ and is simply followed: that harms no age that matters."""
LASTING: Final = 3_600.0
"""Seconds for which a greater difference must have lasted before it is believed."""


def _elapsed() -> float:
    """Seconds since some start, also those that the machine slept."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class EvenClock:
    """The time of day that passes evenly: a jump of the system's clock counts once it has lasted for an hour."""

    def __init__(
        self, wall: Callable[[], float] = time.time, elapsed: Callable[[], float] = _elapsed
    ) -> None:
        """Both give seconds, `wall` since 1970, `elapsed` since any moment and without jumps."""
        self._wall = wall
        self._elapsed = elapsed
        self._offset = wall() - elapsed()
        self._differs_since: float | None = None

    def seconds(self) -> float:
        """Seconds since 1970."""
        elapsed = self._elapsed()
        offset = self._wall() - elapsed
        if abs(offset - self._offset) <= SMALL:
            self._follow(offset)
        elif self._differs_since is None:
            self._differs_since = elapsed
        elif elapsed - self._differs_since >= LASTING:
            self._follow(offset)
        return self._offset + elapsed

    def now(self) -> datetime:
        """The same, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def _follow(self, offset: float) -> None:
        self._offset = offset
        self._differs_since = None


CLOCK: Final = EvenClock()
"""The one of this process."""


def now() -> datetime:
    """The time of day in UTC, as `EvenClock` tells it."""
    return CLOCK.now()
