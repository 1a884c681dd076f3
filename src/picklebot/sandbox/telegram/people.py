"""What people do in a chat: speak, edit, press, block."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from picklebot.sandbox.telegram.chats import (
    ANONYMOUS_ADMIN,
    CHANNEL_SPEAKER,
    Chat,
    ChatAction,
    ChatType,
    Draft,
    SandboxMessage,
    SandboxUser,
    Version,
)
from picklebot.sandbox.telegram.files import FileKind, media_json
from picklebot.sandbox.telegram.membership import bot_membership
from picklebot.sandbox.telegram.state import CallbackQuery, World
from picklebot.sandbox.telegram.text import TEXT_LIMIT, cut_paste, spoken_entities, utf16_length
from picklebot.sandbox.telegram.things import read_thing
from picklebot.sandbox.telegram.wire import chat_json, origin_json, user_json

_MIMES = {
    FileKind.PHOTO: ("photo.jpg", "image/jpeg"),
    FileKind.DOCUMENT: ("document.txt", "text/plain"),
    FileKind.STICKER: ("sticker.webp", "image/webp"),
    FileKind.VOICE: ("voice.ogg", "audio/ogg"),
    FileKind.AUDIO: ("audio.mp3", "audio/mpeg"),
    FileKind.VIDEO: ("video.mp4", "video/mp4"),
}


@dataclass(frozen=True, slots=True, repr=False)
class SandboxChat:
    """One chat as the people in it see and use it. A handle; the chat itself lives in the world."""

    _world: World
    _chat: Chat

    def __repr__(self) -> str:
        """Name the chat; the world behind it is too large to print."""
        return f"SandboxChat({self._chat.type} {self.id})"

    @property
    def id(self) -> int:
        """The chat id: the person's in a private chat, negative elsewhere."""
        return self._chat.id

    @property
    def messages(self) -> list[SandboxMessage]:
        """What one sees: everybody's messages as they stand now, oldest first, without the deleted."""
        return [message for message in self._chat.history.values() if not message.deleted]

    @property
    def replies(self) -> list[SandboxMessage]:
        """What the bot said, as it stands now."""
        return [message for message in self.messages if message.from_bot]

    @property
    def actions(self) -> list[ChatAction]:
        """The signs of life that the bot gave."""
        return list(self._chat.actions)

    @property
    def drafts(self) -> list[Draft]:
        """The states of streamed drafts, oldest first; a message of the bot does not remove them here."""
        return list(self._chat.drafts)

    def say(
        self,
        sender: "SandboxUser | SandboxChat",
        text: str,
        *,
        thread: int | None = None,
        reply_to: SandboxMessage | None = None,
        quote: str = "",
    ) -> SandboxMessage:
        """Send a text. A chat as the sender speaks as itself: a channel, or this group's anonymous admin.

        A reply may `quote` some words of what it answers. Raises ValueError for what Telegram's apps do not send:
        an empty text, more than 4096 units, or a quote of what was not said.
        """
        if not text.strip() or utf16_length(text) > TEXT_LIMIT:
            raise ValueError(f"a message has 1 to {TEXT_LIMIT} UTF-16 units; use paste for a longer text")
        if quote and (reply_to is None or quote not in reply_to.text):
            raise ValueError("a quote is some of the words of the message that is replied to")
        return self._hear(sender, text, thread=thread, reply_to=reply_to, quote=quote)

    def paste(self, sender: SandboxUser, text: str, *, thread: int | None = None) -> list[SandboxMessage]:
        """Send a text of any length as the apps do: cut into messages of at most 4096 units."""
        return [self.say(sender, part, thread=thread) for part in cut_paste(text)]

    def send_file(
        self,
        sender: "SandboxUser | SandboxChat",
        kind: FileKind | str,
        data: bytes,
        *,
        name: str | None = None,
        mime: str | None = None,
        caption: str = "",
        emoji: str = "🥒",
        album: str | None = None,
        thread: int | None = None,
        reply_to: SandboxMessage | None = None,
    ) -> SandboxMessage:
        """Send a photo, video, document, audio file, voice message, or a sticker that stands for an `emoji`.

        What is of one `album` shares that id.
        """
        if caption and FileKind(kind) is FileKind.STICKER:
            raise ValueError("a sticker has no caption")
        default_name, default_mime = _MIMES[FileKind(kind)]
        file = self._world.files.add(FileKind(kind), name or default_name, mime or default_mime, data)
        media = media_json(FileKind(kind), file, emoji)
        return self._hear(sender, caption, media=media, album=album, thread=thread, reply_to=reply_to)

    def send(
        self,
        sender: "SandboxUser | SandboxChat",
        kind: str,
        *,
        thread: int | None = None,
        reply_to: SandboxMessage | None = None,
        **fields: Any,
    ) -> SandboxMessage:
        """Send a location, contact, poll, dice and so on: a kind of `things.THINGS` with its fields.

        Raises KeyError, ValueError or TypeError for what is not sent like that.
        """
        thing = read_thing(kind, fields)
        return self._hear(sender, "", media=thing, thread=thread, reply_to=reply_to)

    def forward(self, sender: SandboxUser, author: SandboxUser, text: str) -> SandboxMessage:
        """Pass on what somebody said elsewhere."""
        origin = {"type": "user", "date": int(time.time()), "sender_user": user_json(author)}
        return self._hear(sender, text, thread=None, reply_to=None, origin=origin)

    def pass_on(
        self,
        sender: SandboxUser,
        message: SandboxMessage,
        *,
        comment: str = "",
        hidden: bool = False,
        thread: int | None = None,
    ) -> list[SandboxMessage]:
        """Forward a message of any chat as the apps do, after the comment; its writer may have a hidden name."""
        origin = origin_json(message, self._world.chats, hidden=hidden)
        said = [self.say(sender, comment, thread=thread)] if comment.strip() else []
        passed_on = self._hear(
            sender, message.text, thread=thread, reply_to=None, media=message.media, origin=origin
        )
        return [*said, passed_on]

    def edit(self, message: SandboxMessage, text: str) -> SandboxMessage:
        """Change what a person said."""
        current = self._chat.find(message.id)
        if current is None or current.from_bot:
            raise ValueError(f"message {message.id} is not there to be edited")
        version = Version(text, tuple(spoken_entities(text)), current.markup, time.time())
        return self._world.hear_edit(current.with_version(version))

    def press(self, user: SandboxUser, message: SandboxMessage, label: str) -> str:
        """Press a button of the bot's message by its label, and give the id of the callback query."""
        current = self._chat.find(message.id)
        if current is None or label not in current.buttons:
            raise ValueError(f"message {message.id} has no button {label!r}")
        query = CallbackQuery(str(uuid4().int >> 64), user, current, current.buttons[label])
        self._world.ask(query)
        return query.id

    def stop(self, draft: int) -> None:
        """Stop the draft of that id, which is being streamed, by its button."""
        known = next((it for it in reversed(self._chat.drafts) if it.id == draft), None)
        if known is None or not known.stoppable:
            raise ValueError(f"there is no draft {draft} with a button to stop it")
        self._world.stop(self._chat, known)

    def topic(self, name: str) -> int:
        """Open a topic in a forum, or in a private chat of a bot with topics, and give its thread id."""
        if not (self._chat.forum or (self._chat.type is ChatType.PRIVATE and self._world.bot.topics)):
            raise ValueError("this chat has no topics")
        thread = self._chat.new_id()
        self._chat.topics[thread] = name
        return thread

    def close_topic(self, thread: int) -> None:
        """Close a topic: the bot can no longer write there."""
        self._check_topic(thread)
        self._chat.closed_topics.add(thread)
        self._serve({"forum_topic_closed": {}}, thread=thread)

    def reopen_topic(self, thread: int) -> None:
        """Open a topic again."""
        self._check_topic(thread)
        self._chat.closed_topics.discard(thread)
        self._serve({"forum_topic_reopened": {}}, thread=thread)

    def join(self, user: SandboxUser) -> None:
        """Let somebody come into a group, or have another bot added; who is there already changes nothing."""
        if self._chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
            raise ValueError("only groups are joined")
        members = self._chat.members
        if user.id not in members:
            members[user.id] = user
            by = next((each for each in (user, *members.values()) if not each.is_bot), None)
            self._serve({"new_chat_members": [user_json(user)]}, sender=by)

    def block(self) -> None:
        """Block the bot (private chat), or throw it out (elsewhere)."""
        self._set_bot(inside=False)

    def unblock(self) -> None:
        """Let the bot back in."""
        self._set_bot(inside=True, admin=self._chat.type is ChatType.CHANNEL)

    def make_admin(self, *, admin: bool = True) -> None:
        """Make the bot an administrator, or a plain member again: from one, privacy mode keeps nothing."""
        self._set_bot(inside=self._chat.bot_in, admin=admin)

    def upgrade(self) -> "SandboxChat":
        """Turn a group into a supergroup with a new id; the old id answers with `migrate_to_chat_id`."""
        old = self._chat
        if old.type is not ChatType.GROUP:
            raise ValueError("only a group is upgraded")
        new = Chat(-1_000_000_000_000 + old.id, ChatType.SUPERGROUP, old.title, members=old.members)
        self._world.add(new)
        old.moved_to = new.id
        upgraded = SandboxChat(self._world, new)
        self._serve({"migrate_to_chat_id": new.id})
        upgraded._serve({"migrate_from_chat_id": old.id})
        return upgraded

    async def wait_for(
        self, predicate: Callable[[SandboxMessage], bool], timeout: float = 5.0
    ) -> SandboxMessage:
        """Give the first message that fits, waiting for messages and edits. Raises TimeoutError."""
        return await self._world.journal.until(
            lambda: next((message for message in self.messages if predicate(message)), None), timeout
        )

    async def next_reply(self, after: SandboxMessage | None = None, timeout: float = 5.0) -> SandboxMessage:
        """Give the bot's first message after another one; it may still be edited later."""
        floor = after.id if after else 0
        return await self.wait_for(lambda message: message.from_bot and message.id > floor, timeout)

    async def wait_answer(self, query_id: str, timeout: float = 5.0) -> dict[str, str]:
        """Give what the bot answered to a pressed button (`text`, `show_alert` …). Raises TimeoutError."""
        return await self._world.journal.until(lambda: self._world.queries[query_id].answer, timeout)

    def _hear(
        self,
        sender: "SandboxUser | SandboxChat",
        text: str,
        *,
        thread: int | None,
        reply_to: SandboxMessage | None,
        media: dict[str, Any] | None = None,
        album: str | None = None,
        origin: dict[str, Any] | None = None,
        quote: str = "",
    ) -> SandboxMessage:
        user, speaker = self._speaker(sender)
        if thread is not None:
            self._check_topic(thread)
        if self._chat.type is ChatType.PRIVATE and not self._chat.bot_in:
            raise ValueError("this person has blocked the bot and has to unblock it first")
        self._chat.opened = True
        replied = reply_to.id if reply_to else None
        return self._world.hear(
            SandboxMessage(
                chat_id=self.id,
                id=self._chat.new_id(),
                sender=user,
                sender_chat_id=speaker,
                versions=(Version(text, tuple(spoken_entities(text)), None, time.time()),),
                thread=thread if thread is not None else self._world.reply_thread(self._chat, replied),
                reply_to=replied,
                quote=quote,
                media=media or {},
                album=album,
                origin=origin,
            )
        )

    def _speaker(self, sender: "SandboxUser | SandboxChat") -> tuple[SandboxUser | None, int | None]:
        if isinstance(sender, SandboxUser):
            self._chat.members.setdefault(sender.id, sender)
            return sender, None
        if self._chat.type is ChatType.CHANNEL:
            return None, sender.id
        return (ANONYMOUS_ADMIN if sender.id == self.id else CHANNEL_SPEAKER), sender.id

    def _check_topic(self, thread: int) -> None:
        if thread not in self._chat.topics:
            raise ValueError(f"there is no topic {thread} in this chat")

    def _serve(
        self, service: dict[str, Any], *, sender: SandboxUser | None = None, thread: int | None = None
    ) -> None:
        self._world.hear(
            SandboxMessage(
                chat_id=self.id,
                id=self._chat.new_id(),
                sender=sender,
                versions=(Version("", (), None, time.time()),),
                thread=thread,
                service=service,
            )
        )

    def _set_bot(self, *, inside: bool, admin: bool = False) -> None:
        chat, bot = self._chat, user_json(self._world.bot.user)
        actor = chat.person or next(iter(chat.members.values()), ANONYMOUS_ADMIN)
        before = bot_membership(bot, chat)
        chat.bot_in, chat.bot_admin = inside, admin
        change = {
            "chat": chat_json(chat),
            "from": user_json(actor),
            "date": int(time.time()),
            "old_chat_member": before,
            "new_chat_member": bot_membership(bot, chat),
        }
        self._world.updates.add("my_chat_member", change)
        self._world.journal.record("membership", chat=chat.id, bot_in=inside, bot_admin=admin)
