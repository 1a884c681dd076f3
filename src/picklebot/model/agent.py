"""An agent as its author wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model answers. `name` is "demo" or "<provider>:<model>"; None leaves a value to the provider."""

    name: str = "demo"
    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None


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
