"""What a rich message is made of, as JSON, and Telegram's limits for it. Pure.

Source: https://core.telegram.org/bots/api#rich-message-formatting-options and #inputrichblock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

Block: TypeAlias = dict[str, Any]
"""An InputRichBlock."""
RichText: TypeAlias = Any
"""A text, a list of RichTexts, or an object that styles one."""

MOST_CHARACTERS: Final = 32_768
MOST_BLOCKS: Final = 500
"""What stands within others counts, too: items of lists, rows of tables, what quotes hold."""
DEEPEST: Final = 16
"""Levels of blocks and styles within each other."""
MOST_COLUMNS: Final = 20

_STRUCTURES: Final = frozenset({"heading", "list", "table", "divider", "mathematical_expression"})
_MAIL: Final = re.compile(r"\S@\S")
_WITHIN: Final = ("text", "blocks", "items", "cells")
_EXPRESSION: Final = "expression"


@dataclass(slots=True)
class Size:
    """What Telegram counts of blocks; `structured` says that entities could not show them as well."""

    characters: int = 0
    blocks: int = 0
    depth: int = 0
    columns: int = 0
    structured: bool = False

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> Size:
        """The size of these blocks together."""
        size = cls()
        for block in blocks:
            size._add(block, 1)
        return size

    @property
    def fits(self) -> bool:
        """Whether Telegram takes a message of this size, also when it is marked as a repeat."""
        return (
            self.characters < MOST_CHARACTERS - 1
            and self.blocks < MOST_BLOCKS
            and self.depth <= DEEPEST
            and self.columns <= MOST_COLUMNS
        )

    def __add__(self, other: Size) -> Size:
        return Size(
            self.characters + other.characters,
            self.blocks + other.blocks,
            max(self.depth, other.depth),
            max(self.columns, other.columns),
            self.structured or other.structured,
        )

    def _add(self, node: Any, depth: int) -> None:
        if isinstance(node, str):
            self.characters += len(node)
        elif isinstance(node, list):
            for each in cast("list[Any]", node):
                self._add(each, depth)
        else:
            self._add_object(node, depth)

    def _add_object(self, node: Block, depth: int) -> None:
        self.depth = max(self.depth, depth)
        self.structured = self.structured or node.get("type") in _STRUCTURES
        self.characters += len(node.get(_EXPRESSION, ""))
        self.blocks += _counts(node)
        if "cells" in node:
            self.blocks += len(node["cells"])
            self.columns = max(self.columns, *map(len, node["cells"]))
        for name in _WITHIN:
            if name in node:
                self._add(node[name], depth + 1)


def _counts(node: Block) -> bool:
    """Whether this object is a block or an item of a list, and no style and no cell."""
    return "blocks" in node or node.get("type") in _BLOCK_TYPES


_BLOCK_TYPES: Final = _STRUCTURES | {
    *("paragraph", "pre", "footer", "details", "thinking"),
    *("blockquote", "expandable_blockquote", "pullquote"),
}


def plain_text(node: Any) -> str:
    """The words of blocks or of a rich text, one line for each block, as somebody reads them out."""
    return "\n".join(line for line in _lines(node) if line.strip())


def detects_wrongly(words: str) -> bool:
    """Whether Telegram might look for a mail address where there is none, and refuse the message for it."""
    return _MAIL.search(words) is not None


def marked(blocks: Sequence[Block], mark: str) -> tuple[Block, ...]:
    """The blocks with a mark at their beginning."""
    first, *rest = blocks
    if first["type"] in ("paragraph", "heading"):
        return ({**first, "text": [mark, first["text"]]}, *rest)
    return ({"type": "paragraph", "text": mark.strip()}, *blocks)


def _lines(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        nodes = cast("list[Any]", node)
        if any(isinstance(each, dict) and _counts(cast("Block", each)) for each in nodes):
            for each in nodes:
                yield from _lines(each)
        else:
            yield "".join(map(_inline, nodes))
    elif isinstance(node, dict):
        block = cast("Block", node)
        for row in block.get("cells", ()):
            yield " | ".join(_inline(cell.get("text", "")) for cell in row)
        if "summary" in block:
            yield _inline(block["summary"])
        if _counts(block) and "text" not in block and _EXPRESSION not in block:
            yield from _lines([*block.get("blocks", ()), *block.get("items", ())])
        else:
            yield _inline(block)
    else:
        yield _inline(node)


def _inline(node: Any) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, list):
        return "".join(map(_inline, cast("list[Any]", node)))
    if isinstance(node, dict):
        named = cast("Block", node)
        said = named.get("text", named.get(_EXPRESSION, named.get("alternative_text", "")))
        return _inline(said)
    return ""
