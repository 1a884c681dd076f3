"""What turns a message into an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from picklebot.model.agent import AgentDefinition
from picklebot.model.events import ReplyEvent
from picklebot.model.history import History, HistoryMessage
from picklebot.model.job import Job
from picklebot.model.picture import Picture
from picklebot.model.remark import Remark
from picklebot.model.session import SessionPolicy
from picklebot.ports.results import TurnFiles
from picklebot.ports.steps import Steps


class Interjections(Protocol):
    """What the speaker says while their turn runs."""

    async def come(self) -> Sequence[HistoryMessage]:
        """What has come since the last call, in order, to be given to the model with its next request.

        Ask right before a request, and only where one follows: what is given here waits no more. It is rows of the
        speaker's, for the model as rows of a history are; `Final.messages` has each of them where the model read it.
        What no final answer has had the words of is answered by a turn of its own. Raises nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything an engine is given. `history` is what was said before `job.text`, already windowed;
    its `user_total` and `first_text` include the current message. `prompt` is the finished system prompt.
    Every call of a tool goes through `steps`. `talk` is what was last said in a chat with others before the message:
    untrusted context that no history keeps. `text` is the question where it is more than `job.text`, and `pictures`
    what there is to see. `more` is there where what its speaker says meanwhile may go into the turn. `files` are
    those of the session, where tools may write some. Where the job `sums_up`, the answer is the summary, and the
    question has all that is to be summed up."""

    job: Job
    agent: AgentDefinition
    prompt: str
    history: History
    policy: SessionPolicy
    steps: Steps
    talk: tuple[Remark, ...] = ()
    text: str = ""
    pictures: tuple[Picture, ...] = ()
    more: Interjections | None = None
    files: TurnFiles | None = None

    @property
    def question(self) -> str:
        """The question in words: with what came besides words, where anything did."""
        return self.text or self.job.text


class Engine(Protocol):
    """Answers one turn at a time; it keeps nothing between turns, the history store does."""

    def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
        """Stream the answer; the last event is `Final`, whose `messages` the caller appends.

        Raises EngineError with a friendly text for every failure of model, provider or network. Closing the
        iterator (or cancelling) ends the model call at once.
        """
        ...
