"""A document as lines of text, blocks of code, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from picklebot.replies.markdown.fences import Fence, fence_after
from picklebot.replies.markdown.tables import table_at


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; `fresh` when it begins a paragraph."""

    text: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Code:
    """A code block: the line that begins it, what is between the fences, and how the beginning was read."""

    first: str
    lines: tuple[str, ...]
    fence: Fence


@dataclass(frozen=True, slots=True)
class Table:
    """A table's lines; the second is its rule."""

    lines: tuple[str, ...]


Piece: TypeAlias = Line | Code | Table


def pieces(source: str) -> Iterator[Piece]:
    """The parts of a document, finished or not, in order; a code block without anything in it is left out."""
    lines = source.split("\n")
    at = 0
    while at < len(lines):
        if fence := fence_after(None, lines[at]):
            end = _end_of(lines, at + 1, fence)
            if any(line.strip() for line in lines[at + 1 : end]):
                yield Code(lines[at], tuple(lines[at + 1 : end]), fence)
            at = end + 1
        elif count := table_at(lines, at):
            yield Table(tuple(lines[at : at + count]))
            at += count
        else:
            yield Line(lines[at], fresh=at == 0 or not lines[at - 1].strip())
            at += 1


def _end_of(lines: Sequence[str], at: int, fence: Fence) -> int:
    """The line that closes the fence, or the end of the document."""
    while at < len(lines) and not fence.closed_by(lines[at]):
        at += 1
    return at
