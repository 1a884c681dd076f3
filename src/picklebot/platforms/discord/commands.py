"""The slash commands: the same words as everywhere, and `/ask`."""

from __future__ import annotations

from typing import Any, Final

import structlog

from picklebot.errors import DeliveryError
from picklebot.model import words
from picklebot.platforms.discord.parse import ASK, QUESTION
from picklebot.platforms.discord.rest import Json, Rest

log = structlog.get_logger()

_SLASH: Final = 1
_TEXT: Final = 3
_YES_OR_NO: Final = 5

_OPTION: Final[Json] = {
    "type": _TEXT,
    "name": QUESTION,
    "description": "what you want to know",
    "required": True,
}


def slash_commands() -> list[Json]:
    """All of them, as Discord wants them."""
    plain = [_command(name, what, *_switches(name), *_blanks(name)) for name, what in words.COMMANDS.items()]
    return [*plain, _command(ASK, "ask me something", _OPTION)]


async def offer(rest: Rest) -> None:
    """Register the commands unless they are there: a day allows only 200 changes. The bot works without them too."""
    wanted = slash_commands()
    try:
        if _essence(await rest.commands()) != _essence(wanted):
            await rest.set_commands(wanted)
            log.info("the slash commands were registered", count=len(wanted))
    except DeliveryError as error:
        log.warning("the slash commands could not be registered", error=str(error))


def _switches(name: str) -> list[Json]:
    """The words that may follow a command elsewhere: here each is there to be switched on."""
    return [
        {"type": _YES_OR_NO, "name": word, "description": what}
        for word, what in words.SWITCHES.get(name, {}).items()
    ]


def _blanks(name: str) -> list[Json]:
    """What else may follow it, written in by people."""
    blank = words.BLANKS.get(name)
    return [{"type": _TEXT, "name": blank[0], "description": blank[1]}] if blank else []


def _command(name: str, description: str, *options: Json) -> Json:
    return {"type": _SLASH, "name": name, "description": description, "options": list(options)}


def _essence(commands: list[Json]) -> dict[str, Any]:
    """What people see of the commands, without the ids and defaults that Discord adds."""
    return {
        each["name"]: (
            each.get("type", _SLASH),
            each["description"],
            [
                [option["type"], option["name"], option["description"], bool(option.get("required"))]
                for option in each.get("options") or ()
            ],
        )
        for each in commands
    }
