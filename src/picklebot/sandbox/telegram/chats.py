"""Users, chats and messages as the sandbox keeps them."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from picklebot.sandbox.telegram.text import Entity

MOST_MESSAGES = 1_000
MOST_VERSIONS = 100
MOST_ACTIONS = 500
GENERAL_TOPIC = 1


class ChatType(StrEnum):
    """The four kinds of chat."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class SandboxUser:
    """A person, or a bot other than the one under test."""

    id: int
    name: str
    username: str | None = None
    language: str = "en"
    is_bot: bool = False


ANONYMOUS_ADMIN = SandboxUser(1087968824, "Group", "GroupAnonymousBot", is_bot=True)
"""Stands in `from` when a group speaks as itself."""
CHANNEL_SPEAKER = SandboxUser(136817688, "Channel", "Channel_Bot", is_bot=True)
"""Stands in `from` when a channel speaks in a group."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said from `at` (Unix seconds) on; `markup` is its inline keyboard as JSON.

    Of a `rich` one, these are the blocks, and `text` is what a person reads there.
    """

    text: str
    entities: tuple[Entity, ...]
    markup: dict[str, Any] | None
    at: float
    rich: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxMessage:
    """One message as a person sees it. It never changes: an edit makes a new value with one more version.

    A hundred versions are kept: the first one and the newest. `media` holds the JSON of a file, a place, a poll
    and so on by its kind, and `text` is then the caption; `service` holds the JSON of a service message, `origin`
    that of where a forwarded one comes from. `quote` are the words that a reply chose. `reactions` are the bot's.
    """

    chat_id: int
    id: int
    sender: SandboxUser | None
    versions: tuple[Version, ...]
    from_bot: bool = False
    sender_chat_id: int | None = None
    thread: int | None = None
    reply_to: int | None = None
    quote: str = ""
    media: dict[str, Any] = field(default_factory=dict[str, Any])
    album: str | None = None
    origin: dict[str, Any] | None = None
    service: dict[str, Any] = field(default_factory=dict[str, Any])
    reactions: tuple[str, ...] = ()
    deleted: bool = False

    @property
    def text(self) -> str:
        """The text, or the caption, as it stands now."""
        return self.versions[-1].text

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The entities of the text as it stands now."""
        return self.versions[-1].entities

    @property
    def rich(self) -> tuple[dict[str, Any], ...]:
        """The blocks of a rich message as it stands now; none of any other."""
        return self.versions[-1].rich

    @property
    def markup(self) -> dict[str, Any] | None:
        """The inline keyboard as it stands now."""
        return self.versions[-1].markup

    @property
    def at(self) -> float:
        """When it was sent, in Unix seconds."""
        return self.versions[0].at

    @property
    def edited_at(self) -> float | None:
        """When it was edited last."""
        return self.versions[-1].at if len(self.versions) > 1 else None

    @property
    def buttons(self) -> dict[str, str]:
        """The buttons that call back, by their label."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return {b["text"]: b["callback_data"] for row in rows for b in row if "callback_data" in b}

    def with_version(self, version: Version) -> "SandboxMessage":
        """Give the message after an edit."""
        kept = self.versions[:1] + self.versions[1:][-(MOST_VERSIONS - 2) :]
        return _replaced(self, versions=(*kept, version))

    def with_reactions(self, reactions: tuple[str, ...]) -> "SandboxMessage":
        """Give the message with other reactions of the bot."""
        return _replaced(self, reactions=reactions)

    def gone(self) -> "SandboxMessage":
        """Give the message after its deletion."""
        return _replaced(self, deleted=True)


def _replaced(message: SandboxMessage, **changes: Any) -> SandboxMessage:
    fields = {name: getattr(message, name) for name in message.__slots__}
    return SandboxMessage(**(fields | changes))


@dataclass(frozen=True, slots=True)
class ChatAction:
    """A sign of life such as `typing`."""

    action: str
    thread: int | None
    at: float


@dataclass(frozen=True, slots=True)
class Draft:
    """One state of a text that is being streamed; an empty text shows as "thinking".

    One that is `stoppable` has a button to stop it.
    """

    id: int
    text: str
    entities: tuple[Entity, ...]
    thread: int | None
    at: float
    stoppable: bool = False
    rich: tuple[dict[str, Any], ...] = ()


@dataclass(slots=True)
class Chat:
    """One chat: who is in it, its topics, and its newest 1,000 messages, actions and drafts."""

    id: int
    type: ChatType
    title: str
    person: SandboxUser | None = None
    forum: bool = False
    members: dict[int, SandboxUser] = field(default_factory=dict[int, SandboxUser])
    topics: dict[int, str] = field(default_factory=dict[int, str])
    closed_topics: set[int] = field(default_factory=set[int])
    opened: bool = True
    bot_in: bool = True
    bot_admin: bool = False
    last_bot: int | None = None
    moved_to: int | None = None
    history: OrderedDict[int, SandboxMessage] = field(default_factory=OrderedDict[int, SandboxMessage])
    actions: deque[ChatAction] = field(default_factory=lambda: deque[ChatAction](maxlen=MOST_ACTIONS))
    drafts: deque[Draft] = field(default_factory=lambda: deque[Draft](maxlen=MOST_ACTIONS))
    next_id: int = 1

    def new_id(self) -> int:
        """Take the next message id."""
        self.next_id += 1
        return self.next_id - 1

    def keep(self, message: SandboxMessage) -> None:
        """Add a message, or its newer state, and drop the oldest beyond the bound."""
        self.history[message.id] = message
        while len(self.history) > MOST_MESSAGES:
            self.history.popitem(last=False)

    def find(self, message_id: int | None) -> SandboxMessage | None:
        """Give a message that is there and not deleted."""
        message = self.history.get(message_id or 0)
        return message if message and not message.deleted else None
