"""Markdown in Discord's dialect, line by line.

Discord reads Markdown itself, but knows no tables, tasks, images, rules and formulas, only three depths of headings,
and code only between three backticks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from picklebot.replies.markdown.fences import Fence
from picklebot.replies.markdown.inline import prose
from picklebot.replies.markdown.pieces import Code, Line, Table, pieces
from picklebot.replies.markdown.prose import plainly
from picklebot.replies.markdown.tables import aligned

MARK: Final = "```"

_HARMLESS: Final = "`\u200b`\u200b`"
"""Three backticks within code, which would end it."""

_HEADING: Final = re.compile(r" {0,3}#{4,6}[ \t]+(.*?\S)[ \t]*#*[ \t]*")
_TASK: Final = re.compile(r"(\s*)[-*+] \[([ xX])\] ")
_BULLET: Final = re.compile(r"(\s*)\+ (?=\S)")
_NUMBER: Final = re.compile(r"(\s*\d{1,9})\) ")
_QUOTE: Final = re.compile(r" {0,3}>(?:\s?>)*\s?(?=\S)")
_RULE: Final = re.compile(r" {0,3}([-*_])(?:\s*\1){2,}\s*")
_LINE: Final = "─" * 12
_IMAGE: Final = re.compile(r"!\[([^\[\]]*)\](?=\(https?://)")
_BOLD: Final = re.compile(r"(?<!\w)__(?=\S)([^_]+)(?<=\S)__(?!\w)")
_FORMULA: Final = re.compile(r"\$\$([^$]+)\$\$|\\\((.+?)\\\)|\\\[(.+?)\\\]")
_FORMULA_ENDS: Final = {"$$": "$$", "\\[": "\\]"}


def dialect(source: str) -> Iterator[str]:
    """The lines of `source`, finished or not, as Discord can show them."""
    formula = ""
    for piece in pieces(source):
        match piece:
            case Line(text) if formula:
                yield MARK if text.strip() == formula else _within_code(text)
                formula = "" if text.strip() == formula else formula
            case Line(text) if text.strip() in _FORMULA_ENDS:
                formula = _FORMULA_ENDS[text.strip()]
                yield MARK + "latex"
            case Line(text, fresh):
                yield _LINE if fresh and _RULE.fullmatch(text) else _line(text)
            case Code(first, lines, fence):
                yield from _code(first, lines, fence)
            case Table(lines):
                yield from (MARK, *map(_within_code, aligned(lines)), MARK)


def _code(first: str, lines: tuple[str, ...], fence: Fence) -> Iterator[str]:
    """A code block; what stands behind its mark and is no language is its first line, as Discord has it."""
    yield MARK + fence.language
    if fence.info and not fence.language:
        yield _within_code(fence.info)
    indent = first[: len(first) - len(first.lstrip())]
    for line in lines:
        yield _within_code(line.removeprefix(indent))
    yield MARK


def _within_code(line: str) -> str:
    return line.replace(MARK, _HARMLESS) if MARK in line else line


def _line(line: str) -> str:
    heading = _HEADING.fullmatch(line)
    if heading is not None:
        return heading[1] if "**" in heading[1] else f"**{heading[1]}**"
    line = _TASK.sub(lambda task: f"{task[1]}- {'☐' if task[2] == ' ' else '☑'} ", line, count=1)
    line = (
        _NUMBER.sub(r"\1. ", _BULLET.sub(r"\1- ", line, count=1), count=1)
        if line[:1] in " +0123456789"
        else line
    )
    line = _QUOTE.sub("> ", line, count=1) if ">" in line[:4] else line
    return prose(plainly(line), _inline)


def _inline(text: str) -> str:
    if "![" in text:
        text = _IMAGE.sub(lambda image: f"[🖼 {image[1]}]", text)
    if "__" in text:
        text = _BOLD.sub(r"**\1**", text)
    if "$$" in text or "\\(" in text or "\\[" in text:
        text = _FORMULA.sub(
            lambda it: f"`{(it[1] or it[2] or it[3]).strip()}`" if "`" not in it[0] else it[0], text
        )
    return text
