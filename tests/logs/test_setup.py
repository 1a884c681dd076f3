"""Every line that leaves the process."""

import errno
import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from picklebot.logs import configure, hide, redact
from picklebot.logs.redaction import Redactor
from picklebot.logs.setup import LibraryHandler

CANARY = 'canary "7" ä/&'


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What went to stderr since the last call; afterwards logging is as it was."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(
        "picklebot.logs.setup._redactor", Redactor()
    )  # other tests' secrets are ordinary words
    monkeypatch.delenv("LOG_FORMAT", raising=False)
    root, config = logging.getLogger(), structlog.get_config()
    level = root.level
    yield lambda: capsys.readouterr().err
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, LibraryHandler)]
    root.setLevel(level)
    structlog.configure(**config)


def fail() -> None:
    raise ValueError(f"bad {CANARY}")


def speak() -> None:
    """Say the canary in every way there is."""
    ours, theirs = structlog.get_logger(), logging.getLogger("aiogram.event")
    ours.info("a message", text=CANARY, nested={"a": [{"b": CANARY}]}, error=ValueError(CANARY))
    ours.info(CANARY)
    theirs.warning("a message %s", CANARY)
    theirs.error("a message", extra={"canary": CANARY})
    try:
        fail()
    except ValueError:
        ours.exception("it failed")
        theirs.exception("it failed")
    ours.error("they failed", exc_info=ExceptionGroup("several", [ValueError(CANARY), KeyError(CANARY)]))


@pytest.mark.parametrize("json_", [True, False])
def test_no_line_shows_a_secret(lines: Callable[[], str], json_: bool) -> None:
    configure(json=json_, secrets=[CANARY])
    speak()
    text = lines()
    assert "canary" not in text.replace("{CANARY}", "")
    assert "it failed" in text
    assert "ValueError: bad ***" in text
    assert text.count("***") == 9


def test_json_lines_are_json(lines: Callable[[], str]) -> None:
    configure(json=True)
    speak()
    entries: list[dict[str, Any]] = [json.loads(line) for line in lines().splitlines()]
    assert len(entries) == 7
    assert all(entry.keys() >= {"event", "level", "timestamp"} for entry in entries)
    assert {entry.get("logger") for entry in entries} == {None, "aiogram.event"}


def test_a_secret_learned_later_is_hidden_too(lines: Callable[[], str]) -> None:
    configure(json=True)
    hide("a-later-canary")
    structlog.get_logger().info("now", x="a-later-canary")
    assert "later" not in lines()
    assert redact("see a-later-canary") == "see ***"


@pytest.mark.parametrize(("wanted", "is_json"), [("json", True), ("console", False), ("", True)])
def test_the_format_follows_the_environment_and_the_terminal(
    lines: Callable[[], str], monkeypatch: pytest.MonkeyPatch, wanted: str, is_json: bool
) -> None:
    monkeypatch.setenv("LOG_FORMAT", wanted)
    configure()
    structlog.get_logger().info("hello", who="you")
    assert lines().startswith("{") is is_json


def test_levels(lines: Callable[[], str]) -> None:
    configure("info", json=True)
    structlog.get_logger().debug("quiet")
    logging.getLogger("discord").info("a library that chats")
    assert lines() == ""
    configure("debug", json=True)
    logging.getLogger("discord").info("a library that chats")
    assert "chats" in lines()
    configure("error", json=True)
    logging.getLogger("discord").warning("no more")
    assert "no more" not in lines()


def test_a_record_that_cannot_be_formatted_shows_nothing_of_it(lines: Callable[[], str]) -> None:
    configure(json=True)
    logging.getLogger("odd").error("number %d", CANARY)
    text = lines()
    assert "canary" not in text
    assert "a log record of odd" in text


def test_what_nobody_caught_is_logged_without_secrets(lines: Callable[[], str]) -> None:
    configure(json=True, secrets=[CANARY])
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    (line,) = lines().splitlines()
    assert json.loads(line)["level"] == "critical"
    assert "canary" not in line.replace("{CANARY}", "")


def test_a_log_that_cannot_be_written_breaks_nothing(
    lines: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(json=True)
    monkeypatch.setattr(sys, "stderr", FullDisk())
    speak()
    monkeypatch.undo()


class FullDisk(io.StringIO):
    """A log file for which there is no room."""

    def write(self, text: str, /) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")
