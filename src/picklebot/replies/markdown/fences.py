"""Code blocks between fences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FENCE: Final = re.compile(r"\s*(`{3,}|~{3,})([^`\n]*)")
_LANGUAGE: Final = re.compile(r"[\w+#.-]{1,32}")


@dataclass(frozen=True, slots=True)
class Fence:
    """An open code block: the mark that began it, and what stood behind the mark."""

    mark: str
    info: str = ""

    @property
    def language(self) -> str:
        """The name of a programming language, or nothing."""
        return self.info if _LANGUAGE.fullmatch(self.info) else ""

    def closed_by(self, line: str) -> bool:
        """Whether this line ends the block."""
        closing = line.strip()
        return len(closing) >= len(self.mark) and set(closing) == {self.mark[0]}


def fence_after(fence: Fence | None, line: str) -> Fence | None:
    """The code block that is open after this line, when `fence` was before it."""
    if fence is not None:
        return None if fence.closed_by(line) else fence
    match = _FENCE.fullmatch(line)
    return None if match is None else Fence(match[1], match[2].strip())
