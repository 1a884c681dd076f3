"""From the Markdown that models write to the messages that Discord takes. Pure.

Discord reads Markdown itself, but knows no tables and only three depths of headings. A code block that is cut
goes on as one in the next message.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from picklebot.model import words

LIMIT: Final = 2000
"""UTF-16 units of one message. Discord may count characters, which are never more."""

_FENCE: Final = re.compile(r"\s*(`{3,8}|~{3,8})([^`\n]*)")
_HEADING: Final = re.compile(r" {0,3}#{4,6}[ \t]+(.*?\S)[ \t]*#*[ \t]*")
_RULE: Final = re.compile(r"\s*\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?")
_LONGEST_INFO: Final = 32
_WIDEST_CELL: Final = 24
_UNWANTED: Final = {**dict.fromkeys((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F), " "), 0x0D: None}
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\ufe0f\uffa0")


@dataclass(frozen=True, slots=True)
class _Fence:
    """An open code block: its mark, and its first line as it is begun again in the next message."""

    mark: str
    first: str

    def closed_by(self, line: str) -> bool:
        """Whether this line ends the block."""
        closing = line.strip()
        return len(closing) >= len(self.mark) and set(closing) == {self.mark[0]}


def render(markdown: str, limit: int = LIMIT) -> list[str]:
    """Cut `markdown`, finished or not, into messages of at most `limit` units; there is always one."""
    sound = markdown.encode("utf-8", "replace").decode().translate(_UNWANTED)
    parts = [part for part in _split(_dialect(sound.split("\n")), limit) if _visible(part)]
    return parts or [words.EMPTY_ANSWER]


def width(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


# -- the dialect -------------------------------------------------------------------------------------


def _dialect(lines: Sequence[str]) -> Iterator[str]:
    """The lines with tables and deep headings as Discord can show them; code is left alone."""
    fence: _Fence | None = None
    at = 0
    while at < len(lines):
        line = lines[at]
        after = _fence_after(fence, line)
        table = [] if fence or after else _table(lines[at:])
        if table:
            yield from ("```", *_aligned(table), "```")
        else:
            yield line if fence or after else _heading(line)
        fence = after
        at += len(table) or 1


def _fence_after(fence: _Fence | None, line: str) -> _Fence | None:
    """The code block that is open after this line."""
    if fence is not None:
        return None if fence.closed_by(line) else fence
    match = _FENCE.fullmatch(line)
    if match is None:
        return None
    mark, info = match[1], match[2].strip()
    return _Fence(mark, mark + info if len(info) <= _LONGEST_INFO else mark)


def _heading(line: str) -> str:
    match = _HEADING.fullmatch(line)
    if match is None:
        return line
    return match[1] if "**" in match[1] else f"**{match[1]}**"


def _table(lines: Sequence[str]) -> list[str]:
    """The lines of the table that begins here, none when there is none. One that holds code fences stays as it is."""
    if len(lines) < 2 or "|" not in lines[0] or not _RULE.fullmatch(lines[1]):
        return []
    end = next((at for at, line in enumerate(lines) if "|" not in line), len(lines))
    return [] if any("```" in line for line in lines[:end]) else list(lines[:end])


def _aligned(table: Sequence[str]) -> Iterator[str]:
    rows = [_cells(line) for line in table]
    widths = [
        min(_WIDEST_CELL, max((len(row[at]) for row in rows[:1] + rows[2:] if at < len(row)), default=0))
        for at in range(max(map(len, rows)))
    ]
    yield _row(rows[0], widths)
    yield "-+-".join("-" * each for each in widths)
    for row in rows[2:]:
        yield _row(row, widths)


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _row(cells: Iterable[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(wide) for cell, wide in zip(cells, widths, strict=False))
    return " | ".join(padded).rstrip()


# -- the cuts ----------------------------------------------------------------------------------------


def _split(lines: Iterable[str], limit: int) -> Iterator[str]:
    """Fill message after message with whole lines; a code block that is cut is closed and begun again."""
    part: list[str] = []
    fence: _Fence | None = None
    for line in lines:
        after = _fence_after(fence, line)
        room = _room(after)
        for piece in _pieces(fence.mark if fence and not after else line, limit - 2 * room):
            if part and width("\n".join((*part, piece))) + room > limit:
                yield _closed(part, fence)
                part = [fence.first] if fence else []
            part.append(piece)
        fence = after
    yield _closed(part, fence)


def _room(fence: _Fence | None) -> int:
    """The units that beginning or ending this code block takes at most."""
    return 0 if fence is None else len(fence.first.encode("utf-16-le")) // 2 + 1


def _closed(part: Sequence[str], fence: _Fence | None) -> str:
    """A message without empty lines around it, its open code block closed."""
    closing = () if fence is None else (fence.mark,)
    return "\n".join((*part, *closing)).strip("\n").rstrip()


def _pieces(line: str, limit: int) -> Iterator[str]:
    """A line that is longer than a message, cut after a word if it can be."""
    while width(line) > limit:
        end = _fitting(line, limit)
        space = line.rfind(" ", end // 2, end)
        end = space + 1 if space >= 0 else end
        yield line[:end]
        line = line[end:]
    yield line


def _fitting(line: str, limit: int) -> int:
    """How many characters of the line fit into so many units."""
    end = min(len(line), limit)
    while width(line[:end]) > limit:
        end -= max(1, (width(line[:end]) - limit) // 2)
    return end


def _visible(text: str) -> bool:
    return any(unicodedata.category(c) not in _INVISIBLE and c not in _BLANKS for c in text)
