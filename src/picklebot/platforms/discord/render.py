"""From the Markdown that models write to the messages that Discord takes. Pure.

A code block that is cut goes on as one in the next message, and so does what is bold or hidden. Parts are not
numbered: they stand below each other, and a number would have to change while an answer grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from picklebot.model import words
from picklebot.platforms.discord.dialect import MARK, dialect
from picklebot.replies.markdown.characters import clean, kept, visible
from picklebot.replies.markdown.fences import Fence, fence_after
from picklebot.replies.markdown.inline import open_marks

LIMIT: Final = 2000
"""UTF-16 units of one message. Discord may count characters, which are never more."""

_MARKS_ROOM: Final = 16
"""Units for what closes and begins again bold, italic and hidden words of a line that is cut."""

_LONGEST_MARKED: Final = 4 * LIMIT
"""In a longer line marks are not looked for."""


def render(markdown: str, limit: int = LIMIT) -> list[str]:
    """Cut `markdown`, finished or not, into messages of at most `limit` units; there is always one."""
    sound = clean(markdown)
    return _parts(dialect(sound), limit) or _parts(sound.split("\n"), limit) or [words.EMPTY_ANSWER]


def width(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _parts(lines: Iterable[str], limit: int) -> list[str]:
    return [part for part in _split(lines, limit) if visible(part)]


def _split(lines: Iterable[str], limit: int) -> Iterator[str]:
    """Fill message after message with whole lines; a code block that is cut is closed and begun again."""
    part: list[str] = []
    size = 0
    fence: Fence | None = None
    for line in lines:
        after = fence_after(fence, line)
        room = _room(after)
        for piece in _pieces(
            MARK if fence and not after else line, limit - 2 * room, plain=bool(fence or after)
        ):
            wide = width(piece) + 1
            if part and size + wide - 1 + room > limit:
                yield _closed(part, fence)
                part = [_begin(fence)] if fence else []
                size = width(part[0]) + 1 if part else 0
            part.append(piece)
            size += wide
        fence = after
    yield _closed(part, fence)


def _begin(fence: Fence) -> str:
    return MARK + fence.language


def _room(fence: Fence | None) -> int:
    """The units that beginning or ending this code block takes at most."""
    return 0 if fence is None else width(_begin(fence)) + 1


def _closed(part: Sequence[str], fence: Fence | None) -> str:
    """A message without empty lines around it, its open code block closed."""
    closing = () if fence is None else (MARK,)
    return "\n".join((*part, *closing)).strip("\n").rstrip()


def _pieces(line: str, limit: int, *, plain: bool) -> Iterator[str]:
    """A line that is longer than a message, cut after a word if it can be; what is bold goes on."""
    if len(line) <= limit and width(line) <= limit:
        yield line
        return
    marked = not plain and len(line) <= _LONGEST_MARKED
    at, begun = 0, ""
    while at < len(line):
        end = _end(line, at, limit - 2 * _MARKS_ROOM if marked else limit)
        piece = begun + line[at:end]
        marks = open_marks(piece) if marked and end < len(line) else ()
        begun = "".join(marks)
        if len(begun) > _MARKS_ROOM:
            marks, begun = (), ""
        yield piece.rstrip() + "".join(reversed(marks)) if marks else piece
        at = end


def _end(line: str, at: int, limit: int) -> int:
    """Where the piece ends that begins at `at` and has at most so many units."""
    near = line[at : at + limit]
    end = len(near)
    while width(near[:end]) > limit:
        end -= max(1, (width(near[:end]) - limit) // 2)
    if at + end == len(line):
        return len(line)
    space = near.rfind(" ", end // 2, end)
    return at + (space + 1 if space >= 0 else kept(near[:end], line[at + end : at + end + 1]))
