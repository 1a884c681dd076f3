"""Telegram's HTML, refused the way Telegram refuses it.

Source: https://core.telegram.org/bots/api#html-style.
"""

import re
from dataclasses import dataclass, field

from picklebot.sandbox.telegram.refusal import BotApiError, bad_request
from picklebot.sandbox.telegram.text import Entity, utf16_length

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_ATTRIBUTE = re.compile(r"""\s+([a-zA-Z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?""")
_START = re.compile(rf"<([a-zA-Z][a-zA-Z0-9-]*)((?:{_ATTRIBUTE.pattern})*)\s*>")
_END = re.compile(r"</([a-zA-Z0-9-]*)\s*>")
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot)(?![a-zA-Z]));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int
    index: int


@dataclass(slots=True)
class _Parser:
    source: str
    at: int = 0
    text: list[str] = field(default_factory=list[str])
    length: int = 0
    open: list[_Open] = field(default_factory=list[_Open])
    entities: list[Entity] = field(default_factory=list[Entity])

    def run(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            self.step()
        if self.open:
            tag = self.open[-1].tag
            raise bad_request(
                f"can't parse entities: Can't find end tag corresponding to start tag \"{tag}\""
            )
        return "".join(self.text), sorted(self.entities, key=lambda e: (e["offset"], -e["length"]))

    def step(self) -> None:
        if self.source.startswith("</", self.at):
            self.close_tag()
        elif self.source[self.at] == "<":
            self.open_tag()
        elif self.source[self.at] == "&" and (match := _REFERENCE.match(self.source, self.at)):
            self.put(_referred(match))
            self.at = match.end()
        else:
            plain = re.compile(r"[^<&]+|&").match(self.source, self.at)
            assert plain is not None
            self.put(plain.group())
            self.at = plain.end()

    def put(self, text: str) -> None:
        self.text.append(text)
        self.length += utf16_length(text)

    def open_tag(self) -> None:
        match = _START.match(self.source, self.at)
        name = match[1].lower() if match else re.split(r"[\s>]", self.source[self.at + 1 :], maxsplit=1)[0]
        if match is None or name not in _TAGS:
            raise self.refused(f'Unsupported start tag "{name}"')
        attributes = {found[1].lower(): _value(found) for found in _ATTRIBUTE.finditer(match[2])}
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self.refused('Tag "span" must have class "tg-spoiler"')
        self.open.append(_Open(name, attributes, self.length, self.at))
        self.at = match.end()

    def close_tag(self) -> None:
        match = _END.match(self.source, self.at)
        if match is None:
            raise self.refused("Unclosed end tag")
        if not self.open:
            raise self.refused("Unexpected end tag")
        opened, name = self.open.pop(), match[1].lower()
        if name and name != opened.tag:
            raise self.refused("Unmatched end tag", f', expected "</{opened.tag}>", found "</{name}>"')
        self.at = match.end()
        self.add(opened)

    def add(self, opened: _Open) -> None:
        length = self.length - opened.offset
        entity = _entity(opened)
        if length == 0 or entity is None:
            return
        entity |= {"offset": opened.offset, "length": length}
        last = self.entities[-1] if self.entities else {}
        if opened.tag == "pre" and last.get("language") and _same_place(last, entity):
            entity["language"] = self.entities.pop()["language"]
        self.entities.append(entity)

    def refused(self, reason: str, more: str = "") -> BotApiError:
        offset = len(self.source[: self.at].encode("utf-8", "surrogatepass"))
        return bad_request(f"can't parse entities: {reason} at byte offset {offset}{more}")


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Split HTML into plain text and entities.

    Raises BotApiError (400, "can't parse entities") for an unknown, unclosed or crossed tag and for a bare `<`.
    """
    text, entities = _Parser(source).run()
    return text, [_without_stray_language(entity) for entity in entities]


def _value(found: re.Match[str]) -> str:
    return _REFERENCE.sub(_referred, found[2] or found[3] or found[4] or "")


def _referred(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1]) if match[1] else int(match[2], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match.group()


def _same_place(one: Entity, other: Entity) -> bool:
    return (one["offset"], one["length"]) == (other["offset"], other["length"])


def _entity(opened: _Open) -> Entity | None:
    """Give the entity of a closed tag; a link without an address is plain text."""
    kind, attributes = _TAGS[opened.tag], opened.attributes
    if opened.tag == "a":
        return {"type": kind, "url": attributes["href"]} if attributes.get("href") else None
    if opened.tag == "tg-emoji":
        return {"type": kind, "custom_emoji_id": attributes.get("emoji-id", "")}
    if opened.tag == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    if opened.tag == "code" and attributes.get("class", "").startswith("language-"):
        return {"type": kind, "language": attributes["class"].removeprefix("language-")}
    return {"type": kind}


def _without_stray_language(entity: Entity) -> Entity:
    """A language counts on `pre` only: `code` carried it up to here for the `pre` around it."""
    return {k: v for k, v in entity.items() if k != "language"} if entity["type"] == "code" else entity
