"""A token bucket that is never ahead of the far side's. Pure: whoever asks says what time it is.

A call is counted when it ends, because only then is it certain that the far side has counted it. While it is under
way its token is set apart. So whatever the delays of the network, the far side's own bucket holds at least
as much as this one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from picklebot.model.rate import Rate

_ROUNDING: Final = 1e-6


@dataclass(slots=True)
class Bucket:
    """Full in the beginning. Times are in seconds, of a clock that never goes back."""

    rate: Rate
    under_way: int = 0
    _tokens: float = field(init=False)
    _at: float = 0.0

    def __post_init__(self) -> None:
        """Fill it."""
        self._tokens = self.rate.burst

    def wait(self, now: float, *, spare: int = 0) -> float:
        """Seconds until one more call may begin and `spare` others could too; 0 when it may begin now.

        With many calls under way it may take longer than said: ask again.
        """
        self._fill(now)
        needed = 1 + self.under_way + min(spare, self.rate.burst - 1)
        return max(0.0, needed - self._tokens - _ROUNDING) / self.rate.per_second

    def begin(self) -> None:
        """A call is under way."""
        self.under_way += 1

    def cancel(self) -> None:
        """It was not made after all."""
        self.under_way -= 1

    def end(self, now: float) -> None:
        """It was made, however it ended."""
        self._fill(now)
        self.under_way -= 1
        self._tokens -= 1

    def full(self, now: float) -> bool:
        """Whether nothing would be lost by forgetting it."""
        self._fill(now)
        return not self.under_way and self._tokens >= self.rate.burst

    def _fill(self, now: float) -> None:
        passed = max(0.0, now - self._at) if self._at else 0.0
        self._tokens = min(self.rate.burst, self._tokens + passed * self.rate.per_second)
        self._at = now
