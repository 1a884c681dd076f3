"""One Telegram chat, for the length of one reply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from zlib import crc32

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import DeleteMessage, TelegramMethod
from aiogram.types import LinkPreviewOptions, MessageEntity, ReplyParameters

from picklebot.errors import DeliveryDelayedError, DeliveryImpossibleError
from picklebot.model.choice import Buttons
from picklebot.model.message import ChatKind
from picklebot.model.parcel import STATUS, Parcel
from picklebot.platforms.telegram.callback import keyboard, markup
from picklebot.platforms.telegram.methods import (
    EditMessageText,
    SendChatAction,
    SendDocument,
    SendMessage,
    SendMessageDraft,
    SendRichMessage,
    SendRichMessageDraft,
)
from picklebot.platforms.telegram.options import TelegramOptions
from picklebot.platforms.telegram.refusals import Remedy, delivery_error, remedy_for
from picklebot.platforms.telegram.render import PLACEHOLDER, Part, render
from picklebot.platforms.telegram.rich.blocks import detects_wrongly
from picklebot.platforms.telegram.rich.render import render_richly
from picklebot.platforms.telegram.route import Knack, Route
from picklebot.platforms.telegram.upload import LONGEST_UPLOAD, Upload
from picklebot.ports.results import OpenFile
from picklebot.replies.edits import MessageGoneError

TYPING_FADES: Final = 4.5

_MOST_REMEDIES: Final = 6
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)


class TelegramSurface:
    """Implements `replies.surface.Surface` on the Bot API.

    All surfaces of a bot share its `knack`; without one nothing is said in rich messages.
    """

    def __init__(
        self,
        bot: Bot,
        parcel: Parcel,
        route: Route,
        options: TelegramOptions,
        knack: Knack | None = None,
    ) -> None:
        self._bot = bot
        self._route = route
        self._repeats = set(parcel.uncertain)
        self._private = parcel.address.chat_kind is ChatKind.PRIVATE
        self._options = options
        self._knack = knack or Knack(rich=False)
        # The same for each process that writes this reply, so that its drafts are one.
        self._draft_id = 1 + crc32(parcel.id.encode())
        self._previews = None if options.link_previews else _NO_PREVIEW

    @property
    def pace(self) -> float:
        """See Surface."""
        return self._options.chat_pace if self._private else self._options.group_pace

    @property
    def typing_every(self) -> float:
        """See Surface."""
        return TYPING_FADES

    def split(self, text: str, buttons: Buttons) -> list[Part]:
        """See Surface; a part that may be there already is marked as a repeat."""
        parts = (render_richly if self._knack.rich else render)(text, self._route.limit)
        parts[-1] = replace(parts[-1], buttons=buttons)
        return [self._as_known(part, index) for index, part in enumerate(parts)]

    def _as_known(self, part: Part, index: int) -> Part:
        """A part, marked if it is a repeat, in the form in which it gets through."""
        if part.rich:
            part = part.modest() if index in self._route.modest else replace(part, place=index)
        return part.repeated() if index in self._repeats else part

    def line(self, text: str, buttons: Buttons) -> Part:
        """See Surface."""
        return Part(text, buttons=buttons)

    async def typing(self) -> None:
        """See Surface."""
        await self._call(
            SendChatAction(
                chat_id=self._route.chat_id, action="typing", message_thread_id=_number(self._route.thread_id)
            )
        )

    async def post(self, part: Part, index: int, *, calls: bool = False) -> str:  # noqa: ARG002 - it rings anyway
        """See Surface. In a group the first part is a reply, and what rings as a reply calls whoever asked."""

        def message(part: Part) -> TelegramMethod[Any]:
            reply_to = self._route.reply_to if index in (0, STATUS) else None
            if part.rich:
                return SendRichMessage(
                    chat_id=self._route.chat_id,
                    message_thread_id=_number(self._route.topic),
                    rich_message=_rich(part),
                    reply_markup=keyboard(part.buttons),
                    disable_notification=index != 0 or None,
                    reply_parameters=_reply(reply_to),
                )
            return SendMessage(
                chat_id=self._route.chat_id,
                message_thread_id=_number(self._route.topic),
                text=part.text,
                entities=_entities(part),
                link_preview_options=self._previews,
                reply_markup=markup(part.text, part.buttons),
                disable_notification=index != 0 or None,
                reply_parameters=_reply(reply_to),
            )

        try:
            posted = await self._get_through(part, message)
        except DeliveryDelayedError as error:
            if error.maybe_done and part != PLACEHOLDER:
                self._repeats.add(index)
            raise
        message_id = str(posted["message_id"])
        self._route.arrived.add(message_id)
        return message_id

    async def draft(self, text: str) -> None:
        """Show a text that is being written in no message; without one it is "Thinking…". Its chat is private.

        Whoever reads it may stop it. Raises DeliveryError.
        """
        part = self.split(text, ())[-1] if text.strip() else Part("")

        def shown(part: Part) -> TelegramMethod[Any]:
            chat_id, thread_id = int(self._route.chat_id), _number(self._route.thread_id)
            if part.rich:
                return SendRichMessageDraft(
                    chat_id=chat_id,
                    draft_id=self._draft_id,
                    message_thread_id=thread_id,
                    rich_message=_rich(part),
                    can_stop=True,
                )
            return SendMessageDraft(
                chat_id=chat_id,
                draft_id=self._draft_id,
                message_thread_id=thread_id,
                text=part.text,
                entities=_entities(part),
                can_stop=True,
            )

        try:
            await self._bot(shown(part))
        except AiogramError as error:
            if remedy_for(error, rich=bool(part.rich)) not in (Remedy.MODEST, Remedy.NEVER_RICH):
                raise delivery_error(error) from None
            await self._call(shown(part.modest()))
            self._route.learn(error, part, self._knack)  # it is refused as a rich message, and not as a draft

    async def call(self, part: Part, message_id: str) -> str:
        """See Surface."""

        def message(part: Part) -> TelegramMethod[Any]:
            return SendMessage(
                chat_id=self._route.chat_id,
                message_thread_id=_number(self._route.topic),
                text=part.text,
                reply_parameters=_reply(self._route.reply_to or message_id),
            )

        posted = await self._get_through(part, message)
        return str(posted["message_id"])

    @property
    def largest_file(self) -> int:
        """See Surface."""
        return self._options.largest_file

    async def attach(self, file: OpenFile, position: int | None = None) -> str:  # noqa: ARG002 - nothing here knows a send again
        """See Surface."""

        def message(_: Part) -> TelegramMethod[Any]:
            return SendDocument(
                chat_id=self._route.chat_id,
                message_thread_id=_number(self._route.topic),
                document=Upload(file),
                disable_content_type_detection=True,
                disable_notification=True,
            )

        sent = await self._get_through(Part(""), message, seconds=LONGEST_UPLOAD)
        return str(sent["message_id"])

    async def edit(self, message_id: str, part: Part) -> None:
        """See Surface."""

        def change(part: Part) -> TelegramMethod[Any]:
            if not self._route.leads_to(message_id):
                raise MessageGoneError("the message stayed in a chat that has become another one")
            if part.rich:
                return EditMessageText(
                    chat_id=self._route.chat_id,
                    message_id=int(message_id),
                    rich_message=_rich(part),
                    reply_markup=keyboard(part.buttons),
                )
            return EditMessageText(
                chat_id=self._route.chat_id,
                message_id=int(message_id),
                text=part.text,
                entities=_entities(part),
                link_preview_options=self._previews,
                reply_markup=keyboard(part.buttons),
            )

        await self._get_through(part, change)

    async def remove(self, message_id: str) -> None:
        """See Surface. What Telegram lets nobody delete any more stays."""
        if not self._route.leads_to(message_id):
            return
        await self._call(DeleteMessage(chat_id=self._route.chat_id, message_id=int(message_id)))

    async def _call(self, method: TelegramMethod[Any]) -> None:
        try:
            await self._bot(method)
        except AiogramError as error:
            if remedy_for(error) is not Remedy.NOTHING:
                raise delivery_error(error) from None

    async def _get_through(
        self, part: Part, method: Callable[[Part], TelegramMethod[Any]], *, seconds: int | None = None
    ) -> Any:
        """Call until it is done, with each refusal answered as `Route.learn` says.

        Each call may take so many seconds, or what is usual.
        """
        for _ in range(_MOST_REMEDIES):
            try:
                return await self._bot(method(part), request_timeout=seconds)
            except AiogramError as error:
                if remedy_for(error) is Remedy.NOTHING:
                    return None
                part = self._route.learn(error, part, self._knack)
        raise DeliveryImpossibleError("Telegram refuses this message in every form")


def _number(thread_id: str | None) -> int | None:
    return None if thread_id is None else int(thread_id)


def _rich(part: Part) -> Any:
    """An InputRichMessage as JSON."""
    rich: dict[str, Any] = {"blocks": part.rich}
    return rich | {"skip_entity_detection": True} if detects_wrongly(part.text) else rich


def _entities(part: Part) -> list[MessageEntity] | None:
    return [MessageEntity(**entity) for entity in part.entities] or None


def _reply(message_id: str | None) -> ReplyParameters | None:
    if message_id is None:
        return None
    return ReplyParameters(message_id=int(message_id), allow_sending_without_reply=True)
