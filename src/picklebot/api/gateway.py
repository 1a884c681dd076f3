"""What the HTTP door asks of the gateway behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from picklebot.bus.doors import Entrance
from picklebot.model.choice import Said
from picklebot.model.enclosure import Enclosure
from picklebot.model.session import Session, SessionMode
from picklebot.platforms.web.hub import ReplyHub
from picklebot.ports.agents import Agents
from picklebot.ports.messages import MessageLog
from picklebot.ports.platform import AdapterHealth, Intake, Receipt
from picklebot.ports.posting import Poster
from picklebot.ports.queue import QueueStats
from picklebot.ports.storage import BindingStore, Database, HistoryStore, InboxState, SessionStore
from picklebot.ports.webhook import Webhook
from picklebot.replies.shelf import Shelf


@dataclass(frozen=True, slots=True)
class GatewayHealth:
    """How it goes. `status` is "ok" or "degraded".

    `settings` and `runtime_yaml` are "ok" or one line that says what is wrong, `agents` such a line for each agent
    whose file is, `crons` for each schedule. `restart_needed` are the keys that were changed and wait for the next
    start. Anybody may read all of it, so there is no value of a setting in it.
    """

    status: str
    platforms: Mapping[str, AdapterHealth]
    queue: QueueStats
    database: bool
    runtime_yaml: str = "ok"
    settings: str = "ok"
    restart_needed: Sequence[str] = ()
    agents: Mapping[str, str] = field(default_factory=dict[str, str])
    crons: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Unconfigured:
    """Something that could be switched on: what it is for people, and the key that does it."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class SessionWish:
    """Which session is asked for; None leaves a choice to the gateway. `fresh` asks for a new one in any case."""

    platform: str
    speaker: str
    agent: str | None = None
    mode: SessionMode | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A session, and whether it was made just now; `lost` when it should have had a history and none was found."""

    session: Session
    created: bool
    lost: bool = False


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """What became of a message. `id` is the job's, which its history rows carry as `turn`.

    `reply` is the answer once `state` is done, or what the speaker was told once it is failed; it may be
    empty where there is nothing of it any more. `files` are those that came with it.
    """

    id: str
    state: InboxState
    reply: str = ""
    files: tuple[Enclosure, ...] = ()


class Gateway(Protocol):
    """The running gateway. The stores' methods are called inside `database.read`."""

    @property
    def intake(self) -> Intake: ...
    @property
    def database(self) -> Database: ...
    @property
    def sessions(self) -> SessionStore: ...
    @property
    def history(self) -> HistoryStore: ...
    @property
    def messages(self) -> MessageLog: ...
    @property
    def bindings(self) -> BindingStore: ...
    @property
    def agents(self) -> Agents: ...
    @property
    def hub(self) -> ReplyHub: ...
    @property
    def shelf(self) -> Shelf: ...
    @property
    def posting(self) -> Poster: ...
    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        """What platforms bring updates to, by path."""
        ...

    @property
    def doors(self) -> Entrance: ...

    def health(self) -> GatewayHealth:
        """A snapshot, cheap enough to be asked every second."""
        ...

    def unconfigured(self) -> Sequence[Unconfigured]:
        """What is not switched on: platforms without a token, a model without a name."""
        ...

    async def open_session(self, wish: SessionWish) -> Opened:
        """The session that the speaker is bound to, made and bound where there is none or a fresh one is asked for.

        Raises NotFoundError for an unknown agent.
        """
        ...

    async def post(
        self, session_id: str, text: str, message_id: str, *, commands: bool = False
    ) -> Receipt | Said:
        """Say `text` in exactly this session.

        The reply is published on the hub with `session_id` as its chat and `message_id` as its `reply_to`. What looks
        like a command is a text, but with `commands`: then what is said to it comes at once. Raises NotFoundError for
        an unknown session, UsedUpError while its speaker has used up their day, and ConflictError for a command in a
        session that its speaker is not in now.
        """
        ...

    async def redrive(self, message_id: str) -> str:
        """Let a dead letter have its turn again, with its original text; gives its whole id.

        Raises NotFoundError, and ConflictError for a message that has not failed.
        """
        ...

    async def turn_of(self, chat_id: str, message_id: str) -> TurnRecord | None:
        """What became of a message of the page (the chat is the speaker) or of `post` (it is the session).

        None where no such message was accepted.
        """
        ...
