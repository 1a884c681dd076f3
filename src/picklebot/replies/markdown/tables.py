"""Tables as text for a monospaced font."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Final

from picklebot.replies.markdown.characters import columns

WIDEST: Final = 24
"""Columns of one cell; what is longer goes on in the next line of the cell."""

_RULE: Final = re.compile(r"\s*\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?")
_BAR: Final = re.compile(r"(?<!\\)\|")
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_BOLD: Final = re.compile(r"\*\*(?=\S)([^*]+)\*\*|(?<!`)`([^`]+)`(?!`)")
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\(([^()\s]*)\)")


def table_at(lines: Sequence[str], at: int) -> int:
    """How many lines the table has that begins at line `at`; none is 0. One that holds code fences is none."""
    if at + 1 >= len(lines) or "|" not in lines[at] or not _RULE.fullmatch(lines[at + 1]):
        return 0
    end = at
    while end < len(lines) and "|" in lines[end]:
        if "```" in lines[end]:
            return 0
        end += 1
    return end - at


def evened(table: Sequence[str]) -> Iterator[str]:
    """The table's lines with equally many cells, for readers that drop what is in more of them than the head has."""
    rows = [_BAR.split(line.strip().removeprefix("|").removesuffix("|")) for line in table]
    most = max(map(len, rows))
    indent = table[0][: len(table[0]) - len(table[0].lstrip())]
    for row, filling in zip(rows, (" ", "---", *[" "] * len(rows)), strict=False):
        yield f"{indent}|{'|'.join((*row, *[filling] * (most - len(row))))}|"


def aligned(table: Sequence[str]) -> Iterator[str]:
    """The table's lines with its columns under each other. The second of `table` is its rule."""
    head, rule, *body = map(_cells, table)
    rows = [[_lines(cell) for cell in row] for row in (head, *body)]
    widths = _widths(rows)
    sides = [_side(cell) for cell in rule]
    yield from _row(rows[0], widths, sides)
    yield "-+-".join("-" * wide for wide in widths)
    for row in rows[1:]:
        yield from _row(row, widths, sides)


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace(r"\|", "|") for cell in _BAR.split(inner)]


def _lines(cell: str) -> list[str]:
    """The lines of one cell, none wider than `WIDEST`, without the marks that code does not show as such."""
    text = _LINK.sub(lambda link: f"{link[1]} ({link[2]})" if link[2] else link[1], cell)
    text = _BOLD.sub(lambda bold: bold[1] or bold[2], text)
    return [line for part in _BREAK.split(text) for line in _wrapped(part.split())] or [""]


def _wrapped(words: Iterable[str]) -> Iterator[str]:
    line = ""
    for word in (piece for each in words for piece in _pieces(each)):
        if line and columns(line) + 1 + columns(word) > WIDEST:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield line


def _pieces(word: str) -> Iterator[str]:
    begin, wide = 0, 0
    if columns(word) > WIDEST:
        for at, character in enumerate(word):
            step = columns(character)
            if wide + step > WIDEST:
                yield word[begin:at]
                begin, wide = at, 0
            wide += step
    yield word[begin:]


def _widths(rows: Iterable[Sequence[Sequence[str]]]) -> list[int]:
    widths: list[int] = []
    for row in rows:
        widths += [0] * (len(row) - len(widths))
        for at, lines in enumerate(row):
            widths[at] = max(widths[at], *map(columns, lines))
    return widths


def _side(rule: str) -> str:
    return ("^" if rule.startswith(":") else ">") if rule.endswith(":") else "<"


def _row(row: Sequence[Sequence[str]], widths: Sequence[int], sides: Sequence[str]) -> Iterator[str]:
    for line in zip_longest(*row, fillvalue=""):
        cells = (
            _padded(cell, wide, side)
            for cell, wide, side in zip_longest(line, widths, sides[: len(widths)], fillvalue=None)
        )
        yield " | ".join(cells).rstrip()


def _padded(cell: str | None, wide: int | None, side: str | None) -> str:
    text = cell or ""
    gap = (wide or 0) - columns(text)
    before = {">": gap, "^": gap // 2}.get(side or "<", 0)
    return " " * before + text + " " * (gap - before)
