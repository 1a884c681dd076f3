"""What people do with the bot's own commands, buttons and forms: each is answered at once, and taken in its turn."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Final

import anyio
from anyio.abc import TaskGroup

from picklebot.errors import StoppingError
from picklebot.model import words
from picklebot.model.choice import Press
from picklebot.model.message import InboundMessage
from picklebot.platforms.discord.about import ON_MESSAGE, parse_about
from picklebot.platforms.discord.components import PRESSED, opens_form, parse_press
from picklebot.platforms.discord.deferral import Deferral
from picklebot.platforms.discord.filling import Filling
from picklebot.platforms.discord.firsts import FirstAnswers
from picklebot.platforms.discord.keeping import Keeping
from picklebot.platforms.discord.lanes import Lanes
from picklebot.platforms.discord.modals import SUBMITTED, parse_submission, wants_form
from picklebot.platforms.discord.options import DiscordOptions
from picklebot.platforms.discord.parse import Json, Place, language_of, parse_handle, parse_slash
from picklebot.platforms.discord.places import Places
from picklebot.platforms.discord.rest import Rest
from picklebot.platforms.discord.typing import TYPING, suggest
from picklebot.ports.platform import Intake

_SLASH_COMMAND: Final = 2
_LAST_WORD: Final = 2.0


class Interactions:
    """Hears them for one connection, whose `tasks` answer."""

    def __init__(
        self,
        intake: Intake,
        options: DiscordOptions,
        places: Places,
        rest: Rest,
        *,
        lanes: Lanes,
        keeping: Keeping,
        firsts: FirstAnswers,
        tasks: TaskGroup,
    ) -> None:
        self._intake = intake
        self._options = options
        self._places = places
        self._rest = rest
        self._lanes = lanes
        self._keeping = keeping
        self._filling = Filling(intake, firsts, tasks)
        self._tasks = tasks

    def hear(self, raw: Json) -> None:
        """Take an INTERACTION_CREATE; returns at once. Raises whatever an odd one leads to."""
        with words.in_language(language_of(raw)):
            match raw["type"]:
                case kind if kind == _SLASH_COMMAND:
                    self._hear_slash(raw)
                case kind if kind == TYPING:
                    self._hear_typing(raw)
                case kind if kind == PRESSED:
                    self._hear_press(raw)
                case kind if kind == SUBMITTED:
                    self._hear_submission(raw)
                case _:
                    pass

    def _hear_slash(self, raw: Json) -> None:
        """Show the form for what is missing, or say "thinking…" at once, but take the command in its turn."""
        place = self._places.of_slash(raw)
        deferral = Deferral(self._rest, parse_handle(raw))
        if not self._listens_in(place):
            self._tasks.start_soon(deferral.refuse, words.NOT_HERE)
            return
        parse = parse_about if raw["data"].get("type") == ON_MESSAGE else parse_slash
        message = parse(raw, self._rest.bot_id, place)
        if self._intake.refuses(message):
            # Known before anything is shown, so that a channel need not read it.
            told = words.not_admitted("discord", message.sender.user_id)
            self._tasks.start_soon(deferral.refuse, told)
            return
        take = partial(self._take_in_turn, str(raw["channel_id"]), message, deferral)
        if wants_form(message):
            self._tasks.start_soon(self._filling.open, message, deferral, take)
        else:
            take()

    def _take_in_turn(self, channel_id: str, message: InboundMessage, deferral: Deferral) -> None:
        if self._lanes.put(channel_id, partial(self._take_slash, message, deferral)):
            self._tasks.start_soon(deferral.begin)
        else:
            self._tasks.start_soon(deferral.refuse, words.LANE_FULL)

    def _hear_typing(self, raw: Json) -> None:
        """Say what may follow, beside everything else: Discord waits three seconds for it, and no longer."""
        place = self._places.of_slash(raw)
        if self._listens_in(place):
            message = parse_slash(raw, self._rest.bot_id, place)
            self._tasks.start_soon(suggest, self._rest, self._intake, message)

    def _hear_press(self, raw: Json) -> None:
        """Let the button come to rest at once, and take the press in its turn; or show the form that it opens."""
        press = parse_press(raw, self._rest.bot_id, self._places.of_slash(raw))
        deferral = Deferral(self._rest, parse_handle(raw))
        if opens_form(raw):
            self._tasks.start_soon(self._filling.open_pressed, press, deferral, words.NOT_TAKEN)
            return
        self._tasks.start_soon(deferral.rest)
        self._lanes.put(str(raw["channel_id"]), partial(self._take_press, press, deferral))

    def _hear_submission(self, raw: Json) -> None:
        """Take it in its turn, if that comes in time. Without room for it the form stays as it is."""
        press = parse_submission(raw, self._rest.bot_id, self._places.of_slash(raw))
        take = self._filling.taking(press, Deferral(self._rest, parse_handle(raw)))
        if not self._lanes.put(str(raw["channel_id"]), take):
            self._filling.leave(press)

    async def _take_press(self, press: Press, deferral: Deferral) -> None:
        with suppress(StoppingError):
            note = await self._keeping.until_kept(lambda: self._intake.press(press), press.update_id)
            if note:
                self._tasks.start_soon(deferral.note, note)

    async def _take_slash(self, message: InboundMessage, deferral: Deferral) -> None:
        """A command whose person was told that we did not respond is not carried out: they will say it again."""
        if await deferral.stands():
            with words.in_language(message.address.language):
                await self._carry_out(message, deferral)

    async def _carry_out(self, message: InboundMessage, deferral: Deferral) -> None:
        try:
            receipt = await self._keeping.until_kept(lambda: self._intake.accept(message), message.message_id)
        except StoppingError:
            # Said before the connection goes: no start asks for it again, as it does for messages.
            with anyio.move_on_after(_LAST_WORD, shield=True):
                await deferral.settle(None, message.sender.user_id)
            return
        self._tasks.start_soon(deferral.settle, receipt, message.sender.user_id)

    def _listens_in(self, place: Place) -> bool:
        return place.private or self._options.listens_in(place.chat_id)
