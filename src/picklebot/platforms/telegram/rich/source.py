"""A document made ready to be read: for the parser of rich messages, and line by line for plain ones. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from picklebot.platforms.telegram.render import LESS_THAN, ready
from picklebot.platforms.telegram.rich.blocks import MOST_COLUMNS
from picklebot.platforms.telegram.rich.reader import HIDE_TAG, SHOW_TAG
from picklebot.replies.markdown.inline import prose
from picklebot.replies.markdown.pieces import Line, Piece, Table, pieces
from picklebot.replies.markdown.tables import evened

_HIDDEN: Final = re.compile(r"(?<!\\)\|\|(?=\S)(.+?)(?<=[^\s\\])\|\|")
_FORMULA: Final = re.compile(r"\\\(([^$\n]+?)\\\)|\\\[([^$\n]+?)\\\]")
_FORMULA_ENDS: Final = frozenset({"\\[", "\\]"})


@dataclass(frozen=True, slots=True)
class Source:
    """The same document twice: `lines` for the parser, and for each of them what `plain` has in its place."""

    lines: tuple[str, ...]
    plain: tuple[Sequence[str], ...]

    @classmethod
    def of(cls, clean: str) -> Source:
        """Make a text ready."""
        pairs = [pair for piece in pieces(clean) for pair in _pairs(piece)]
        return cls(tuple(line for line, _ in pairs), tuple(plain for _, plain in pairs))

    def slice(self, first: int, last: int) -> str:
        """These lines, without the last, for plain messages."""
        return "\n".join(line for plain in self.plain[first:last] for line in plain)


def _pairs(piece: Piece) -> Iterator[tuple[str, Sequence[str]]]:
    plain = tuple(ready(piece))
    match piece:
        case Line():
            yield _readable(plain[0]), plain
        case Table(lines) if len((rows := list(evened(lines)))[0].split("|")) - 2 <= MOST_COLUMNS:
            yield "", ()
            for number, row in enumerate(rows):
                yield row.replace("<", LESS_THAN), () if number else plain
            yield "", ()
        case _:
            for line in plain:
                yield line.replace("<", LESS_THAN), (line,)


def _readable(line: str) -> str:
    line = line.replace("<", LESS_THAN)
    if line.strip() in _FORMULA_ENDS:
        return line.replace("\\[", "$$").replace("\\]", "$$")
    return prose(line, _marks) if "||" in line or "\\(" in line or "\\[" in line else line


def _marks(text: str) -> str:
    """Hidden words and formulas as the parser knows them."""
    text = _HIDDEN.sub(lambda hidden: f"{HIDE_TAG}{hidden[1]}{SHOW_TAG}", text)
    return _FORMULA.sub(lambda it: f"${it[1].strip()}$" if it[1] else f"$${it[2].strip()}$$", text)
