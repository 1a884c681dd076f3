"""Our own getUpdates loop: what was heard is kept first, and only then is Telegram told "received".

Telegram takes an update as received once a poll carries a greater offset. So the offset moves when every message
of a batch is durable, and a crash before that only makes Telegram tell them again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import anyio
import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import AnswerCallbackQuery
from anyio.abc import TaskGroup, TaskStatus

from picklebot import clock
from picklebot.errors import PlatformError, StoppingError, StorageError, UnwritableError
from picklebot.model.message import InboundMessage
from picklebot.platforms.telegram.callback import CALLBACK, LONGEST_NOTE, Callback, parse_callback
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.methods import GetUpdates
from picklebot.platforms.telegram.parse import KINDS, Json, parse
from picklebot.platforms.telegram.patience import ask
from picklebot.ports.platform import AdapterHealth, Intake

log = structlog.get_logger()

_GRACE: Final = 15
"""Seconds beyond the promised length of a poll before its connection counts as dead."""
_PAUSE: Final = 1.0
_MOST_STUMBLES: Final = 3

Heard = InboundMessage | Callback
"""What an update may tell."""


class Poller:
    """Polls for one bot. It may run again after it failed, and knows what it has not confirmed yet."""

    def __init__(self, bot: Bot, poll_timeout: int) -> None:
        """`poll_timeout` is how many seconds Telegram may hold an empty poll."""
        self._bot = bot
        self._poll_timeout = poll_timeout
        self._offset: int | None = None
        self._tasks: TaskGroup
        self.health = AdapterHealth("starting")

    async def run(self, identity: BotIdentity, intake: Intake, *, task_status: TaskStatus[None]) -> None:
        """Poll until cancelled. The first poll does not wait, so that "started" comes soon. Raises PlatformError."""
        updates = await self._fetch(0)
        task_status.started()
        async with _owned_tasks() as self._tasks:
            while True:
                await self._hand_over(updates, identity, intake)
                updates = await self._fetch(self._poll_timeout)

    async def _hand_over(self, updates: Sequence[Json], identity: BotIdentity, intake: Intake) -> None:
        heard = list(_heard(updates, identity))
        if len(heard) == 1:
            await self._keep(heard[0], intake)
        elif heard and not await _keep_together(heard, intake):
            async with anyio.create_task_group() as tasks:
                for lane in _lanes(heard):
                    tasks.start_soon(self._keep_all, lane, intake)
        if updates:
            self._offset = updates[-1]["update_id"] + 1

    async def _fetch(self, wait: int) -> list[Json]:
        """The next updates in order. Once told, the offset is forgotten: ids begin anew after a quiet week."""
        method = GetUpdates(offset=self._offset, timeout=wait, allowed_updates=[*KINDS, CALLBACK])
        answer = await ask(self._bot, method, request_timeout=wait + _GRACE)
        if not isinstance(answer, list) or not all(map(_numbered, cast("list[Any]", answer))):
            raise PlatformError("Telegram sent updates without numbers; is api_base_url right?")
        self._offset = None
        self.health = AdapterHealth("up", last_contact=clock.now())
        return cast("list[Json]", answer)

    async def _keep_all(self, lane: Sequence[Heard], intake: Intake) -> None:
        for heard in lane:
            await self._keep(heard, intake)

    async def _keep(self, heard: Heard, intake: Intake) -> None:
        """Try until this is durable; what breaks the intake itself is given up, for those behind it."""
        stumbles = 0
        while True:
            try:
                await self._take(heard, intake)
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
                if stumbles == _MOST_STUMBLES:
                    return
            await anyio.sleep(_PAUSE)

    async def _take(self, heard: Heard, intake: Intake) -> None:
        if isinstance(heard, InboundMessage):
            await intake.accept(heard)
            return
        note = await intake.press(heard.press) if heard.press else ""
        # Beside the polling: a slow answer to one who pressed holds up nobody.
        self._tasks.start_soon(self._answer, heard, note)

    async def _answer(self, callback: Callback, note: str) -> None:
        """Let the button come to rest. It is a courtesy: what was pressed is done."""
        try:
            await self._bot(
                AnswerCallbackQuery(callback_query_id=callback.query_id, text=note[:LONGEST_NOTE] or None)
            )
        except AiogramError as error:
            log.info("a pressed button could not be answered", kind=type(error).__name__)

    def _report_trouble(self, detail: str) -> None:
        if detail != self.health.detail:  # once, however many messages wait
            log.error("Telegram is not polled until messages can be kept again", detail=detail)
        self.health = AdapterHealth("retrying", detail, self.health.last_contact)


async def _keep_together(heard: Sequence[Heard], intake: Intake) -> bool:
    """Keep them in one go, which costs least; False when each has to be kept by itself."""
    messages = [each for each in heard if isinstance(each, InboundMessage) and not each.command]
    if len(messages) < len(heard):  # commands and presses do not wait for room, as the others would
        return False
    try:
        await intake.accept_all(messages)
    except Exception:  # noqa: BLE001 - whatever it is, it is met again by the message that it is about
        return False
    return True


@asynccontextmanager
async def _owned_tasks() -> AsyncGenerator[TaskGroup]:
    """A task group for courtesies; an error of the block ends them, and comes out as it is."""
    try:
        async with anyio.create_task_group() as tasks:
            yield tasks
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


def _numbered(update: Any) -> bool:
    return isinstance(update, dict) and type(cast("Json", update).get("update_id")) is int


def _heard(updates: Iterable[Json], identity: BotIdentity) -> Iterator[Heard]:
    """What can be read; an odd update is no reason to miss the next one."""
    for update in updates:
        try:
            heard = parse_callback(update, identity) if CALLBACK in update else parse(update, identity)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one update is its own affair
            log.warning("an update could not be read", update=update["update_id"], kind=type(error).__name__)
            continue
        if heard is not None:
            yield heard


def _lanes(heard: Iterable[Heard]) -> Iterable[Sequence[Heard]]:
    """What came from each chat, in order; different chats are kept side by side, in one commit if it can be."""
    lanes: dict[str, list[Heard]] = {}
    for each in heard:
        lanes.setdefault(each.chat_id if isinstance(each, Callback) else each.address.chat_id, []).append(
            each
        )
    return lanes.values()
