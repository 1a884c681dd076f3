"""What must never be read in a log, and how it is blotted out. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast
from urllib.parse import quote, quote_plus

HIDDEN: Final = "***"
SHORTEST: Final = 4
"""A known secret shorter than this is not looked for: it would blot out ordinary words."""

_DEEPEST: Final = 8
_LOUD_KEYS: Final = re.compile(
    r"(?:.*[_-])?(?:token|api[_-]?key|password|secret|authorization|cookie)s?", re.IGNORECASE
)
_SHAPES: Final = (
    (re.compile(r"\d{6,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}"), HIDDEN),  # a Telegram bot token
    (re.compile(r"\b[A-Za-z0-9_-]{18,}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{25,}"), HIDDEN),  # a Discord one
    (re.compile(r"\b(Bearer|Basic)(\s+)[A-Za-z0-9._~+/=-]{4,}", re.IGNORECASE), rf"\1\2{HIDDEN}"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{8,}"), HIDDEN),  # OpenAI's and Anthropic's keys
    (re.compile(r"(x-api-key\W{1,6})[^\s\"',;)}\]]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+(?=@)"), rf"\1{HIDDEN}"),  # a password in a URL
)


class Redactor:
    """Blots out known secrets, in plain and in quoted form, and whatever has the shape of one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Blot these out from now on."""
        self._known.update(form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret))
        longest_first = sorted(self._known, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        """`text` without secrets."""
        if self._pattern is not None:
            text = self._pattern.sub(HIDDEN, text)
        for shape, replacement in _SHAPES:
            text = shape.sub(replacement, text)
        return text

    def value(self, value: Any, depth: int = 0) -> Any:
        """A JSON-ready copy of any value without secrets; unknown objects become their text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if depth < _DEEPEST and isinstance(value, Mapping):
            fields = cast("Mapping[Any, Any]", value)
            return {self.text(str(key)): self._field(str(key), inner, depth) for key, inner in fields.items()}
        if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
            return [self.value(item, depth + 1) for item in cast("Iterable[Any]", value)]
        return self.text(_words(value))

    def _field(self, key: str, value: Any, depth: int) -> Any:
        if _LOUD_KEYS.fullmatch(key) and value and isinstance(value, str | bytes):
            return HIDDEN
        return self.value(value, depth + 1)


def _forms(secret: str) -> set[str]:
    """The ways in which a secret may be spelled."""
    spelled = json.dumps(secret)[1:-1], repr(secret)[1:-1]
    return {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), *spelled}


def _words(value: object) -> str:
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return repr(value)
