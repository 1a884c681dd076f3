"""Words within one block, as rich text: styles, links, hidden words, formulas. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from picklebot.platforms.telegram.rich.blocks import RichText

HIDE: Final = object()
"""Stands among the words where hidden ones begin, and `SHOW` where they end."""
SHOW: Final = object()
_HIDING: Final = "||"

_WEB_PAGE: Final = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?<!\w)https?://[^\s<>()\[\]|]*[^\s<>()\[\]|.,;:!?'\"*_~]", re.IGNORECASE)
_PICTURE: Final = "🖼"


def styled(kind: str, words: Sequence[Any], *, linked: bool) -> RichText:
    """Words in a style."""
    return {"type": kind, "text": rich_text(words, linked=linked)}


def code(text: str) -> RichText:
    """A piece of code."""
    return {"type": "code", "text": text}


def formula(expression: str) -> RichText:
    """A formula in a line; what holds nothing is no formula."""
    if not expression.strip():
        return f"${expression}$"
    return {"type": "mathematical_expression", "expression": expression.strip()}


def link(words: Sequence[Any], target: str) -> RichText:
    """A link to a web page. A model may link to nothing else, nor ping people: then it is only words."""
    text = rich_text(words, linked=True)
    if not _WEB_PAGE.fullmatch(target) or not text:
        return text
    return {"type": "url", "text": text, "url": target}


def picture(words: Sequence[Any], target: str) -> RichText:
    """A picture as a link to it: Telegram would fetch it from wherever a model says."""
    label = rich_text(words, linked=True)
    return link([f"{_PICTURE} ", label] if label else [_PICTURE], target)


def rich_text(words: Sequence[Any], *, linked: bool = False) -> RichText:
    """The words as one rich text; what is `linked` already holds no further links."""
    nodes = [each for node in _merged(_hidden(words)) for each in ([node] if linked else _linked(node))]
    return nodes[0] if len(nodes) == 1 else nodes or ""


def _hidden(words: Sequence[Any]) -> list[Any]:
    """The words with those between `HIDE` and `SHOW` in a spoiler; marks without a partner are only marks."""
    out: list[Any] = []
    begun: int | None = None
    for word in words:
        if word is HIDE and begun is None:
            begun = len(out)
            out.append(_HIDING)
        elif word is SHOW and begun is not None:
            inner = rich_text(out[begun + 1 :])
            out[begun:] = [{"type": "spoiler", "text": inner}]
            begun = None
        else:
            out.append(_HIDING if word is HIDE or word is SHOW else word)
    return out


def _merged(words: Sequence[Any]) -> Iterator[Any]:
    """The words with neighbouring texts as one, and lists taken apart."""
    text = ""
    for word in _flat(words):
        if isinstance(word, str):
            text += word
            continue
        if text:
            yield text
        yield word
        text = ""
    if text:
        yield text


def _flat(words: Sequence[Any]) -> Iterator[Any]:
    for word in words:
        if isinstance(word, list):
            yield from word
        else:
            yield word


def _linked(node: Any) -> Iterator[Any]:
    """A text with its bare addresses as links, for Telegram looks for none where it is told not to."""
    if not isinstance(node, str) or "://" not in node:
        yield node
        return
    at = 0
    for address in _ADDRESS.finditer(node):
        if not _WEB_PAGE.fullmatch(address[0]):
            continue
        if address.start() > at:
            yield node[at : address.start()]
        yield {"type": "url", "text": address[0], "url": address[0]}
        at = address.end()
    if at < len(node):
        yield node[at:]
