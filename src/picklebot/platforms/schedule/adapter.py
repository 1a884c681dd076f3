"""Listens to the clock: whatever schedule is due becomes a message, once for each of its times."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

import anyio
import structlog
from anyio.abc import TaskStatus

from picklebot import clock
from picklebot.errors import StoppingError, StorageError
from picklebot.model.message import Address, InboundMessage, Sender
from picklebot.model.schedule import SCHEDULE
from picklebot.platforms.schedule.catalog import CronCatalog
from picklebot.platforms.schedule.marks import Marks
from picklebot.ports.memory import AdapterMemory
from picklebot.ports.platform import AdapterHealth, Intake, Receipt

if TYPE_CHECKING:
    from picklebot.platforms.schedule.definition import Cron
    from picklebot.platforms.schedule.timetable import Due

log = structlog.get_logger()

LOOK_SECONDS: Final = 1.0
"""So often the files are looked at, and the clock, which somebody may have set."""


class ScheduleAdapter:
    """Implements `ports.platform.Adapter`.

    A time is dealt with once its mark is kept, and that comes after its message: what a crash leaves between the two
    is offered again, and known by the message.
    """

    def __init__(
        self,
        catalog: CronCatalog,
        memory: AdapterMemory,
        *,
        now: Callable[[], datetime] = clock.now,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._catalog = catalog
        self._marks = Marks(memory)
        self._now = now
        self._look_seconds = look_seconds
        self._next: dict[str, datetime] = {}
        self._held: dict[str, datetime] = {}
        self._state = "starting"
        self._trouble = ""

    @property
    def platform(self) -> str:
        """The platform's word."""
        return SCHEDULE

    async def run(self, intake: Intake, *, task_status: TaskStatus[None]) -> None:
        """See Adapter."""
        listening = False
        while True:
            self._catalog.look()
            await self._look(intake)
            self._state = "retrying" if self._trouble else "up"
            if not listening and not self._trouble:
                listening = True
                task_status.started()
            await anyio.sleep(self._pause())

    def health(self) -> AdapterHealth:
        """Up as long as what is due can be kept; then the detail tells what comes next."""
        return AdapterHealth(self._state, self._trouble or self._outlook())

    async def _look(self, intake: Intake) -> None:
        """Deal with what is due. What cannot be kept now stays due."""
        crons = [cron for cron in self._catalog.crons.values() if cron.enabled]
        self._next = {}
        troubles: list[str] = []
        with _noting(troubles):
            await self._marks.recall()
            await self._marks.keep_only({cron.id for cron in crons})
            for cron in crons:
                with _noting(troubles):
                    await self._see_to(cron, intake)
        trouble = troubles[0] if troubles else ""
        if trouble and trouble != self._trouble:
            log.error("schedules wait until the database takes what is due", error=trouble)
        self._trouble = trouble

    async def _see_to(self, cron: Cron, intake: Intake) -> None:
        now = self._now()
        until = self._marks.of(cron, now)
        if until is None:
            until = now
            await self._marks.put(cron, until)
        due = cron.times.due(until, now)
        if due is not None and (due.at is None or await self._offer(cron, due.at, intake)):
            until = due.at or now
            await self._marks.put(cron, until)
            if due.missed is not None:
                _tell_missed(cron, due)
        if (coming := cron.times.after(until)) is not None:
            self._next[cron.id] = coming

    async def _offer(self, cron: Cron, at: datetime, intake: Intake) -> bool:
        """Whether this time is dealt with."""
        fields = {"schedule": cron.id, "due": at.isoformat()}
        match await intake.fall_due(message(cron, at), agent=cron.agent):
            case Receipt.ACCEPTED:
                log.info("a schedule is due", **fields)
            case Receipt.IGNORED:
                log.warning("an earlier job of a schedule has not ended; this time is let go", **fields)
            case Receipt.FULL:
                if self._held.get(cron.id) != at:
                    log.warning("a schedule is due, and waits for room in the queue", **fields)
                self._held[cron.id] = at
                return False
            case _:
                log.info("a schedule's time was taken before", **fields)
        self._held.pop(cron.id, None)
        return True

    def _pause(self) -> float:
        """Seconds until something is due, or the files are to be looked at again."""
        now = self._now()
        waits = ((coming - now).total_seconds() for coming in self._next.values() if coming > now)
        return min(self._look_seconds, *waits, self._look_seconds)

    def _outlook(self) -> str:
        if not self._next:
            return "no schedules"
        cron_id = min(self._next, key=lambda each: self._next[each])
        return f"next: {cron_id} at {self._next[cron_id].isoformat(timespec='seconds')}"


def message(cron: Cron, at: datetime) -> InboundMessage:
    """What a schedule says at one of its times. Nothing but the schedule and the time makes it another message."""
    mark = f"{cron.id} {at.isoformat()}"
    return InboundMessage(
        update_id=mark,
        message_id=mark,
        address=Address(SCHEDULE, "", cron.to),
        sender=Sender(cron.id, ""),
        text=cron.prompt,
        sent_at=at,
    )


@contextmanager
def _noting(troubles: list[str]) -> Generator[None]:
    """What cannot be kept is trouble, and no reason to leave the others alone; while the gateway stops it is none."""
    try:
        yield
    except StoppingError:
        log.debug("what is due from now on is left to the next start")
    except StorageError as error:
        troubles.append(f"what is due cannot be kept: {error}")


def _tell_missed(cron: Cron, due: Due) -> None:
    first = due.missed.isoformat() if due.missed else ""
    if due.at is None:
        log.warning(
            "a schedule's times were missed for too long and are let go", schedule=cron.id, first=first
        )
    else:
        log.info(
            "times of a schedule were missed; only the last is made up for", schedule=cron.id, first=first
        )
