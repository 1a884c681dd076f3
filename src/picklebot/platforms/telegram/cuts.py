"""Where a long text is cut into messages. Its places are UTF-16 units, one character of `counted` each.

A place depends only on what is before it, so a text that grows keeps its earlier cuts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from picklebot.platforms.telegram.utf16 import units, whole
from picklebot.replies.markdown.characters import kept

Span: TypeAlias = tuple[int, int]

_NEAR: Final = 80
"""Units before a cut that may belong to the character behind it."""


def cuts(counted: str, kept_whole: Sequence[Span], limit: int) -> Iterator[Span]:
    """Pieces of at most `limit` units; what lies in `kept_whole`, which is in order, is not parted if it can be."""
    start = 0
    while len(counted) - start > limit:
        end = _break(counted, kept_whole, start, start + limit)
        yield start, end
        start = end
    yield start, len(counted)


def trimmed(counted: str, span: Span) -> Span:
    """The piece without empty lines around it; the indentation of its first line stays."""
    start, end = span
    piece = counted[start:end].rstrip()
    blank = len(piece) - len(piece.lstrip())
    return start + piece.rfind("\n", 0, blank) + 1, start + len(piece)


def _break(counted: str, kept_whole: Sequence[Span], start: int, end: int) -> int:
    """Where to cut: at a paragraph near the end, else after a line or a word, else between two characters."""
    size = end - start
    for mark, least in (("\n\n", end - size // 4), ("\n", end - size // 2), (" ", end - size // 2)):
        place = counted.rfind(mark, least, end)
        while place >= 0:
            outside = _outside(kept_whole, place + len(mark))
            if outside == place + len(mark):
                return outside
            place = counted.rfind(mark, least, outside)
    outside = _outside(kept_whole, end)
    return outside if start < outside < end else _between_characters(counted, start, end)


def _outside(kept_whole: Sequence[Span], place: int) -> int:
    """`place`, or the beginning of what it would part."""
    at = bisect_right(kept_whole, (place, -1)) - 1
    return kept_whole[at][0] if at >= 0 and place < kept_whole[at][1] else place


def _between_characters(counted: str, start: int, end: int) -> int:
    end -= "\ud800" <= counted[end - 1] <= "\udbff"
    before = whole(counted[max(start, end - _NEAR) : end])
    back = len(units(before[kept(before, whole(counted[end : end + 2])) :]))
    return end - back if end - back > start else end
