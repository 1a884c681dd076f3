"""The fold of a reply: all events so far as what a person should see now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, assert_never

from picklebot.model import words
from picklebot.model.enclosure import Enclosure
from picklebot.model.events import Failed, ReplyEvent, TextDelta, ToolFinished, ToolStarted
from picklebot.model.events import Final as FinalEvent
from picklebot.replies.markdown.unfinished import MOST_HELD, steady

ENOUGH: Final = 30
"""So many characters are worth a message (and a ring of the phone); less waits for more or for the end."""


@dataclass(frozen=True, slots=True)
class View:
    """What is known of a reply: its text, the tools that run now by call id, and whether that is all.

    `stopped` says that its speaker wanted no more. `files` come after the text.
    """

    text: str = ""
    tools: tuple[tuple[str, str], ...] = ()
    done: bool = False
    stopped: bool = False
    files: tuple[Enclosure, ...] = ()

    @property
    def worth_showing(self) -> bool:
        """Whether there is enough to begin a message with."""
        return self.done or self._enough

    @property
    def doing(self) -> str:
        """What the tool does that was called last of those that run; empty while none does."""
        return self.tools[-1][1] if self.tools else ""

    @property
    def _enough(self) -> bool:
        return len(self.text) > MOST_HELD + ENOUGH or (
            len(self.text) >= ENOUGH and len(steady(self.text).strip()) >= ENOUGH
        )

    @property
    def shown(self) -> str:
        """The text of a message that has begun: the answer so far, with a last line for a tool that runs."""
        if self.done:
            return self.text
        begun = steady(self.text)
        if not self.tools:
            return begun
        line = words.DOING.format(doing=self.doing)
        return f"{begun}\n\n{line}" if begun.strip() else line


def fold(view: View, event: ReplyEvent) -> View:
    """The view after one more event."""
    match event:
        case TextDelta(text):
            return replace(view, text=view.text + text)
        case ToolStarted(call_id, _, label):
            return replace(view, tools=(*view.tools, (call_id, label)))
        case ToolFinished(call_id, _, _):
            return replace(view, tools=tuple(tool for tool in view.tools if tool[0] != call_id))
        case FinalEvent(text=text, stopped=stopped, files=files):
            return View(words.answer(text, files=bool(files)), done=True, stopped=stopped, files=files)
        case Failed(text=text):
            return View(words.answer(text), done=True)
        case _:
            assert_never(event)
