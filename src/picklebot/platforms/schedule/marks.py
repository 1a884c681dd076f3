"""How far each schedule's times are dealt with, kept over restarts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from picklebot.ports.memory import AdapterMemory

if TYPE_CHECKING:
    from picklebot.platforms.schedule.definition import Cron

log = structlog.get_logger()

TOPIC: Final = "until"

SET_BACK: Final = timedelta(days=1)
"""A mark that is ahead by more was made while the clock was wrong; by less, nothing is due until it has passed."""


class Marks:
    """A mark for each schedule that is switched on. It holds for one timetable: a new one begins when it is written.

    So what comes before a schedule was first seen, or while it was switched off, is never made up for.
    """

    def __init__(self, memory: AdapterMemory) -> None:
        self._memory = memory
        self._marks: dict[str, tuple[str, datetime]] | None = None

    async def recall(self) -> None:
        """Look up what was kept, once. Raises StorageError."""
        if self._marks is None:
            kept = await self._memory.recall(TOPIC)
            self._marks = {cron_id: mark for cron_id, text in kept.items() if (mark := _parsed(text))}

    def of(self, cron: Cron, now: datetime) -> datetime | None:
        """Until when this schedule's times are dealt with; None for one that begins now."""
        name, until = self._known.get(cron.id, ("", now))
        if name != cron.times.name:
            return None
        if until - now > SET_BACK:
            log.warning("the clock was set back; a schedule goes on from now", schedule=cron.id)
            return None
        return until

    async def put(self, cron: Cron, until: datetime) -> None:
        """All up to this moment is dealt with. Raises StorageError."""
        await self._memory.keep(TOPIC, {cron.id: f"{until.isoformat()} {cron.times.name}"})
        self._known[cron.id] = (cron.times.name, until)

    async def keep_only(self, ids: Collection[str]) -> None:
        """Forget all others. Raises StorageError."""
        if gone := self._known.keys() - ids:
            await self._memory.forget(TOPIC, gone)
            for cron_id in gone:
                del self._known[cron_id]

    @property
    def _known(self) -> dict[str, tuple[str, datetime]]:
        assert self._marks is not None, "recall first"
        return self._marks


def _parsed(text: str) -> tuple[str, datetime] | None:
    until, _, name = text.partition(" ")
    try:
        return name, datetime.fromisoformat(until)
    except ValueError:
        return None
