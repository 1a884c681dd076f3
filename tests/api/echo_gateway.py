"""A gateway of one small room: sessions in memory, and turns that answer with what they were told.

Words with a meaning: a text that begins with "wait" is answered once `released` is set, "fail" fails, "tool"
uses a tool, "file" writes the files that it names, "notice" is told something beside the answer; `/new` and other
commands are carried out at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
from anyio.abc import TaskGroup

from picklebot.api.gateway import GatewayHealth, Opened, SessionWish, TurnRecord, Unconfigured
from picklebot.bus.doors import Entrance
from picklebot.errors import NotFoundError, StorageError
from picklebot.model.agent import AgentDefinition
from picklebot.model.choice import Said
from picklebot.model.enclosure import Enclosure
from picklebot.model.events import Failed, Final, ReplyEvent, TextDelta, ToolFinished, ToolStarted
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.message import Address, InboundMessage
from picklebot.model.parcel import Parcel
from picklebot.model.session import Session, SessionMode
from picklebot.platforms.web.frontend import WebFrontend
from picklebot.platforms.web.hub import ReplyHub
from picklebot.platforms.web.parse import address_of
from picklebot.ports.platform import AdapterHealth, Receipt
from picklebot.ports.queue import QueueStats
from picklebot.ports.storage import Binding, InboxState, Origin
from picklebot.ports.webhook import Webhook
from picklebot.replies.shelf import Shelf
from picklebot.sessions.key import escape, key_for
from picklebot.storage.doors import SqlListEdits, SqlPairings
from picklebot.storage.results import ResultsFolder
from picklebot.testing.notes import MemoryNotes
from picklebot.testing.posting import RecordingPoster


class Rows:
    """Sessions, bindings and histories, as lists."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.bound: dict[tuple[str, str], Binding] = {}
        self.rows: dict[str, list[HistoryMessage]] = {}
        self.broken = False

    async def read(self, work: Callable[[Any], Any]) -> Any:
        if self.broken:
            raise StorageError("the database is locked by another program; close it")
        return work(None)


@dataclass
class SessionRows:
    rows: Rows

    def get(self, tx: Any, session_id: str) -> Session | None:
        session = self.rows.sessions.get(session_id)
        return session and replace(session, message_count=len(self.rows.rows[session_id]))

    def find(self, tx: Any, *, limit: int, offset: int, **wanted: str | None) -> Sequence[Session]:
        found = [
            session
            for session in reversed(self.rows.sessions.values())
            if all(value is None or getattr(session, name) == value for name, value in wanted.items())
        ]
        return found[offset : offset + limit]


@dataclass
class BindingRows:
    rows: Rows

    def get(self, tx: Any, platform: str, key: str) -> Binding | None:
        return self.rows.bound.get((platform, key))


@dataclass
class HistoryRows:
    rows: Rows

    def messages(
        self, tx: Any, session_id: str, *, limit: int = 100, before: int | None = None
    ) -> Sequence[tuple[int, HistoryMessage]]:
        numbered = list(enumerate(self.rows.rows[session_id], 1))
        return [item for item in numbered if before is None or item[0] < before][-limit:]


class Crew:
    """Two agents."""

    def ids(self) -> Sequence[str]:
        return ["engineer", "pickle"]

    def get(self, agent_id: str) -> AgentDefinition:
        if agent_id not in self.ids():
            raise NotFoundError("there is no such agent; there are: engineer, pickle")
        return AgentDefinition(agent_id, agent_id.title(), "the secret prompt", description="answers")


class MemoryLinks:
    """Implements `ports.results.FileLinks`; a handle is good for ever."""

    def __init__(self) -> None:
        self.handles: dict[str, tuple[str, str]] = {}

    def offer(self, tx: Any, session_id: str, path: str, until: datetime) -> str:
        handle = uuid4().hex
        self.handles[handle] = (session_id, path)
        return handle

    def find(self, tx: Any, handle: str, now: datetime) -> tuple[str, str] | None:
        return self.handles.get(handle)


