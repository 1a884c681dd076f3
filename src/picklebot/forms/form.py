"""The base of every form, and the kinds of values that several forms ask for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError


class Form(BaseModel):
    """A block of keys and values. Unknown keys are refused, and what was read never changes."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


def wrong(message: str, *, item: str | None = None) -> PydanticCustomError:
    """The error a validator raises. `item` is the entry of a list that is meant, where there is one."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "item": item})


def listed(value: Any) -> list[Any] | Any:
    """A list as people write it: a list, one scalar, or one text with commas. Other values pass through."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else value


def _ids(value: Any) -> Any:
    items = listed(value)
    if not isinstance(items, list | tuple | frozenset):
        raise wrong("must be a list of ids")
    return frozenset(map(_id, cast("Iterable[Any]", items)))


def _id(item: Any) -> str:
    text = str(item).strip() if isinstance(item, str | int) else ""
    if text == "*" or (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()):
        return text
    shown = repr(text) if text else "this"
    hint = "/whoami shows the number" if text.startswith("@") or text.isidentifier() else "ids are numbers"
    raise wrong(f"{shown} is not an id; {hint}", item=text)


def _http_url(text: str) -> str:
    return checked_url(text, ("http", "https"))


def checked_url(text: str, schemes: tuple[str, ...]) -> str:
    """`text` without a closing slash. Raises `wrong` unless it is an absolute URL of one of `schemes`."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine or any(mark.isspace() for mark in text):
        raise wrong(f"must be a URL that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return text.rstrip("/")


_ID_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "integer"}]}

Ids = Annotated[
    frozenset[str],
    BeforeValidator(_ids),
    WithJsonSchema(
        {"anyOf": [{"type": "array", "items": _ID_SCHEMA, "uniqueItems": True}, *_ID_SCHEMA["anyOf"]]}
    ),
]
"""Ids as text; 123 and "123" are the same, and "*" stands for everybody."""

Names = Annotated[tuple[str, ...], BeforeValidator(listed)]
"""A list of words; one word alone will do."""

HttpUrl = Annotated[str, AfterValidator(_http_url)]
"""An http or https URL, without a closing slash."""
