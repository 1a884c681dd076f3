"""One Discord chat, for the length of one reply."""

from __future__ import annotations

from contextlib import suppress
from hashlib import blake2b
from typing import Final

from picklebot.clock import CLOCK
from picklebot.errors import DeliveryDelayedError, DeliveryError, DeliveryImpossibleError
from picklebot.model.choice import Buttons
from picklebot.model.ids import new_id
from picklebot.model.message import ChatKind
from picklebot.model.parcel import CALL, FILES, STATUS, Parcel
from picklebot.platforms.discord.addresses import DIRECT
from picklebot.platforms.discord.components import Part
from picklebot.platforms.discord.earlier import Sought, find_earlier
from picklebot.platforms.discord.interaction import InteractionHandle, snowflake_at
from picklebot.platforms.discord.options import DiscordOptions
from picklebot.platforms.discord.refusals import InteractionOverError, ReplyForbiddenError
from picklebot.platforms.discord.render import render
from picklebot.platforms.discord.rest import PAGE, Json, Rest
from picklebot.platforms.discord.threads import open_thread
from picklebot.ports.results import OpenFile
from picklebot.replies.surface import MessageGoneError

TYPING_FADES: Final = 8.0
SUPPRESS_EMBEDS: Final = 1 << 2
SUPPRESS_NOTIFICATIONS: Final = 1 << 12
NONCE_BYTES: Final = 12
"""As hexadecimal digits they are 24; Discord takes 25."""

_SKEW: Final = 60.0
"""Seconds by which our clock may differ from Discord's."""

_PAGES: Final = 5


