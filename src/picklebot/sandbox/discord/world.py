"""The sandbox's world: who is there and what was said. It knows no HTTP and no sockets.

Whatever changes it is published on the feed; the gateway carries what is for the bot from there.
"""

from collections import deque
from collections.abc import Iterable
from mimetypes import guess_type
from urllib.parse import quote

from picklebot.sandbox.discord.budget import IdentifyBudget
from picklebot.sandbox.discord.clock import Clock, Snowflakes
from picklebot.sandbox.discord.commands import Commands
from picklebot.sandbox.discord.feed import Feed, Json
from picklebot.sandbox.discord.intents import CONTENT_FLAG, GUILD_MEMBERS, MEMBERS_FLAG, MESSAGE_CONTENT
from picklebot.sandbox.discord.payloads import (
    channel_payload,
    dispatch_message,
    guild_payload,
    member_payload,
    message_payload,
    role_payload,
    user_payload,
)
from picklebot.sandbox.discord.rows import (
    BY_COMMAND,
    HAS_THREAD,
    MESSAGES_PER_CHANNEL,
    VERSIONS_PER_MESSAGE,
    Attachment,
    Change,
    Channel,
    ChannelKind,
    Draft,
    Guild,
    Message,
    MessageKind,
    User,
    Version,
)

FILES_KEPT = 256
NONCES_KEPT = 1000
NONCE_LIFE = 120.0
"""Seconds for which Discord answers the same nonce of the same author with the earlier message."""


