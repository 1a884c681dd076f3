"""Our own getUpdates loop: what was heard is kept first, and only then is Telegram told "received".

Telegram takes an update as received once a poll carries a greater offset. So the offset moves when every message
of a batch is durable, and a crash before that only makes Telegram tell them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, cast

import anyio
import structlog
from aiogram import Bot
from anyio.abc import TaskStatus

from picklebot import clock
from picklebot.errors import PlatformError, StoppingError, StorageError
from picklebot.model.message import InboundMessage
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


class Poller:
    """Polls for one bot. It may run again after it failed, and knows what it has not confirmed yet."""

    def __init__(self, bot: Bot, poll_timeout: int) -> None:
        """`poll_timeout` is how many seconds Telegram may hold an empty poll."""
        self._bot = bot
        self._poll_timeout = poll_timeout
        self._offset: int | None = None
        self.health = AdapterHealth("starting")

    async def run(self, identity: BotIdentity, intake: Intake, *, task_status: TaskStatus[None]) -> None:
        """Poll until cancelled. The first poll does not wait, so that "started" comes soon. Raises PlatformError."""
        updates = await self._fetch(0)
        task_status.started()
        while True:
            await self._hand_over(updates, identity, intake)
            updates = await self._fetch(self._poll_timeout)

    async def _hand_over(self, updates: Sequence[Json], identity: BotIdentity, intake: Intake) -> None:
        messages = list(_messages(updates, identity))
        if len(messages) == 1:
            await self._keep(messages[0], intake)
        elif messages and not await _keep_together(messages, intake):
            async with anyio.create_task_group() as tasks:
                for lane in _lanes(messages):
                    tasks.start_soon(self._keep_all, lane, intake)
        if updates:
            self._offset = updates[-1]["update_id"] + 1

    async def _fetch(self, wait: int) -> list[Json]:
        """The next updates in order. Once told, the offset is forgotten: ids begin anew after a quiet week."""
        method = GetUpdates(offset=self._offset, timeout=wait, allowed_updates=list(KINDS))
        answer = await ask(self._bot, method, request_timeout=wait + _GRACE)
        if not isinstance(answer, list) or not all(map(_numbered, cast("list[Any]", answer))):
            raise PlatformError("Telegram sent updates without numbers; is api_base_url right?")
        self._offset = None
        self.health = AdapterHealth("up", last_contact=clock.now())
        return cast("list[Json]", answer)

    async def _keep_all(self, messages: Sequence[InboundMessage], intake: Intake) -> None:
        for message in messages:
            await self._keep(message, intake)

    async def _keep(self, message: InboundMessage, intake: Intake) -> None:
        """Try until the message is durable; one that breaks the intake itself is given up, for those behind it."""
        stumbles = 0
        while True:
            try:
                await intake.accept(message)
                return
            except StoppingError:
                # Not told "received", it is told again to the next start; this one is about to be cancelled.
                await anyio.sleep_forever()
            except StorageError as error:
                self._report_trouble(f"messages cannot be kept: {error}")
            except Exception:
                stumbles += 1
                log.exception("a message could not be taken", update=message.update_id, attempt=stumbles)
                if stumbles == _MOST_STUMBLES:
                    return
            await anyio.sleep(_PAUSE)

    def _report_trouble(self, detail: str) -> None:
        if detail != self.health.detail:  # once, however many messages wait
            log.error("Telegram is not polled until messages can be kept again", detail=detail)
        self.health = AdapterHealth("retrying", detail, self.health.last_contact)


async def _keep_together(messages: Sequence[InboundMessage], intake: Intake) -> bool:
    """Keep them in one go, which costs least; False when each has to be kept by itself."""
    if any(message.command for message in messages):  # which does not wait for room, as the others would
        return False
    try:
        await intake.accept_all(messages)
    except Exception:  # noqa: BLE001 - whatever it is, it is met again by the message that it is about
        return False
    return True


def _numbered(update: Any) -> bool:
    return isinstance(update, dict) and type(cast("Json", update).get("update_id")) is int


def _messages(updates: Iterable[Json], identity: BotIdentity) -> Iterator[InboundMessage]:
    """The messages that can be read; an odd update is no reason to miss the next one."""
    for update in updates:
        try:
            message = parse(update, identity)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one update is its own affair
            log.warning("an update could not be read", update=update["update_id"], kind=type(error).__name__)
            continue
        if message is not None:
            yield message


def _lanes(messages: Iterable[InboundMessage]) -> Iterable[Sequence[InboundMessage]]:
    """The messages of each chat, in order; different chats are kept side by side."""
    lanes: dict[str, list[InboundMessage]] = {}
    for message in messages:
        lanes.setdefault(message.address.chat_id, []).append(message)
    return lanes.values()
