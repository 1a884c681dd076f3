"""Which engine serves an agent, and which model names there are. Loads no model library."""

from __future__ import annotations

from typing import Final, Literal

from picklebot.errors import ConfigError
from picklebot.forms import PROVIDERS
from picklebot.model.agent import AgentDefinition

DEMO: Final = "demo"
"""The model that works offline and without a key."""

EngineName = Literal["demo", "llm"]


def choose(agent: AgentDefinition) -> EngineName:
    """The engine that answers for `agent`."""
    return "demo" if agent.model.name == DEMO else "llm"


def split_model(name: str) -> tuple[str, str]:
    """Provider and model of a name like "anthropic:claude-sonnet-4-6".

    Raises ConfigError for anything but a known provider, a colon and a model.
    """
    provider, _, model = name.partition(":")
    if provider not in PROVIDERS or not model:
        known = ", ".join(f"{known}:…" for known in PROVIDERS)
        raise ConfigError(f'the model "{name}" is not known; write {DEMO} or one of {known}')
    return provider, model
