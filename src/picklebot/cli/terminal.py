"""Words for a terminal. Pure."""

from __future__ import annotations


def printable(text: str) -> str:
    """Text that cannot play with the operator's terminal: control characters are shown as a dot."""
    return "".join(char if char in "\n\t" or char.isprintable() else "·" for char in text)
