"""Text as Telegram counts it, in UTF-16 units, and free of what no text may hold."""

from __future__ import annotations

import struct
from typing import Final

_ENCODING: Final = "utf-16-le"


def sound(text: str) -> str:
    """`text` with each lone surrogate and each NUL replaced; its length in units stays."""
    return whole(text.replace("\0", "\ufffd"))


def units(text: str) -> str:
    """`text` with one character a unit, so that its indexes are Telegram's offsets; `whole` undoes it."""
    if text.isascii():
        return text
    raw = text.encode(_ENCODING)
    return "".join(map(chr, struct.unpack(f"<{len(raw) // 2}H", raw)))


def whole(text: str) -> str:
    """The text of some units; half of a character is replaced."""
    if text.isascii():
        return text
    return text.encode(_ENCODING, "surrogatepass").decode(_ENCODING, "replace")
