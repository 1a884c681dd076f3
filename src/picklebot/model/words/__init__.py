"""Every sentence that people in a chat may read: friendly, short, never an exception's text, and in their language.

`words.NEW_SESSION` is that sentence in the language that is spoken where it is asked for (`in_language`). The module
`english` has them all. Another language is a module beside it that says the same, and its line in `LANGUAGES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picklebot.model.words.sentences import (
    ago,
    answer,
    beginning,
    command_list,
    counted,
    explanation,
    gave_up,
    menu,
    news,
    not_admitted,
    platform_name,
    still_waiting,
    unknown_command,
    waits,
    with_reference,
)
from picklebot.model.words.speech import LANGUAGES, for_operators, in_all, in_language, say
from picklebot.model.words.tokens import (
    ALL,
    ASKING,
    EVERYTHING,
    FOR_OPERATORS,
    GROUPS,
    IN_PRIVATE_ONLY,
    JSON,
    NO,
    OFF,
    ON,
    QUIETLY,
    SUGGESTED,
    YES,
)

if TYPE_CHECKING:
    from picklebot.model.words.english import *  # noqa: F403 - so each name is known with its type
else:

    def __getattr__(name: str) -> Any:
        return say(name)


__all__ = [
    "ALL",
    "ASKING",
    "EVERYTHING",
    "FOR_OPERATORS",
    "GROUPS",
    "IN_PRIVATE_ONLY",
    "JSON",
    "LANGUAGES",
    "NO",
    "OFF",
    "ON",
    "QUIETLY",
    "SUGGESTED",
    "YES",
    "ago",
    "answer",
    "beginning",
    "command_list",
    "counted",
    "explanation",
    "for_operators",
    "gave_up",
    "in_all",
    "in_language",
    "menu",
    "news",
    "not_admitted",
    "platform_name",
    "say",
    "still_waiting",
    "unknown_command",
    "waits",
    "with_reference",
]
