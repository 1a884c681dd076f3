"""A text that still grows, as a preview shows it: without flicker.

What is half-written is closed (bold, code) or held back (a link, the head of a table, a line of marks alone), so
that what stands there once does not change its looks with the next words.
"""

from __future__ import annotations

import re
from typing import Final

from picklebot.replies.markdown.fences import Fence, fence_after
from picklebot.replies.markdown.inline import open_marks

MOST_HELD: Final = 1_000
"""Characters that are held back at most; more of them are shown as they are."""

_BARE: Final = re.compile(
    r"[\s>]*(?:[-*+]|\d{1,9}[.)]?|#{1,6}|[`~]{1,3}[\w+#. -]*|\|.*|=+|[-*_ ]+|(?:[-*+]|\d{1,9}[.)])\s+\[[ xX]?\]?)?\s*"
)
"""A last line of which nobody can tell yet what it becomes."""

_LINK: Final = re.compile(r"!?\[[^\[\]\n]{0,300}(?:\]|\]\([^()\s]{0,600})?$")
_CLOSING: Final = re.compile(r"[\s`~]*")
_TAIL: Final = "*_~|`\\"
_FORMULA: Final = re.compile(r"(?<![\\$\w])\$(?=[^\s\d$])[^$\n]{0,80}$")
_MATH: Final = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"))


def steady(text: str) -> str:
    """What of `text` can be shown already. It may be nothing."""
    shown = _steady(text)
    return shown if len(text) - len(shown) <= MOST_HELD else text


def _steady(text: str) -> str:
    whole, newline, last = text.rpartition("\n")
    fence = _fence(whole) if newline else None
    if fence is not None:
        return whole if last.strip() and _CLOSING.fullmatch(last) else text
    if _BARE.fullmatch(last):
        text = _without_head(whole)
    start = text.rfind("\n\n") + 2 if "\n\n" in text else 0
    return text[:start] + _paragraph(text[start:])


def _fence(text: str) -> Fence | None:
    """The code block that is open at the end of these whole lines."""
    fence: Fence | None = None
    if "```" in text or "~~~" in text:
        for line in text.split("\n"):
            fence = fence_after(fence, line)
    return fence


def _without_head(text: str) -> str:
    """The text without a table's head whose rule has not come yet."""
    before, _, last = text.rpartition("\n")
    if last.lstrip().startswith("|") and not before.rpartition("\n")[2].lstrip().startswith("|"):
        return before
    return text


def _paragraph(text: str) -> str:
    if _fence_in(text) or text.rpartition("\n")[2].lstrip().startswith("|"):
        return text
    for begin, end in _MATH:
        at = text.rfind(begin)
        if at >= 0 and (text.count(begin) % 2 if begin == end else end not in text[at:]):
            text = text[:at]
    if formula := _FORMULA.search(text, max(0, text.rfind("\n"))):
        text = text[: formula.start()]
    if link := _LINK.search(text, max(0, text.rfind("\n"), len(text) - MOST_HELD)):
        text = text[: link.start()]
    text = text.rstrip(_TAIL)
    marks = open_marks(text)
    return text.rstrip() + "".join(reversed(marks)) if marks else text


def _fence_in(text: str) -> bool:
    """Whether a code block ends in this paragraph, so that its marks are code's."""
    return any(line.lstrip().startswith(("```", "~~~")) for line in text.split("\n"))
