"""The slash commands: the same words as everywhere, explained in the language of whoever looks at them."""

from __future__ import annotations

from typing import Any, Final

import structlog

from picklebot.errors import DeliveryError
from picklebot.model import words
from picklebot.platforms.discord.about import ON_MESSAGE
from picklebot.platforms.discord.parse import ASK, QUESTION
from picklebot.platforms.discord.rest import Json, Rest

log = structlog.get_logger()

_SLASH: Final = 1
_TEXT: Final = 3
_YES_OR_NO: Final = 5
_SERVERS: Final = 0
_DIRECT: Final = 1
_ADMINISTRATORS_ONLY: Final = "0"
"""Permissions: who has none of its own is not shown the command on a server; direct messages show it to all."""

_ENGLISH: Final = "en"
"""What Discord shows where it has nothing in the language of the app."""


def slash_commands() -> list[Json]:
    """All of them, as Discord wants them, with the one that stands in the menu of messages."""
    on_message = _translated("name", words.in_all("ASK_ABOUT_THIS"))
    return [
        *(_command(name) for name in words.in_all("COMMANDS")[_ENGLISH]),
        {"type": ON_MESSAGE, **on_message, "contexts": [_SERVERS, _DIRECT]},
    ]


async def offer(rest: Rest) -> None:
    """Register the commands unless they are there: a day allows only 200 changes. The bot works without them too."""
    wanted = slash_commands()
    try:
        if _essence(await rest.commands()) != _essence(wanted):
            await rest.set_commands(wanted)
            log.info("the slash commands were registered", count=len(wanted))
    except DeliveryError as error:
        log.warning("the slash commands could not be registered", error=str(error))


def _command(name: str) -> Json:
    command = {"type": _SLASH, "name": name, "options": _options(name), **_in_all("COMMANDS", name)}
    if name in words.FOR_OPERATORS:
        command["default_member_permissions"] = _ADMINISTRATORS_ONLY
    command["contexts"] = [_DIRECT] if name in words.IN_PRIVATE_ONLY else [_SERVERS, _DIRECT]
    return command


def _options(name: str) -> list[Json]:
    """What may follow it: words, each there to be switched on, and a blank that people write in."""
    if name == ASK:
        return [{"type": _TEXT, "name": QUESTION, **_described(words.in_all("QUESTION"))}]
    switches = [
        {
            "type": _YES_OR_NO,
            "name": word,
            **_described({code: each[name][word] for code, each in words.in_all("SWITCHES").items()}),
        }
        for word in words.in_all("SWITCHES")[_ENGLISH].get(name, {})
    ]
    return [*switches, *_blanks(name)]


def _blanks(name: str) -> list[Json]:
    blanks = {code: each[name] for code, each in words.in_all("BLANKS").items() if name in each}
    if not blanks:
        return []
    names = {code: blank for code, (blank, _) in blanks.items()}
    whats = {code: what for code, (_, what) in blanks.items()}
    blank = {"type": _TEXT, **_translated("name", names), **_described(whats)}
    return [{**blank, "autocomplete": True} if name in words.SUGGESTED else blank]


def _in_all(name: str, key: str) -> Json:
    return _described({code: each[key] for code, each in words.in_all(name).items()})


def _described(texts: dict[str, str]) -> Json:
    return _translated("description", texts)


def _translated(field: str, texts: dict[str, str]) -> Json:
    """A text that Discord shows in English, with what it is in other languages."""
    others = {code: text for code, text in texts.items() if code != _ENGLISH}
    return {field: texts[_ENGLISH], f"{field}_localizations": others}


def _essence(commands: list[Json]) -> dict[str, Any]:
    """What people see of the commands, without the ids and defaults that Discord adds."""
    return {
        each["name"]: (
            *_seen(each),
            each.get("default_member_permissions"),
            each.get("contexts"),
            [
                (*_seen(option), *(bool(option.get(it)) for it in ("required", "autocomplete")))
                for option in each.get("options") or ()
            ],
        )
        for each in commands
    }


def _seen(each: Json) -> tuple[Any, ...]:
    return (
        each.get("type", _SLASH),
        each["name"],
        each.get("description") or "",
        each.get("name_localizations") or {},
        each.get("description_localizations") or {},
    )
