"""From what the Markdown parser finds to blocks. Pure, and without recursion, for texts nest as deep as they like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

from picklebot.platforms.telegram.render import LESS_THAN
from picklebot.platforms.telegram.rich import inline
from picklebot.platforms.telegram.rich.blocks import DEEPEST, Block

HIDE_TAG: Final = "<tg-spoiler>"
SHOW_TAG: Final = "</tg-spoiler>"

_LANGUAGE: Final = re.compile(r"[\w+#.-]{1,32}")
_BAR: Final = re.compile(r"(?<!\\)\|")
_STYLES: Final = {"Strong": "bold", "Emphasis": "italic", "Strikethrough": "strikethrough"}
_HOLDERS: Final = frozenset({"root", "Item", "BlockQuote"})
"""What holds blocks; words that stand in it alone are a paragraph."""
_SIDES: Final = {"Left": "left", "Center": "center", "Right": "right"}
_NOTHING: Final = "\u00a0"


@dataclass(slots=True)
class Found:
    """A block of the document, where it begins in bytes, and where the items begin if it is a list.

    Without `blocks` it nests too deep to be shown richly; of a `lossy` one something would be missing.
    """

    start: int
    blocks: list[Block] | None
    lossy: bool = False
    items: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class _Frame:
    """Something that has begun: what it holds so far as `blocks`, and as `words` what is no block yet."""

    kind: str
    about: Any = None
    linked: bool = False
    words: list[Any] = field(default_factory=list[Any])
    blocks: list[Any] = field(default_factory=list[Any])

    def close_paragraph(self) -> None:
        """Make a paragraph of the words; formulas that stand alone are blocks of their own."""
        words, self.words = self.words, []
        for run in _runs(words):
            if isinstance(run, _Displayed):
                self.blocks.append({"type": "mathematical_expression", "expression": run.expression})
            elif _says_something(text := inline.rich_text(run)):
                self.blocks.append({"type": "paragraph", "text": text})


@dataclass(frozen=True, slots=True)
class _Displayed:
    """A formula on lines of its own."""

    expression: str


class Reader:
    """Reads one document: `source` is what was parsed, as bytes, for the places of events are bytes."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._stack = [_Frame("root")]
        self._found: list[Found] = []
        self._skipped = 0
        self._too_deep = False

    def read(self, events: Iterable[Any]) -> list[Found]:
        """The blocks of the document in their order."""
        for event, place in events:
            if isinstance(event, str):
                self._mark(event, place["start"])
                continue
            (name, value) = next(iter(event.items()))
            if name == "Start":
                self._start(_kind(value), value, place["start"])
            elif name == "End":
                self._end(place)
            elif not self._skipped:
                self._say(name, value.replace(LESS_THAN, "<") if isinstance(value, str) else value)
        return self._found

    def _start(self, kind: str, value: Any, start: int) -> None:
        if len(self._stack) == 1:
            self._found.append(Found(start, None))
            self._too_deep = False
        if self._skipped or len(self._stack) > DEEPEST:
            self._skipped += 1
            self._too_deep = True
            return
        if kind == "Item" and len(self._stack) == 2:
            self._found[-1].items.append(start)
        parent = self._stack[-1]
        if kind not in _STYLES and kind not in ("Link", "Image"):
            parent.close_paragraph()
        about = None if isinstance(value, str) else value[kind]
        linked = parent.linked or kind in ("Link", "Image")
        self._stack.append(_Frame(kind, about, linked))

    def _end(self, place: Any) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            frame = self._stack.pop()
            self._build(frame, self._stack[-1], place)
        if len(self._stack) == 1 and not self._skipped:
            root = self._stack[0]
            known = self._found[-1]
            known.blocks = None if self._too_deep or known.lossy else root.blocks
            root.blocks = []

    def _mark(self, event: str, start: int) -> None:
        """A rule, or the end of a line."""
        if event != "Rule":
            if not self._skipped:
                self._stack[-1].words.append("\n")
        elif len(self._stack) == 1:
            self._found.append(Found(start, [{"type": "divider"}]))
        elif not self._skipped:
            self._stack[-1].close_paragraph()
            self._stack[-1].blocks.append({"type": "divider"})

    def _say(self, name: str, value: Any) -> None:
        frame = self._stack[-1]
        match name:
            case "Text":
                frame.words.append(value)
            case "Code":
                frame.words.append(inline.code(value))
            case "InlineMath":
                frame.words.append(inline.formula(value))
            case "DisplayMath":
                alone = frame.kind in _HOLDERS or frame.kind == "Paragraph"
                shown = _Displayed(value.strip()) if alone and value.strip() else inline.formula(value)
                frame.words.append(shown)
            case "TaskListMarker":
                item = next(it for it in reversed(self._stack) if it.kind == "Item")
                item.about = bool(value)
            case "InlineHtml" if value in (HIDE_TAG, SHOW_TAG):
                frame.words.append(inline.HIDE if value == HIDE_TAG else inline.SHOW)
            case _:
                frame.words.append(str(value))

    def _build(self, frame: _Frame, parent: _Frame, place: Any) -> None:
        """Hand what has ended to what holds it."""
        match frame.kind:
            case "Strong" | "Emphasis" | "Strikethrough":
                if _says_something(frame.words):
                    parent.words.append(inline.styled(_STYLES[frame.kind], frame.words, linked=frame.linked))
            case "Link":
                parent.words.append(inline.link(frame.words, frame.about["dest_url"]))
            case "Image":
                parent.words.append(inline.picture(frame.words, frame.about["dest_url"]))
            case "TableCell":
                parent.blocks.append(inline.rich_text(frame.words))
            case "TableHead" | "TableRow":
                parent.blocks.append(frame.blocks)
                self._found[-1].lossy |= self._too_many(place, len(frame.blocks))
            case "Table":
                parent.blocks.append(_table(frame))
            case _:
                self._build_block(frame, parent)

    def _build_block(self, frame: _Frame, parent: _Frame) -> None:
        match frame.kind:
            case "Heading":
                size = int(str(frame.about["level"]).removeprefix("H"))
                text = inline.rich_text([_inline(word) for word in frame.words])
                if _says_something(text):
                    parent.blocks.append({"type": "heading", "text": text, "size": size})
            case "CodeBlock":
                parent.blocks.extend(_code(frame))
            case "Item":
                frame.close_paragraph()
                parent.blocks.append((frame.about, frame.blocks))
            case "List":
                parent.blocks.append(_list(frame))
            case "BlockQuote":
                frame.close_paragraph()
                if frame.blocks:
                    parent.blocks.append({"type": "blockquote", "blocks": frame.blocks})
            case _:  # a paragraph, or something that only holds words
                frame.close_paragraph()
                parent.blocks.extend(frame.blocks)

    def _too_many(self, place: Any, columns: int) -> bool:
        """Whether a row has more cells than its table has columns: the parser drops those."""
        row = self._source[place["start"] : place["end"]].decode(errors="replace").strip()
        return len(_BAR.split(row.removeprefix("|").removesuffix("|"))) > columns


