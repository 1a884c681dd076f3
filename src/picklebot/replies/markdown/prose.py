"""What is changed in prose on every platform, for no chat shows it as it was meant."""

from __future__ import annotations

import re
from typing import Final

from picklebot.replies.markdown.inline import prose

_PRODUCT: Final = re.compile(r"(?<=\w)\*(?=\w)")
_OR: Final = re.compile(r"(?<=\s)\|\|(?=\s)")
_NOTE: Final = re.compile(r"\[\^([\w-]{1,24})\](:?)")
_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def plainly(line: str) -> str:
    """A line in which products stay products, an "or" hides nothing, and footnotes are small numbers."""
    if "*" in line or "||" in line or "[^" in line:
        return prose(line, _plainly)
    return line


def _plainly(text: str) -> str:
    if text.count("*") > 1:
        text = _PRODUCT.sub(r"\\*", text)
    return _NOTE.sub(_note, _OR.sub(r"\\|\\|", text))


def _note(match: re.Match[str]) -> str:
    name = match[1]
    return name.translate(_RAISED) if name.isascii() and name.isdigit() else f"({name}){match[2]}"
