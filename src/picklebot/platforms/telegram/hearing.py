"""What updates tell, and how it is handed to the bus: the same whether we ask for them or they are brought."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, cast

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import AnswerCallbackQuery
from anyio.abc import TaskGroup

from picklebot.model.arrival import Arrival
from picklebot.model.change import Edited
from picklebot.model.message import InboundMessage
from picklebot.model.moved import Moved
from picklebot.platforms.telegram.arrival import MEMBERSHIP, parse_arrival
from picklebot.platforms.telegram.callback import CALLBACK, LONGEST_NOTE, Callback, parse_callback
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.migration import parse_move
from picklebot.platforms.telegram.parse import EDITED, KINDS, Json, parse, parse_edit
from picklebot.platforms.telegram.stopped import STOPPED, parse_stopped
from picklebot.ports.platform import Intake, Receipt
from picklebot.replies.eyes import Eyes

log = structlog.get_logger()

HEARD: Final = (*KINDS, EDITED, CALLBACK, MEMBERSHIP, STOPPED)
"""The kinds of updates that are asked for."""

MOST_STUMBLES: Final = 3
"""After so many errors that nobody expected a message is given up, for those behind it."""

Heard = InboundMessage | Edited | Callback | Moved | Arrival
"""What an update may tell."""


def is_numbered(update: Any) -> bool:
    """Whether this looks like an update."""
    return isinstance(update, dict) and type(cast("Json", update).get("update_id")) is int


def hear(updates: Iterable[Json], identity: BotIdentity) -> Iterator[Heard]:
    """What can be read; an odd update is no reason to miss the next one."""
    for update in updates:
        try:
            heard = _parse(update, identity)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one update is its own affair
            log.warning("an update could not be read", update=update["update_id"], kind=type(error).__name__)
            continue
        if heard is not None:
            yield heard


def chat_of(heard: Heard) -> str:
    """The chat in which it was heard, whose order it keeps."""
    match heard:
        case InboundMessage(address=address) | Arrival(address=address):
            return address.chat_id
        case Edited(message=message):
            return message.address.chat_id
        case Callback(chat_id=chat_id) | Moved(before=chat_id):
            return chat_id


class Listening:
    """Hands over what was heard. `tasks` owns courtesies that nobody waits for."""

    def __init__(self, bot: Bot, intake: Intake, tasks: TaskGroup, eyes: Eyes) -> None:
        self._intake = intake
        self._eyes = eyes
        self._bot = bot
        self._tasks = tasks

    async def take(self, heard: Heard) -> None:
        """Let the bus have this; on return it is durable. Raises what Intake raises."""
        match heard:
            case InboundMessage():
                self._show(heard, await self._intake.accept(heard))
            case Edited():
                await self._intake.edit(heard)
            case Moved():
                await self._intake.move(heard)
            case Arrival():
                await self._intake.arrive(heard)
            case Callback():
                note = await self._intake.press(heard.press) if heard.press else ""
                # Beside the listening: a slow answer to one who pressed holds up nobody.
                self._tasks.start_soon(self._answer, heard, note)

    async def take_all(self, messages: Sequence[InboundMessage]) -> None:
        """The same for messages in one commit. Raises when one of them could not be kept."""
        for message, receipt in zip(messages, await self._intake.accept_all(messages), strict=True):
            self._show(message, receipt)

    def _show(self, message: InboundMessage, receipt: Receipt) -> None:
        if receipt is Receipt.ACCEPTED:
            self._eyes.open(message.address)

    async def _answer(self, callback: Callback, note: str) -> None:
        """Let the button come to rest. It is a courtesy: what was pressed is done."""
        try:
            await self._bot(
                AnswerCallbackQuery(callback_query_id=callback.query_id, text=note[:LONGEST_NOTE] or None)
            )
        except AiogramError as error:
            log.info("a pressed button could not be answered", kind=type(error).__name__)


def _parse(update: Json, identity: BotIdentity) -> Heard | None:
    if CALLBACK in update:
        return parse_callback(update, identity)
    if MEMBERSHIP in update:
        return parse_arrival(update, identity)
    if EDITED in update:
        return parse_edit(update, identity)
    if STOPPED in update:
        return parse_stopped(update, identity)
    return parse_move(update, identity) or parse(update, identity)
