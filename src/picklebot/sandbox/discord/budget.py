"""How many IDENTIFYs a bot has left today."""

from picklebot.sandbox.discord.clock import Clock
from picklebot.sandbox.discord.feed import Json

DAY = 86_400.0


class IdentifyBudget:
    """Counts IDENTIFYs. At zero Discord resets the token, so the gateway then refuses it."""

    def __init__(self, clock: Clock, total: int) -> None:
        self._clock = clock
        self._total = total
        self._ends = clock.now() + DAY
        self._used = 0

    @property
    def remaining(self) -> int:
        """What is left of today's."""
        self._turn_day()
        return max(0, self._total - self._used)

    def take(self) -> bool:
        """Use one; false when none was left."""
        left = self.remaining > 0
        self._used += 1
        return left

    def payload(self) -> Json:
        """`session_start_limit` as GET /gateway/bot answers it; `reset_after` in milliseconds."""
        remaining = self.remaining
        after = int((self._ends - self._clock.now()) * 1000)
        return {"total": self._total, "remaining": remaining, "reset_after": after, "max_concurrency": 1}

    def _turn_day(self) -> None:
        if self._clock.now() >= self._ends:
            self._ends = self._clock.now() + DAY
            self._used = 0
