"""A text and the cuts to be made in it."""

from __future__ import annotations

import re
from typing import Final

from picklebot.yamltext import Document

_BREAK: Final = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")


class Sheet:
    """Collects cuts in the text of a document; all offsets are those of the old text.

    While cuts are collected the last line counts as ended, whether it is or not; `render` restores that.
    """

    def __init__(self, document: Document) -> None:
        self.newline = document.newline
        self._missing = "" if not document.text or document.text.endswith(("\n", "\r")) else self.newline
        self.text = document.text + self._missing
        self._cuts: list[tuple[int, int, str]] = []

    def replace(self, start: int, end: int, piece: str) -> None:
        """Put `piece` in the place of what stands from `start` to `end`."""
        self._cuts.append((start, end, piece))

    def insert(self, at: int, piece: str) -> None:
        """Put `piece` before what stands at `at`, behind earlier pieces for that place."""
        self._cuts.append((at, at, piece))

    def line_start(self, at: int) -> int:
        """Where the line that holds offset `at` begins."""
        start = self.text.rfind("\n", 0, at) + 1
        for found in _BREAK.finditer(self.text, start, at):
            start = found.end()
        return start

    def line_end(self, at: int) -> int:
        """Where the line that holds what ends at `at` ends, its line break included."""
        if at and _BREAK.fullmatch(self.text[at - 1]):
            return at
        found = _BREAK.search(self.text, at)
        return found.end() if found else len(self.text)

    def render(self) -> str:
        """The text with every cut made."""
        pieces: list[str] = []
        done = 0
        for start, end, piece in sorted(self._cuts, key=lambda cut: cut[:2]):
            pieces += (self.text[done:start], piece)
            done = end
        text = "".join(pieces) + self.text[done:]
        return text.removesuffix(self._missing)