class DiscordSurface:
    """Implements `replies.surface.Surface` on the REST API; a part is what one message holds.

    The answer to a slash command begins in the place of its "thinking…", as long as Discord lets it, and so nothing
    else need stand for it. All else are messages in the chat, or, where only one person may see the answer, direct
    messages to them.
    """

    def __init__(self, rest: Rest, parcel: Parcel, options: DiscordOptions) -> None:
        self._rest = rest
        self._parcel = parcel
        self._options = options
        self._address = parcel.address
        self._flags = 0 if options.link_previews else SUPPRESS_EMBEDS
        handle = parcel.address.interaction
        self._handle = InteractionHandle.read(handle) if handle else None
        self._original = parcel.posted[0] if parcel.posted and handle else None
        self._interaction_over = False
        self._chat: str | None = None
        self._known = set(parcel.posted)
        self._lost = 0

    @property
    def pace(self) -> float:
        """See Surface."""
        private = self._address.chat_kind is ChatKind.PRIVATE
        return self._options.chat_pace if private else self._options.group_pace

    @property
    def typing_every(self) -> float:
        """See Surface."""
        return TYPING_FADES

    def split(self, text: str, buttons: Buttons) -> list[Part]:
        """See Surface."""
        *parts, last = render(text)
        return [*map(Part, parts), Part(last, buttons)]

    def line(self, text: str, buttons: Buttons) -> Part:
        """See Surface."""
        return Part(text, buttons)

    async def typing(self) -> None:
        """See Surface. A slash command shows "thinking…" already."""
        if self._open_interaction() is None:
            await self._rest.type(await self._chat_id())

    async def post(self, part: Part, index: int, *, calls: bool = False) -> str:
        """See Surface. Does not post twice: within two minutes by the nonce, and later by looking at the chat."""
        if index == STATUS and self._handle is not None:
            raise DeliveryError("Discord shows that the command is thought about")
        if index == 0 and (handle := self._open_interaction()):
            with suppress(InteractionOverError, MessageGoneError):
                self._original = await self._answer(handle, part)
                return self._original
            self._interaction_over = True
        return await self._send(part, index, calls=calls)

    async def call(self, part: Part, message_id: str) -> str:  # noqa: ARG002 - only a question knows its asker
        """See Surface. Whoever gave a slash command wrote no message by which they could be called."""
        if self._handle is not None:
            raise DeliveryError("Discord lets nobody be called by a command")
        return str((await self._post_once(part, CALL, calls=True))["id"])

    @property
    def largest_file(self) -> int:
        """See Surface."""
        return self._options.largest_file

    async def attach(self, file: OpenFile, position: int | None = None) -> str:
        """See Surface. For two minutes a file of the parcel is not sent twice, by its nonce."""
        nonce = None if position is None else self._nonce(position)
        return await self._rest.attach(await self._chat_id(), file.name, file.content, nonce)

    async def edit(self, message_id: str, part: Part) -> None:
        """See Surface."""
        if message_id == self._original and (handle := self._open_interaction()):
            with suppress(InteractionOverError):
                await self._answer(handle, part)
                return
            self._interaction_over = True
        try:
            await self._rest.edit(await self._chat_id(), message_id, _changed(part))
        except MessageGoneError:
            self._lost += 1
            raise

    async def remove(self, message_id: str) -> None:
        """See Surface."""
        with suppress(MessageGoneError, InteractionOverError):
            if message_id == self._original and (handle := self._open_interaction()):
                await self._rest.delete_original(handle.application_id, handle.token)
            else:
                await self._rest.delete(await self._chat_id(), message_id)

    async def _answer(self, handle: InteractionHandle, part: Part) -> str:
        said = _changed(part) | {"flags": self._flags}
        return await self._rest.edit_original(handle.application_id, handle.token, said)

    async def _send(self, part: Part, index: int, *, calls: bool) -> str:
        """Post, unless an earlier try may have arrived and did; what that left is brought up to date."""
        earlier = await self._look_for(part, index) if index in self._parcel.uncertain else None
        message = earlier or await self._post_once(part, index, calls=calls)
        message_id = str(message["id"])
        if str(message["content"]).strip() != part.text.strip():
            await self._rest.edit(await self._chat_id(), message_id, _changed(part))
        self._known.add(message_id)
        return message_id

    async def _post_once(self, part: Part, index: int, *, calls: bool) -> Json:
        """Post; for two minutes the nonce brings back a message of an earlier try instead."""
        chat_id, nonce = await self._chat_id(), self._nonce(index)
        silent = 0 if index in (0, CALL) else SUPPRESS_NOTIFICATIONS
        said: Json = {"content": part.text, "flags": self._flags | silent}
        if part.buttons:
            said["components"] = part.components
        try:
            return await self._rest.send(chat_id, said | self._reference(index), nonce, pings=calls)
        except ReplyForbiddenError:
            return await self._rest.send(chat_id, said, nonce)

    async def _look_for(self, part: Part, index: int) -> Json | None:
        """What the chat shows of a send whose answer never came. Where it may not be read, nobody can tell."""
        handle, reply_to = self._handle, self._address.reply_to
        elsewhere = await self._chat_id() == reply_to
        sought = Sought(
            bot_id=self._rest.bot_id,
            part=part.text,
            reply_to=reply_to if index == 0 and not elsewhere else None,
            interaction=handle.id if index == 0 and handle and not handle.ephemeral else None,
            known=frozenset(self._known),
        )
        try:
            return find_earlier(await self._said_since(), sought)
        except DeliveryDelayedError as error:
            # Nothing was learnt, so the part is as uncertain as before.
            raise DeliveryDelayedError(str(error), seconds=error.seconds, maybe_done=True) from None
        except DeliveryImpossibleError:
            return None

    async def _said_since(self) -> list[Json]:
        """What was said in the chat since the question, as far as an answer is worth looking for."""
        asked = self._address.reply_to or (self._handle.id if self._handle else None)
        after = int(asked) if asked else snowflake_at(self._parcel.created_at.timestamp() - _SKEW)
        said: list[Json] = []
        for _ in range(_PAGES):
            page = await self._rest.history(await self._chat_id(), after)
            said += page
            if len(page) < PAGE:
                break
            after = int(page[-1]["id"])
        return said

    def _reference(self, index: int) -> Json:
        reply_to = self._address.reply_to
        # A message is answered where it stands; a thread on it stands elsewhere.
        if index > 0 or index <= FILES or reply_to is None or self._chat == reply_to:
            return {}
        return {"message_reference": {"message_id": reply_to, "fail_if_not_exists": False}}

    def _nonce(self, index: int) -> str:
        """The same for the same part of the same parcel; another once a message was taken away from us.

        A status is none of that: it may be taken away, and followed by another.
        """
        if index == STATUS:
            return new_id()[: 2 * NONCE_BYTES]
        name = f"{self._parcel.id}:{index}:{self._lost}"
        return blake2b(name.encode(), digest_size=NONCE_BYTES).hexdigest()

    def _open_interaction(self) -> InteractionHandle | None:
        handle = self._handle
        if handle is None or self._interaction_over or handle.expired(CLOCK.seconds()):
            return None
        return handle

    async def _chat_id(self) -> str:
        if self._chat is None:
            if self._handle is not None and self._handle.ephemeral:
                self._chat = await self._rest.open_direct(self._handle.user_id)
            elif self._address.begins_thread:
                self._chat = await open_thread(self._rest, self._parcel)
            elif self._address.chat_id.startswith(DIRECT):
                self._chat = await self._rest.open_direct(self._address.chat_id.removeprefix(DIRECT))
            else:
                self._chat = self._address.thread_id or self._address.chat_id
        return self._chat


def _changed(part: Part) -> Json:
    """What makes a message show this part, and no buttons that stood there before."""
    return {"content": part.text, "components": part.components}
