"""Finds, in what a channel says, the message of an earlier send whose answer never came. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from picklebot.model import words

Json = dict[str, Any]

_NOTICES: Final = frozenset(words.in_all("LOST_HISTORY").values())
"""What is said beside an answer, as a reply to the same message."""

_ENOUGH: Final = 30
"""So many equal characters at the beginning tell that a text is an earlier state of another."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A part that may have been sent: `reply_to` is the message it answers, `interaction` the slash command.

    A part with neither is known by its text alone. `known` are ids of messages that show other parts.
    """

    bot_id: str
    part: str
    reply_to: str | None
    interaction: str | None
    known: frozenset[str]


def find_earlier(messages: Iterable[Json], sought: Sought) -> Json | None:
    """The message that shows the part, or an earlier state of it; one that shows it as it is comes first."""
    ours = [each for each in messages if each["author"]["id"] == sought.bot_id and _may_be(each, sought)]
    same = (each for each in ours if _text(each) == sought.part.strip())
    return next(same, None) or next((each for each in ours if _grew_into(each, sought)), None)


def _may_be(message: Json, sought: Sought) -> bool:
    reference: Json = message.get("message_reference") or {}
    command: Json = message.get("interaction_metadata") or {}
    answers = (reference.get("message_id"), command.get("id")) == (sought.reply_to, sought.interaction)
    return answers and message["id"] not in sought.known and bool(_text(message))


def _grew_into(message: Json, sought: Sought) -> bool:
    """Whether it can be an earlier state: another turn may have begun with other words, a notice is no beginning."""
    text, part = _text(message), sought.part.strip()
    if sought.reply_to or sought.interaction:
        return text not in _NOTICES and part not in _NOTICES
    length = min(len(text), len(part))
    return length >= _ENOUGH and text[:_ENOUGH] == part[:_ENOUGH]


def _text(message: Json) -> str:
    return str(message["content"]).strip()
