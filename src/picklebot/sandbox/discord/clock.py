"""Time in the sandbox, and the ids that carry it."""

import time

DISCORD_EPOCH_MS = 1_420_070_400_000
"""The first millisecond of 2015, from which Discord counts."""


def moment(snowflake: int) -> float:
    """When an id was minted, in seconds since 1970."""
    return ((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000


class Clock:
    """The wall clock, which a test may push forward: a token of fifteen minutes then runs out at once."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass; it never runs backwards."""
        self._ahead += max(0.0, seconds)


class Snowflakes:
    """Ids as Discord makes them: the time in the upper bits, and each greater than the one before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def mint(self) -> int:
        """A new id."""
        fresh = (int(self._clock.now() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(fresh, self._last + 1)
        return self._last
