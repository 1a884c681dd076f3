"""How rows look on the wire: pure functions. What is absent is left out, never null, where Discord does so."""

from datetime import UTC, datetime

from picklebot.sandbox.discord.clock import moment
from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.rows import Attachment, Channel, ChannelKind, Guild, Message, User

VIEW_CHANNEL = 1 << 10
SEND_ANYWHERE = 1 << 11 | 1 << 38
READ_HISTORY = 1 << 16
EVERYBODY_MAY = (
    VIEW_CHANNEL
    | SEND_ANYWHERE
    | 1 << 6  # add reactions
    | 1 << 14  # embed links
    | 1 << 15  # attach files
    | READ_HISTORY
    | 1 << 17  # mention everyone: the worst case for a careless bot
    | 1 << 31  # slash commands
    | 1 << 35  # start threads
)
ATTACHMENT_LIMIT = 10 * 1024 * 1024


def iso(seconds: float) -> str:
    """A time as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def user_payload(user: User) -> Json:
    """A user object."""
    return {
        "id": str(user.id),
        "username": user.name,
        "global_name": None if user.bot else user.name,
        "discriminator": "0000" if user.bot else "0",
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def member_payload(guild: Guild | None, user: User) -> Json:
    """A member object without its user, as messages carry it."""
    worn = frozenset[int]() if guild is None else guild.worn.get(user.id, frozenset())
    return {
        "roles": [str(each) for each in sorted(worn)],
        "joined_at": iso(moment(0)),
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def guild_payload(guild: Guild, bot: User, *, everybody: bool = False) -> Json:
    """A guild as GUILD_CREATE brings it; without the members intent the bot sees only itself."""
    members = list(guild.members.values()) if everybody else [bot]
    channels = list(guild.channels.values())
    people = [each for each in guild.members.values() if not each.bot]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "joined_at": iso(guild.joined_at),
        "owner_id": str(people[0].id if people else 0),
        "unavailable": False,
        "large": False,
        "member_count": len(guild.members),
        "members": [{**member_payload(guild, each), "user": user_payload(each)} for each in members],
        "channels": [channel_payload(each) for each in channels if each.kind is not ChannelKind.THREAD],
        "threads": [
            channel_payload(each)
            for each in channels
            if each.kind is ChannelKind.THREAD and not (each.concealed or each.archived)
        ],
        "roles": [
            _role(guild.id, "@everyone", EVERYBODY_MAY),
            *(role_payload(guild, each) for each in guild.roles),
        ],
        "emojis": [],
        "features": [],
        "preferred_locale": "en-US",
    }


def role_payload(guild: Guild, role_id: int) -> Json:
    """A role, which gives no further rights."""
    return _role(role_id, guild.roles[role_id])


def _role(role_id: int, name: str, permissions: int = 0) -> Json:
    return {
        "id": str(role_id),
        "name": name,
        "permissions": str(permissions),
        "position": 0 if permissions else 1,
        "color": 0,
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def channel_payload(channel: Channel) -> Json:
    """A channel object of whichever kind."""
    last = channel.last_post if channel.kind is ChannelKind.FORUM else next(reversed(channel.messages), None)
    base: Json = {
        "id": str(channel.id),
        "type": int(channel.kind),
        "last_message_id": None if last is None else str(last),
        "flags": 0,
    }
    if channel.guild is None:
        recipients = [] if channel.recipient is None else [user_payload(channel.recipient)]
        return {**base, "recipients": recipients}
    base |= {"name": channel.name, "guild_id": str(channel.guild.id), "rate_limit_per_user": 0}
    return base | (_text_part(channel) if channel.parent is None else _thread_part(channel, channel.parent))


def _text_part(channel: Channel) -> Json:
    denied = (VIEW_CHANNEL if channel.hidden else 0) | (SEND_ANYWHERE if channel.read_only else 0)
    denied |= READ_HISTORY if channel.closed_past else 0
    guild_id = "" if channel.guild is None else str(channel.guild.id)
    overwrites = [{"id": guild_id, "type": 0, "allow": "0", "deny": str(denied)}] if denied else []
    part: Json = {"position": 0, "nsfw": False, "parent_id": None, "permission_overwrites": overwrites}
    return part | ({"available_tags": []} if channel.kind is ChannelKind.FORUM else {})


def _thread_part(channel: Channel, parent: Channel) -> Json:
    return {
        "parent_id": str(parent.id),
        "owner_id": str(0 if channel.owner is None else channel.owner.id),
        "message_count": len(channel.messages),
        "total_message_sent": len(channel.messages),
        "member_count": 1,
        "thread_metadata": {
            "archived": channel.archived or channel.locked,
            "locked": channel.locked,
            "auto_archive_duration": 1440,
            "archive_timestamp": iso(moment(channel.id)),
        },
    }


def attachment_payload(attachment: Attachment) -> Json:
    """An attachment object; its bytes are at `url`."""
    payload: Json = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.data),
        "url": attachment.url,
        "proxy_url": attachment.url,
        "content_type": attachment.content_type,
    }
    if attachment.voice:
        payload |= {"duration_secs": 1.0, "waveform": "AAAA"}
    return payload if attachment.description is None else {**payload, "description": attachment.description}


def message_payload(message: Message, bot: User, known: dict[int, User], *, quoted: bool = False) -> Json:
    """A message object. `known` are the users that mentions may name; a `quoted` one quotes no further."""
    guild = message.channel.guild
    edited = message.edited_at
    payload: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": int(message.kind),
        "author": user_payload(message.author),
        "content": message.text,
        "timestamp": iso(message.created_at),
        "edited_timestamp": None if edited is None else iso(edited),
        "tts": False,
        "pinned": False,
        "flags": message.flags,
        "mention_everyone": message.mentions.everyone,
        "mention_roles": [str(role) for role in message.mentions.roles],
        "mentions": [user_payload(known[each]) for each in message.mentions.users if each in known],
        "attachments": [attachment_payload(each) for each in message.attachments],
        "embeds": list(message.embeds),
        "components": list(message.components),
        **message.extras,
    }
    if message.reactions:
        payload["reactions"] = [_reaction(*each, bot) for each in message.reactions.items()]
    if message.thread is not None:
        payload["thread"] = channel_payload(message.thread)
    if message.nonce is not None:
        payload["nonce"] = message.nonce
    if guild is not None and message.origin is None:
        payload["member"] = member_payload(guild, message.author)
    return payload | _origin_part(message) | ({} if quoted else _reference_part(message, bot, known))


def _reaction(emoji: str, people: dict[int, User], bot: User) -> Json:
    return {"emoji": {"id": None, "name": emoji}, "count": len(people), "me": bot.id in people}


def _origin_part(message: Message) -> Json:
    origin = message.origin
    if origin is None:
        return {}
    application = str(origin.application_id)
    metadata = {
        "id": str(origin.id),
        "type": origin.kind,
        "user": user_payload(origin.user),
        "authorizing_integration_owners": {"0": application},
    }
    return {"webhook_id": application, "application_id": application, "interaction_metadata": metadata}


def _reference_part(message: Message, bot: User, known: dict[int, User]) -> Json:
    if message.reply_to is None:
        return {}
    channel = message.channel
    reference: Json = {"type": 0, "message_id": str(message.reply_to), "channel_id": str(channel.id)}
    if channel.guild is not None:
        reference["guild_id"] = str(channel.guild.id)
    answered = channel.messages.get(message.reply_to)
    quoted = None if answered is None else message_payload(answered, bot, known, quoted=True)
    return {"message_reference": reference, "referenced_message": quoted}


def dispatch_message(message: Message, bot: User, known: dict[int, User]) -> Json:
    """A message as the gateway tells it: with its guild, which REST leaves out."""
    payload = message_payload(message, bot, known)
    guild = message.channel.guild
    return payload if guild is None else {**payload, "guild_id": str(guild.id)}
