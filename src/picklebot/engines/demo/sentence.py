"""What the demo model says, and how it is cut for streaming."""

from __future__ import annotations

import re
from typing import Final

from picklebot.model.history import History

_WORD: Final = re.compile(r"\s*\S+\s*|\s+")


def sentence(text: str, history: History) -> str:
    """The answer to `text`. Number and first text are the history's, whose facts include `text` itself."""
    return (
        f"You said: {text}. This is message {history.user_total} of our conversation, "
        f'which began with "{history.first_text}".'
    )


def summary(wish: str, history: History) -> str:
    """A conversation summed up in what the history tells of the whole of it; `wish` is what shall be kept."""
    kept = f" To keep: {wish}." if wish else ""
    return f'Questions so far: {history.user_total}. The first was "{history.first_text}".{kept}'


def pieces(text: str, most: int) -> list[str]:
    """Cut `text` between words into at most `most` pieces, of three words or more; joined, they are `text`."""
    words = _WORD.findall(text)
    size = max(3, -(-len(words) // most))
    return ["".join(words[start : start + size]) for start in range(0, len(words), size)]
