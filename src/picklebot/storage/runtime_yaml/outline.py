"""Where in the file each platform's sessions stand, so that a few changes need no reading of the rest.

A file of 100,000 bindings takes two seconds to parse, splice and prove. What the service has just written
itself is known by heart: new lines go to the end of their block, and an entry in our own form is found as text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from picklebot.ports.ledger import BindingChange
from picklebot.storage.runtime_yaml.sheet import Sheet
from picklebot.storage.runtime_yaml.splice import entry_line, revision_line
from picklebot.storage.runtime_yaml.view import REVISION_LINE, session_tables
from picklebot.yamltext import Document
from picklebot.yamltext.document import Table

Cut: TypeAlias = tuple[int, int, bytes]
"""From, to, and what comes into that place."""

_MOST_SEARCHES: Final = 32
_BOM: Final = 3


@dataclass(frozen=True, slots=True)
class Block:
    """One platform's sessions in block style: from the first entry's line to behind the last one's, in bytes."""

    start: int
    end: int
    indent: str
    entries: int


@dataclass(frozen=True, slots=True)
class Outline:
    """The places of one content. `head` is where its revision line stands, without the line break."""

    head: tuple[int, int]
    newline: str
    blocks: Mapping[str, Block]


def outline(document: Document) -> Outline | None:
    """The places of a file with a revision line; None where the last line has no end, which needs care."""
    found = REVISION_LINE.match(document.text)
    if found is None or not document.text.endswith("\n"):
        return None
    sheet, shift = Sheet(document), _BOM * document.bom
    blocks = {
        platform: _block(sheet, table, shift)
        for platform, table in session_tables(document)
        if table.entries and not table.flow
    }
    return Outline((shift, found.end() + shift), document.newline, blocks)


def amend(
    content: bytes, places: Outline, changes: Sequence[BindingChange], revision: int
) -> tuple[bytes, Outline] | None:
    """The content after these changes, and its outline; None when it takes a real `splice`.

    The content must hold exactly the bindings from which the changes began. What comes out is byte for byte
    what `splice` would make of it.
    """
    cuts: list[Cut] = [(*places.head, revision_line(revision).encode())]
    added: defaultdict[str, list[bytes]] = defaultdict(list)
    for change in changes:
        block = places.blocks.get(change.platform)
        if block is None or len(cuts) > _MOST_SEARCHES:
            return None
        line = _line(block, places.newline, change.key, change.after)
        if change.before is None:
            added[change.platform].append(line)
            continue
        at = _find(content, block, _line(block, places.newline, change.key, change.before))
        if at is None:
            return None
        cuts.append((*at, line))
    for platform, lines in added.items():
        end = places.blocks[platform].end
        cuts.append((end, end, b"".join(lines)))
    cuts.sort(key=lambda cut: cut[:2])
    moved = _moved(places, cuts, changes)
    return None if moved is None else (_cut(content, cuts), moved)


def _block(sheet: Sheet, table: Table, shift: int) -> Block:
    first = next(iter(table.entries.values()))
    start = shift + _bytes_before(sheet.text, sheet.line_start(first.key.start))
    end = shift + _bytes_before(sheet.text, sheet.line_end(table.end))
    return Block(start, end, " " * table.column, len(table.entries))


def _bytes_before(text: str, at: int) -> int:
    return at if text.isascii() else len(text[:at].encode())


def _line(block: Block, newline: str, key: str, session_id: str | None) -> bytes:
    return b"" if session_id is None else f"{block.indent}{entry_line(key, session_id)}{newline}".encode()


def _find(content: bytes, block: Block, line: bytes) -> tuple[int, int] | None:
    """Where this very line stands in the block. Left to `splice`: the last line, since new ones follow it,
    and an id in quotes, since they stay."""
    if line.rstrip().endswith(b'"'):
        return None
    before = content.find(b"\n" + line, block.start - 1, block.end)
    start, end = before + 1, before + 1 + len(line)
    return None if before < 0 or end == block.end else (start, end)


def _cut(content: bytes, cuts: Sequence[Cut]) -> bytes:
    pieces: list[bytes | memoryview] = []
    view, done = memoryview(content), 0
    for start, end, piece in cuts:
        pieces += (view[done:start], piece)
        done = end
    return b"".join((*pieces, view[done:]))


def _moved(places: Outline, cuts: Sequence[Cut], changes: Sequence[BindingChange]) -> Outline | None:
    """The outline after the cuts; None where a block would lose its last entry."""
    blocks: dict[str, Block] = {}
    for platform, block in places.blocks.items():
        ours = [change for change in changes if change.platform == platform]
        entries = block.entries + sum((it.before is None) - (it.after is None) for it in ours)
        if entries < 1:
            return None
        start = block.start + _growth(cuts, block.start - 1)
        end = block.end + _growth(cuts, block.end)
        blocks[platform] = replace(block, start=start, end=end, entries=entries)
    start, end = places.head
    return replace(places, head=(start, end + _growth(cuts, start)), blocks=blocks)


def _growth(cuts: Sequence[Cut], up_to: int) -> int:
    """By how much the cuts that begin at `up_to` or before it lengthen the content."""
    return sum(len(piece) - (end - start) for start, end, piece in cuts if start <= up_to)