class World:
    """The people, places and messages, and the bot among them."""

    def __init__(self, clock: Clock, feed: Feed, root_url: str, identifies: int, bot_id: int) -> None:
        self.clock = clock
        self.feed = feed
        self.root_url = root_url
        self.snowflakes = Snowflakes(clock)
        self.bot = User(bot_id, "picklebot", bot=True)
        self.commands = Commands(self.snowflakes, self.bot.id)
        self.identifies = IdentifyBudget(clock, identifies)
        self.approved = 0
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.files: dict[int, Attachment] = {}
        self._nonces: dict[tuple[int, str], tuple[Message, float]] = {}

    @property
    def application_id(self) -> int:
        """The bot's application; as with most bots, it has the bot's own id."""
        return self.bot.id

    @property
    def application_flags(self) -> int:
        """What the application tells of the privileged intents that are `approved`."""
        content, members = self.approved & MESSAGE_CONTENT, self.approved & GUILD_MEMBERS
        return (CONTENT_FLAG if content else 0) | (MEMBERS_FLAG if members else 0)

    # -- people and places ---------------------------------------------------------------------------

    def add_user(self, user_id: int, name: str, *, bot: bool = False, locale: str = "en-US") -> User:
        """The user with this id, made on first mention."""
        return self.users.setdefault(user_id, User(user_id, name, bot=bot, locale=locale))

    def add_guild(self, guild_id: int, name: str) -> Guild:
        """The guild with this id, made on first mention, with the bot in it."""
        if guild_id in self.guilds:
            return self.guilds[guild_id]
        guild = self.guilds[guild_id] = Guild(guild_id, name, self.clock.now())
        guild.members[self.bot.id] = self.bot
        self.feed.publish("GUILD_CREATE", guild_payload(guild, self.bot))
        return guild

    def invite(self, guild: Guild) -> None:
        """Add the bot to a guild that it was thrown out of, or never was in, as it is now."""
        guild.joined_at = self.clock.now()
        self.feed.publish("GUILD_CREATE", guild_payload(guild, self.bot))

    def add_role(self, guild: Guild, role_id: int, name: str) -> None:
        """Make a role, or give it another name."""
        event = "GUILD_ROLE_UPDATE" if role_id in guild.roles else "GUILD_ROLE_CREATE"
        guild.roles[role_id] = name
        self.feed.publish(event, {"guild_id": str(guild.id), "role": role_payload(guild, role_id)})

    def wear(self, guild: Guild, user: User, roles: Iterable[int]) -> None:
        """Give a member these roles, and no others. Raises ValueError for one that the guild does not have."""
        worn = frozenset(roles)
        if strange := worn - guild.roles.keys():
            raise ValueError(f"{guild.name} has no roles {sorted(strange)}: make them first")
        guild.members.setdefault(user.id, user)
        guild.worn[user.id] = worn

    def add_channel(
        self,
        guild: Guild,
        channel_id: int,
        name: str,
        *,
        kind: ChannelKind = ChannelKind.TEXT,
        hidden: bool = False,
        read_only: bool = False,
        closed_past: bool = False,
    ) -> Channel:
        """The guild's text channel or forum with this id, made on first mention."""
        if channel_id in guild.channels:
            return guild.channels[channel_id]
        if channel_id in self.channels:
            raise ValueError(f"channel {channel_id} is in another place already")
        channel = Channel(
            channel_id,
            kind,
            name,
            guild=guild,
            hidden=hidden,
            read_only=read_only,
            closed_past=closed_past,
        )
        self._settle(channel)
        self.feed.publish("CHANNEL_CREATE", channel_payload(channel), for_bot=not channel.hidden)
        return channel

    def add_thread(
        self,
        parent: Channel,
        name: str,
        owner: User,
        *,
        thread_id: int | None = None,
        on: Message | None = None,
    ) -> Channel:
        """A public thread; one that was started `on` a message has the message's id."""
        known = on.id if on is not None else thread_id or self.snowflakes.mint()
        if known in self.channels:
            return self.channels[known]
        thread = Channel(known, ChannelKind.THREAD, name, guild=parent.guild, parent=parent, owner=owner)
        self._settle(thread)
        parent.last_post = known
        payload = {**channel_payload(thread), "newly_created": True}
        self.feed.publish("THREAD_CREATE", payload, for_bot=not thread.concealed)
        if on is not None:
            on.thread = thread
            on.flags |= HAS_THREAD
            self._tell(on, "MESSAGE_UPDATE")
        return thread

    def lock(self, thread: Channel, *, locked: bool = True) -> None:
        """Close a thread for good, as a moderator does, or open it again."""
        thread.locked = locked
        self.feed.publish("THREAD_UPDATE", channel_payload(thread), for_bot=not thread.concealed)

    def archive(self, thread: Channel) -> None:
        """Put a quiet thread away, as Discord does by itself; the next message brings it back."""
        thread.archived = True
        self.feed.publish("THREAD_UPDATE", channel_payload(thread), for_bot=not thread.concealed)

    def direct(self, user: User) -> Channel:
        """The direct messages between this user and the bot. The bot is not told that they were opened."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.snowflakes.mint(), ChannelKind.DM, user.name, recipient=user)
        self.channels[channel.id] = channel
        self.feed.publish("channel", channel_payload(channel), for_bot=False)
        return channel

    def _settle(self, channel: Channel) -> None:
        self.channels[channel.id] = channel
        if channel.guild is not None:
            channel.guild.channels[channel.id] = channel

    # -- messages ------------------------------------------------------------------------------------

    def post(self, channel: Channel, author: User, draft: Draft, *, message_id: int | None = None) -> Message:
        """Put a message into a channel; the oldest gives way when the channel is full."""
        message = Message(
            id=message_id or self.snowflakes.mint(),
            channel=channel,
            author=author,
            versions=deque([Version(draft.text, self.clock.now())], maxlen=VERSIONS_PER_MESSAGE),
            kind=_kind(draft),
            flags=draft.flags,
            nonce=draft.nonce,
            reply_to=None if draft.reply_to is None else draft.reply_to.id,
            mentions=draft.mentions,
            pinged=draft.mentions,
            attachments=draft.attachments,
            embeds=draft.embeds,
            components=draft.components,
            extras=draft.extras,
            origin=draft.origin,
        )
        if channel.guild is not None:
            channel.guild.members.setdefault(author.id, author)
        channel.archived = False
        channel.messages[message.id] = message
        if len(channel.messages) > MESSAGES_PER_CHANNEL:
            del channel.messages[next(iter(channel.messages))]
        self._tell(message, "MESSAGE_CREATE")
        return message

    def edit(self, message: Message, change: Change) -> None:
        """Change a message in place. An edit pings nobody."""
        if change.text is not None:
            message.versions.append(Version(change.text, self.clock.now()))
        if change.mentions is not None:
            message.mentions = change.mentions
        if change.attachments is not None:
            message.attachments = change.attachments
        if change.embeds is not None:
            message.embeds = change.embeds
        if change.components is not None:
            message.components = change.components
        if change.flags is not None:
            message.flags = change.flags
        self._tell(message, "MESSAGE_UPDATE")

    def delete(self, message: Message) -> None:
        """Take a message out of its channel."""
        message.deleted = True
        message.channel.messages.pop(message.id, None)
        payload = self.placed(message.channel, {"id": str(message.id), "channel_id": str(message.channel.id)})
        self.feed.publish("MESSAGE_DELETE", payload, for_bot=_is_public(message))

    def react(self, message: Message, user: User, emoji: str, *, add: bool = True) -> None:
        """Set or take away one person's reaction; doing it twice changes nothing."""
        people = message.reactions.setdefault(emoji, {})
        if add == (user.id in people):
            return
        if add:
            people[user.id] = user
        else:
            del people[user.id]
        if not people:
            del message.reactions[emoji]
        payload: Json = {
            "user_id": str(user.id),
            "channel_id": str(message.channel.id),
            "type": 0,
            "burst": False,
        }
        payload |= {"message_id": str(message.id), "emoji": {"id": None, "name": emoji}}
        payload |= {"message_author_id": str(message.author.id)}
        name = "MESSAGE_REACTION_ADD" if add else "MESSAGE_REACTION_REMOVE"
        self.feed.publish(name, self.placed(message.channel, payload), for_bot=_is_public(message))

    def type_in(self, channel: Channel, user: User) -> None:
        """Show "… is typing"; the bot is told of others, not of itself."""
        payload: Json = {
            "channel_id": str(channel.id),
            "user_id": str(user.id),
            "timestamp": int(self.clock.now()),
        }
        if channel.guild is not None:
            payload["member"] = {**member_payload(channel.guild, user), "user": user_payload(user)}
        for_bot = user is not self.bot and not channel.concealed
        self.feed.publish("TYPING_START", self.placed(channel, payload), for_bot=for_bot)

    # -- nonces and files ----------------------------------------------------------------------------

    def sent_with(self, author: User, nonce: str) -> Message | None:
        """The message this author sent with this nonce in the last two minutes."""
        message, at = self._nonces.get((author.id, nonce), (None, 0.0))
        return message if self.clock.now() - at < NONCE_LIFE else None

    def remember_nonce(self, author: User, nonce: str, message: Message) -> None:
        """Answer this nonce with this message from now on."""
        self._nonces[author.id, nonce] = message, self.clock.now()
        if len(self._nonces) > NONCES_KEPT:
            del self._nonces[next(iter(self._nonces))]

    def keep_file(self, channel: Channel, filename: str, data: bytes, *, voice: bool = False) -> Attachment:
        """Store a file, or a `voice` message; of all files the newest FILES_KEPT can be fetched."""
        file_id = self.snowflakes.mint()
        url = f"{self.root_url}/attachments/{channel.id}/{file_id}/{quote(filename, safe='')}"
        content_type = guess_type(filename)[0] or "application/octet-stream"
        attachment = Attachment(file_id, filename, content_type, data, url, voice=voice)
        self.files[file_id] = attachment
        if len(self.files) > FILES_KEPT:
            del self.files[next(iter(self.files))]
        return attachment

    def reset(self) -> None:
        """Forget what was said, and the commands; people and places stay."""
        for channel in self.channels.values():
            channel.messages.clear()
        self.files.clear()
        self._nonces.clear()
        self.commands.clear()
        self.feed.publish("reset", {}, for_bot=False)

    # -- how it looks to the bot ---------------------------------------------------------------------

    def show(self, message: Message) -> Json:
        """The message as REST answers it."""
        return message_payload(message, self.bot, self.users)

    def placed(self, channel: Channel, payload: Json) -> Json:
        """The payload of an event, with the guild where there is one."""
        return payload if channel.guild is None else {**payload, "guild_id": str(channel.guild.id)}

    def _tell(self, message: Message, event: str) -> None:
        payload = dispatch_message(message, self.bot, self.users)
        self.feed.publish(event, payload, for_bot=_is_public(message))


def _kind(draft: Draft) -> MessageKind:
    if draft.origin is not None and draft.origin.kind == BY_COMMAND:
        return MessageKind.COMMAND
    return MessageKind.PLAIN if draft.reply_to is None else MessageKind.REPLY


def _is_public(message: Message) -> bool:
    return not message.channel.concealed and not message.ephemeral