def _kind(value: Any) -> str:
    return value if isinstance(value, str) else str(next(iter(value)))


def _runs(words: Iterable[Any]) -> Iterator[Any]:
    """Words between formulas that stand alone, and those formulas."""
    run: list[Any] = []
    for word in words:
        if isinstance(word, _Displayed):
            yield _trimmed(run)
            yield word
            run = []
        else:
            run.append(word)
    yield _trimmed(run)


def _trimmed(run: list[Any]) -> list[Any]:
    """The words without line breaks around them."""
    while run and run[0] == "\n":
        run = run[1:]
    while run and run[-1] == "\n":
        run = run[:-1]
    return run


def _inline(word: Any) -> Any:
    return inline.formula(word.expression) if isinstance(word, _Displayed) else word


def _says_something(text: Any) -> bool:
    if isinstance(text, str):
        return bool(text.strip())
    return bool(text) if not isinstance(text, list) else any(map(_says_something, cast("list[Any]", text)))


def _code(frame: _Frame) -> Iterator[Block]:
    text = "".join(frame.words).removesuffix("\n")
    info = "" if isinstance(frame.about, str) else str(frame.about.get("Fenced", ""))
    if info == "math" and text.strip():
        yield {"type": "mathematical_expression", "expression": text.strip()}
    elif text.strip():
        language = {"language": info} if _LANGUAGE.fullmatch(info) else {}
        yield {"type": "pre", "text": text, **language}


def _list(frame: _Frame) -> Block:
    items: list[Block] = []
    for number, (task, blocks) in enumerate(frame.blocks, frame.about or 0):
        item: Block = {"blocks": blocks or [{"type": "paragraph", "text": _NOTHING}]}
        if task is not None:
            item["has_checkbox"] = True
        if task:
            item["is_checked"] = True
        if frame.about is not None:
            item |= {"value": number, "type": "1"}
        items.append(item)
    return {"type": "list", "items": items}


def _table(frame: _Frame) -> Block:
    sides = [_SIDES.get(str(side), "left") for side in frame.about]
    rows = [
        [
            {"text": cell, "align": side, "valign": "top", **({"is_header": True} if first else {})}
            for cell, side in zip(row, sides, strict=False)
        ]
        for first, row in _with_first(frame.blocks)
    ]
    return {"type": "table", "cells": rows, "is_bordered": True}


def _with_first(rows: Iterable[Any]) -> Iterator[tuple[bool, Any]]:
    for number, row in enumerate(rows):
        yield number == 0, row
