"""The world of one bot: users, chats, files, updates and what is due to go wrong. Plain Python, no HTTP."""

import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from picklebot.sandbox.telegram.chats import (
    Chat,
    ChatType,
    Draft,
    SandboxMessage,
    SandboxUser,
    Version,
)
from picklebot.sandbox.telegram.faults import Faults
from picklebot.sandbox.telegram.files import FileStore
from picklebot.sandbox.telegram.journal import Journal
from picklebot.sandbox.telegram.limits import Limits
from picklebot.sandbox.telegram.text import Entity
from picklebot.sandbox.telegram.updates import UpdateQueue
from picklebot.sandbox.telegram.visibility import reaches_bot
from picklebot.sandbox.telegram.wire import chat_json, message_json, user_json

MOST_QUERIES = 1_000


@dataclass(frozen=True, slots=True)
class BotProfile:
    """The bot under test, as BotFather knows it."""

    token: str
    username: str
    name: str
    privacy: bool
    topics: bool
    bot_to_bot: bool = False

    @property
    def id(self) -> int:
        """The number in front of the token's colon."""
        return int(self.token.partition(":")[0])

    @property
    def user(self) -> SandboxUser:
        """The bot as the sender of a message."""
        return SandboxUser(self.id, self.name, self.username, is_bot=True)


@dataclass(slots=True)
class CallbackQuery:
    """A pressed button; `answer` is what the bot answered, None while it has not."""

    id: str
    user: SandboxUser
    message: SandboxMessage
    data: str
    answer: dict[str, str] | None = None


