"""What the operator wants, looked up live: an edit is in force for the next message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from picklebot.model.message import Address, Sender
from picklebot.model.quota import Quota
from picklebot.model.session import Scope, SessionMode, SessionPolicy


class Answer(StrEnum):
    """When the bot answers in a group: when spoken to, always, or to commands only."""

    SPOKEN_TO = "spoken_to"
    ALWAYS = "always"
    COMMANDS = "commands"


@dataclass(frozen=True, slots=True)
class ChatRule:
    """The policy of one chat; None leaves `scope` to the platform's default and `agent` to the default agent."""

    scope: Scope | None = None
    answer: Answer = Answer.SPOKEN_TO
    agent: str | None = None


class Rules(Protocol):
    """The live settings, as the bus and the agents ask for them."""

    def admits(self, address: Address, sender: Sender) -> bool:
        """Whether this person, or other bot, may use the bot there. Ids only, closed by default."""
        ...

    def pairs(self, platform: str, user_id: str) -> bool:
        """Whether a stranger is given a code that an operator may approve."""
        ...

    def denies(self, platform: str, user_id: str) -> bool:
        """Whether this person was shut out: then nothing of what they say reaches an agent."""
        ...

    def is_operator(self, platform: str, user_id: str) -> bool:
        """Whether this person may use operators' commands, where they are admitted."""
        ...

    def quota(self) -> Quota:
        """What one person who is no operator may use in a day."""
        ...

    def chat_rule(self, address: Address) -> ChatRule:
        """The policy of the chat of this address."""
        ...

    def names(self, address: Address) -> bool:
        """Whether the settings have a policy for this very chat."""
        ...

    def default_agent(self) -> str:
        """The agent that answers new sessions."""
        ...

    def policy(self, mode: SessionMode) -> SessionPolicy:
        """What this mode means now."""
        ...
