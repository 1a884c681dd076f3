"""The fold of a reply: all events so far as what a person should see now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, assert_never

from picklebot.model import words
from picklebot.model.events import Failed, ReplyEvent, TextDelta, ToolFinished, ToolStarted
from picklebot.model.events import Final as FinalEvent
from picklebot.replies.markdown.unfinished import MOST_HELD, steady

ENOUGH: Final = 30
"""So many characters are worth a message (and a ring of the phone); less waits for more or for the end."""


@dataclass(frozen=True, slots=True)
class View:
    """What is known of a reply: its text, the tools that run now by call id, and whether that is all."""

    text: str = ""
    tools: tuple[tuple[str, str], ...] = ()
    done: bool = False

    @property
    def worth_showing(self) -> bool:
        """Whether there is enough to begin a message with."""
        return self.done or bool(self.tools) or self._enough

    @property
    def _enough(self) -> bool:
        return len(self.text) > MOST_HELD + ENOUGH or (
            len(self.text) >= ENOUGH and len(steady(self.text).strip()) >= ENOUGH
        )

    @property
    def shown(self) -> str:
        """The text a chat should show: the answer so far, with a last line for a tool that runs."""
        if self.done:
            return self.text
        begun = steady(self.text)
        if not self.tools:
            return begun
        line = f"… {self.tools[-1][1]}"
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
        case FinalEvent(text=text) | Failed(text=text):
            return View(text=text if text.strip() else words.EMPTY_ANSWER, done=True)
        case _:
            assert_never(event)
