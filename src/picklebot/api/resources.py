"""What `/api/v1` takes and gives, as programs see it. Times are RFC 3339 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from picklebot.model.agent import AgentDefinition
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.session import Session, SessionMode

TEXT_LIMIT: Final = 100_000
"""Characters of one message; about 25,000 words."""

MESSAGE_ID: Final = r"^[A-Za-z0-9_-]{1,64}$"


def writable(text: str) -> str:
    """Text that can be written as UTF-8: JSON can spell half a character, and nothing else can keep it."""
    return text.encode("utf-8", "replace").decode()


def _say_something(text: str) -> str:
    if not text.strip():
        raise ValueError("write something first")
    return writable(text)


Text = Annotated[str, AfterValidator(_say_something)]
Speaker = Annotated[str, Field(min_length=1, max_length=128)]


class _Resource(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewSession(_Resource):
    """Ask for the session of a speaker; without one a new speaker is made up."""

    agent: str | None = Field(None, max_length=64)
    platform: Literal["web", "console"] = "web"
    speaker: Speaker | None = None
    mode: SessionMode | None = None
    fresh: bool = False


class SessionQuery(_Resource):
    """Which sessions to list."""

    agent: str | None = None
    speaker: str | None = None
    """As it was named when the session was asked for."""
    key: str | None = None
    """As it stands in config.runtime.yaml, also one that several speakers share."""
    platform: str | None = None
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0, le=2**53)


class MessageQuery(_Resource):
    """Which messages of a session to list: the last `limit`, or the last before `before`."""

    limit: int = Field(100, ge=1, le=200)
    before: int | None = Field(None, ge=0, le=2**53)


class NewMessage(_Resource):
    """Something to say. Sent again with the same `message_id`, it is the same message.

    With `commands`, a text such as `/new` is one, said by who the session belongs to; else it is for the agent.
    """

    text: Text
    message_id: str | None = Field(None, pattern=MESSAGE_ID)
    commands: bool = False


class SessionView(_Resource):
    """A session."""

    id: str
    agent: str
    platform: str
    speaker: str
    mode: SessionMode
    title: str
    created_at: datetime
    last_message_at: datetime | None
    message_count: int

    @classmethod
    def of(cls, session: Session) -> SessionView:
        """Show a session."""
        return cls(**{name: getattr(session, name) for name in cls.model_fields})


class OpenedView(SessionView):
    """A session that was asked for; `notice` is a word to its speaker, such as that its history is lost."""

    notice: str | None = None


class SessionPage(_Resource):
    """Sessions, newest activity first; `next_offset` is null on the last page."""

    sessions: list[SessionView]
    next_offset: int | None


class MessageView(_Resource):
    """A row of a history. `turn` joins a message with its answer, `files` are paths among the session's results."""

    seq: int
    role: Role
    text: str
    at: datetime
    agent: str
    turn: str
    files: list[str]

    @classmethod
    def of(cls, seq: int, message: HistoryMessage) -> MessageView:
        """Show a row; the engine's own payload stays inside."""
        return cls(
            seq=seq,
            role=message.role,
            text=message.text,
            at=message.at,
            agent=message.agent,
            turn=message.turn,
            files=list(message.files),
        )


class MessagePage(_Resource):
    """Rows, oldest first; `next_before` leads to earlier ones and is null at the beginning."""

    messages: list[MessageView]
    next_before: int | None


class Reply(_Resource):
    """A finished answer; `notices` are words to the speaker beside it, `files` are paths among the results."""

    reply: str
    notices: list[str]
    files: list[str]
    message_id: str
    session_id: str


class AgentView(_Resource):
    """An agent; its prompt and its keys stay inside."""

    id: str
    name: str
    description: str
    engine: str
    model: str
    tools: list[str]

    @classmethod
    def of(cls, agent: AgentDefinition) -> AgentView:
        """Show an agent."""
        return cls(
            id=agent.id,
            name=agent.name,
            description=agent.description,
            engine=agent.engine,
            model=agent.model.name,
            tools=list(agent.tools),
        )


class AgentList(_Resource):
    """Every agent."""

    agents: list[AgentView]
