"""Characters as people see them: which show anything, how wide they are, and which belong together."""

from __future__ import annotations

import unicodedata
from typing import Final

_UNWANTED: Final = {**dict.fromkeys((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F), " "), 0x0D: None}
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\ufe0f\uffa0")
"""Letters by name that show nothing; a message of them is empty to the platforms."""

_MARKS: Final = frozenset({"Mn", "Me", "Mc"})
_JOINER: Final = "\u200d"
_EMOJI_STYLE: Final = "\ufe0f"
_LONGEST_CLUSTER: Final = 40


def clean(text: str) -> str:
    """`text` without control characters; lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode().translate(_UNWANTED)


def visible(text: str) -> bool:
    """Whether a person sees anything of `text`."""
    return any(unicodedata.category(c) not in _INVISIBLE and c not in _BLANKS for c in text)


def columns(text: str) -> int:
    """How many columns of a monospaced font `text` takes; East Asian letters and emoji take two."""
    if text.isascii():
        return len(text)
    total, last, joined = 0, 0, False
    for character in text:
        if character == _EMOJI_STYLE:
            total += last == 1
        wide = 0 if joined else _column(character)
        total += wide
        last, joined = wide or last, character == _JOINER
    return total


def _column(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"} or _tint(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def kept(before: str, after: str) -> int:
    """How many characters of `before` stay when a cut between the two shall part no emoji and no letter.

    All of them where what belongs together is longer than any sensible character.
    """
    at, following = len(before), after[:1]
    while at and following and _belongs(before, at, following):
        at -= 1
        following = before[at]
    return at if at and len(before) - at <= _LONGEST_CLUSTER else len(before)


def _belongs(before: str, at: int, following: str) -> bool:
    last = before[at - 1]
    if _flag(following) and _flag(last):
        run = before[:at]
        return (len(run) - len(run.rstrip(_FLAGS))) % 2 == 1
    return _JOINER in {following, last} or _tint(following) or unicodedata.category(following) in _MARKS


def _tint(character: str) -> bool:
    return "\U0001f3fb" <= character <= "\U0001f3ff"


_FLAGS: Final = "".join(map(chr, range(0x1F1E6, 0x1F200)))


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
