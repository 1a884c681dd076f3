"""Guesses at the token, by the address that they came from. Nothing awaits."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

MOST: Final = 10
SECONDS: Final = 60.0
"""So many wrong guesses an address has in so many seconds."""

REMEMBERED: Final = 1_000
"""Addresses; beyond that the one that was quiet for longest is forgotten."""


class Attempts:
    """Remembers wrong guesses for a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Seconds until this address may guess again; 0 when it may now."""
        wrong = self._wrong.get(address)
        if wrong is None or len(wrong) < MOST:
            return 0.0
        return max(0.0, wrong[0] + SECONDS - self._clock())

    def missed(self, address: str) -> None:
        """That was a wrong guess."""
        self._wrong.setdefault(address, deque(maxlen=MOST)).append(self._clock())
        self._wrong.move_to_end(address)
        if len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)
