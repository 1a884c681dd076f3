"""Whose language is spoken: that of whoever the words are for, from where work for them begins."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any, Final

from picklebot.model.words import english, german

LANGUAGES: Final[dict[str, ModuleType]] = {"en": english, "de": german}
"""The languages there are, by their codes; what each says is a module with the same names as `english`."""

_spoken: ContextVar[ModuleType] = ContextVar("spoken", default=english)


@contextmanager
def in_language(code: str) -> Generator[None]:
    """Speak this language here and in every task that is begun here; English where we do not know it.

    `code` is what a platform says of its user, such as `de` or `pt-BR`; it is not trusted.
    """
    before = _spoken.set(LANGUAGES.get(code[:2].lower() if code[2:3] in {"", "-", "_"} else "", english))
    try:
        yield
    finally:
        _spoken.reset(before)


def for_operators() -> AbstractContextManager[None]:
    """Speak the language of those who run the bot, whoever it is that they are told of."""
    return in_language("")


def say(name: str) -> Any:
    """What is called `name` in the language that is spoken here. Raises AttributeError where nothing is."""
    return getattr(_spoken.get(), name)


def in_all(name: str) -> dict[str, Any]:
    """What is called `name`, in each language by its code."""
    return {code: getattr(language, name) for code, language in LANGUAGES.items()}
