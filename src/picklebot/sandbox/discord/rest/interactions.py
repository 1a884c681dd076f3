"""Answering interactions: the callback, `@original`, follow-ups."""

from dataclasses import replace

from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.interactions import Interaction, Interactions
from picklebot.sandbox.discord.modals import read_modal
from picklebot.sandbox.discord.refusals import Refused, invalid_form, unknown
from picklebot.sandbox.discord.rest.drafts import read_change, read_draft
from picklebot.sandbox.discord.rest.route import RestCall, Route, snowflake
from picklebot.sandbox.discord.rows import (
    BY_COMMAND,
    BY_COMPONENT,
    BY_FORM,
    BY_TYPING,
    EPHEMERAL,
    LOADING,
    Draft,
    Message,
)
from picklebot.sandbox.discord.world import World

REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, FORM = 4, 5, 6, 7, 8, 9
CHOICES_MOST = 25


class InteractionAnswers:
    """`/interactions/…/callback` and `/webhooks/{application}/{token}`: their token is in the path."""

    def __init__(self, world: World, interactions: Interactions) -> None:
        self._world = world
        self._interactions = interactions

    def routes(self) -> list[Route]:
        """What this resource answers."""
        hook = "/webhooks/{application}/{token}"
        one = hook + "/messages/{message}"
        return [
            Route("POST", "/interactions/{interaction}/{token}/callback", self.answer, open=True),
            Route("POST", hook, self.follow_up, open=True),
            Route("GET", one, self.read, open=True),
            Route("PATCH", one, self.edit, open=True),
            Route("DELETE", one, self.delete, open=True),
        ]

    def answer(self, call: RestCall) -> Json | None:
        """The first answer, within 3 s: a message, a deferral, an update of the pressed message, choices, a modal."""
        interaction = self._interactions.to_answer(call.id("interaction"), call.path["token"])
        kind = int(call.form.get("type") or 0)
        _check_kind(interaction, kind)
        message = self._perform(interaction, kind, call, call.form.get("data") or {})
        self._interactions.acknowledge(interaction)
        return self._receipt(interaction, kind, message) if call.query.get("with_response") else None

    def follow_up(self, call: RestCall) -> Json:
        """One more message; the first one after a deferral takes the place of "thinking…"."""
        interaction = self._interactions.by_token(call.path["token"])
        original = interaction.original
        if original is not None and original.loading and not original.deleted:
            return self._fill(original, call)
        draft = read_draft(self._world, interaction.channel, call, call.form)
        message = self._interactions.post(interaction, draft)
        interaction.followups.append(message)
        return self._world.show(message)

    def read(self, call: RestCall) -> Json:
        """`@original`, or a follow-up by its id."""
        return self._world.show(self._message(call))

    def edit(self, call: RestCall) -> Json:
        """Change it; an edit of "thinking…" is the answer."""
        return self._fill(self._message(call), call)

    def delete(self, call: RestCall) -> None:
        """Take it away."""
        self._world.delete(self._message(call))

    def _perform(self, interaction: Interaction, kind: int, call: RestCall, data: Json) -> Message | None:
        if kind == CHOICES:
            interaction.choices = _choices(data)
        elif kind == FORM:
            interaction.form = read_modal(data)
        elif kind == REPLY:
            draft = read_draft(self._world, interaction.channel, call, data)
            interaction.original = self._interactions.post(interaction, draft)
        elif kind == DEFER:
            flags = int(data.get("flags") or 0) & EPHEMERAL | LOADING
            interaction.original = self._interactions.post(interaction, Draft(flags=flags))
        elif interaction.message is not None:
            interaction.original = interaction.message
            if kind == UPDATE:
                self._world.edit(
                    interaction.message, read_change(self._world, interaction.message, call, data)
                )
        return interaction.original

    def _receipt(self, interaction: Interaction, kind: int, message: Message | None) -> Json:
        about: Json = {"id": str(interaction.id), "type": interaction.kind}
        if message is None:
            return {"interaction": about}
        about |= {"response_message_id": str(message.id), "response_message_loading": message.loading}
        about |= {"response_message_ephemeral": message.ephemeral}
        return {"interaction": about, "resource": {"type": kind, "message": self._world.show(message)}}

    def _fill(self, message: Message, call: RestCall) -> Json:
        change = read_change(self._world, message, call, call.form)
        settled = replace(change, flags=message.flags & ~LOADING)
        self._world.edit(message, settled)
        return self._world.show(message)

    def _message(self, call: RestCall) -> Message:
        interaction = self._interactions.by_token(call.path["token"])
        wanted = call.path["message"]
        if wanted == "@original":
            message = interaction.original
        else:
            wanted_id = snowflake("message", wanted)
            message = next((each for each in interaction.messages if each.id == wanted_id), None)
        if message is None or message.deleted:
            raise unknown("Message", 10008)
        return message


def _check_kind(interaction: Interaction, kind: int) -> None:
    on_message = set[int]() if interaction.message is None else {DEFER_UPDATE, UPDATE}
    fitting = {
        BY_TYPING: {CHOICES},
        BY_COMMAND: {REPLY, DEFER, FORM},
        BY_COMPONENT: {REPLY, DEFER, FORM, *on_message},
        BY_FORM: {REPLY, DEFER, *on_message},
    }
    if kind not in fitting[interaction.kind]:
        raise Refused(
            400,
            50035,
            f"The sandbox takes no answer of type {kind} to an interaction of type {interaction.kind}",
        )


def _choices(data: Json) -> tuple[Json, ...]:
    choices = tuple(data.get("choices") or ())
    if len(choices) > CHOICES_MOST:
        raise invalid_form("choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    return choices
