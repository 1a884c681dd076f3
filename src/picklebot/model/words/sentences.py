"""Sentences that are put together: the same way in every language, from what that language has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from picklebot.model import words
from picklebot.model.words.tokens import FOR_OPERATORS, GROUPS, IN_PRIVATE_ONLY

BEGINNING: Final = 60
"""Characters of a message that a list shows."""

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def news(text: str, count: int) -> str:
    """What operators are told of `count` things of one kind, of which `text` is the last."""
    return text if count == 1 else words.NEWS_MORE.format(text=text, count=count)


def answer(text: str, *, files: bool = False) -> str:
    """What is said of an answer, also where it has no words; it may be that it has `files`."""
    if text.strip():
        return text
    return words.ONLY_FILES if files else words.EMPTY_ANSWER


def gave_up(attempts: int) -> str:
    """Why a message that was begun so often is not begun again."""
    return words.GAVE_UP_ONCE if attempts == 1 else words.GAVE_UP.format(count=attempts)


def with_reference(text: str, job_id: str) -> str:
    """`text` with what an operator needs to find the message again."""
    return words.WITH_REFERENCE.format(text=text, reference=job_id[:8])


def unknown_command(name: str, near: Sequence[str]) -> str:
    """What to say to a command that there is not; `near` are commands that look like it."""
    if near:
        return words.NEAR_COMMAND.format(name=name, near=near[0])
    return words.UNKNOWN_COMMAND.format(name=name)


def explanation(model: str, tools: Sequence[str], taken_in: int, given_out: int) -> str:
    """How an answer came about, in one line."""
    tokens = [words.TOKENS.format(taken_in=taken_in, given_out=given_out)] if taken_in or given_out else []
    return f"({' · '.join([model, *tools, *tokens])})"


def still_waiting(count: int) -> str:
    """What is left in the lane after a stop; empty where nothing is."""
    if count == 1:
        return words.ONE_STILL_WAITS
    return words.STILL_WAITING.format(count=count) if count else ""


def menu(*, private: bool, operator: bool = False) -> dict[str, str]:
    """The commands of a private chat or of a group, each with what it does; operators' own have more of them."""
    hidden = {*(() if operator else FOR_OPERATORS), *(() if private else IN_PRIVATE_ONLY)}
    return {name: what for name, what in words.COMMANDS.items() if name not in hidden}


def waits(place: int) -> str:
    """What is said of a message that waits behind `place` others."""
    return words.WAITS if place == 1 else words.WAITS_BEHIND.format(count=place)


def command_list(*, operator: bool = False) -> str:
    """The commands, one line each, by what they are about."""
    known = {name for names in GROUPS.values() for name in names}
    groups = {**GROUPS, "more": tuple(name for name in words.COMMANDS if name not in known)}
    if not operator:
        del groups["operators"]
    return "\n\n".join(
        "\n".join([words.GROUP_TITLES[group], *(f"/{name} - {words.COMMANDS[name]}" for name in names)])
        for group, names in groups.items()
        if names
    )


def ago(age: timedelta) -> str:
    """An age in words, as it stands before or after "ago": `3 hours`, `a day`."""
    seconds = max(60, int(age.total_seconds()))
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size)
    one, many = words.AGES[unit]
    count = seconds // size
    return one if count == 1 else many.format(count=count)


def counted(what: str, count: int) -> str:
    """So many of what is counted, by its name in `COUNTED`: `1 message`, `3 messages`."""
    one, many = words.COUNTED[what]
    return one if count == 1 else many.format(count=count)


def platform_name(platform: str) -> str:
    """A platform as people spell it: `telegram` is Telegram."""
    return platform.capitalize()


def not_admitted(platform: str, user_id: str) -> str:
    """What a stranger is told, with the id that the operator needs."""
    return words.NOT_ADMITTED.format(platform=platform_name(platform), user_id=user_id)


def beginning(said: str) -> str:
    """The first words of a message on one line, so that a list shows what it is about and no more."""
    line = " ".join(said[: 4 * BEGINNING].split())
    return line if len(line) <= BEGINNING else f"{line[: BEGINNING - 1]}…"
