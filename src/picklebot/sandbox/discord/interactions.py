"""Interactions: a person uses a slash command, a button or a form, and the bot answers in time or not at all."""

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from picklebot.sandbox.discord.commands import ON_MESSAGE, match_options
from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.modals import submitted
from picklebot.sandbox.discord.payloads import (
    ATTACHMENT_LIMIT,
    EVERYBODY_MAY,
    channel_payload,
    dispatch_message,
    member_payload,
    message_payload,
    user_payload,
)
from picklebot.sandbox.discord.refusals import Refused, unknown
from picklebot.sandbox.discord.rows import (
    BY_COMMAND,
    BY_COMPONENT,
    BY_FORM,
    BY_TYPING,
    EPHEMERAL,
    LOADING,
    Channel,
    Draft,
    Message,
    Origin,
    User,
)
from picklebot.sandbox.discord.world import World

FIRST_ANSWER = 3.0
"""Seconds in which the bot must answer first; then Discord shows "the application did not respond"."""
TOKEN_LIFE = 900.0
INTERACTIONS_KEPT = 500


@dataclass(slots=True, eq=False)
class Interaction:
    """What a person did, and what came of it: `acknowledged`, `original` (the first answer) and `followups`.

    `form` is the modal that it was answered with, until that is submitted and answered. `of` is what opened the form
    that this submits.
    """

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    at: float
    message: Message | None = None
    acknowledged: bool = False
    original: Message | None = None
    followups: deque[Message] = field(default_factory=lambda: deque[Message](maxlen=100))
    choices: tuple[Json, ...] = ()
    form: Json | None = None
    of: "Interaction | None" = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """The first answer and what followed it."""
        return tuple(self.followups) if self.original is None else (self.original, *self.followups)

    @property
    def answer(self) -> Message | None:
        """The first answer once it has something to say, not while the bot is "thinking"."""
        return None if self.original is None or self.original.loading else self.original


