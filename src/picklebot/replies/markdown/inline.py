"""Marks within a line: bold, italic, struck, hidden, code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

_TOKEN: Final = re.compile(r"\\.|`+|\*+|_+|~~+|\|\|+", re.DOTALL)
_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_LONGEST: Final = 10_000
"""A longer line is no prose that a person wrote; looking at it may take long."""


def prose(line: str, change: Callable[[str], str]) -> str:
    """`line` with what is no code in it changed."""
    if len(line) > _LONGEST:
        return line
    if "`" not in line:
        return change(line)
    parts: list[str] = []
    at = 0
    for code in _CODE.finditer(line):
        parts += change(line[at : code.start()]), code[0]
        at = code.end()
    return "".join((*parts, change(line[at:])))


def open_marks(text: str) -> tuple[str, ...]:
    """The marks that `text`, a paragraph or its beginning, has begun and not ended; the outermost comes first."""
    marks: list[str] = []
    at = 0
    while token := _TOKEN.search(text, at):
        at = token.end()
        if token[0].startswith("`"):
            end = _code_end(text, at, token[0])
            if end is None:
                return (*marks, token[0])
            at = end
        else:
            _take(marks, text, token)
    return tuple(marks)


def _code_end(text: str, at: int, mark: str) -> int | None:
    """Where the code ends that `mark` began; none when it does not."""
    while (at := text.find(mark, at)) >= 0:
        end = at
        while text[end : end + 1] == "`":
            end += 1
        if end - at == len(mark):
            return end
        at = end
    return None


def _take(marks: list[str], text: str, token: re.Match[str]) -> None:
    before, after = text[: token.start()][-1:], text[token.end() : token.end() + 1]
    begins, ends = bool(after.strip()), bool(before.strip())
    if begins and ends and token[0][0] in "*_" and _inside_word(token[0], before, after):
        return
    for mark in _split(token[0]):
        if ends and mark in marks:
            del marks[marks.index(mark) :]
            begins = False
        elif begins:
            marks.append(mark)


def _inside_word(token: str, before: str, after: str) -> bool:
    return before.isalnum() and after.isalnum() and (len(token) == 1 or token[0] == "_")


def _split(token: str) -> Iterator[str]:
    """The marks that a run of one character stands for; a long run is a line or an ornament."""
    if token[0] in "*_" and len(token) <= 3:
        yield from ([token[0] * 2] if len(token) > 1 else [])
        yield from ([token[0]] if len(token) % 2 else [])
    elif token in {"~~", "||"}:
        yield token
