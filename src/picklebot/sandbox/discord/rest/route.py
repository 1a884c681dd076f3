"""The nouns of REST here: a route, a call of it, and an uploaded file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.refusals import invalid_form


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart body."""

    filename: str
    data: bytes


@dataclass(frozen=True, slots=True)
class RestCall:
    """What the bot sent: the ids of the path, the query, the JSON body, and files by field name."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json | list[Any] | None
    files: Mapping[str, Upload]

    def id(self, name: str) -> int:
        """A snowflake of the path. Raises Refused (50035) when it is not one."""
        return snowflake(name, self.path[name])

    @property
    def form(self) -> Json:
        """The body when it is an object; anything else is refused (50035)."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise invalid_form("_", "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return self.body


@dataclass(frozen=True, slots=True)
class Route:
    """METHOD and path, and who answers: JSON, or None for 204. An `open` one carries its own token."""

    method: str
    path: str
    answer: Callable[[RestCall], Any]
    open: bool = False

    @property
    def name(self) -> str:
        """As it appears in logs and faults."""
        return f"{self.method} {self.path}"


def snowflake(field: str, value: Any) -> int:
    """An id from the wire. Raises Refused (50035)."""
    text = str(value)
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise invalid_form(field, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
    return int(text)
