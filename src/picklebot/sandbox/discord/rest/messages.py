"""Messages: send, read, edit, delete; typing."""

from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.intents import MESSAGE_CONTENT, withhold_content
from picklebot.sandbox.discord.refusals import Refused, invalid_form, missing_permissions
from picklebot.sandbox.discord.rest.drafts import read_change, read_draft
from picklebot.sandbox.discord.rest.places import check_messages, check_sending, find_channel, find_message
from picklebot.sandbox.discord.rest.route import RestCall, Route, snowflake
from picklebot.sandbox.discord.rows import Channel, Message
from picklebot.sandbox.discord.world import World

HISTORY_DEFAULT = 50
HISTORY_MOST = 100


class Messages:
    """`/channels/{channel}/messages`. Without an approved content intent, others' texts are empty here too."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What this resource answers."""
        many, one = "/channels/{channel}/messages", "/channels/{channel}/messages/{message}"
        return [
            Route("POST", many, self.send),
            Route("GET", many, self.history),
            Route("GET", one, self.read),
            Route("PATCH", one, self.edit),
            Route("DELETE", one, self.delete),
            Route("POST", "/channels/{channel}/typing", self.type),
        ]

    def send(self, call: RestCall) -> Json:
        """A new message; with `enforce_nonce`, the earlier one of the same nonce."""
        channel = find_channel(self._world, call)
        check_sending(channel)
        form = call.form
        nonce = None if form.get("nonce") is None else str(form["nonce"])
        if nonce is not None and len(nonce) > 25:
            raise invalid_form("nonce", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        if nonce is not None and form.get("enforce_nonce"):
            earlier = self._world.sent_with(self._world.bot, nonce)
            if earlier is not None:
                return self._world.show(earlier)
        message = self._world.post(channel, self._world.bot, read_draft(self._world, channel, call, form))
        if nonce is not None:
            self._world.remember_nonce(self._world.bot, nonce, message)
        return self._world.show(message)

    def history(self, call: RestCall) -> list[Json]:
        """Newest first: those before, after or around an id; `limit` 1 to 100."""
        channel = find_channel(self._world, call)
        check_messages(channel)
        limit = self._limit(call)
        told = () if channel.closed_past else channel.messages.values()
        visible = [each for each in told if not each.ephemeral]
        return [self._shown(channel, each) for each in reversed(_page(visible, call, limit))]

    def read(self, call: RestCall) -> Json:
        """One message."""
        channel = find_channel(self._world, call)
        return self._shown(channel, find_message(channel, call))

    def edit(self, call: RestCall) -> Json:
        """Change one of the bot's own messages (50005 for another's)."""
        message = find_message(find_channel(self._world, call), call)
        if message.author is not self._world.bot:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        self._world.edit(message, read_change(self._world, message, call, call.form))
        return self._world.show(message)

    def delete(self, call: RestCall) -> None:
        """Delete one of the bot's own messages."""
        channel = find_channel(self._world, call)
        message = find_message(channel, call)
        if message.author is not self._world.bot:
            raise (
                missing_permissions()
                if channel.guild
                else Refused(403, 50003, "Cannot execute action on a DM channel")
            )
        self._world.delete(message)

    def type(self, call: RestCall) -> None:
        """Show that the bot is typing."""
        channel = find_channel(self._world, call)
        check_sending(channel)
        self._world.type_in(channel, self._world.bot)

    def _shown(self, channel: Channel, message: Message) -> Json:
        payload = self._world.show(message)
        if self._world.approved & MESSAGE_CONTENT or channel.guild is None:
            return payload
        return withhold_content(payload, self._world.bot.id)

    @staticmethod
    def _limit(call: RestCall) -> int:
        text = call.query.get("limit", str(HISTORY_DEFAULT))
        if not text.isdigit() or not 1 <= int(text) <= HISTORY_MOST:
            raise invalid_form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        return int(text)


def _page(messages: list[Message], call: RestCall, limit: int) -> list[Message]:
    """Oldest first, as they lie in the channel."""
    marks = {
        name: snowflake(name, call.query[name])
        for name in ("around", "before", "after")
        if name in call.query
    }
    if "around" in marks:
        older = [each for each in messages if each.id < marks["around"]][-(limit // 2) :] if limit > 1 else []
        newer = [each for each in messages if each.id >= marks["around"]]
        return older + newer[: limit - len(older)]
    if "before" in marks:
        return [each for each in messages if each.id < marks["before"]][-limit:]
    if "after" in marks:
        return [each for each in messages if each.id > marks["after"]][:limit]
    return messages[-limit:]