@dataclass(slots=True)
class Webhook:
    """Where updates are delivered to; an empty `url` means that the bot polls."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_at: float = 0.0


@dataclass(slots=True)
class World:
    """Everything behind the Bot API. Its parts keep their own bounds."""

    bot: BotProfile
    users: dict[int, SandboxUser] = field(default_factory=dict[int, SandboxUser])
    chats: dict[int, Chat] = field(default_factory=dict[int, Chat])
    updates: UpdateQueue = field(default_factory=UpdateQueue)
    files: FileStore = field(default_factory=FileStore)
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=lambda: Limits(time.monotonic))
    webhook: Webhook = field(default_factory=Webhook)
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(
        default_factory=dict[tuple[str, str], list[dict[str, str]]]
    )
    queries: OrderedDict[str, CallbackQuery] = field(default_factory=OrderedDict[str, CallbackQuery])
    journal: Journal = field(default_factory=Journal)
    skipped_ids: int = 0

    def add(self, chat: Chat) -> None:
        """Put a chat in. Its messages' ids begin where those of an earlier world have ended."""
        chat.next_id += self.skipped_ids
        self.chats[chat.id] = chat

    def skip_ids(self, number: int) -> None:
        """Never give the next ids of messages and updates: so many of them are an earlier world's."""
        self.skipped_ids += number
        self.updates.next_id += number
        for chat in self.chats.values():
            chat.next_id += number

    def set_bot(self, *, privacy: bool, topics: bool, bot_to_bot: bool) -> None:
        """Change what BotFather was told of the bot."""
        self.bot = replace(self.bot, privacy=privacy, topics=topics, bot_to_bot=bot_to_bot)
        self.journal.record("bot", privacy=privacy, topics=topics, bot_to_bot=bot_to_bot)

    def hear(self, message: SandboxMessage) -> SandboxMessage:
        """Take in what somebody other than the bot said, and tell the bot if it may know."""
        chat = self.chats[message.chat_id]
        chat.keep(message)
        if message.sender and message.sender.is_bot and message.sender_chat_id is None:
            chat.last_bot = message.sender.id
        self._tell(message, chat, "channel_post" if chat.type is ChatType.CHANNEL else "message")
        self.journal.record("message", message=message_json(message, self.chats))
        return message

    def hear_edit(self, message: SandboxMessage) -> SandboxMessage:
        """Take in what somebody changed in their own message."""
        chat = self.chats[message.chat_id]
        chat.keep(message)
        channel = chat.type is ChatType.CHANNEL
        self._tell(message, chat, "edited_channel_post" if channel else "edited_message")
        self.journal.record("edit", message=message_json(message, self.chats))
        return message

    def post(
        self,
        chat: Chat,
        text: str,
        entities: Sequence[Entity],
        *,
        markup: dict[str, Any] | None = None,
        thread: int | None = None,
        reply_to: int | None = None,
        media: dict[str, Any] | None = None,
        rich: tuple[dict[str, Any], ...] = (),
    ) -> SandboxMessage:
        """Let the bot say something."""
        message = SandboxMessage(
            chat_id=chat.id,
            id=chat.new_id(),
            sender=self.bot.user,
            versions=(Version(text, tuple(entities), markup, time.time(), rich),),
            from_bot=True,
            thread=thread if thread is not None else self.reply_thread(chat, reply_to),
            reply_to=reply_to,
            media=media or {},
        )
        chat.keep(message)
        chat.last_bot = self.bot.id
        self.journal.record("message", message=message_json(message, self.chats))
        return message

    def change(self, message: SandboxMessage) -> SandboxMessage:
        """Let the bot change or delete a message: `message` is the state after it."""
        self.chats[message.chat_id].keep(message)
        kind = "delete" if message.deleted else "edit"
        self.journal.record(kind, message=message_json(message, self.chats))
        return message

    def react(self, message: SandboxMessage) -> None:
        """Let the bot react: `message` is the state after it."""
        self.chats[message.chat_id].keep(message)
        self.journal.record(
            "reaction", chat=message.chat_id, message=message.id, reactions=list(message.reactions)
        )

    def stop(self, chat: Chat, draft: Draft) -> None:
        """Tell the bot that a draft was stopped."""
        payload: dict[str, Any] = {"chat": chat_json(chat), "draft_id": draft.id}
        if draft.thread is not None:
            payload["message_thread_id"] = draft.thread
        self.updates.add("stopped_message_generation", payload)

    def ask(self, query: CallbackQuery) -> None:
        """Tell the bot that one of its buttons was pressed."""
        self.queries[query.id] = query
        while len(self.queries) > MOST_QUERIES:
            self.queries.popitem(last=False)
        payload = {
            "id": query.id,
            "from": user_json(query.user),
            "message": message_json(query.message, self.chats),
            "chat_instance": str(query.message.chat_id),
            "data": query.data,
        }
        self.updates.add("callback_query", payload)
        self.journal.record("press", query=query.id, data=query.data, user=query.user.id)

    def reply_thread(self, chat: Chat, reply_to: int | None) -> int | None:
        """Give the thread of a reply: the topic it lies in, or the root of its chain in a plain supergroup."""
        replied = chat.find(reply_to)
        if replied is None or chat.type in (ChatType.GROUP, ChatType.CHANNEL):
            return None
        if replied.thread is not None or chat.forum or chat.type is ChatType.PRIVATE:
            return replied.thread
        return replied.id

    def reset(self) -> None:
        """Begin anew: no users, chats, updates, commands, webhook, faults or calls. Update ids go on."""
        for kept in (self.users, self.chats, self.commands, self.queries, self.updates.pending):
            kept.clear()
        self.files = FileStore()
        self.webhook = Webhook()
        self.updates.allowed = None
        self.faults.clear()
        self.limits.forget()
        self.journal.calls.clear()
        self.journal.events = deque(maxlen=self.journal.events.maxlen)
        self.journal.record("reset")

    def _tell(self, message: SandboxMessage, chat: Chat, kind: str) -> None:
        bot = self.bot
        if reaches_bot(
            message,
            chat,
            bot_name=bot.username,
            bot_id=bot.id,
            privacy=bot.privacy,
            bot_to_bot=bot.bot_to_bot,
        ):
            self.updates.add(kind, message_json(message, self.chats))
