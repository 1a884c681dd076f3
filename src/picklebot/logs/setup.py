"""One way out for every log line, of ours and of the libraries: format, redact, write to stderr.

The way out is the process's, so it is the one thing here that is global.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final

import structlog
from structlog.typing import EventDict

from picklebot.logs.redaction import Redactor

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

_redactor = Redactor()
_stamp: Final = structlog.processors.TimeStamper(fmt="iso", utc=True)


def configure(level: str = "info", *, json: bool | None = None, secrets: Iterable[str] = ()) -> None:
    """Send every log line of the process to stderr, without secrets.

    `json` None asks LOG_FORMAT (json or console), else a terminal gets lines for people and anything else JSON.
    Libraries speak from WARNING on, unless `level` is debug: some of them log what people write at INFO.
    """
    hide(*secrets)
    threshold = LEVELS[level]
    processors = _processors(_wants_json() if json is None else json)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, *processors],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=_Stderr,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [LibraryHandler(processors)]
    root.setLevel(threshold if threshold == logging.DEBUG else max(threshold, logging.WARNING))
    sys.excepthook = _uncaught


def hide(*secrets: str) -> None:
    """Never show these in a log line from now on."""
    _redactor.add(secrets)


def redact(text: str) -> str:
    """`text` without secrets, for what leaves by another way than a log."""
    return _redactor.text(text)


class LibraryHandler(logging.Handler):
    """Takes the records of the standard library's logging the same way out."""

    def __init__(self, processors: list[Any]) -> None:
        super().__init__()
        self._processors = processors

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            event: Any = {
                "event": record.getMessage(),
                "level": record.levelname.lower(),
                "logger": record.name,
            }
            if record.exc_info:
                event["exc_info"] = record.exc_info
            for process in self._processors:
                event = process(None, record.levelname.lower(), event)
            _write(event)
        except Exception:  # noqa: BLE001 - whatever a library logs must not break the library
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name of the overridden method
        """Say that a line is missing. The inherited answer would print the record's raw arguments."""
        _write(f"a log record of {record.name} ({record.pathname}:{record.lineno}) could not be written")


class _Stderr:
    """What structlog writes to. It looks up stderr each time, because tests and daemons replace it."""

    def __init__(self, *_: object) -> None:
        """Take the arguments that structlog hands to any such class."""

    def __getattr__(self, _level: str) -> Callable[[str], None]:
        return _write


def _write(line: str) -> None:
    # On a full disk the log cannot be written either, and work must not fail for want of a line about it.
    with suppress(OSError):
        sys.stderr.write(line + "\n")


def _processors(json: bool) -> list[Any]:
    render: Callable[..., Any] = structlog.processors.JSONRenderer() if json else _console()
    return [_stamp, structlog.processors.format_exc_info, _redacted, render, _redacted_line]


def _redacted(_logger: object, _method: str, event: EventDict) -> EventDict:
    return _redactor.value(event)


def _redacted_line(_logger: object, _method: str, line: str) -> str:
    """Once more over the finished line: a secret may have been put together by the rendering."""
    return _redactor.text(line)


def _console() -> structlog.dev.ConsoleRenderer:
    colors = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    return structlog.dev.ConsoleRenderer(
        colors=colors, pad_event_to=40, exception_formatter=structlog.dev.plain_traceback
    )


def _wants_json() -> bool:
    wanted = os.environ.get("LOG_FORMAT", "").lower()
    return wanted == "json" or (wanted != "console" and not sys.stderr.isatty())


def _uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().critical("the process ends with an error", exc_info=(kind, error, traceback))
