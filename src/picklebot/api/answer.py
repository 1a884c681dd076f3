"""The answer to one message, as programs see it: as JSON, or event by event."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Any

from fastapi.responses import JSONResponse, Response

from picklebot.api.gateway import TurnRecord
from picklebot.api.problems import problem_response
from picklebot.api.resources import writable
from picklebot.api.sse import sse
from picklebot.model.events import Failed, Final, ReplyEvent, TextDelta, ToolFinished, ToolStarted
from picklebot.platforms.web.subscription import Begun, HubEvent
from picklebot.ports.storage import InboxState

_UNANSWERED = "This message could not be answered; send it again under another message_id."
_STOPPING = Failed("stopping", "picklebot stops now. Your message is kept: ask again with its message_id.")


class Answer:
    """What is shown of the turn that a message began."""

    def __init__(self, session_id: str, message_id: str, turn: TurnRecord) -> None:
        self._ids = {"message_id": message_id, "session_id": session_id}
        self._turn = turn
        self._notices: list[str] = []

    @property
    def ended(self) -> Final | Failed | None:
        """The end of a turn that had ended before it was asked for."""
        match self._turn.state:
            case InboxState.DONE:
                return Final(self._turn.reply, files=self._turn.files)
            case InboxState.FAILED:
                return Failed("failed", self._turn.reply or _UNANSWERED)
            case InboxState.ACCEPTED | InboxState.RUNNING:
                return None

    def is_end(self, item: HubEvent) -> bool:
        """Whether this ends the turn. A notice to the same message is another parcel, and ends nothing."""
        return item.parcel_id == self._turn.id and isinstance(item.event, Final | Failed)

    async def wait(self, items: AsyncIterable[HubEvent]) -> Final | Failed | None:
        """The end of the turn, as its events tell it; None when they end before. Keeps the notices on the way."""
        async for item in items:
            if self.is_end(item) and isinstance(item.event, Final | Failed):
                return item.event
            if item.parcel_id != self._turn.id and isinstance(item.event, Final):
                self._notices.append(item.event.text)
        return None

    def json(self, outcome: Final | Failed | None) -> Response:
        """The end as JSON."""
        match outcome:
            case Final(text):
                said = {"reply": writable(text), "notices": self._notices, "files": paths_of(outcome)}
                return JSONResponse({**said, **self._ids})
            case Failed(code, text):
                return problem_response(502, code, text)
            case None:
                return problem_response(503, _STOPPING.code, _STOPPING.text)

    def stream(self, outcome: Final | Failed | None) -> Response:
        """The end as a stream of one event."""
        return Response(self._show(outcome or _STOPPING), media_type="text/event-stream")

    def event(self, item: HubEvent) -> bytes:
        """One event of a stream."""
        if item.parcel_id == self._turn.id:
            return self._show(item.event)
        # What the turn is not is a word to its speaker beside it.
        return sse("notice", {"text": item.event.text}) if isinstance(item.event, Final) else b""

    def _show(self, event: Begun | ReplyEvent) -> bytes:
        match event:
            case Begun():
                return sse("start", {})
            case Final(text):
                return sse("final", {"reply": text, "files": paths_of(event), **self._ids})
            case _:
                return sse(*progress(event))


def paths_of(final: Final) -> list[str]:
    """The files that come with an answer, as `/sessions/{id}/results/` knows them."""
    return [file.path for file in final.files]


def progress(event: TextDelta | ToolStarted | ToolFinished | Failed) -> tuple[str, dict[str, Any]]:
    """The name and the data of an event that looks the same to programs and to the page."""
    match event:
        case TextDelta(text):
            return "delta", {"text": text}
        case ToolStarted(name=name, label=label):
            return "tool", {"name": name, "label": label, "state": "started"}
        case ToolFinished(name=name, ok=ok):
            return "tool", {"name": name, "label": "", "state": "finished" if ok else "failed"}
        case Failed(code, text):
            return "error", {"code": code, "message": text}