@dataclass
class Note:
    turn: TurnRecord
    session_id: str


@dataclass
class EchoGateway:
    """Satisfies `picklebot.api.gateway.Gateway`."""

    tasks: TaskGroup
    hub: ReplyHub = field(default_factory=ReplyHub)
    database: Any = field(default_factory=Rows)
    agents: Crew = field(default_factory=Crew)
    doors: Entrance = field(default_factory=lambda: Entrance(SqlPairings(), SqlListEdits()))
    released: anyio.Event = field(default_factory=anyio.Event)
    accepted: list[str] = field(default_factory=list)
    platforms: dict[str, AdapterHealth] = field(default_factory=lambda: {"web": AdapterHealth("up")})
    status: str = "ok"
    crons: dict[str, str] = field(default_factory=dict)
    missing: Sequence[Unconfigured] = (
        Unconfigured("Telegram", "messagebus.telegram.bot_token"),
        Unconfigured("Discord", "messagebus.discord.bot_token"),
        Unconfigured("a model", "llm.model"),
    )
    full: bool = False
    intake: Any = field(init=False)
    sessions: Any = field(init=False)
    bindings: Any = field(init=False)
    history: Any = field(init=False)
    messages: Any = None
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    posting: RecordingPoster = field(default_factory=RecordingPoster)
    folder: Path = Path("/nonexistent")
    links: MemoryLinks = field(default_factory=MemoryLinks)
    public_url: str | None = None

    def __post_init__(self) -> None:
        self.intake = self
        self.sessions = SessionRows(self.database)
        self.bindings = BindingRows(self.database)
        self.history = HistoryRows(self.database)
        self.frontend = WebFrontend(self.hub)
        self.notes: dict[tuple[str, str], Note] = {}
        results = ResultsFolder(lambda session_id: self.folder / session_id)
        self.shelf = Shelf(self.database, results, self.links, self.public_url)

    def health(self) -> GatewayHealth:
        stats = QueueStats(0, 0, 0, 0.0)
        return GatewayHealth(self.status, self.platforms, stats, not self.database.broken, crons=self.crons)

    def unconfigured(self) -> Sequence[Unconfigured]:
        return self.missing

    async def open_session(self, wish: SessionWish) -> Opened:
        self.agents.get(wish.agent or "pickle")
        speaker = escape(wish.speaker)
        bound = self.database.bound.get((wish.platform, speaker))
        if bound and not wish.fresh:
            return Opened(self.database.sessions[bound.session_id], created=False)
        return Opened(self._new(wish.platform, speaker, wish.agent, wish.mode), created=True)

    async def accept(self, message: InboundMessage) -> Receipt:
        address = message.address
        if (address.chat_id, message.message_id) in self.notes:
            return Receipt.DUPLICATE
        if self.full:
            return Receipt.FULL
        if self.database.broken:
            raise StorageError("the database is locked by another program; close it")
        self.accepted.append(message.text)
        key = key_for(address, message.sender).text
        if message.command:
            if message.command.name == "new":
                self._new("web", message.sender.user_id)
            self._note(address, "", InboxState.DONE)
            self.tasks.start_soon(self._show, address, uuid4().hex, [Final(f"Done: /{message.command.name}")])
            return Receipt.HANDLED
        bound = self.database.bound.get(("web", key))
        session_id = bound.session_id if bound else self._new("web", message.sender.user_id).id
        return self._take(address, session_id, message.text)

    async def post(
        self, session_id: str, text: str, message_id: str, *, commands: bool = False
    ) -> Receipt | Said:
        if session_id not in self.database.sessions:
            raise NotFoundError("there is no such session")
        if (session_id, message_id) in self.notes:
            return Receipt.DUPLICATE
        if self.full:
            return Receipt.FULL
        self.accepted.append(text)
        if commands and text.startswith("/"):
            self._note(address_of(session_id, message_id), "", InboxState.DONE)
            return Said(f"Done: {text}")
        return self._take(address_of(session_id, message_id), session_id, text)

    async def redrive(self, message_id: str) -> str:
        raise NotFoundError("there is no such message")

    async def turn_of(self, chat_id: str, message_id: str) -> TurnRecord | None:
        note = self.notes.get((chat_id, message_id))
        return note and note.turn

    def _new(
        self, platform: str, speaker: str, agent: str | None = None, mode: SessionMode | None = None
    ) -> Session:
        now = datetime.now(UTC)
        session = Session(
            uuid4().hex, agent or "pickle", platform, speaker, mode or SessionMode.CHAT, "", now, None
        )
        self.database.sessions[session.id] = session
        self.database.rows[session.id] = []
        self.database.bound[platform, speaker] = Binding(session.id, Origin.SERVICE)
        return session

    def _note(self, address: Address, session_id: str, state: InboxState) -> TurnRecord:
        turn = TurnRecord(uuid4().hex, state)
        self.notes[address.chat_id, address.reply_to or ""] = Note(turn, session_id)
        return turn

    def _take(self, address: Address, session_id: str, text: str) -> Receipt:
        turn = self._note(address, session_id, InboxState.ACCEPTED)
        self.tasks.start_soon(self._run, address, turn, session_id, text)
        return Receipt.ACCEPTED

    async def _run(self, address: Address, turn: TurnRecord, session_id: str, text: str) -> None:
        rows = self.database.rows[session_id]
        rows.append(HistoryMessage(Role.USER, text, datetime.now(UTC), turn=turn.id))
        if text.startswith("notice"):
            await self._show(address, uuid4().hex, [Final("By the way.")])
        events = list(answer_to(text))
        waits = text.startswith("wait")
        keep = partial(self._keep, session_id, turn)
        await self._show(address, turn.id, events, self.released if waits else None, keep)
        note = self.notes[address.chat_id, address.reply_to or ""]
        match events[-1]:
            case Final(reply, files=files):
                note.turn = TurnRecord(turn.id, InboxState.DONE, reply, files)
            case Failed(text=sentence):
                note.turn = TurnRecord(turn.id, InboxState.FAILED, sentence)
            case _:
                raise AssertionError("a turn ends with Final or Failed")

    async def _keep(self, session_id: str, turn: TurnRecord, final: Final) -> None:
        """An answer is kept before it is shown, with its files."""
        for file in final.files:
            await self.shelf.results.write(session_id, file.path, b"<b>dill</b>")
        paths = tuple(file.path for file in final.files)
        row = HistoryMessage(Role.ASSISTANT, final.text, datetime.now(UTC), "pickle", turn.id, files=paths)
        self.database.rows[session_id].append(row)

    async def _show(
        self,
        address: Address,
        parcel_id: str,
        events: Sequence[ReplyEvent],
        gate: anyio.Event | None = None,
        keep: Callable[[Final], Awaitable[None]] | None = None,
    ) -> None:
        async def stream() -> AsyncIterator[ReplyEvent]:
            for index, event in enumerate(events):
                if gate and index == 1:
                    await gate.wait()
                if keep and isinstance(event, Final):
                    await keep(event)
                yield event

        parcel = Parcel(parcel_id, "", address, datetime.now(UTC))
        await self.frontend.render(parcel, stream(), MemoryNotes())


def answer_to(text: str) -> Sequence[ReplyEvent]:
    """The events of an answer."""
    reply = f"You said: {text}"
    match text.split(maxsplit=1)[0]:
        case "fail":
            return [TextDelta("I was about to"), Failed("provider_down", "The model is not there just now.")]
        case "tool":
            call = ToolStarted("1", "clock", "looking at the clock")
            return [call, ToolFinished("1", "clock", ok=True), TextDelta(reply), Final(reply)]
        case "file":
            return [TextDelta(reply), Final(reply, files=tuple(Enclosure(it, 11) for it in text.split()[1:]))]
        case _:
            half = len(reply) // 2
            return [TextDelta(reply[:half]), TextDelta(reply[half:]), Final(reply)]
