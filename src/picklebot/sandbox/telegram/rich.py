"""Rich messages, refused the way Telegram refuses them.

Source: https://core.telegram.org/bots/api#rich-message-formatting-options and #inputrichmessage. The sandbox reads
blocks; what comes as HTML or Markdown, and what needs a file, it refuses.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from picklebot.sandbox.telegram.params import Params
from picklebot.sandbox.telegram.refusal import BotApiError, bad_request

Block: TypeAlias = dict[str, Any]

MOST_CHARACTERS = 32_768
MOST_BLOCKS = 500
DEEPEST = 16
MOST_COLUMNS = 20

_STYLES = frozenset(
    {"bold", "italic", "underline", "strikethrough", "spoiler", "subscript", "superscript", "marked", "code"}
)
_NUMBERINGS = frozenset({"1", "a", "A", "i", "I"})
_LINK = re.compile(r"(?:https?|tg|mailto|tel|ton)://?\S+|(?:mailto|tel):\S+", re.IGNORECASE)
_ODD_MAIL = re.compile(r"\w:[\w.+-]+@[\w-]+\.\w")
"""What the detection of addresses takes for one that it then refuses."""


@dataclass(slots=True)
class _Check:
    """Walks over what a bot sent, and counts."""

    draft: bool
    characters: int = 0
    blocks: int = 0

    def block(self, raw: object, depth: int) -> Block:
        block = self.node(raw, "block", depth)
        read = _BLOCKS.get(str(block.get("type")))
        if read is None:
            raise _unparsed(f"unsupported block type {block.get('type')!r}")
        self.count(1)
        read(self, block, depth + 1)
        return block

    def all_blocks(self, raw: object, depth: int) -> None:
        blocks = self.array(raw, "blocks")
        if not blocks:
            raise _unparsed("an array of blocks must be non-empty")
        for each in blocks:
            self.block(each, depth)

    def words(self, raw: object, depth: int) -> None:
        match raw:
            case str():
                self.said(raw)
            case list():
                for each in cast("list[object]", raw):
                    self.words(each, depth)
            case _:
                self.styled(self.node(raw, "rich text", depth), depth + 1)

    def styled(self, styled: Block, depth: int) -> None:
        match styled.get("type"):
            case "mathematical_expression":
                self.said(self.named(styled, "expression"))
            case "url":
                if not _LINK.fullmatch(self.named(styled, "url")):
                    raise bad_request("RICH_MESSAGE_URL_INVALID")
                self.words(styled.get("text"), depth)
            case str(kind) if kind in _STYLES:
                self.words(styled.get("text"), depth)
            case other:
                raise _unparsed(f"unsupported rich text type {other!r}")

    def item(self, raw: object, depth: int) -> None:
        item = self.node(raw, "item", depth)
        self.count(1)
        value, numbering = item.get("value"), item.get("type", "1")
        if not isinstance(value, int | None) or numbering not in _NUMBERINGS:
            raise _unparsed("wrong label of a list item")
        if not all(isinstance(item.get(name, True), bool) for name in ("has_checkbox", "is_checked")):
            raise _unparsed("a checkbox must be a Boolean")
        if item.get("is_checked") and not item.get("has_checkbox"):
            raise _unparsed("only a checkbox can be checked")
        self.all_blocks(item.get("blocks"), depth + 1)

    def row(self, raw: object, depth: int) -> None:
        cells = self.array(raw, "row")
        self.count(1)
        if len(cells) > MOST_COLUMNS:
            raise bad_request("RICH_MESSAGE_TABLE_COLUMNS_TOO_MUCH")
        for each in cells:
            cell = self.node(each, "cell", depth)
            if cell.get("align") not in ("left", "center", "right"):
                raise _unparsed("wrong alignment of a cell")
            if cell.get("valign") not in ("top", "middle", "bottom"):
                raise _unparsed("wrong vertical alignment of a cell")
            if "text" in cell:
                self.words(cell["text"], depth + 1)

    def count(self, blocks: int) -> None:
        self.blocks += blocks
        if self.blocks > MOST_BLOCKS:
            raise bad_request("RICH_MESSAGE_BLOCKS_TOO_MUCH")

    def said(self, text: str) -> None:
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise bad_request("strings must be encoded in UTF-8")
        self.characters += len(text)
        if self.characters > MOST_CHARACTERS:
            raise bad_request("rich message is too long")

    def node(self, raw: object, name: str, depth: int) -> Block:
        if depth > DEEPEST:
            raise bad_request("RICH_MESSAGE_DEPTH_TOO_MUCH")
        if not isinstance(raw, dict):
            raise _unparsed(f"{name} must be an Object")
        return cast("Block", raw)

    def array(self, raw: object, name: str) -> list[object]:
        if not isinstance(raw, list):
            raise _unparsed(f"{name} must be an Array")
        return cast("list[object]", raw)

    def named(self, node: Block, name: str) -> str:
        text = node.get(name)
        if not isinstance(text, str) or not text.strip():
            raise _unparsed(f'field "{name}" must be a non-empty String')
        return text


def _heading(check: _Check, block: Block, depth: int) -> None:
    if block.get("size") not in range(1, 7):
        raise _unparsed("size of a heading must be 1 to 6")
    check.words(block.get("text"), depth)


def _pre(check: _Check, block: Block, depth: int) -> None:
    if "language" in block:
        check.named(block, "language")
    check.words(block.get("text"), depth)


def _thinking(check: _Check, block: Block, depth: int) -> None:
    if not check.draft:
        raise _unparsed("a thinking block is for drafts only")
    check.words(block.get("text"), depth)


def _list(check: _Check, block: Block, depth: int) -> None:
    items = check.array(block.get("items"), "items")
    if not items:
        raise _unparsed("a list must have items")
    for each in items:
        check.item(each, depth)


def _table(check: _Check, block: Block, depth: int) -> None:
    for each in check.array(block.get("cells"), "cells"):
        check.row(each, depth)


_BLOCKS: Mapping[str, Callable[[_Check, Block, int], None]] = {
    "paragraph": lambda check, block, depth: check.words(block.get("text"), depth),
    "footer": lambda check, block, depth: check.words(block.get("text"), depth),
    "heading": _heading,
    "pre": _pre,
    "divider": lambda _, __, ___: None,
    "mathematical_expression": lambda check, block, _: check.said(check.named(block, "expression")),
    "list": _list,
    "blockquote": lambda check, block, depth: check.all_blocks(block.get("blocks"), depth),
    "table": _table,
    "thinking": _thinking,
}


def read_rich(params: Params, *, draft: bool = False) -> tuple[Block, ...]:
    """Read `rich_message`. Raises BotApiError (400) for anything that Telegram would not take."""
    rich = params.json_object("rich_message")
    if rich is None:
        raise bad_request("rich message is empty")
    if sum(name in rich for name in ("html", "markdown", "blocks")) != 1:
        raise _unparsed("exactly one of html, markdown and blocks must be given")
    if "blocks" not in rich:
        raise _unparsed("the sandbox reads blocks only")
    check = _Check(draft)
    check.all_blocks(rich["blocks"], 1)
    blocks = cast("list[Block]", rich["blocks"])
    words = said(blocks)
    if not words.strip() and not any(block["type"] == "divider" for block in blocks):
        raise bad_request("rich message is empty")
    if not rich.get("skip_entity_detection") and _ODD_MAIL.search(words):
        raise bad_request("RICH_MESSAGE_EMAIL_INVALID")
    return tuple(blocks)


def received(node: Any) -> Any:
    """Blocks as a bot gets them back: each item of a list has the label that people see."""
    if isinstance(node, list):
        return [received(each) for each in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    fields = {name: received(value) for name, value in cast("Block", node).items()}
    if fields.get("type") == "list":
        fields["items"] = [{"label": _label(item), **item} for item in fields["items"]]
    return fields


def _label(item: Block) -> str:
    return f"{item['value']}." if "value" in item else "•"


def said(blocks: object) -> str:
    """The words of blocks, as a person would read them out: a line for each block, and for each row of a table."""
    return "\n".join(_lines(blocks))


def _lines(node: object) -> Iterator[str]:
    for block in cast("list[Block]", node):
        match block:
            case {"type": "divider"}:
                yield "———"
            case {"expression": expression}:
                yield str(expression)
            case {"cells": rows}:
                yield from (" | ".join(_words(cell.get("text", "")) for cell in row) for row in rows)
            case {"items": items}:
                for item in items:
                    yield from _lines(item["blocks"])
            case {"blocks": inner}:
                yield from _lines(inner)
            case _:
                yield _words(block.get("text", ""))


def _words(node: Any) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, list):
        return "".join(map(_words, cast("list[Any]", node)))
    return str(node["expression"]) if "expression" in node else _words(node["text"])


def _unparsed(reason: str) -> BotApiError:
    return bad_request(f"can't parse rich message: {reason}")
