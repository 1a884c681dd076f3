"""From Markdown to rich messages, each of which can also be said plainly. Pure.

A part is never longer than a plain message, although Telegram would take eight times as much. So whatever is refused
as a rich message is the same part with entities, and the apps that show only the beginning of long ones show all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

import pyromark

from picklebot.platforms.telegram.render import (
    LESS_THAN,
    LIMIT,
    Entity,
    Part,
    clean,
    most,
    render,
    unmarked,
    written,
)
from picklebot.platforms.telegram.rich.blocks import Block, Size, plain_text
from picklebot.platforms.telegram.rich.reader import Found, Reader
from picklebot.platforms.telegram.rich.source import Source
from picklebot.platforms.telegram.utf16 import units
from picklebot.replies.markdown.characters import visible
from picklebot.replies.markdown.tables import aligned

_OPTIONS: Final = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_MATH
)


_SHORT: Final = 4
"""A text that is so many times as long as a message is more than one."""
_NEARLY: Final = 0.9
"""How full of one table a message is at most, as its columns may be wider in the next."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A piece of the document that is not parted where it need not be: as blocks, and as plain messages.

    `size` is that of its blocks, `length` that of its first plain message in UTF-16 units. `gap` stands between it
    and the one before, and `goes_on` says that both belong to one list. Without `blocks` it is only plain.
    """

    blocks: tuple[Block, ...]
    plain: tuple[Part, ...]
    size: Size
    length: int
    gap: str = "\n\n"
    goes_on: bool = False

    @classmethod
    def of(cls, blocks: Sequence[Block], plain: Sequence[Part], *, near: bool = False) -> _Unit:
        """One of these blocks, if they say the same as one plain message and Telegram takes them."""
        size = Size.of(blocks)
        fits = size.fits and len(plain) == 1
        length = len(units(plain[0].text))
        return cls(tuple(blocks) if fits else (), tuple(plain), size, length, "\n" if near else "\n\n")


def render_richly(markdown: str, limit: int = LIMIT) -> list[Part]:
    """Cut `markdown`, finished or not, into messages as `render` does; where it shows more they are rich."""
    source = Source.of(clean(markdown))
    text = "\n".join(source.lines)
    found = Reader(text.encode()).read(pyromark.events_with_range(text, options=_OPTIONS))
    blocks = [block for each in found for block in each.blocks or ()]
    size = Size.of(blocks)
    if not _worth_it(blocks, size):
        return render(markdown, limit)
    whole = render(markdown, limit) if len(text) <= _SHORT * limit else []
    if len(whole) == 1 and size.fits and all(each.blocks is not None for each in found):
        return [replace(whole[0], rich=tuple(blocks))]
    return list(_grouped(_units(source, text, found, limit), limit)) or render(markdown, limit)


def _units(source: Source, text: str, found: Sequence[Found], limit: int) -> Iterator[_Unit]:
    """The pieces of the document, in order: its blocks, and of long lists and tables their parts."""
    begins = list(accumulate((len(line.encode()) + 1 for line in text.split("\n")), initial=0))

    def line_at(place: int) -> int:
        return bisect_right(begins, place) - 1

    first = [0, *(line_at(each.start) for each in found[1:]), len(source.lines)]
    for number, each in enumerate(found):
        begin, end = first[number], first[number + 1]
        if each.lossy:
            yield from _verbatim(source, begin, end, limit)
            continue
        whole = _unit(source, begin, end, each.blocks, limit)
        if whole is None:
            continue
        if each.items and each.blocks and (not whole.blocks or whole.length > limit // 2):
            yield from _items(source, [begin, *map(line_at, each.items[1:]), end], each.blocks, limit)
        elif len(whole.plain) > 1 and each.blocks and each.blocks[0]["type"] == "table":
            yield from _rows(source, line_at(each.start), each.blocks[0], whole, limit)
        else:
            yield whole


def _unit(source: Source, begin: int, end: int, blocks: Sequence[Block] | None, limit: int) -> _Unit | None:
    """Some lines of the document; None where they say nothing."""
    lines = source.slice(begin, end)
    if not visible(lines):
        return None
    near = begin > 0 and bool(source.lines[begin - 1].strip())
    return _Unit.of(blocks or (), written(lines, lines, limit), near=near)


def _verbatim(source: Source, begin: int, end: int, limit: int) -> Iterator[_Unit]:
    """Lines of which the parser would drop something, as they are."""
    if plain := unmarked(source.slice(begin, end), limit):
        yield _Unit.of((), plain)


def _items(source: Source, first: Sequence[int], blocks: Sequence[Block], limit: int) -> Iterator[_Unit]:
    """The items of a list, each as a list of its own."""
    for number, item in enumerate(blocks[0]["items"]):
        one: Block = {"type": "list", "items": [item]}
        unit = _unit(source, first[number], first[number + 1], [one], limit)
        if unit is not None:
            yield replace(unit, goes_on=number > 0)


def _rows(source: Source, begin: int, table: Block, whole: _Unit, limit: int) -> Iterator[_Unit]:
    """A long table as several, each with its head."""
    head, *rows = table["cells"]
    titles, rule, *lines = (
        line.replace(LESS_THAN, "<") for line in source.lines[begin : begin + 2 + len(rows)]
    )
    total = sum(len(units(part.text)) for part in whole.plain)
    many = max(1, int(_NEARLY * limit * len(rows) / total))
    for at in range(0, len(rows), many):
        shown = "\n".join(("```", *aligned((titles, rule, *lines[at : at + many])), "```"))
        plain = written(shown, shown, limit)
        yield _Unit.of([{**table, "cells": [head, *rows[at : at + many]]}], plain)


def _grouped(pieces: Iterable[_Unit], limit: int) -> Iterator[Part]:
    """Messages of as many pieces as go into one."""
    group: list[_Unit] = []
    size, length = Size(), 0
    for unit in pieces:
        longer = length + len(unit.gap) + unit.length
        if group and not (unit.blocks and longer <= limit and (size + unit.size).fits):
            yield _part(group, size)
            group, size, length = [], Size(), 0
        if unit.blocks:
            length += unit.length + (len(unit.gap) if group else 0)
            size += unit.size
            group.append(unit)
        else:
            yield from unit.plain
    if group:
        yield _part(group, size)


def _blocks(group: Sequence[_Unit]) -> tuple[Block, ...]:
    """The blocks of some pieces, with the items of one list in one."""
    blocks: list[Block] = []
    for unit in group:
        if unit.goes_on and blocks:
            blocks[-1] = {**blocks[-1], "items": [*blocks[-1]["items"], *unit.blocks[0]["items"]]}
        else:
            blocks.extend(unit.blocks)
    return tuple(blocks)


def _part(group: Sequence[_Unit], size: Size) -> Part:
    texts, entities, at = list[str](), list[Entity](), 0
    for unit in group:
        if texts:
            texts.append(unit.gap)
            at += len(unit.gap)
        entities += ({**entity, "offset": entity["offset"] + at} for entity in unit.plain[0].entities)
        texts.append(unit.plain[0].text)
        at += unit.length
    blocks = _blocks(group)
    return Part("".join(texts), most(tuple(entities)), rich=blocks if _worth_it(blocks, size) else ())


def _worth_it(blocks: Sequence[Block], size: Size) -> bool:
    """Whether blocks show more than entities do; Telegram takes none without words."""
    return size.structured and visible(plain_text(list(blocks)))
