"""Turns for the engines to answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from picklebot.model.agent import AgentDefinition, ModelChoice
from picklebot.model.events import Final, ReplyEvent, TextDelta
from picklebot.model.history import History, HistoryMessage, Role
from picklebot.model.job import Job
from picklebot.model.message import Address, Sender
from picklebot.model.session import SessionMode, SessionPolicy, policy_of
from picklebot.ports.engine import Engine, Turn
from picklebot.ports.steps import Steps
from picklebot.testing.steps import MemorySteps

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CHAT = policy_of(SessionMode.CHAT, chat_window=50, job_window=500, deadline=600)


def make_turn(
    text: str = "hello",
    *,
    model: ModelChoice | str = "demo",
    rows: Sequence[HistoryMessage] = (),
    tools: tuple[str, ...] = (),
    policy: SessionPolicy = CHAT,
    prompt: str = "Be a pickle.",
    step_limit: int = 20,
    steps: Steps | None = None,
) -> Turn:
    choice = ModelChoice(model) if isinstance(model, str) else model
    agent = AgentDefinition("pickle", "Pickle", prompt, model=choice, tools=tools, step_limit=step_limit)
    said = [row.text for row in rows if row.role is Role.USER] + [text]
    address = Address("web", "web", "1")
    job = Job("j1", "s1", "pickle", SessionMode.CHAT, text, Sender("1", "Ann"), address, AT, AT)
    history = History(tuple(rows), len(said), said[0])
    return Turn(job, agent, prompt, history, policy, steps or MemorySteps())


def user(text: str) -> HistoryMessage:
    return HistoryMessage(Role.USER, text, AT)


def assistant(text: str, payload: str | None = None) -> HistoryMessage:
    return HistoryMessage(Role.ASSISTANT, text, AT, payload=payload)


async def answer(engine: Engine, turn: Turn) -> list[ReplyEvent]:
    """All events of a turn."""
    return [event async for event in engine.run(turn)]


def final(events: Sequence[ReplyEvent]) -> Final:
    """The last event, which must be the answer and say what was streamed."""
    last = events[-1]
    assert isinstance(last, Final)
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == last.text
    return last
