"""An agent as its author wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model answers. `name` is "demo" or "<provider>:<model>"; None leaves a value to the provider.

    `others` are the names of those that speakers may choose in its place.
    """

    name: str = "demo"
    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    others: tuple[str, ...] = ()

    def switched(self, name: str) -> ModelChoice:
        """The same with another model; address and key go along to a model of the same provider only."""
        if provider_of(name) == provider_of(self.name):
            return replace(self, name=name)
        return replace(self, name=name, base_url=None, api_key=None)


class Busy(StrEnum):
    """What becomes of a message that comes while its session is busy: it waits, or goes into the turn that runs."""

    QUEUE = "queue"
    STEER = "steer"


@dataclass(frozen=True, slots=True)
class AgentDefinition:
    """`agents/<id>/AGENT.md`: the front matter, and the body as the system prompt.

    `step_limit` bounds the model calls of one turn, `turn_timeout` is in seconds, `allowed_users` empty
    means everybody who is admitted.
    """

    id: str
    name: str
    prompt: str
    description: str = ""
    engine: str = "llm"
    model: ModelChoice = field(default_factory=ModelChoice)
    tools: tuple[str, ...] = ()
    step_limit: int = 20
    turn_timeout: float = 600.0
    allowed_users: tuple[str, ...] = ()
    busy: Busy = Busy.QUEUE

    def answers(self, user_id: str) -> bool:
        """Whether this person may ask it."""
        return not self.allowed_users or user_id in self.allowed_users

    def choosing(self, model: str) -> AgentDefinition:
        """The same agent with the model that its speaker chose, as long as that may be chosen."""
        return replace(self, model=self.model.switched(model)) if model in self.model.others else self


def provider_of(model: str) -> str:
    """Whose model it is: openai and openai-chat are two dialects of one provider."""
    return model.partition(":")[0].removesuffix("-chat")
