"""How often somebody may guess a code. It is forgotten with the process, as a guess takes longer than a start."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from picklebot import clock

MOST: Final = 5
"""So many wrong codes somebody may try in `SPAN`."""
SPAN: Final = timedelta(minutes=10)


class Guesses:
    """The wrong codes of late, by who tried them."""

    def __init__(self) -> None:
        self._wrong: defaultdict[str, list[datetime]] = defaultdict(list)

    def exhausted(self, by: str) -> bool:
        """Whether they have to wait before the next."""
        since = clock.now() - SPAN
        if of_late := [at for at in self._wrong.pop(by, ()) if at > since]:
            self._wrong[by] = of_late
        return len(of_late) >= MOST

    def note_wrong(self, by: str) -> None:
        """They tried a wrong one."""
        self._wrong[by].append(clock.now())
