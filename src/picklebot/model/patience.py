"""How long a turn may take, and how often it is tried."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """All in seconds: until the first word of each answer, between two words, and for one run of a tool."""

    first_token: float = 60.0
    silence: float = 60.0
    tool: float = 120.0


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a turn is begun at most, and the seconds before the second time, the third and so on.

    Where there are more tries than pauses, the last pause is kept.
    """

    most: int = 3
    pauses: tuple[float, ...] = (2.0, 10.0)

    def pause(self, tried: int) -> float:
        """The pause after try number `tried`, counted from 1."""
        return self.pauses[min(tried, len(self.pauses)) - 1] if self.pauses else 0.0
