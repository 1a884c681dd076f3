"""Our own getUpdates loop: what was heard is kept first, and only then is Telegram told "received".

Telegram takes an update as received once a poll carries a greater offset. So the offset moves when every message
of a batch is durable, and a crash before that only makes Telegram tell them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

import anyio
import structlog
from aiogram import Bot
from anyio.abc import TaskStatus

from picklebot import clock
from picklebot.errors import PlatformError, StoppingError, StorageError, UnwritableError
from picklebot.model.message import InboundMessage
from picklebot.platforms.telegram.hearing import (
    HEARD,
    MOST_STUMBLES,
    Heard,
    Listening,
    chat_of,
    hear,
    is_numbered,
)
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.methods import GetUpdates
from picklebot.platforms.telegram.parse import Json
from picklebot.platforms.telegram.patience import ask
from picklebot.ports.platform import AdapterHealth, Intake
from picklebot.replies.eyes import Eyes
from picklebot.supervision.owned import owned_tasks

log = structlog.get_logger()

_GRACE: Final = 15
"""Seconds beyond the promised length of a poll before its connection counts as dead."""
_PAUSE: Final = 1.0


class Poller:
    """Polls for one bot. It may run again after it failed, and knows what it has not confirmed yet."""

    def __init__(self, bot: Bot, poll_timeout: int, eyes: Eyes) -> None:
        """`poll_timeout` is how many seconds Telegram may hold an empty poll."""
        self._bot = bot
        self._eyes = eyes
        self._poll_timeout = poll_timeout
        self._offset: int | None = None
        self.health = AdapterHealth("starting")

    async def run(self, identity: BotIdentity, intake: Intake, *, task_status: TaskStatus[None]) -> None:
        """Poll until cancelled. The first poll does not wait, so that "started" comes soon. Raises PlatformError."""
        updates = await self._fetch(0)
        task_status.started()
        async with owned_tasks() as tasks:
            bus = Listening(self._bot, intake, tasks, self._eyes)
            while True:
                await self._hand_over(updates, identity, bus)
                updates = await self._fetch(self._poll_timeout)

    async def _hand_over(self, updates: Sequence[Json], identity: BotIdentity, bus: Listening) -> None:
        heard = list(hear(updates, identity))
        if len(heard) == 1:
            await self._keep(heard[0], bus)
        elif heard and not await _keep_together(heard, bus):
            async with anyio.create_task_group() as tasks:
                for lane in _lanes(heard):
                    tasks.start_soon(self._keep_all, lane, bus)
        if updates:
            self._offset = updates[-1]["update_id"] + 1

    async def _fetch(self, wait: int) -> list[Json]:
        """The next updates in order. Once told, the offset is forgotten: ids begin anew after a quiet week."""
        method = GetUpdates(offset=self._offset, timeout=wait, allowed_updates=[*HEARD])
        answer = await ask(self._bot, method, request_timeout=wait + _GRACE)
        if not isinstance(answer, list) or not all(map(is_numbered, cast("list[Any]", answer))):
            raise PlatformError("Telegram sent updates without numbers; is api_base_url right?")
        self._offset = None
        self.health = AdapterHealth("up", last_contact=clock.now())
        return cast("list[Json]", answer)

    async def _keep_all(self, lane: Sequence[Heard], bus: Listening) -> None:
        for heard in lane:
            await self._keep(heard, bus)

    async def _keep(self, heard: Heard, bus: Listening) -> None:
        """Try until this is durable; what breaks the intake itself is given up, for those behind it."""
        stumbles = 0
        while True:
            try:
                await bus.take(heard)
                return
            except StoppingError:
                # Not told "received", it is told again to the next start; this one is about to be cancelled.
                await anyio.sleep_forever()
            except Exception as error:
                if isinstance(error, StorageError) and not isinstance(error, UnwritableError):
                    self._report_trouble(f"messages cannot be kept: {error}")
                else:
                    stumbles += 1
                    log.exception("a message could not be taken", update=heard.update_id, attempt=stumbles)
                if stumbles == MOST_STUMBLES:
                    return
            await anyio.sleep(_PAUSE)

    def _report_trouble(self, detail: str) -> None:
        if detail != self.health.detail:  # once, however many messages wait
            log.error("Telegram is not polled until messages can be kept again", detail=detail)
        self.health = AdapterHealth("retrying", detail, self.health.last_contact)


async def _keep_together(heard: Sequence[Heard], bus: Listening) -> bool:
    """Keep them in one go, which costs least; False when each has to be kept by itself."""
    messages = [each for each in heard if isinstance(each, InboundMessage) and not each.command]
    if len(messages) < len(heard):  # commands and presses do not wait for room, as the others would
        return False
    try:
        await bus.take_all(messages)
    except Exception:  # noqa: BLE001 - whatever it is, it is met again by the message that it is about
        return False
    return True


def _lanes(heard: Iterable[Heard]) -> Iterable[Sequence[Heard]]:
    """What came from each chat, in order; different chats are kept side by side, in one commit if it can be."""
    lanes: dict[str, list[Heard]] = {}
    for each in heard:
        lanes.setdefault(chat_of(each), []).append(each)
    return lanes.values()
