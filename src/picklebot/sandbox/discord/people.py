"""The hands with which tests and people play Discord: guilds and channels to speak in."""

from collections.abc import Callable, Mapping

from picklebot.sandbox.discord.mentions import find_mentions
from picklebot.sandbox.discord.rows import VOICE, Change, Channel, ChannelKind, Draft, Guild, Message, User
from picklebot.sandbox.discord.things import Poll, sticker_items
from picklebot.sandbox.discord.world import World


class SandboxChannel:
    """A text channel, a thread or direct messages, as people see it."""

    def __init__(self, world: World, row: Channel) -> None:
        self._world = world
        self.row = row

    @property
    def id(self) -> int:
        """Its snowflake."""
        return self.row.id

    @property
    def name(self) -> str:
        """Its name, in direct messages that of the person."""
        return self.row.name

    @property
    def messages(self) -> list[Message]:
        """What is there now, oldest first, with what single persons see (`ephemeral`)."""
        return list(self.row.messages.values())

    def say(
        self,
        user: User,
        text: str,
        *,
        reply_to: Message | None = None,
        ping_reply: bool = True,
        mentions_bot: bool = False,
        files: Mapping[str, bytes] | None = None,
        voice: bool = False,
        sticker: str = "",
        poll: Poll | None = None,
    ) -> Message:
        """Let a person speak. `mentions_bot` puts the bot's mention in front; a reply pings who it answers.

        With `voice` the one file is a voice message, which has no text. Raises ValueError for what Discord's apps
        do not send.
        """
        if self.row.recipient not in {None, user}:
            raise ValueError(f"{user.name} is not in these direct messages")
        if voice and (len(files or {}) != 1 or text.strip() or mentions_bot):
            raise ValueError("a voice message is one file without a text")
        said = f"{self._world.bot.mention} {text}" if mentions_bot else text
        mentions = find_mentions(said)
        if reply_to is not None and ping_reply:
            mentions = mentions.with_user(reply_to.author.id)
        attachments = tuple(
            self._world.keep_file(self.row, name, data, voice=voice) for name, data in (files or {}).items()
        )
        extras = sticker_items(self._world.snowflakes.mint(), sticker) if sticker else {}
        draft = Draft(
            text=said,
            mentions=mentions,
            reply_to=reply_to,
            attachments=attachments,
            flags=VOICE if voice else 0,
            extras=extras | (poll.payload(self._world.clock.now()) if poll else {}),
        )
        return self._world.post(self.row, user, draft)

    def edit(self, message: Message, text: str) -> None:
        """Let its author change a message."""
        self._world.edit(message, Change(text=text, mentions=find_mentions(text)))

    def delete(self, message: Message) -> None:
        """Delete a message, as its author or a moderator."""
        self._world.delete(message)

    def react(self, user: User, message: Message, emoji: str, *, add: bool = True) -> None:
        """Set a person's reaction, or take it away."""
        self._world.react(message, user, emoji, add=add)

    def type(self, user: User) -> None:
        """Show that a person is typing."""
        self._world.type_in(self.row, user)

    def thread(
        self, name: str, user: User, *, thread_id: int | None = None, on: Message | None = None
    ) -> "SandboxChannel":
        """Let a person start a public thread, of its own or `on` a message. Raises ValueError elsewhere."""
        if self.row.kind is not ChannelKind.TEXT:
            raise ValueError("threads begin in a guild's text channel")
        return SandboxChannel(
            self._world, self._world.add_thread(self.row, name, user, thread_id=thread_id, on=on)
        )

    def post(self, name: str, user: User, text: str) -> "SandboxChannel":
        """Let a person begin a post in a forum: a thread whose first message has its id. Raises ValueError."""
        if self.row.kind is not ChannelKind.FORUM:
            raise ValueError("posts begin in a forum")
        thread = self._world.add_thread(self.row, name, user)
        draft = Draft(text=text, mentions=find_mentions(text))
        self._world.post(thread, user, draft, message_id=thread.id)
        return SandboxChannel(self._world, thread)

    def lock(self, *, locked: bool = True) -> None:
        """Close a thread for good, so that the bot's messages are refused with 50083, or open it again."""
        if self.row.kind is not ChannelKind.THREAD:
            raise ValueError("only threads are locked")
        self._world.lock(self.row, locked=locked)

    def archive(self) -> None:
        """Put a quiet thread away: a new session of the bot is not told of it."""
        self._world.archive(self.row)

    async def wait_for(self, check: Callable[[Message], bool], timeout: float = 5.0) -> Message:
        """The first message that fits, as it is now or becomes by an edit. Raises TimeoutError."""

        def found() -> Message | None:
            return next((each for each in self.row.messages.values() if check(each)), None)

        return await self._world.feed.until(
            found, timeout, f"a message in {self.name}, which has {self._seen()}"
        )

    async def next_reply(self, after: Message | None = None, timeout: float = 5.0) -> Message:
        """The bot's first message after `after`, or after the last that a person wrote. Raises TimeoutError."""
        last = after or next((each for each in reversed(self.messages) if not each.from_bot), None)
        since = 0 if last is None else last.id
        return await self.wait_for(lambda message: message.from_bot and message.id > since, timeout)

    def _seen(self) -> list[str]:
        return [each.text[:60] for each in self.messages[-5:]]


class SandboxGuild:
    """A server."""

    def __init__(self, world: World, row: Guild) -> None:
        self._world = world
        self.row = row

    @property
    def id(self) -> int:
        """Its snowflake."""
        return self.row.id

    def invite(self) -> None:
        """Add the bot to the server, as if it had not been there: the gateway tells it of the server as it is."""
        self._world.invite(self.row)

    def channel(
        self,
        channel_id: int,
        name: str,
        *,
        hidden: bool = False,
        read_only: bool = False,
        closed_past: bool = False,
    ) -> SandboxChannel:
        """The text channel with this id, made on first mention. The marks are meant for the bot; see Channel."""
        made = self._world.add_channel(
            self.row, channel_id, name, hidden=hidden, read_only=read_only, closed_past=closed_past
        )
        return SandboxChannel(self._world, made)

    def forum(self, channel_id: int, name: str) -> SandboxChannel:
        """The forum with this id, made on first mention."""
        return SandboxChannel(
            self._world, self._world.add_channel(self.row, channel_id, name, kind=ChannelKind.FORUM)
        )

    def role(self, role_id: int, name: str) -> None:
        """Make a role."""
        self._world.add_role(self.row, role_id, name)

    def wear(self, user: User, *roles: int) -> None:
        """Give a member these roles, and no others. Raises ValueError for one that is not there."""
        self._world.wear(self.row, user, roles)
