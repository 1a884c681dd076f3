"""What an engine says while it answers: a closed set of events that ends with exactly one `Final` or `Failed`."""

from __future__ import annotations

from dataclasses import dataclass

from picklebot.model.enclosure import Enclosure
from picklebot.model.history import HistoryMessage


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool runs. `label` is a short line for people ("looking at the clock")."""

    call_id: str
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """The tool `call_id` came back, `ok` or not."""

    call_id: str
    name: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """What a turn of this model cost, as the provider counted it; zeros where it did not."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    model: str = ""


@dataclass(frozen=True, slots=True)
class Final:
    """The whole answer, whatever the deltas showed, and the rows to append to the history after the user's.

    One that is `stopped` was ended by its speaker. `files` are those that were written for it.
    """

    text: str
    messages: tuple[HistoryMessage, ...] = ()
    usage: Usage = Usage()
    stopped: bool = False
    files: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The turn ended without an answer. `text` is a friendly sentence; `code` is stable."""

    code: str
    text: str


ReplyEvent = TextDelta | ToolStarted | ToolFinished | Final | Failed