class Interactions:
    """Makes interactions for people and keeps the newest INTERACTIONS_KEPT for the bot to answer."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_id: dict[int, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    # -- what people do ------------------------------------------------------------------------------

    def slash(self, user: User, channel: Channel, name: str, options: Json) -> Interaction:
        """Use a slash command. Raises ValueError for one that this place does not offer."""
        command = self._offered(channel, name)
        data = {"id": command["id"], "name": name, "type": 1, "options": match_options(command, options)}
        return self._begin(BY_COMMAND, user, channel, data)

    def apply(self, user: User, message: Message, name: str) -> Interaction:
        """Choose a command from the menu of a message. Raises ValueError for one that is not offered there."""
        command = self._offered(message.channel, name)
        if command["type"] != ON_MESSAGE:
            raise ValueError(f"{name} is not in the menu of messages")
        shown = message_payload(message, self._world.bot, self._world.users)
        data: Json = {"id": command["id"], "name": name, "type": ON_MESSAGE, "target_id": str(message.id)}
        data["resolved"] = {"messages": {str(message.id): shown}}
        return self._begin(BY_COMMAND, user, message.channel, data)

    def complete(self, user: User, channel: Channel, name: str, option: str, typed: str) -> Interaction:
        """Type into a command's option and ask for choices."""
        command = self._offered(channel, name)
        offered = [each for each in command.get("options") or () if each["name"] == option]
        if not offered or not offered[0].get("autocomplete"):
            raise ValueError(f"/{name} completes no option {option!r}")
        focused = {"name": option, "type": offered[0]["type"], "value": typed, "focused": True}
        data: Json = {"id": command["id"], "name": name, "type": 1, "options": [focused]}
        return self._begin(BY_TYPING, user, channel, data)

    def press(self, user: User, message: Message, custom_id: str, values: tuple[str, ...]) -> Interaction:
        """Press a button, or choose `values` in a menu. Raises ValueError when the message shows none such."""
        component = next(
            (each for each in _flat(message.components) if each.get("custom_id") == custom_id), None
        )
        if component is None or component.get("disabled"):
            raise ValueError(f"message {message.id} shows nothing to press under {custom_id!r}")
        data: Json = {"custom_id": custom_id, "component_type": component["type"]}
        if values:
            data["values"] = list(values)
        return self._begin(BY_COMPONENT, user, message.channel, data, message)

    def submit(self, opened: Interaction, values: Mapping[str, str]) -> Interaction:
        """Submit the form that this interaction was answered with, with what was written into its fields.

        It stays open until the bot answers. Raises ValueError when there is none, or for what the client refuses.
        """
        if opened.form is None:
            raise ValueError(f"interaction {opened.id} has no form that is open")
        data: Json = {
            "custom_id": opened.form["custom_id"],
            "components": submitted(opened.form, values),
        }
        return self._begin(BY_FORM, opened.user, opened.channel, data, opened.message, of=opened)

    def find(self, interaction_id: int) -> Interaction:
        """One that is still kept. Raises LookupError."""
        if interaction_id not in self._by_id:
            raise LookupError(f"there is no interaction {interaction_id}")
        return self._by_id[interaction_id]

    def newest_unanswered(self) -> Interaction | None:
        """The newest one, if it can still be answered."""
        newest = next(reversed(self._by_id.values()), None)
        return None if newest is None or newest.acknowledged or self.failed(newest) else newest

    def failed(self, interaction: Interaction) -> bool:
        """Whether the person was told that the application did not respond."""
        return not interaction.acknowledged and self._world.clock.now() - interaction.at > FIRST_ANSWER

    # -- what the bot does ---------------------------------------------------------------------------

    def to_answer(self, interaction_id: int, token: str) -> Interaction:
        """The interaction for its first answer. Raises Refused when it is unknown, late or answered."""
        interaction = self._by_id.get(interaction_id)
        if interaction is None or interaction.token != token or self.failed(interaction):
            raise unknown("interaction", 10062)
        if interaction.acknowledged:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        return interaction

    def by_token(self, token: str) -> Interaction:
        """The interaction for what comes after. Raises Refused when it was never answered, or 15 minutes ago."""
        interaction = self._by_token.get(token)
        if interaction is None or not interaction.acknowledged:
            raise unknown("Webhook", 10015)
        if self._world.clock.now() - interaction.at > TOKEN_LIFE:
            raise Refused(401, 50027, "Invalid Webhook Token")
        return interaction

    def acknowledge(self, interaction: Interaction) -> None:
        """Note the first answer, whatever it was."""
        interaction.acknowledged = True
        if interaction.of is not None:
            interaction.of.form = None
        about = {"id": str(interaction.id), "channel_id": str(interaction.channel.id)}
        self._world.feed.publish("interaction_answered", about, for_bot=False)

    def post(self, interaction: Interaction, draft: Draft) -> Message:
        """An answer in the channel, for all or for the person alone."""
        origin = Origin(interaction.id, interaction.kind, interaction.user, self._world.application_id)
        placed = replace(draft, flags=draft.flags & (EPHEMERAL | LOADING), origin=origin)
        return self._world.post(interaction.channel, self._world.bot, placed)

    def clear(self) -> None:
        """Forget them all."""
        self._by_id.clear()
        self._by_token.clear()

    # -- the dispatch --------------------------------------------------------------------------------

    def _offered(self, channel: Channel, name: str) -> Json:
        command = self._world.commands.offered(name, None if channel.guild is None else channel.guild.id)
        if command is None:
            raise ValueError(f"no command /{name} is registered here")
        return command

    def _begin(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        message: Message | None = None,
        *,
        of: Interaction | None = None,
    ) -> Interaction:
        interaction = Interaction(
            id=self._world.snowflakes.mint(),
            token=secrets.token_urlsafe(32),
            kind=kind,
            user=user,
            channel=channel,
            at=self._world.clock.now(),
            message=message,
            of=of,
        )
        self._keep(interaction)
        payload = self._payload(interaction, data)
        self._world.feed.publish("INTERACTION_CREATE", payload)
        return interaction

    def _keep(self, interaction: Interaction) -> None:
        self._by_id[interaction.id] = interaction
        self._by_token[interaction.token] = interaction
        if len(self._by_id) > INTERACTIONS_KEPT:
            oldest = self._by_id.pop(next(iter(self._by_id)))
            del self._by_token[oldest.token]

    def _payload(self, interaction: Interaction, data: Json) -> Json:
        channel, world = interaction.channel, self._world
        permissions = str(EVERYBODY_MAY)
        payload: Json = {
            "id": str(interaction.id),
            "application_id": str(world.application_id),
            "type": interaction.kind,
            "token": interaction.token,
            "version": 1,
            "data": data,
            "channel_id": str(channel.id),
            "channel": {**channel_payload(channel), "permissions": permissions},
            "app_permissions": permissions,
            "locale": interaction.user.locale,
            "entitlements": [],
            "authorizing_integration_owners": {"0": "0" if channel.guild is None else str(channel.guild.id)},
            "context": 0 if channel.guild is not None else 1,
            "attachment_size_limit": ATTACHMENT_LIMIT,
        }
        if interaction.message is not None:
            payload["message"] = dispatch_message(interaction.message, world.bot, world.users)
        if channel.guild is None:
            return payload | {"user": user_payload(interaction.user)}
        member = {
            **member_payload(channel.guild, interaction.user),
            "user": user_payload(interaction.user),
            "permissions": permissions,
        }
        guild: Json = {"id": str(channel.guild.id), "locale": "en-US", "features": []}
        return world.placed(channel, payload | {"member": member, "guild": guild, "guild_locale": "en-US"})


def _flat(components: tuple[Json, ...]) -> list[Json]:
    """Rows and sections opened up."""
    found: list[Json] = []
    for component in components:
        found.append(component)
        found += _flat(tuple(component.get("components") or ()))
        if "accessory" in component:
            found.append(component["accessory"])
    return found
