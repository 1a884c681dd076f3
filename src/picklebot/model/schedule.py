"""What nobody asked for but the operator, by a schedule."""

from __future__ import annotations

import re
from typing import Final

SCHEDULE: Final = "schedule"
"""The platform of such jobs: the speaker is a schedule's id, and the chat the name of where its answer is posted."""

DEFAULT_CHAT: Final = "default"
"""The name of the operator's default chat; all others are PLATFORM:CHAT_ID, PLATFORM:CHAT_ID#THREAD or session:ID."""

SESSION: Final = "session:"
"""How the name of a session begins that is posted to."""

NOTHING: Final = "NOTHING"
"""The answer of an agent that has nothing to say; it is posted nowhere."""

_NOTHING: Final = re.compile(rf"[\W_]*(?:{NOTHING}[\W_]*)?")


def says_nothing(answer: str) -> bool:
    """Whether this answer is `NOTHING`, or holds no word at all; marks around it do not count."""
    return _NOTHING.fullmatch(answer) is not None
