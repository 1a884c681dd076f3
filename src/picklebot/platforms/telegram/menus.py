"""The menus of commands: for private chats, for groups, and for each operator's own chat, in every language.

What was set is remembered, so a start with the same words costs Telegram no call. The bot works without menus too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import anyio
import structlog
from aiogram import Bot
from aiogram.methods import DeleteMyCommands, SetMyCommands
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)

from picklebot.errors import PlatformError, StorageError
from picklebot.model import words
from picklebot.platforms.telegram.patience import ask
from picklebot.ports.memory import AdapterMemory

log = structlog.get_logger()

LOOK_SECONDS: Final = 2.0
"""So often it is looked whether there are other operators."""

_TOPIC: Final = "menus"
_PRIVATE: Final = "private"
_GROUPS: Final = "groups"
_DEFAULT_LANGUAGE: Final = "en"

Scope = BotCommandScopeAllGroupChats | BotCommandScopeAllPrivateChats | BotCommandScopeChat


@dataclass(frozen=True, slots=True)
class Place:
    """Who sees a menu: `private` chats, `groups`, or one operator by their id; and in which language.

    An empty `language` is for all who have no menu of their own.
    """

    where: str
    language: str

    @property
    def name(self) -> str:
        """The place as it is remembered."""
        return f"{self.where}/{self.language}"

    @classmethod
    def named(cls, name: str) -> Place:
        """The inverse of `name`."""
        where, _, language = name.partition("/")
        return cls(where, language)

    @property
    def scope(self) -> Scope:
        """The place as Telegram wants it."""
        if self.where == _PRIVATE:
            return BotCommandScopeAllPrivateChats()
        return (
            BotCommandScopeAllGroupChats()
            if self.where == _GROUPS
            else BotCommandScopeChat(chat_id=int(self.where))
        )


class Menus:
    """Keeps them as they should be. `operators` gives the ids of those who have more commands, as it stands now."""

    def __init__(self, bot: Bot, memory: AdapterMemory, *, operators: Callable[[], frozenset[str]]) -> None:
        self._bot = bot
        self._memory = memory
        self._operators = operators

    async def keep(self, bot_id: str) -> None:
        """Until cancelled; what cannot be set now is tried again with the next start or other operators."""
        seen: frozenset[str] | None = None
        while True:
            if (operators := self._operators()) != seen:
                seen = operators
                await self._sync(bot_id, operators)
            await anyio.sleep(LOOK_SECONDS)

    async def _sync(self, bot_id: str, operators: frozenset[str]) -> None:
        wanted = dict(_wanted(operators))
        try:
            known = await self._memory.recall(_TOPIC)
            await self._set_what_changed(bot_id, wanted, known)
            await self._take_away_the_others(wanted, known)
        except StorageError as error:
            log.warning("it cannot be kept which menus there are", error=str(error))

    async def _set_what_changed(
        self, bot_id: str, wanted: Mapping[Place, Mapping[str, str]], known: Mapping[str, str]
    ) -> None:
        for place, menu in wanted.items():
            mark = _mark(bot_id, menu)
            if known.get(place.name) != mark and await self._set(place, menu):
                await self._memory.keep(_TOPIC, {place.name: mark})

    async def _take_away_the_others(
        self, wanted: Mapping[Place, Mapping[str, str]], known: Mapping[str, str]
    ) -> None:
        for name in known.keys() - {place.name for place in wanted}:
            await self._take_away(Place.named(name))
            await self._memory.forget(_TOPIC, [name])

    async def _set(self, place: Place, menu: Mapping[str, str]) -> bool:
        commands = [BotCommand(command=name, description=what) for name, what in menu.items()]
        method = SetMyCommands(commands=commands, scope=place.scope, language_code=place.language or None)
        try:
            await ask(self._bot, method)
        except PlatformError as error:
            # An operator's chat is not there before they said /start.
            log.warning("a menu of commands could not be set", place=place.name, error=str(error))
            return False
        return True

    async def _take_away(self, place: Place) -> None:
        try:
            await ask(self._bot, DeleteMyCommands(scope=place.scope, language_code=place.language or None))
        except PlatformError as error:
            log.warning("a menu of commands could not be taken away", place=place.name, error=str(error))


def _wanted(operators: frozenset[str]) -> Iterator[tuple[Place, Mapping[str, str]]]:
    """Every place with its menu."""
    for code in words.LANGUAGES:
        language = "" if code == _DEFAULT_LANGUAGE else code
        with words.in_language(code):
            yield Place(_PRIVATE, language), words.menu(private=True)
            yield Place(_GROUPS, language), words.menu(private=False)
            for operator in sorted(operators):
                yield Place(operator, language), words.menu(private=True, operator=True)


def _mark(bot_id: str, menu: Mapping[str, str]) -> str:
    """Equal for the same menu of the same bot."""
    return hashlib.sha256(json.dumps([bot_id, [*menu.items()]]).encode()).hexdigest()[:16]
