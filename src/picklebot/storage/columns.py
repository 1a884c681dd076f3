"""Column types shared by all tables: times in UTC, and text that every database takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

Bind: TypeAlias = Callable[[Any], Any]
"""Turns a value into what the driver keeps of it."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as microseconds since 1970 and given back in UTC. A naive one is a TypeError."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy calls it so
        return microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy calls it so
        return None if value is None else utc_time(value)


class CleanText(TypeDecorator[str]):
    """Text as every database takes it: what none of them can hold becomes U+FFFD (see `clean`).

    This is the one place where it happens. A broken client can therefore never make an intake fail, and
    SQLite and PostgreSQL keep the same text.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy calls it so
        return kept_text(value)


def microseconds(at: datetime | None) -> int | None:
    """What is kept of a time. Raises TypeError for a naive one."""
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def utc_time(kept: int) -> datetime:
    """The time that was kept as this number."""
    return _EPOCH + timedelta(0, 0, kept)


def kept_text(text: str | None) -> str | None:
    """What is kept of a text, or of an enum's value."""
    if type(text) is str and text.isascii() and "\0" not in text:
        return text  # as nearly all are
    return None if text is None else clean(str(text))


def clean(text: str) -> str:
    """Replace NUL, which PostgreSQL refuses, and lone surrogates, which UTF-8 cannot say."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def growing() -> TypeEngine[int]:
    """A 64-bit number that the database counts up; SQLite does so only for its own INTEGER."""
    return BigInteger().with_variant(Integer(), "sqlite")


def bind_of(column_type: TypeEngine[Any]) -> Bind | None:
    """How values of a column of this type are kept; None where they are kept as they are."""
    match column_type:
        case UtcTime():
            return microseconds
        case CleanText():
            return kept_text
        case _:
            return None
