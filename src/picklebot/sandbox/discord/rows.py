"""What the sandbox's world consists of: plain rows, known to each other by reference."""

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from picklebot.sandbox.discord.clock import moment
from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.mentions import NOBODY, Mentions

MESSAGES_PER_CHANNEL = 1000
VERSIONS_PER_MESSAGE = 200

EPHEMERAL = 1 << 6
LOADING = 1 << 7
HAS_THREAD = 1 << 5
VOICE = 1 << 13
"""The flag of a message that is a voice message, and nothing else."""

BY_COMMAND = 2
BY_COMPONENT = 3
BY_TYPING = 4
BY_FORM = 5
"""Discord's interaction types that the sandbox plays: a command, a component, autocompletion, a submitted modal."""


class ChannelKind(IntEnum):
    """Discord's channel types that the sandbox plays."""

    TEXT = 0
    DM = 1
    THREAD = 11
    FORUM = 15


class MessageKind(IntEnum):
    """Discord's message types that the sandbox plays."""

    PLAIN = 0
    REPLY = 19
    COMMAND = 20


@dataclass(slots=True, eq=False)
class User:
    """A person or a bot. With `dms_open` false, a direct message from the bot is refused (50007).

    `locale` is the language of their app.
    """

    id: int
    name: str
    bot: bool = False
    dms_open: bool = True
    locale: str = "en-US"

    @property
    def mention(self) -> str:
        """How a text names this user."""
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Guild:
    """A server: its channels and threads, and who is in it, the bot since `joined_at`. Ids are snowflakes.

    `roles` are their names, `worn` which of them each member has.
    """

    id: int
    name: str
    joined_at: float = 0.0
    channels: "dict[int, Channel]" = field(default_factory=dict[int, "Channel"])
    members: dict[int, User] = field(default_factory=dict[int, User])
    roles: dict[int, str] = field(default_factory=dict[int, str])
    worn: dict[int, frozenset[int]] = field(default_factory=dict[int, frozenset[int]])


@dataclass(slots=True, eq=False)
class Channel:
    """A text channel, a thread, a forum or a direct message, with at most MESSAGES_PER_CHANNEL messages.

    A forum has none itself: its posts are threads.

    A `hidden` channel refuses the bot with 50001 and tells it nothing; a `read_only` one refuses to send
    with 50013; one whose past is closed (`closed_past`) tells nothing of what was said; a `locked` thread refuses
    with 50083. Of an `archived` thread no new session is told.
    """

    id: int
    kind: ChannelKind
    name: str
    guild: Guild | None = None
    parent: "Channel | None" = None
    owner: User | None = None
    recipient: User | None = None
    hidden: bool = False
    read_only: bool = False
    closed_past: bool = False
    locked: bool = False
    archived: bool = False
    last_post: int | None = None
    messages: "dict[int, Message]" = field(default_factory=dict[int, "Message"])

    @property
    def concealed(self) -> bool:
        """Whether the bot may not see it; a thread is as visible as its channel."""
        return self.hidden or (self.parent is not None and self.parent.concealed)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file. `url` is where the sandbox serves it."""

    id: int
    filename: str
    content_type: str
    data: bytes
    url: str
    description: str | None = None
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """The text as it was from `at` (seconds since 1970) on."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Origin:
    """The interaction that a message answers."""

    id: int
    kind: int
    user: User
    application_id: int


@dataclass(slots=True, eq=False)
class Message:
    """A message with every text it has had. `pinged` is who it rang when it was sent: edits ring nobody.

    `extras` are fields of its JSON that the bot only reads: `sticker_items`, `poll`.
    """

    id: int
    channel: Channel
    author: User
    versions: deque[Version]
    kind: MessageKind = MessageKind.PLAIN
    flags: int = 0
    nonce: str | None = None
    reply_to: int | None = None
    mentions: Mentions = NOBODY
    pinged: Mentions = NOBODY
    attachments: tuple[Attachment, ...] = ()
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    extras: Json = field(default_factory=dict[str, Any])
    reactions: dict[str, dict[int, User]] = field(default_factory=dict[str, dict[int, User]])
    origin: Origin | None = None
    thread: Channel | None = None
    deleted: bool = False

    @property
    def text(self) -> str:
        """What it says now."""
        return self.versions[-1].text

    @property
    def from_bot(self) -> bool:
        """Whether a bot wrote it."""
        return self.author.bot

    @property
    def created_at(self) -> float:
        """Seconds since 1970."""
        return moment(self.id)

    @property
    def edited_at(self) -> float | None:
        """Seconds since 1970, None while it was never edited."""
        return self.versions[-1].at if len(self.versions) > 1 else None

    @property
    def ephemeral(self) -> bool:
        """Whether only the person of the interaction sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it is the "thinking…" of a deferred answer."""
        return bool(self.flags & LOADING)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to post."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    extras: Json = field(default_factory=dict[str, Any])
    reply_to: Message | None = None
    mentions: Mentions = NOBODY
    nonce: str | None = None
    flags: int = 0
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit changes; None leaves it as it was."""

    text: str | None = None
    mentions: Mentions | None = None
    attachments: tuple[Attachment, ...] | None = None
    embeds: tuple[Json, ...] | None = None
    components: tuple[Json, ...] | None = None
    flags: int | None = None
